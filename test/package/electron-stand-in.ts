/**
 * An unpacked folder in the shape of Electron's distribution for a system, with a fuse wire where Electron has it, for
 * machines that have no Electron. Packaging cannot tell it from a real one; it just does not run.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createPackage } from '@electron/asar';
import electronPackage from 'electron/package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..', '..');
/** What marks the fuse wire in an Electron executable: the mark, the version of the wire, its length, then one byte a fuse. */
export const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** The wire as it comes from Electron: run as node on, cookies off, NODE_OPTIONS on, inspect on, …, file privileges on, wasm on. */
const DEFAULT_WIRE = '101100011';

/** The bytes of the fuse wire in an executable, as text of `0` and `1`. */
export function readFuseWire(executable: Buffer): string {
  const start = executable.indexOf(FUSE_SENTINEL) + FUSE_SENTINEL.length;
  return executable.subarray(start + 2, start + 2 + (executable[start + 1] ?? 0)).toString('latin1');
}

const wire = Buffer.concat([Buffer.from(FUSE_SENTINEL), Buffer.from([1, DEFAULT_WIRE.length]), Buffer.from(DEFAULT_WIRE)]);
const around = (wired: Buffer) => Buffer.concat([Buffer.alloc(4096, 'x'), wired, Buffer.alloc(4096, 'y')]);

function plist(name: string): string {
  const entries = { CFBundleExecutable: name, CFBundleName: name, CFBundleIdentifier: 'com.github.Electron', CFBundlePackageType: 'APPL' };
  const lines = Object.entries(entries).map(([key, value]) => `<key>${key}</key><string>${value}</string>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>${lines.join('')}</dict></plist>\n`;
}

/** The little of resedit that is used; it comes with electron-builder, which edits with it what Electron brings. */
interface ResEdit {
  NtExecutable: { from(file: Buffer): { generate(): ArrayBuffer } };
  NtExecutableResource: { from(program: object): { entries: object[]; outputResource(program: object): void } };
  Resource: { VersionInfo: { create(info: object): { outputToResourceEntries(entries: object[]): void } } };
}

/** A program with a version, as electron-builder wants it: any library will do. */
async function windowsProgram(): Promise<Buffer> {
  const builder = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
  const { NtExecutable, NtExecutableResource, Resource } = createRequire(builder.resolve('app-builder-lib'))('resedit') as ResEdit;
  const program = NtExecutable.from(await readFile(join(ROOT, 'node_modules', 'better-sqlite3', 'prebuilds', 'win32-x64.node')));
  const resources = NtExecutableResource.from(program);
  const strings = [{ lang: 1033, codepage: 1200, values: { ProductName: 'Electron' } }];
  Resource.VersionInfo.create({ lang: 1033, fixedInfo: {}, strings }).outputToResourceEntries(resources.entries);
  resources.outputResource(program);
  return Buffer.from(program.generate());
}

const HELPERS = ['Helper', 'Helper (Renderer)', 'Helper (GPU)', 'Helper (Plugin)'].map((kind) => `Electron ${kind}`);

/** A system's files by their path, and where its resources lie. */
const SHAPES: Partial<Record<NodeJS.Platform, { resources: string; files: () => Promise<Record<string, string | Buffer>> }>> = {
  linux: {
    resources: 'resources',
    files: async () => ({ electron: around(wire), 'chrome-sandbox': 'helper', 'locales/en-US.pak': 'en', 'locales/de.pak': 'de' }),
  },
  win32: {
    resources: 'resources',
    files: async () => ({
      'electron.exe': Buffer.concat([await windowsProgram(), around(wire)]),
      'ffmpeg.dll': 'library',
      'locales/en-US.pak': 'en',
      'locales/de.pak': 'de',
    }),
  },
  darwin: {
    resources: 'Electron.app/Contents/Resources',
    files: async () => ({
      'Electron.app/Contents/Info.plist': plist('Electron'),
      'Electron.app/Contents/MacOS/Electron': 'program',
      'Electron.app/Contents/Resources/electron.icns': 'icon',
      'Electron.app/Contents/Resources/en.lproj/locale.pak': 'en',
      'Electron.app/Contents/Resources/de.lproj/locale.pak': 'de',
      'Electron.app/Contents/Frameworks/Electron Framework.framework/Electron Framework': around(wire),
      ...Object.fromEntries(
        HELPERS.flatMap((name) => [
          [`Electron.app/Contents/Frameworks/${name}.app/Contents/Info.plist`, plist(name)],
          [`Electron.app/Contents/Frameworks/${name}.app/Contents/MacOS/${name}`, 'program'],
        ]),
      ),
    }),
  },
};

/** @param folder an empty or absent folder. */
export async function makeElectronStandIn(folder: string, platform: NodeJS.Platform = process.platform): Promise<void> {
  const { resources, files } = SHAPES[platform]!;
  const texts = { version: electronPackage.version, LICENSE: 'Electron licence', 'LICENSES.chromium.html': 'Chromium licences' };
  for (const [name, content] of Object.entries({ ...texts, ...(await files()) })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content, { mode: 0o755 });
  }
  const defaultApp = join(folder, 'default-app');
  await mkdir(defaultApp);
  await writeFile(join(defaultApp, 'main.js'), '// What Electron shows when it is given no app.');
  await mkdir(join(folder, resources), { recursive: true });
  await createPackage(defaultApp, join(folder, resources, 'default_app.asar'));
  await rm(defaultApp, { recursive: true });
}
