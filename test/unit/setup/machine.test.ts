import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, runSetup, temporaryFolder } from './helpers.ts';

/** A PATH with only these programs, each a link to the real one. */
function pathWith(...names: string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    const real = (process.env['PATH'] ?? '')
      .split(':')
      .map((entry) => join(entry, name))
      .find((path) => existsSync(path));
    if (real) symlinkSync(real, join(folder, name));
  }
  return folder;
}

describe('a machine that lacks something is told what and how to get it', () => {
  const requireBuildTools = `
    import { main } from './build/setup/index.mjs';
    import { requireBuildTools } from './build/setup/prerequisites.mjs';
    await main(() => requireBuildTools());`;

  test('a C++ compiler', () => {
    expect(runSetup(requireBuildTools, { PATH: pathWith('git', 'python3'), CXX: 'c++' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/C\+\+ compiler is needed .* not found\.\n.*(apt-get install g\+\+|xcode-select)/),
    });
  });

  test('git', () => {
    expect(runSetup(requireBuildTools, { PATH: pathWith('c++', 'cc1plus'), CXX: 'c++' })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^git is needed .* not found\.\n/),
    });
  });

  test('Python', () => {
    const code = `
      import { main } from './build/setup/index.mjs';
      import { requirePython } from './build/setup/prerequisites.mjs';
      await main(() => void requirePython(['pip', 'venv'], 'for the tests'));`;
    expect(runSetup(code, { PATH: pathWith('git') })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Python 3 \(3\.8 or newer, with pip and venv\) is needed for the tests and was not found\.\n/),
    });
  });

  test('a Node that is new enough', () => {
    const code = `
      import { isNewEnough } from './build/setup/context.mjs';
      process.stdout.write(JSON.stringify(['18.20.8', '22.12.0', '24.1.9', '24.2.0', '24.21.0', '25.0.0'].map(isNewEnough)));`;
    expect(JSON.parse(runSetup(code).stdout)).toEqual([false, false, false, true, true, true]);
  });

  test("set-up itself loads in the machine's own Node, however old", ({ skip }) => {
    const node = (process.env['PATH'] ?? '')
      .split(delimiter)
      .filter((folder) => !folder.includes('node_modules'))
      .map((folder) => join(folder, 'node'))
      .find((path) => existsSync(path));
    if (!node) return skip('this machine has no Node of its own');
    const code =
      "await import('./build/setup/index.mjs'); await import('./build/setup/steps/electron.mjs'); process.stdout.write('loaded')";
    const outcome = spawnSync(node, ['--input-type=module', '--eval', code], { cwd: ROOT, encoding: 'utf8' });
    expect(outcome).toMatchObject({ status: 0, stdout: 'loaded', stderr: '' });
  });
});

test('npm is run as a program that needs no shell', () => {
  const code = `
    import { npmCommand } from './build/setup/exec.mjs';
    const windows = String.raw\`C:\\Program Files\\nodejs\\node.exe\`;
    process.stdout.write(JSON.stringify([
      npmCommand({ npm_execpath: '/lib/npm.js' }, 'linux', '/bin/node', () => true),
      npmCommand({ npm_execpath: '/gone' }, 'linux', '/bin/node', () => false),
      npmCommand({}, 'win32', windows, () => false),
    ]));`;
  const windows = String.raw`C:\Program Files\nodejs`;
  expect(JSON.parse(runSetup(code).stdout)).toEqual([
    ['/bin/node', '/lib/npm.js'],
    ['npm'],
    [String.raw`${windows}\node.exe`, String.raw`${windows}\node_modules\npm\bin\npm-cli.js`],
  ]);
});

