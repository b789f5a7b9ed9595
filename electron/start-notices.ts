/** What whoever opens the app should know of where it keeps its state. */
import type { Notice } from './contract/index.ts';
import { networkFileSystem } from './store/index.ts';

/** @param databasePath absolute path of the database */
export function startNotices(databasePath: string): Notice[] {
  const fileSystem = networkFileSystem(databasePath);
  if (fileSystem === null) return [];
  return [
    {
      level: 'warning',
      message: `Conversations are kept on a network file system (${fileSystem}).`,
      hint: 'Steady writes in a slower and safer way there. Open it on one machine at a time, or move the data folder to a disk of this machine.',
    },
  ];
}
