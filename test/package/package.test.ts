/**
 * What `npm run package` makes, on Linux with a stand-in for Electron. What lies in the package is then run by plain Node
 * as far as that goes: the packaged database, the packaged engine library and the packaged steering addon.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { extractAll, getRawHeader, listPackage, statFile } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enginePackages } from '../../build/electron-builder.ts';
import { FUSES } from '../../build/fuses.ts';
import { packageApp } from '../../build/package.ts';
import { buildMissing } from './build-missing.ts';
import { makeElectronStandIn, readFuseWire } from './electron-stand-in.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const triple = `${process.platform}-${process.arch}`;

let folder: string;
let app: string;
let archive: string;
let inside: string[];
let unpacked: string[];

async function filesUnder(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

describe.skipIf(process.platform !== 'linux')('the unpacked package', () => {
  beforeAll(async () => {
    await buildMissing();
    folder = await mkdtemp(join(tmpdir(), 'steady-package-'));
    await makeElectronStandIn(join(folder, 'electron'));
    await packageApp({ electronDist: join(folder, 'electron'), output: join(folder, 'out') });
    app = join(folder, 'out', process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`);
    archive = join(app, 'resources', 'app.asar');
    inside = listPackage(archive, { isPack: false }).map((name) => name.slice(1));
    unpacked = await filesUnder(`${archive}.unpacked`);
    // The addon for any machine may have to be compiled first.
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is Electron under the app’s name, without Electron’s own app and without languages nobody asked for', async () => {
    expect(existsSync(join(app, 'steady'))).toBe(true);
    expect(existsSync(join(app, 'electron'))).toBe(false);
    expect(await readdir(join(app, 'locales'))).toEqual(['en-US.pak']);
    expect(existsSync(join(app, 'resources', 'default_app.asar'))).toBe(false);
    expect(await readdir(join(app, 'resources', 'notices'))).toContain('NOTICES.md');
    expect(existsSync(join(app, 'resources', 'app'))).toBe(false);
  });

  test('has every fuse set as decided', async () => {
    const wire = readFuseWire(await readFile(join(app, 'steady')));
    const wanted = Array.from({ length: 9 }, (_, index) => (FUSES[index as 0] ? '1' : '0')).join('');
    expect(wire).toBe(wanted);
    expect(wire).toBe('010011001');
  });

  test('has the bundles, the page, the profiles and the prompts in the archive', async () => {
    const bundles = (await readdir(join(ROOT, 'dist', 'app'))).filter((name) => !['cli.js', 'serve.js'].includes(name));
    for (const name of ['main.js', 'preload.cjs', 'engine.js', 'engine-electron.js', 'store-worker.js']) expect(bundles).toContain(name);
    const page = await filesUnder(join(ROOT, 'dist', 'renderer'));
    const profiles = (await filesUnder(join(ROOT, 'steering', 'profiles'))).filter((name) => name.endsWith('.safetensors'));
    const prompts = (await filesUnder(join(ROOT, 'steering', 'prompts'))).filter((name) => name.endsWith('.jsonl'));
    expect(prompts.length).toBeGreaterThan(0);
    const wanted = [
      'package.json',
      ...bundles.map((name) => `dist/app/${name}`),
      ...page.map((name) => `dist/renderer/${name}`),
      ...profiles.map((name) => `steering/profiles/${name}`),
      ...prompts.map((name) => `steering/prompts/${name}`),
    ];
    expect(wanted.filter((name) => !inside.includes(name))).toEqual([]);
  });

  test('a profile in the archive is the one in the source tree', async () => {
    const profiles = inside.filter((name) => name.endsWith('.safetensors'));
    const { extractFile } = await import('@electron/asar');
    for (const name of profiles) {
      const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
      expect(hash(extractFile(archive, name))).toBe(hash(await readFile(join(ROOT, name))));
    }
  });

  test('has every native file outside the archive, and nothing else there', async () => {
    const native = inside.filter((name) => /\.(?:node|so(?:\.[\d.]+)?|dll|dylib)$/.test(name));
    expect(native.length).toBeGreaterThan(3);
    for (const name of native) expect(statFile(archive, name), name).toMatchObject({ unpacked: true });
    expect(unpacked.filter((name) => !native.includes(name) && !name.startsWith('node_modules/@node-llama-cpp/'))).toEqual([]);
    expect(unpacked).toContain(`steering/native/build/${triple}/steady_native.node`);
    expect(unpacked.filter((name) => name.startsWith('node_modules/better-sqlite3/'))).toEqual([
      `node_modules/better-sqlite3/prebuilds/${triple}.node`,
    ]);
    for (const name of unpacked) expect((await lstat(join(`${archive}.unpacked`, name))).isFile(), name).toBe(true);
  });

  test('has the libraries of this platform and no other', () => {
    const { wanted, foreign } = enginePackages({ platform: process.platform, arch: process.arch });
    expect(wanted.length).toBeGreaterThan(0);
    const packaged = new Set(inside.filter((name) => /^node_modules\/@node-llama-cpp\/[^/]+/.test(name)).map((name) => name.split('/')[2]));
    expect([...packaged].sort()).toEqual(wanted);
    for (const name of foreign) expect(inside.join('\n')).not.toContain(`/${name}/`);
    const elsewhere = /(?:darwin|win32|mac-|win-|musl|android|freebsd|arm64|armv7l|ia32|riscv)/;
    const binaries = [...inside, ...unpacked].filter((name) => /\.(?:node|so(?:\.[\d.]+)?|dll|dylib|exe)$/.test(name));
    expect(binaries.filter((name) => elsewhere.test(name))).toEqual([]);
  });

  test('has no sources, tests, source maps, entries for plain Node or development libraries', () => {
    const unwanted =
      /\.(?:ts|mts|svelte|map|cc|cpp|h|hpp|gyp|bundle)$|(?:^|\/)(?:test|tests|\.git|\.github|build-tmp)\/|^(?:electron|models|renderer|build|test|docs|resources)\/|^dist\/app\/(?:cli|serve)\.js$/;
    expect(inside.filter((name) => unwanted.test(name) && !name.startsWith('steering/native/build/'))).toEqual([]);
    for (const name of ['electron', 'electron-builder', 'vite', 'vitest', 'typescript', 'svelte', '@playwright', 'eslint']) {
      expect(inside).not.toContain(`node_modules/${name}`);
    }
  });

  test('keeps the hash of every file in the archive’s header, for Electron to check', () => {
    const { header } = getRawHeader(archive);
    const walk = (node: object, path: string): void => {
      const {
        files,
        integrity,
        unpacked: outside,
        link,
      } = node as { files?: Record<string, object>; integrity?: object; unpacked?: boolean; link?: string };
      if (files) for (const [name, child] of Object.entries(files)) walk(child, `${path}/${name}`);
      else if (!outside && link === undefined) expect(integrity, path).toMatchObject({ algorithm: 'SHA256' });
    };
    walk(header as unknown as object, '');
  });

  describe('run from its own files', () => {
    let copy: string;
    const script = (code: string) => run(process.execPath, ['--input-type=module', '-e', code], { cwd: copy });
    beforeAll(() => {
      copy = join(folder, 'extracted');
      extractAll(archive, copy);
    }, 60_000);

    test('the database opens', async () => {
      const { stdout } = await script(
        `import Database from 'better-sqlite3'; const db = new Database(':memory:'); db.exec("create virtual table t using fts5(x)"); console.log(db.prepare('select sqlite_version()').pluck().get())`,
      );
      expect(stdout).toMatch(/^3\.\d+/);
    });

    test('every bundle finds the libraries it imports', async () => {
      const names = (await readdir(join(copy, 'dist', 'app'))).filter((name) => name.endsWith('.js'));
      const specifiers = new Set<string>();
      for (const name of names) {
        const code = await readFile(join(copy, 'dist', 'app', name), 'utf8');
        for (const match of code.matchAll(/^import .*?["']([^."'][^"']*)["'];$|import\(["']([^."'][^"']*)["']\)/gm))
          specifiers.add(match[1] ?? match[2] ?? '');
      }
      const libraries = [...specifiers].filter((name) => !name.startsWith('node:') && name !== 'electron');
      expect(libraries).toContain('node-llama-cpp');
      await script(`await Promise.all(${JSON.stringify(libraries)}.map((name) => import(name)))`);
    }, 60_000);

    test('the engine starts by its Electron entry', async () => {
      const { stdout } = await script(`
        import { fork } from 'node:child_process';
        const engine = fork('dist/app/engine-electron.js', [], { serialization: 'advanced', execArgv: [] });
        engine.on('message', (message) => { console.log(JSON.stringify(message)); engine.kill(); });
        engine.send({ t: 'q', i: '1', m: 'request', a: ['engine.info', {}] });
      `);
      expect(JSON.parse(stdout)).toMatchObject({ t: 's', i: '1', r: { ok: true, value: { pid: expect.any(Number) } } });
    });

    test('the steering addon loads, and was built for the engine library in the package', async () => {
      const addon = await script(
        `import { createRequire } from 'node:module'; console.log(createRequire(import.meta.url)('./steering/native/build/${triple}/steady_native.node').builtFor)`,
      );
      const installed = JSON.parse(await readFile(join(ROOT, 'node_modules', 'node-llama-cpp', 'package.json'), 'utf8')) as {
        version: string;
      };
      expect(addon.stdout.trim()).toBe(installed.version);
    });

    test.skipIf(process.arch !== 'x64')('the steering addon keeps to instructions that every machine has', async () => {
      const path = join(`${archive}.unpacked`, 'steering', 'native', 'build', triple, 'steady_native.node');
      const { stdout } = await run('objdump', ['--disassemble', '--no-show-raw-insn', path], { maxBuffer: 1 << 28 });
      expect(stdout).toMatch(/%xmm\d/);
      // AVX and AVX-512: this machine's own addon is full of them.
      expect(stdout.match(/%[yz]mm\d+/)).toBeNull();
    });

    test('llama.cpp loads without a trial process, which a packaged app could not start', async () => {
      const trial = await script(`
        import { registerHooks } from 'node:module';
        import child from 'node:child_process';
        import { syncBuiltinESMExports } from 'node:module';
        process.send = () => {}; // What a forked engine has.
        child.fork = () => { throw new Error('a process was started'); };
        syncBuiltinESMExports();
        await import(process.cwd() + '/dist/app/engine-electron.js');
        const { getLlama } = await import('node-llama-cpp');
        const llama = await getLlama({ gpu: false, build: 'never', progressLogs: false });
        console.log(llama.gpu, llama.buildType);
        process.exit(0);
      `);
      expect(trial.stdout.trim()).toBe('false prebuilt');
    }, 60_000);
  });
});

test('each platform gets its own libraries', () => {
  const { wanted } = enginePackages({ platform: 'win32', arch: 'x64' });
  expect(wanted.every((name) => name.startsWith('win-x64'))).toBe(true);
  expect(enginePackages({ platform: 'linux', arch: 'x64' }).wanted.every((name) => name.startsWith('linux-x64'))).toBe(true);
});
