/** Reads files that are named from outside: never a pipe or a device, which may have no end, and never more than expected. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** A pipe that nobody writes to would otherwise hold up the opening itself. Windows has no such flag and no such pipes. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What stands at the path is a folder, a pipe, a socket or a device. */
export class NotRegularFile extends Error {
  readonly code = 'ENOTREG';
  constructor() {
    super('it is not a regular file');
  }
}

/** The file holds more than is read of such a file. `bytes` is its size, as far as it is known. */
export class FileTooLarge extends Error {
  readonly code = 'EFBIG';
  readonly bytes: number;
  constructor(bytes: number, maxBytes: number) {
    super(`it is too large (more than ${maxBytes} bytes)`);
    this.bytes = bytes;
  }
}

/**
 * The bytes of a regular file.
 * @throws NotRegularFile, FileTooLarge; the file system's own errors (ENOENT, EACCES, …)
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new FileTooLarge(size, maxBytes);
    return await readUpTo(file, size, maxBytes);
  } finally {
    await file.close();
  }
}

async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, READ).catch((error: unknown) => {
    // What a socket, or a pipe or device without another end, answers to being opened.
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENXIO' || code === 'ENODEV' || code === 'EISDIR' ? new NotRegularFile() : error;
  });
  // Asked of what was opened, not of the path: that may be another file by now.
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new NotRegularFile();
}

/** The size is what the file had when it was looked at; it may be growing. Files of /proc and the like say 0. */
async function readUpTo(file: FileHandle, size: number, maxBytes: number): Promise<Buffer> {
  let buffer = Buffer.allocUnsafe(size + 1);
  let filled = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) return buffer.subarray(0, filled);
    filled += bytesRead;
    if (filled > maxBytes) throw new FileTooLarge(filled, maxBytes);
    if (filled === buffer.length) buffer = Buffer.concat([buffer], Math.min(2 * buffer.length + 4096, maxBytes + 1));
  }
}
