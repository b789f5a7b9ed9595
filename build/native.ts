/**
 * Builds the native addon (steering/native/src) with the machine's own C++ compiler. node-gyp is not needed: N-API
 * headers come from npm, llama.cpp's from the source bundle that node-llama-cpp ships, Eigen's from an installed Eigen
 * or the package index. Headers are kept in a cache outside the repository; a build that is up to date does nothing.
 *
 * Usage: node build/native.ts [--force] [--portable]
 *   --portable  for machines other than this one (packages): a baseline instruction set instead of this CPU's own, in a folder of its own
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, USER_CACHE } from './setup/context.mjs';

const run = promisify(execFile);
const SOURCES = join(ROOT, 'steering', 'native', 'src');
const CACHE = join(USER_CACHE, 'headers');
/** The Eigen that the package index serves as a wheel of pure data. */
const EIGEN_WHEEL = 'cmeel-eigen==3.4.1';
/** What every x86-64 machine of the last ten years has; llama.cpp brings its own finer variants. */
const PORTABLE_ARCH: Partial<Record<string, string>> = { x64: '-march=x86-64-v2', arm64: '' };

class BuildError extends Error {}

async function sh(command: string, args: string[], hint: string): Promise<void> {
  try {
    await run(command, args, { maxBuffer: 64 << 20 });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new BuildError(`${command} was not found. ${hint}`);
    throw new BuildError(`${command} failed. ${hint}\n${stderr ?? String(error)}`);
  }
}

/** Fills `target` once: `fill` works in a temporary folder that takes its place only when complete. */
async function cached(target: string, fill: (folder: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target;
  const partial = `${target}.${process.pid}.part`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await fill(partial);
  await rename(partial, target).catch(async (error) => {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  });
  return target;
}

/** llama.cpp's headers at exactly the version that node-llama-cpp was built from. */
async function llamaHeaders(libraryVersion: string): Promise<string> {
  return cached(join(CACHE, `llama.cpp-${libraryVersion}`), async (folder) => {
    const bundle = join(ROOT, 'node_modules', 'node-llama-cpp', 'llama', 'gitRelease.bundle');
    const hint = 'Install git: Debian `apt-get install git`, macOS `xcode-select --install`.';
    await sh('git', ['clone', '--quiet', '--no-checkout', bundle, join(folder, 'source')], hint);
    await sh('git', ['-C', join(folder, 'source'), 'checkout', '--quiet', 'HEAD', '--', 'include', 'ggml/include'], hint);
    await rm(join(folder, 'source', '.git'), { recursive: true, force: true });
  });
}

/** Eigen's headers: the system's if there, else from the package index. */
async function eigenHeaders(): Promise<string> {
  for (const installed of ['/usr/include/eigen3', '/usr/local/include/eigen3', '/opt/homebrew/include/eigen3']) {
    if (existsSync(join(installed, 'Eigen', 'Core'))) return installed;
  }
  const folder = await cached(join(CACHE, EIGEN_WHEEL.replace('==', '-')), async (target) => {
    const hint = 'Install Python 3 with pip: Debian `apt-get install python3-pip`.';
    await sh('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', target, EIGEN_WHEEL], hint);
    const wheel = (await readdir(target)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new BuildError('The package index served no Eigen wheel.');
    await sh('python3', ['-m', 'zipfile', '-e', join(target, wheel), target], hint);
    await rm(join(target, wheel));
  });
  return join(folder, 'cmeel.prefix', 'include', 'eigen3');
}

async function fingerprint(parts: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  for (const name of (await readdir(SOURCES)).sort()) hash.update(name).update(await readFile(join(SOURCES, name)));
  return hash.update(await readFile(import.meta.filename)).digest('hex');
}

/** Compiles every source into objects, two at a time, then links them. */
async function compile(compiler: string, flags: string[], output: string): Promise<void> {
  const work = join(tmpdir(), `steady-native-${process.pid}`);
  await mkdir(work, { recursive: true });
  try {
    const hint = 'Install a C++20 compiler: Debian `apt-get install g++`, macOS `xcode-select --install`.';
    const units = (await readdir(SOURCES)).filter((name) => name.endsWith('.cc')).sort();
    const queue = [...units];
    const worker = async () => {
      for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
        await sh(compiler, [...flags, '-c', join(SOURCES, unit), '-o', join(work, `${unit}.o`)], hint);
      }
    };
    await Promise.all([worker(), worker()]);
    const link = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
    const partial = `${output}.${process.pid}`;
    await sh(compiler, [...link, ...units.map((unit) => join(work, `${unit}.o`)), '-o', partial, '-ldl'], hint);
    // A running process keeps the file it has mapped; replacing by rename never pulls it from under it.
    await rename(partial, output);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Where the addon is built, from the repository's root: the one for its own machine, or the one for packages. */
export function addonFolder(
  { portable = false }: { portable?: boolean | undefined } = {},
  { platform, arch }: { platform: string; arch: string } = process,
): string {
  return join('steering', 'native', 'build', ...(portable ? ['portable'] : []), `${platform}-${arch}`);
}

/** Builds the addon if it is not up to date; calls `onBuild` before. Returns whether anything was built. */
export async function buildNative(options: { force?: boolean; portable?: boolean; onBuild?: () => void } = {}): Promise<boolean> {
  if (process.platform === 'win32') {
    throw new BuildError('Building the steering addon on Windows is not set up yet. Use Linux or macOS.');
  }
  const manifest = JSON.parse(await readFile(join(ROOT, 'node_modules', 'node-llama-cpp', 'package.json'), 'utf8')) as { version: string };
  const folder = join(ROOT, addonFolder(options));
  const output = join(folder, 'steady_native.node');
  const stamp = join(folder, 'stamp');
  const compiler = process.env['CXX'] ?? 'c++';
  const arch = options.portable ? (PORTABLE_ARCH[process.arch] ?? '') : process.platform === 'darwin' ? '' : '-march=native';
  const key = await fingerprint([manifest.version, compiler, arch, arch === '-march=native' ? (cpus()[0]?.model ?? '') : '']);
  if (!options.force && existsSync(output) && existsSync(stamp) && (await readFile(stamp, 'utf8')) === key) return false;

  options.onBuild?.();
  const llama = join(await llamaHeaders(manifest.version), 'source');
  const include = [
    join(ROOT, 'node_modules', 'node-addon-api'),
    join(ROOT, 'node_modules', 'node-api-headers', 'include'),
    join(ROOT, 'node_modules', 'node-llama-cpp', 'llama', 'addon'),
    join(llama, 'include'),
    join(llama, 'ggml', 'include'),
    await eigenHeaders(),
  ];
  await mkdir(folder, { recursive: true });
  await compile(
    compiler,
    [
      ...['-std=c++20', '-O3', '-fPIC', '-fvisibility=hidden', '-DNDEBUG', '-DNAPI_VERSION=8', '-DNODE_ADDON_API_CPP_EXCEPTIONS'],
      ...['-DEIGEN_MPL2_ONLY', `-DSTEADY_NODE_LLAMA_CPP_VERSION="${manifest.version}"`],
      ...(arch === '' ? [] : [arch]),
      // Not our code: its warnings are not ours to mend.
      ...include.flatMap((path) => ['-isystem', path]),
      '-Wall',
      '-Wextra',
    ],
    output,
  );
  await writeFile(stamp, key);
  return true;
}

if (import.meta.main) {
  try {
    const built = await buildNative({ force: process.argv.includes('--force'), portable: process.argv.includes('--portable') });
    console.error(built ? 'Built the steering addon.' : 'The steering addon is up to date.');
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
