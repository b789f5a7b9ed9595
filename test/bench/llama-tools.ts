/**
 * llama.cpp's own `llama-bench` and `llama-server`, built once from the source bundle that node-llama-cpp ships, at exactly
 * the version it runs. They lie in a cache outside the repository. Nothing but the compiler is asked for: CMake comes from
 * the system or, where it has none, from the Python package index.
 *
 * Usage: node test/bench/llama-tools.ts      builds them if they are not there
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, platform, setPriority } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, USER_CACHE } from '../../build/setup/context.mjs';

const run = promisify(execFile);
const BUNDLE = join(ROOT, 'node_modules', 'node-llama-cpp', 'llama');
const CMAKE_WHEEL = 'cmake==4.2.3';
/** Its build must not be what others wait for. */
const NICE = 15;
const TOOLS = ['llama-bench', 'llama-server'] as const;
/** A release build as its own instructions make it for this machine, without what would be downloaded or never run. */
const OPTIONS = [
  '-DCMAKE_BUILD_TYPE=Release',
  '-DBUILD_SHARED_LIBS=OFF',
  '-DLLAMA_BUILD_TESTS=OFF',
  '-DLLAMA_BUILD_EXAMPLES=OFF',
  '-DLLAMA_BUILD_UI=OFF',
  '-DLLAMA_USE_PREBUILT_UI=OFF',
  '-DLLAMA_OPENSSL=OFF',
];

export interface LlamaTools {
  bench: string;
  server: string;
  /** llama.cpp's release, e.g. `v0.5.0`. */
  release: string;
  /** How they were built, for the report. */
  about: string;
}

/** The tools, or one clause that says why there are none. */
export type LlamaToolsOrReason = { tools: LlamaTools; reason: null } | { tools: null; reason: string };

class BuildFailure extends Error {}

/** Finds or builds the tools. Never throws: where they cannot be had, the reason is the answer. */
export async function llamaTools(options: { say(line: string): void; build: boolean }): Promise<LlamaToolsOrReason> {
  try {
    return { tools: await findOrBuild(options), reason: null };
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    return { tools: null, reason: error.message };
  }
}

async function findOrBuild({ say, build }: { say(line: string): void; build: boolean }): Promise<LlamaTools> {
  if (platform() === 'win32') throw new BuildFailure('building llama.cpp’s own tools is not set up for Windows');
  const { tag } = JSON.parse(readFileSync(join(BUNDLE, 'llama.cpp.info.json'), 'utf8')) as { tag: string };
  // Built for this processor: another one that shares the folder gets its own.
  const cpu = (cpus()[0]?.model ?? 'unknown').replace(/[^\w.-]+/g, '-');
  const folder = join(USER_CACHE, `llama.cpp-${tag}-${process.arch}-${cpu}`);
  const bin = join(folder, 'build', 'bin');
  const tools = { bench: join(bin, TOOLS[0]), server: join(bin, TOOLS[1]), release: tag, about: '' };
  const stamp = join(folder, 'built.txt');
  if (!existsSync(stamp)) {
    if (!build) throw new BuildFailure('llama.cpp’s own tools are not built yet: `node test/bench/llama-tools.ts` does it');
    const began = performance.now();
    say(`building llama.cpp ${tag}'s own llama-bench and llama-server into ${folder}; this happens once and takes a while`);
    await buildInto(folder, say);
    await writeFile(stamp, await compilerOf(folder));
    say(`built in ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
  }
  return { ...tools, about: readFileSync(stamp, 'utf8').trim() };
}

async function buildInto(folder: string, say: (line: string) => void): Promise<void> {
  const source = join(folder, 'source');
  await mkdir(folder, { recursive: true });
  if (!existsSync(source)) {
    const partial = `${source}.${process.pid}.part`;
    await rm(partial, { recursive: true, force: true });
    await command('git', ['clone', '--quiet', '--no-checkout', join(BUNDLE, 'gitRelease.bundle'), partial]);
    await command('git', ['-C', partial, 'checkout', '--quiet', 'HEAD']);
    await rename(partial, source);
  }
  const cmake = await findCmake();
  const generator = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
  const build = join(folder, 'build');
  await command(cmake, ['-S', source, '-B', build, ...generator, ...OPTIONS]);
  const jobs = String(Math.max(1, availableParallelism()));
  // CMake goes on where a build that was ended stopped.
  await longCommand(cmake, ['--build', build, '--parallel', jobs, '--target', ...TOOLS], say);
}

async function findCmake(): Promise<string> {
  if (spawnSync('cmake', ['--version']).status === 0) return 'cmake';
  const folder = join(USER_CACHE, CMAKE_WHEEL.replace('==', '-'));
  const found = join(folder, 'cmake', 'data', 'bin', 'cmake');
  if (!existsSync(found)) {
    await command('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '--target', folder, CMAKE_WHEEL]);
  }
  return found;
}

async function command(program: string, args: string[]): Promise<string> {
  try {
    return (await run(program, args, { maxBuffer: 64 << 20 })).stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new BuildFailure(`${program} was not found`);
    throw new BuildFailure(`${program} failed: ${lastLine(stderr ?? String(error))}`);
  }
}

/** Runs for minutes, as politely as can be, and tells how far it is. */
function longCommand(program: string, args: string[], say: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const end = () => child.kill('SIGTERM');
    process.once('exit', end);
    if (child.pid !== undefined) setPriority(child.pid, NICE);
    let tail = '';
    let told = 0;
    const onText = (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-4000);
      const [, done, all] = /\[\s*(\d+)\/(\d+)\]|\[\s*(\d+)%\]/.exec(tail.slice(-200)) ?? [];
      const share = done === undefined || all === undefined ? 0 : Math.floor((10 * Number(done)) / Number(all));
      if (share > told) say(`  ${(told = share) * 10} %`);
    };
    child.stdout.on('data', onText);
    child.stderr.on('data', onText);
    child.once('error', (error) => reject(new BuildFailure(`${program} could not be run: ${error.message}`)));
    child.once('close', (code) => {
      process.off('exit', end);
      if (code === 0) resolve();
      else reject(new BuildFailure(`llama.cpp did not compile: ${lastLine(tail)}`));
    });
  });
}

/** Compiler and the options that decide speed, from CMake's own notes. */
async function compilerOf(folder: string): Promise<string> {
  const cache = readFileSync(join(folder, 'build', 'CMakeCache.txt'), 'utf8');
  const value = (name: string) => new RegExp(`^${name}:\\w+=(.*)$`, 'm').exec(cache)?.[1] ?? '?';
  const compiler = (await command(value('CMAKE_CXX_COMPILER'), ['--version'])).split('\n')[0] ?? '?';
  return `${compiler}, Release, GGML_NATIVE=${value('GGML_NATIVE')}, GGML_OPENMP=${value('GGML_OPENMP')}`;
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'no reason was given').trim().slice(0, 300);
}

if (import.meta.main) {
  const { tools, reason } = await llamaTools({ say: (line) => process.stderr.write(`${line}\n`), build: true });
  process.stdout.write(`${tools === null ? `Not built: ${reason}` : `${tools.bench}\n${tools.server}\n${tools.about}`}\n`);
  process.exitCode = tools === null ? 1 : 0;
}
