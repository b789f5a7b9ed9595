/** What the addon is compiled against: llama.cpp's headers and Eigen's, kept in a cache outside the repository. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, USER_CACHE } from '../setup/context.mjs';
import { findPython, way } from '../setup/prerequisites.mjs';
import { BuildError, sh } from './run-tool.ts';

const CACHE = join(USER_CACHE, 'headers');
/** The Eigen that the package index serves as a wheel of pure data. */
const EIGEN_WHEEL = 'cmeel-eigen==3.4.1';

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
    const hint = `Install git: ${way('git')}`;
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
    const hint = `Install Python 3 with pip: ${way('python')}`;
    const python = findPython();
    if (python === null) throw new BuildError(`Python 3 with pip is needed to fetch Eigen and was not found. ${hint}`);
    const [command, ...first] = python;
    const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', target, EIGEN_WHEEL];
    await sh(command, [...first, ...download], hint);
    const wheel = (await readdir(target)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new BuildError('The package index served no Eigen wheel.');
    await sh(command, [...first, '-m', 'zipfile', '-e', join(target, wheel), target], hint);
    await rm(join(target, wheel));
  });
  return join(folder, 'cmeel.prefix', 'include', 'eigen3');
}

/** Every folder of headers that are not our own. */
export async function includeFolders(libraryVersion: string): Promise<string[]> {
  const llama = join(await llamaHeaders(libraryVersion), 'source');
  const modules = join(ROOT, 'node_modules');
  return [
    join(modules, 'node-addon-api'),
    join(modules, 'node-api-headers', 'include'),
    join(modules, 'node-llama-cpp', 'llama', 'addon'),
    join(llama, 'include'),
    join(llama, 'ggml', 'include'),
    await eigenHeaders(),
  ];
}
