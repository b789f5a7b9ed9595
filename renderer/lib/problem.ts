/**
 * What went wrong, for a person. Errors that cross Electron's context bridge lose their class and sometimes their own
 * properties, so they are read by shape, never by `instanceof`.
 */
export interface Problem {
  /** An ErrorCode of the contract, or `connection-lost`, which only the page knows. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export const CONNECTION_LOST: Problem = {
  code: 'connection-lost',
  message: 'The connection to Steady was lost.',
  hint: 'It is being restored. Try again in a moment.',
};

/** Reads anything thrown as a problem. Never throws. */
export function toProblem(error: unknown): Problem {
  if (typeof error === 'object' && error !== null) {
    const { code, message, hint } = error as Record<string, unknown>;
    if (typeof message === 'string') {
      return {
        code: typeof code === 'string' ? code : 'internal',
        message: message.replace(/^Uncaught (?:\(in promise\) )?/, ''),
        hint: typeof hint === 'string' ? hint : '',
      };
    }
  }
  return { code: 'internal', message: typeof error === 'string' && error !== '' ? error : 'Something went wrong.', hint: '' };
}
