/** Typed errors of the steering library. Same shape as the app's own, so the app passes them on as they are. */

export type SteeringErrorCode =
  | 'profile-missing'
  | 'profile-damaged'
  | 'profile-mismatch'
  | 'profile-version'
  | 'model-not-steerable'
  | 'native-addon-missing'
  | 'native-addon-mismatch'
  | 'calibration-failed'
  | 'bad-input'
  | 'cancelled';

/** An error with a code for programs, a sentence for a person and a hint what to do next. */
export class SteeringError extends Error {
  readonly code: SteeringErrorCode;
  readonly hint: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: SteeringErrorCode,
    message: string,
    options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SteeringError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.details = options.details;
  }
}
