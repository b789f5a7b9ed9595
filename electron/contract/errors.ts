/**
 * The one list of errors that may cross a border or reach a person.
 *
 * Every error has a stable `code` for programs, a `message` that is one sentence for a person, and a `hint` that says
 * what to do next. Anything thrown that is not a `SteadyError` is a bug and crosses borders as `internal`.
 */
import { z } from 'zod';

/** Stable error codes. Add freely; never rename or reuse one. */
export const ERROR_CODES = [
  // Borders
  'bad-message', // a message failed its schema
  'unknown-request',
  'unauthorized',
  'locked', // the admin area is, on this connection
  'policy', // the admin's policies forbid it
  'policy-damaged', // a policy file cannot be read, so nothing is allowed
  'not-found',
  'conflict',
  'bad-input',
  'cancelled',
  'internal',
  // Models
  'model-missing',
  'model-damaged', // truncated or wrong hash
  'model-not-gguf',
  'model-unsupported',
  'model-too-large', // for this machine's memory
  'model-not-loaded',
  'download-failed',
  // Engine
  'engine-crashed',
  'engine-start-failed',
  'native-addon-missing',
  'native-addon-mismatch',
  'context-overflow', // one message is longer than the context
  'busy',
  // Steering
  'profile-missing',
  'profile-damaged',
  'profile-mismatch', // made for another model file
  'profile-version',
  'profile-ineffective', // tried on its model, it does not do what it says
  'model-not-steerable',
  'protection-off', // policy forbids unprotected chat
  'calibration-failed',
  // Store
  'disk-full',
  'store-damaged',
  'store-too-new',
  'store-locked',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error as it crosses a border. */
export const errorShape = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  hint: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type ErrorShape = z.infer<typeof errorShape>;

/** An error with a code, a sentence for a person and a hint. */
export class SteadyError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SteadyError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.details = options.details;
  }

  /** Rebuilds an error that came over a border. */
  static fromShape(shape: ErrorShape): SteadyError {
    return new SteadyError(shape.code, shape.message, { hint: shape.hint, details: shape.details });
  }
}

/** The border form of anything thrown. Unknown errors become `internal`; a full disk is recognised by its errno. */
export function toErrorShape(error: unknown): ErrorShape {
  const { code, message, hint, details } = (error ?? {}) as Partial<SteadyError>;
  // Libraries below the app (steering, models) throw errors of the same shape without knowing `SteadyError`.
  const typed = errorShape.safeParse({ code, message, hint, details });
  if (typed.success) return typed.data;
  if (String(code) === 'ENOSPC' || String(code) === 'SQLITE_FULL') {
    return { code: 'disk-full', message: 'The disk is full.', hint: 'Free some space, then try again. Nothing saved before was lost.' };
  }
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    hint: 'This is a fault in Steady itself. The log has the details.',
  };
}
