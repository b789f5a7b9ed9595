/** Makes the folder that holds everything, for this user alone: conversations and the refusal log's key lie in it. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { relative, isAbsolute } from 'node:path';
import { promisify } from 'node:util';

const COMMAND_MS = 10_000;

export interface Machine {
  platform: NodeJS.Platform;
  home: string;
  user: string;
  run: (command: string, args: readonly string[]) => Promise<unknown>;
}

function thisMachine(): Machine {
  return {
    platform: process.platform,
    home: homedir(),
    user: userInfo().username,
    run: (command, args) => promisify(execFile)(command, args, { timeout: COMMAND_MS, windowsHide: true }),
  };
}

/**
 * Makes `folder` where it is missing. On Windows a mode says nothing: inside the user's own folder the system keeps others
 * out already; anywhere else a new folder gets an access list of its own, which what is made in it inherits. One that was
 * there keeps the list it has.
 * @throws the file system's error where the folder cannot be made. A list that cannot be set is no reason not to start.
 */
export async function makePrivateFolder(folder: string, machine: Machine = thisMachine()): Promise<void> {
  const isNew = !existsSync(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (machine.platform !== 'win32' || !isNew) return;
  const fromHome = relative(machine.home, folder);
  if (!fromHome.startsWith('..') && !isAbsolute(fromHome)) return;
  // The user, the system and administrators, who can reach everything anyway; by their numbers, which no language changes.
  const grants = [machine.user, '*S-1-5-18', '*S-1-5-32-544'].flatMap((who) => ['/grant:r', `${who}:(OI)(CI)F`]);
  await machine.run('icacls', [folder, '/inheritance:r', ...grants, '/Q']).catch(() => undefined);
}
