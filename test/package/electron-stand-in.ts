/**
 * An unpacked folder in the shape of Electron's distribution for this platform, with a fuse wire in its executable, for
 * machines that have no Electron. Packaging cannot tell it from a real one; it just does not run.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPackage } from '@electron/asar';
import electronPackage from 'electron/package.json' with { type: 'json' };

/** What marks the fuse wire in an Electron executable: the mark, the version of the wire, its length, then one byte a fuse. */
export const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** The wire as it comes from Electron: run as node on, cookies off, NODE_OPTIONS on, inspect on, …, file privileges on, wasm on. */
const DEFAULT_WIRE = '101100011';

/** The bytes of the fuse wire in an executable, as text of `0` and `1`. */
export function readFuseWire(executable: Buffer): string {
  const start = executable.indexOf(FUSE_SENTINEL) + FUSE_SENTINEL.length;
  return executable.subarray(start + 2, start + 2 + (executable[start + 1] ?? 0)).toString('latin1');
}

/** @param folder an empty or absent folder. */
export async function makeElectronStandIn(folder: string): Promise<void> {
  await mkdir(join(folder, 'resources'), { recursive: true });
  await mkdir(join(folder, 'locales'));
  const wire = Buffer.concat([Buffer.from(FUSE_SENTINEL), Buffer.from([1, DEFAULT_WIRE.length]), Buffer.from(DEFAULT_WIRE)]);
  await writeFile(join(folder, 'electron'), Buffer.concat([Buffer.alloc(4096, 'x'), wire, Buffer.alloc(4096, 'y')]), { mode: 0o755 });
  const texts = {
    version: electronPackage.version,
    LICENSE: 'Electron licence',
    'LICENSES.chromium.html': 'Chromium licences',
    'chrome-sandbox': 'helper',
    'locales/en-US.pak': 'en',
    'locales/de.pak': 'de',
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  const defaultApp = join(folder, 'default-app');
  await mkdir(defaultApp);
  await writeFile(join(defaultApp, 'main.js'), '// What Electron shows when it is given no app.');
  await createPackage(defaultApp, join(folder, 'resources', 'default_app.asar'));
  await rm(defaultApp, { recursive: true });
}
