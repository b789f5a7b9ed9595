/**
 * Builds the native addon (steering/native/src). node-gyp is not needed: N-API headers come from npm, llama.cpp's from the
 * source bundle that node-llama-cpp ships, Eigen's from an installed Eigen or the package index. A build that is up to
 * date does nothing.
 *
 * Usage: node build/native.ts [--force] [--portable | --target NAME… | --all]
 *   --portable  for any machine like this one (packages): a baseline instruction set instead of this CPU's own
 *   --target    for another kind of machine, by Zig: linux-x64, linux-arm64, darwin-x64, darwin-arm64, win32-x64, win32-arm64
 *   --all       for all of these
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { compile, SOURCES } from './native/compile.ts';
import { includeFolders } from './native/headers.ts';
import { addonFileFaults } from './native/inspect/index.ts';
import { NODE_API_VERSION } from './native/generated.ts';
import { BuildError } from './native/run-tool.ts';
import { TARGETS, type Machine } from './native/targets.ts';
import { hostToolchain, zigToolchain } from './native/toolchain.ts';
import { ROOT } from './setup/context.mjs';

const RECIPE = join(import.meta.dirname, 'native');

/** Of everything that decides what is built: `parts`, the sources, and this program's own. */
async function fingerprint(parts: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  hash.update(await readFile(import.meta.filename));
  for (const folder of [SOURCES, RECIPE]) {
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
      hash
        .update(relative(folder, path))
        .update('\0')
        .update(await readFile(path));
    }
  }
  return hash.digest('hex');
}

async function versionOf(dependency: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(ROOT, 'node_modules', dependency, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

/** Where the addon is built, from the repository's root: the one for its own machine, or the one for packages. */
export function addonFolder({ portable = false }: { portable?: boolean | undefined } = {}, { platform, arch }: Machine = process): string {
  return join('steering', 'native', 'build', ...(portable ? ['portable'] : []), `${platform}-${arch}`);
}

export interface NativeBuildOptions {
  force?: boolean;
  /** For any machine of the kind; always so for another kind than this one. */
  portable?: boolean;
  /** A name of `TARGETS`: built by Zig. Without it, for this kind of machine, by its own compiler. */
  target?: string;
  /** Called before anything is built. */
  onBuild?: () => void;
}

/**
 * Builds the addon if it is not up to date.
 * @returns whether anything was built
 * @throws BuildError where a tool is missing or fails, or where what it made could not be loaded on the target.
 */
export async function buildNative(options: NativeBuildOptions = {}): Promise<boolean> {
  const own = `${process.platform}-${process.arch}`;
  // Windows machines seldom have a compiler that node-llama-cpp's headers compile with; Zig comes as a package.
  const name = options.target ?? (process.platform === 'win32' && process.env['CXX'] === undefined ? own : undefined);
  const target = name === undefined ? undefined : TARGETS[name];
  if (name !== undefined && target === undefined) {
    throw new BuildError(`The addon cannot be built for "${name}". There are: ${Object.keys(TARGETS).join(', ')}.`);
  }
  const machine = target ?? process;
  const portable = options.portable ?? options.target !== undefined;
  const versions = await Promise.all(['node-llama-cpp', 'node-addon-api', 'node-api-headers'].map(versionOf));
  const [builtFor = ''] = versions;
  const folder = join(ROOT, addonFolder({ portable }, machine));
  const output = join(folder, 'steady_native.node');
  const stamp = join(folder, 'stamp');
  const compiler = target === undefined ? [process.env['CXX'] ?? 'c++', portable ? '' : (cpus()[0]?.model ?? '')] : ['zig', target.triple];
  const key = await fingerprint([...versions, ...compiler]);
  if (!options.force && existsSync(output) && existsSync(stamp) && (await readFile(stamp, 'utf8')) === key) return false;

  options.onBuild?.();
  const work = await mkdtemp(join(tmpdir(), 'steady-native-'));
  try {
    const toolchain = target === undefined ? hostToolchain(portable) : await zigToolchain(target, work);
    const include = await includeFolders(builtFor);
    const flags = [
      ...['-std=c++20', '-O3', '-fvisibility=hidden', '-DNDEBUG', `-DNAPI_VERSION=${NODE_API_VERSION}`, '-DNODE_ADDON_API_CPP_EXCEPTIONS'],
      ...['-DEIGEN_MPL2_ONLY', `-DSTEADY_NODE_LLAMA_CPP_VERSION="${builtFor}"`],
      ...toolchain.compileFlags,
      ...['-Wall', '-Wextra'],
    ];
    await mkdir(folder, { recursive: true });
    const linked = await compile({ toolchain, flags, include, versions, platform: machine.platform, work });
    const faults = target === undefined ? [] : await addonFileFaults(linked, target);
    if (faults.length > 0) throw new BuildError(`The addon for ${name} could not be loaded there: ${faults.join('; ')}.`);
    // A running process keeps the file it has mapped; replacing by rename never pulls it from under it.
    const partial = `${output}.${process.pid}`;
    await copyFile(linked, partial);
    await rename(partial, output);
    await writeFile(stamp, key);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return true;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      force: { type: 'boolean', default: false },
      portable: { type: 'boolean', default: false },
      target: { type: 'string', multiple: true, default: [] },
      all: { type: 'boolean', default: false },
    },
  });
  const names = values.all ? Object.keys(TARGETS) : values.target;
  const builds: NativeBuildOptions[] = names.length > 0 ? names.map((target) => ({ target })) : [{ portable: values.portable }];
  for (const build of builds) {
    const built = await buildNative({ ...build, force: values.force });
    const which = build.target === undefined ? 'The steering addon' : `The steering addon for ${build.target}`;
    console.error(built ? `${which} was built.` : `${which} is up to date.`);
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    const { code } = error as { code?: string };
    if (!(error instanceof BuildError) && !code?.startsWith('ERR_PARSE_ARGS')) throw error;
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
