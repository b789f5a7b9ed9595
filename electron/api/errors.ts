/** What goes wrong with a program's request, as HTTP and as the clients' libraries know it. */
import { toErrorShape, type ErrorCode } from '../contract/index.ts';

export interface ApiErrorOptions {
  /** HTTP status. */
  status: number;
  /** What libraries sort errors by. */
  type?: string;
  code?: string | null;
  /** The field of the request that is wrong. */
  param?: string | null;
  /** Seconds after which trying again makes sense. */
  retryAfter?: number | null;
  cause?: unknown;
}

/** An error that is told to a program. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly retryAfter: number | null;

  constructor(message: string, { status, type, code = null, param = null, retryAfter = null, cause }: ApiErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ApiError';
    this.status = status;
    this.type = type ?? typeOf(status);
    this.code = code;
    this.param = param;
    this.retryAfter = retryAfter;
  }
}

/** A request that cannot be answered as it is. */
export const badRequest = (message: string, param: string | null = null, code: string | null = null) =>
  new ApiError(message, { status: 400, param, code });

/** Something that the original knows and Steady does not do. */
export const unsupported = (param: string, why = 'Steady does not support it') =>
  badRequest(`'${param}' cannot be used: ${why}.`, param, 'unsupported_parameter');

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** Where a client does well to try again by itself, it gets 503; what it can mend, 4xx. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  'bad-input': 400,
  'context-overflow': 400,
  policy: 403,
  'policy-damaged': 503,
  busy: 503,
  cancelled: 503,
  'disk-full': 503,
  'engine-crashed': 503,
  'model-missing': 503,
  'model-not-loaded': 503,
  'model-not-steerable': 503,
  'profile-damaged': 503,
  'profile-ineffective': 503,
  'profile-mismatch': 503,
  'profile-missing': 503,
  'profile-version': 503,
  'protection-off': 503,
  'store-locked': 503,
};

/** A client's own name for what Steady calls otherwise. */
const CODE: Partial<Record<ErrorCode, string>> = { 'context-overflow': 'context_length_exceeded' };
const SOON_SECONDS = 2;

/** The form for programs of anything thrown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { code, message, hint, details } = toErrorShape(error);
  const status = STATUS[code] ?? 500;
  const left = details?.['secondsLeft'];
  const retryAfter = typeof left === 'number' ? Math.ceil(left) : ['busy', 'engine-crashed'].includes(code) ? SOON_SECONDS : null;
  return new ApiError(hint === '' ? message : `${message} ${hint}`, {
    status,
    code: CODE[code] ?? code.replaceAll('-', '_'),
    param: code === 'context-overflow' ? 'messages' : null,
    retryAfter,
    cause: error,
  });
}

/** As OpenAI's programs know errors. */
export const openAiError = ({ message, type, param, code }: ApiError) => ({ error: { message, type, param, code } });
