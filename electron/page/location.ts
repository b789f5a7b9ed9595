/** Where the built page lies. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** `dist/renderer`, as seen from the bundled app (`dist/app`) or from this source file. Absolute; may not exist yet. */
export function pageDir(): string {
  const bundled = join(import.meta.dirname, '..', 'renderer');
  return existsSync(join(bundled, 'index.html')) ? bundled : join(import.meta.dirname, '..', '..', 'dist', 'renderer');
}