describe('the GPU libraries', () => {
  const detect = (env: Record<string, string>, there: string[], platform = 'linux', arch = 'x64') => {
    const code = `
      import { detectGpu } from './build/setup/steps/gpu.mjs';
      const there = new Set(${JSON.stringify(there)});
      process.stdout.write(JSON.stringify(detectGpu(${JSON.stringify(env)}, (path) => there.has(path), '${platform}', '${arch}')));`;
    return JSON.parse(runSetup(code).stdout) as { kind: string | null; reason: string };
  };
  const loader = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1';

  test.each([
    ['nothing', {}, [], null, 'no GPU was found'],
    ['an NVIDIA driver', {}, ['/proc/driver/nvidia/version', '/dev/dri/renderD128', loader], 'cuda', 'NVIDIA'],
    ['another GPU with Vulkan', {}, ['/dev/dri/renderD128', loader], 'vulkan', 'Vulkan loader'],
    ['another GPU without Vulkan', {}, ['/dev/dri/renderD128'], null, 'libvulkan1'],
    ['a Vulkan loader alone', {}, [loader], null, 'no GPU'],
    ['a wish against it', { STEADY_GPU: 'off' }, ['/dev/nvidiactl'], null, 'STEADY_GPU is off'],
    ['a wish for Vulkan', { STEADY_GPU: 'vulkan' }, ['/dev/nvidiactl'], 'vulkan', 'STEADY_GPU is vulkan'],
  ])('%s', (_, env, there, kind, reason) => {
    expect(detect(env, there)).toEqual({ kind, reason: expect.stringContaining(reason) });
  });

  test('are left to npm on other systems', () => {
    expect(detect({}, ['/dev/nvidiactl'], 'win32').kind).toBeNull();
  });

  test('their pins are for the node-llama-cpp that is installed, and so is the stand-in', () => {
    const code = `
      import { PINS, VERSION } from './build/setup/steps/gpu.mjs';
      process.stdout.write(JSON.stringify({ PINS, VERSION }));`;
    const { PINS, VERSION } = JSON.parse(runSetup(code).stdout) as { PINS: Record<string, string>; VERSION: string };
    const version = (path: string) => (JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as { version: string }).version;
    expect(VERSION).toBe(version('node_modules/node-llama-cpp/package.json'));
    expect(VERSION).toBe(version('build/stubs/gpu-variant/package.json'));
    expect(Object.keys(PINS)).toHaveLength(3);
    for (const pin of Object.values(PINS)) expect(pin).toMatch(/^sha512-[\w+/]{86}==$/);
  });

  test('llama.cpp falls back to the CPU, in silence, where stand-ins are installed', () => {
    const outcome = spawnSync(process.execPath, [join(import.meta.dirname, 'load-llama.ts')], { encoding: 'utf8' });
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^(false|cuda|vulkan)$/);
  });
});

describe('Electron', () => {
  const prepare = (env: Record<string, string>) => {
    const code = `
      import { prepareElectron } from './build/setup/steps/electron.mjs';
      import { createReporter } from './build/setup/report.mjs';
      process.stdout.write(JSON.stringify(await prepareElectron(createReporter())));`;
    const outcome = runSetup(code, { DISPLAY: ':99', ELECTRON_OVERRIDE_DIST_PATH: '', ...env });
    return { ...(JSON.parse(outcome.stdout) as { path?: string; reason?: string }), stderr: outcome.stderr };
  };

  test('is not even looked for without a display', () => {
    expect(prepare({ DISPLAY: '', WAYLAND_DISPLAY: '' })).toEqual({ reason: 'there is no display', stderr: '' });
  });

  test.each([
    ['exit 127', 300, true], // A library that is missing.
    ['kill -TRAP $$', 300, true], // Chromium without a sandbox.
    ['kill -SEGV $$', 300, true],
    ['kill -TRAP $$', 60_000, false],
    ['exit 0', 300, false],
    ['kill -TERM $$', 300, false],
    ['kill -INT $$', 300, false],
    ['kill -KILL $$', 300, false],
  ])('that ends with "%s" after %i ms could not start: %s', (end, afterMs, expected) => {
    const code = `
      import { runInForeground } from './build/setup/exec.mjs';
      import { couldNotStart } from './build/setup/steps/electron.mjs';
      process.stdout.write(String(couldNotStart(await runInForeground('sh', ['-c', '${end}']), ${afterMs})));`;
    expect(runSetup(code).stdout).toBe(String(expected));
  });

  test('is taken from a folder that is named', () => {
    const folder = temporaryFolder();
    expect(prepare({ ELECTRON_OVERRIDE_DIST_PATH: folder }).reason).toContain('holds no Electron');
    const name = process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), '');
    chmodSync(join(folder, name), 0o755);
    expect(prepare({ ELECTRON_OVERRIDE_DIST_PATH: folder }).path).toBe(join(folder, name));
  });

  test('a blocked download is noticed in seconds, and not tried again the same day', () => {
    if (existsSync(join(ROOT, 'node_modules', 'electron', 'dist'))) return;
    const env = { STEADY_SETUP_STATE: temporaryFolder(), ELECTRON_MIRROR: 'http://127.0.0.1:59871/' };
    const startedAt = performance.now();
    expect(prepare(env)).toEqual({
      reason: expect.stringContaining('cannot be reached'),
      stderr: expect.stringContaining('Fetching Electron'),
    });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(prepare(env)).toEqual({ reason: expect.stringContaining('cannot be reached'), stderr: '' });
  });
});
