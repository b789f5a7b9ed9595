/**
 * What `npm run package -- --target …` makes for other systems, with stand-ins for Electron and for llama.cpp's libraries.
 * The steering addon is Zig's own, so these tests are left out where `npm run build:native -- --all` has not run.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractFile, listPackage, statFile } from '@electron/asar';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addonFolder } from '../../build/native.ts';
import { TARGETS } from '../../build/native/targets.ts';
import { packageApp } from '../../build/package.ts';
import { makeElectronStandIn, readFuseWire } from './electron-stand-in.ts';
import { buildMissing } from './build-missing.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface Layout {
  /** Of the package, below the output folder. */
  app: string;
  resources: string;
  /** The file that holds the fuses. */
  fuses: string;
  engines: string[];
}

const MAC = { resources: 'Contents/Resources', fuses: 'Contents/Frameworks/Electron Framework.framework/Electron Framework' };
const LAYOUTS: Readonly<Record<string, Layout>> = {
  'linux-arm64': { app: 'linux-arm64-unpacked', resources: 'resources', fuses: 'steady', engines: ['linux-arm64', 'linux-arm64-vulkan'] },
  'darwin-arm64': { app: 'mac-arm64/Steady.app', ...MAC, engines: ['mac-arm64-metal'] },
  'darwin-x64': { app: 'mac/Steady.app', ...MAC, engines: ['mac-x64'] },
  'win32-x64': { app: 'win-unpacked', resources: 'resources', fuses: 'Steady.exe', engines: ['win-x64', 'win-x64-vulkan'] },
  'win32-arm64': { app: 'win-arm64-unpacked', resources: 'resources', fuses: 'Steady.exe', engines: ['win-arm64'] },
};

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steady-package-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with the packages of llama.cpp libraries that a target wants, and one that it does not. */
async function engineStandIns(folder: string, names: readonly string[]): Promise<void> {
  for (const name of [...names, 'freebsd-x64']) {
    const bins = join(folder, name, 'bins', name);
    await mkdir(bins, { recursive: true });
    await writeFile(join(bins, 'llama-addon.node'), name);
    await writeFile(join(folder, name, 'package.json'), JSON.stringify({ name: `@node-llama-cpp/${name}` }));
  }
}

describe.each(Object.entries(LAYOUTS))('the package for %s', (name, { app: at, resources, fuses, engines }) => {
  const target = TARGETS[name]!;
  const addon = join(ROOT, addonFolder({ portable: true }, target), 'steady_native.node');

  test.skipIf(!existsSync(addon))(
    'holds what belongs to that system and nothing else',
    async () => {
      await buildMissing();
      const folder = await temporary();
      const [electronDist, engine, output] = [join(folder, 'electron'), join(folder, 'engine'), join(folder, 'out')];
      await makeElectronStandIn(electronDist, target.platform);
      await engineStandIns(engine, engines);
      await packageApp({ target: name, electronDist, engine, output });

      const app = join(output, at);
      const archive = join(app, resources, 'app.asar');
      const inside = listPackage(archive, { isPack: false }).map((path) => path.slice(1).replaceAll('\\', '/'));
      const fused = await readFile(join(app, fuses));
      expect(readFuseWire(fused)).toBe('010011001');
      // Electron compares the archive with this; macOS has it in Info.plist.
      const integrity = { win32: fused, darwin: await readFile(join(app, 'Contents', 'Info.plist')).catch(() => null) }[
        target.platform as string
      ];
      if (target.platform !== 'linux') expect(integrity?.toString('latin1')).toMatch(/SHA256/);
      expect(existsSync(join(app, resources, 'default_app.asar'))).toBe(false);
      expect(existsSync(join(app, resources, 'notices', 'LICENCES.txt'))).toBe(true);

      const libraries = inside.filter((path) => /\.(?:node|so(?:\.[\d.]+)?|dll|dylib|exe)$/.test(path)).sort();
      expect(libraries).toEqual(
        [
          ...engines.map((kind) => `node_modules/@node-llama-cpp/${kind}/bins/${kind}/llama-addon.node`),
          `node_modules/better-sqlite3/prebuilds/${name}.node`,
          `steering/native/build/${name}/steady_native.node`,
        ].sort(),
      );
      for (const path of libraries) {
        expect(statFile(archive, path), path).toMatchObject({ unpacked: true });
        expect(existsSync(join(`${archive}.unpacked`, path)), path).toBe(true);
      }
      expect(await readFile(join(`${archive}.unpacked`, 'steering', 'native', 'build', name, 'steady_native.node'))).toEqual(
        await readFile(addon),
      );
      for (const path of ['dist/app/main.js', 'dist/renderer/index.html', 'package.json']) expect(inside).toContain(path);
      expect(inside.some((path) => path.startsWith('steering/profiles/') && path.endsWith('.safetensors'))).toBe(true);
      expect(JSON.parse(extractFile(archive, 'package.json').toString('utf8'))).toMatchObject({ name: 'steady', main: 'dist/app/main.js' });
    },
    300_000,
  );
});
