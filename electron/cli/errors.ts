/** How the command line fails: one object or two lines on stderr, and an exit code that a script can tell apart. */
import { basename, dirname, join } from 'node:path';
import type { ErrorCode } from '../contract/index.ts';
import { SteadyError, toErrorShape } from '../contract/index.ts';

/** A call that was put wrongly. */
export class UsageError extends SteadyError {
  constructor(message: string, hint = 'steady --help shows the commands.') {
    super('bad-input', message, { hint });
  }
}

/** The refusal log, or a file of it, is not whole. */
export const EXIT_NOT_WHOLE = 9;

/** Documented in docs/guide/command-line.md; never renumber. 0 is success, 1 any other failure, 2 wrong usage. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  'bad-input': 2,
  'model-missing': 3,
  'model-damaged': 3,
  'model-not-gguf': 3,
  'model-unsupported': 3,
  'model-too-large': 3,
  'not-found': 3,
  'protection-off': 4,
  'profile-missing': 4,
  'profile-damaged': 4,
  'profile-mismatch': 4,
  'profile-version': 4,
  'profile-ineffective': 4,
  'model-not-steerable': 4,
  'context-overflow': 5,
  'disk-full': 6,
  locked: 7,
  unauthorized: 7,
  policy: 8,
  'policy-damaged': 8,
  cancelled: 130,
};

/** The file a person named: new content is written beside it under a name of its own first. */
function asGiven(path: string): string {
  const name = basename(path)
    .replace(/\.partial-[0-9a-f-]+$/, '')
    .replace(/^\.(.+)\.\d+\.[0-9a-f]{8}\.tmp$/, '$1');
  return name === basename(path) ? path : join(dirname(path), name);
}

/** What the file system says of a path that a person gave. Other errors stay as they are. */
function aboutFile(error: unknown): unknown {
  const { code, path: given } = (error ?? {}) as NodeJS.ErrnoException;
  // Whoever reads a folder as a file isn't told which.
  const path = (given === undefined ? undefined : asGiven(given)) ?? (code === 'EISDIR' ? 'What was given as a file' : undefined);
  if (!(error instanceof Error) || error instanceof SteadyError || path === undefined) return error;
  if (code === 'ENOENT') return new SteadyError('not-found', `There is no ${path}.`, { hint: 'Check the path.', cause: error });
  const why = {
    EACCES: 'may not be read or written',
    EROFS: 'cannot be written: it is on a read-only disk',
    EISDIR: 'is a folder',
    ENOTDIR: 'leads through something that is no folder',
    // Folders are made where they are missing, so this one is in the way of a folder.
    EEXIST: 'is a file, where a folder is needed',
  }[code ?? ''];
  return why === undefined ? error : new SteadyError('bad-input', `${path} ${why}.`, { hint: 'Check the path.', cause: error });
}

/** Says what went wrong on stderr; answers the exit code. */
export function reportError(thrown: unknown, json: boolean): number {
  const error = aboutFile(thrown);
  const shape = toErrorShape(error);
  if (json) process.stderr.write(`${JSON.stringify({ error: shape })}\n`);
  else process.stderr.write(`${shape.message}${shape.hint === '' ? '' : `\n${shape.hint}`}\n`);
  if (shape.code === 'internal' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return EXIT_CODES[shape.code] ?? 1;
}
