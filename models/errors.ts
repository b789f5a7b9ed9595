/** Typed errors of the model library. Same shape as the app's own, so the app passes them on as they are. */

export type ModelErrorCode =
  | 'not-found' // no such model in the catalogue
  | 'bad-input'
  | 'model-missing'
  | 'model-damaged' // truncated or wrong hash
  | 'model-not-gguf'
  | 'model-unsupported'
  | 'download-failed'
  | 'busy' // another process works on it
  | 'disk-full'
  | 'cancelled';

/** An error with a code for programs, a sentence for a person and a hint what to do next. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;
  readonly hint: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ModelErrorCode, message: string, options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ModelError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.details = options.details;
  }
}

/** Whether a thrown value is the operating system saying that the disk (or the user's quota) is full. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Throws `cancelled` once the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** The error of a job that the user stopped. */
export function cancelled(): ModelError {
  return new ModelError('cancelled', 'The download was cancelled.', {
    hint: 'What was fetched is kept; starting again goes on from there.',
  });
}
