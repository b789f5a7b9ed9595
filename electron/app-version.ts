/** The app's version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version in package.json, which lies above the sources and above the bundles alike. */
export function appVersion(): string {
  for (const up of ['..', '../..']) {
    try {
      const manifest = JSON.parse(readFileSync(join(import.meta.dirname, up, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'steady' && manifest.version !== undefined) return manifest.version;
    } catch {
      // Not here; look further up.
    }
  }
  return '0.0.0';
}
