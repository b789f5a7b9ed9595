/** Turns what SQLite and the file system throw into errors a person can act on. */
import { SteadyError, toErrorShape, type ErrorShape } from '../contract/index.ts';

export const notFound = (what: string) =>
  new SteadyError('not-found', `This ${what} does not exist any more.`, { hint: 'It may have been deleted. Go back to the list.' });

export const conflict = (message: string, hint = 'Reload the conversation, then try again.') =>
  new SteadyError('conflict', message, { hint });

export const badInput = (message: string) =>
  new SteadyError('bad-input', message, { hint: 'If you did not send it yourself, this is a fault in Steady.' });

export const damaged = (why: string, cause?: unknown) =>
  new SteadyError('store-damaged', `The database of conversations is damaged: ${why}.`, {
    hint: 'Close Steady and copy its data folder before anything else. Then move the database file aside, or put a backup in its place.',
    cause,
  });

const diskFull = (cause: unknown) =>
  new SteadyError('disk-full', 'The disk is full.', { hint: 'Free some space, then try again. Nothing saved before was lost.', cause });

const locked = (cause: unknown) =>
  new SteadyError('store-locked', 'Another program is holding the database of conversations.', {
    hint: 'Close other copies of Steady and try again.',
    cause,
  });

const unusable = (cause: Error) =>
  new SteadyError('store-locked', `The database of conversations cannot be opened or written (${cause.message}).`, {
    hint: 'Check that the data folder exists, belongs to you and is not write-protected.',
    cause,
  });

/** The typed form of anything thrown by SQLite or by a file operation around it; other errors pass as they are. */
export function storeError(error: unknown): unknown {
  if (error instanceof SteadyError || !(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return error;
  // SQLite extends the shared-memory file beside the database first, so a full disk can show up there.
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return diskFull(error);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return damaged(error.message, error);
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return locked(error);
  if (/^(SQLITE_(CANTOPEN|READONLY|PERM|IOERR)|E(ACCES|PERM|ROFS|NOTDIR|ISDIR)$)/.test(code)) return unusable(error);
  return error;
}

/** How an error leaves the worker. */
export const storeErrorShape = (error: unknown): ErrorShape => toErrorShape(storeError(error));
