import { join } from 'node:path';

/** Where calibrations keep what later ones can use: rows, verdicts, the machine's speed; their jobs in a folder below it. */
export function keptFolder(dataDir: string): string {
  return join(dataDir, 'calibration');
}
