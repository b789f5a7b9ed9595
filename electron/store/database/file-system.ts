/** What kind of file system a folder lies on, as far as SQLite's log needs to know. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** Numbers of statfs(2) on Linux: file systems whose files another machine, or another system on this one, serves. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x786f4256, 'VirtualBox shared folder'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
]);

/** The name of a network file system by its number on Linux; null for any other. */
export function networkFileSystemName(type: number): string | null {
  // Some machines answer with the number's sign.
  return NETWORK.get(type >>> 0) ?? null;
}

/**
 * The network file system that a file lies on, or will once it is made; null where there is none, or that cannot be told.
 * SQLite's write-ahead log needs memory that all who have the file open share, and no file system between machines has it.
 */
export function networkFileSystem(file: string): string | null {
  // Shares under a drive letter look like disks.
  if (process.platform === 'win32') return file.startsWith('\\\\') ? 'Windows share' : null;
  if (process.platform !== 'linux') return null;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    try {
      return networkFileSystemName(statfsSync(folder).type);
    } catch {
      // Not made yet, or not to be looked at: then what it will lie in.
      if (folder === dirname(folder)) return null;
    }
  }
}
