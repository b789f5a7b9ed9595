/** Compiles the addon's sources and links them. What was compiled once, by the same compiler with the same flags, is kept. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { ROOT, USER_CACHE } from '../setup/context.mjs';
import { BuildError, sh } from './run-tool.ts';
import { hiddenAllocation, nodeApiImports } from './generated.ts';
import type { Toolchain } from './toolchain.ts';

export const SOURCES = join(ROOT, 'steering', 'native', 'src');
/** Shared by several checkouts. An object is a function of what its key hashes. */
const OBJECTS = join(USER_CACHE, 'objects');
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;

/** A source and every file of ours that it includes, directly or not, with their text. */
export async function withIncludes(name: string, found = new Map<string, string>()): Promise<Map<string, string>> {
  const path = join(SOURCES, name);
  if (found.has(name) || !existsSync(path)) return found;
  const text = await readFile(path, 'utf8');
  found.set(name, text);
  for (const [, included] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) await withIncludes(included!, found);
  return found;
}

async function objectKey(unit: string, recipe: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of recipe) hash.update(part).update('\0');
  const files = [...(await withIncludes(unit))].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, text] of files) hash.update(name).update('\0').update(text).update('\0');
  return hash.digest('hex').slice(0, 40);
}

async function forgetOld(): Promise<void> {
  for (const name of await readdir(OBJECTS)) {
    const path = join(OBJECTS, name);
    const used = await stat(path).catch(() => null);
    if (used !== null && Date.now() - used.mtimeMs > KEEP_MS) await unlink(path).catch(() => undefined);
  }
}

const GENERATED: Partial<Record<NodeJS.Platform, { name: string; text: () => string }>> = {
  win32: { name: 'node_api_imports.c', text: nodeApiImports },
  darwin: { name: 'hidden_allocation.cc', text: hiddenAllocation },
};

export interface Compilation {
  toolchain: Toolchain;
  /** For every source of ours. */
  flags: readonly string[];
  /** Folders of headers that are not ours: their warnings are not ours to mend. */
  include: readonly string[];
  /** What those headers are, wherever they lie. */
  versions: readonly string[];
  platform: NodeJS.Platform;
  /** A folder for what is only needed on the way. */
  work: string;
}

/** @returns the path of the linked addon, in `work`. @throws BuildError with what the compiler said. */
export async function compile({ toolchain, flags, include, versions, platform, work }: Compilation): Promise<string> {
  const { cxx, env, hint } = toolchain;
  const [command, ...first] = cxx;
  const compiler = await sh(command, [...first, '--version'], hint, env);
  const recipe = [compiler, ...flags, ...versions, flags.includes('-march=native') ? (cpus()[0]?.model ?? '') : ''];
  await mkdir(OBJECTS, { recursive: true });

  const units = (await readdir(SOURCES)).filter((name) => name.endsWith('.cc')).sort();
  const objects: string[] = [];
  const jobs: (() => Promise<void>)[] = [];
  for (const unit of units) {
    const key = await objectKey(unit, recipe);
    const kept = join(OBJECTS, `${key}.o`);
    objects.push(kept);
    const now = new Date();
    if (existsSync(kept)) {
      await utimes(kept, now, now);
      continue;
    }
    jobs.push(async () => {
      const object = join(work, `${unit}.o`);
      const headers = include.flatMap((path) => ['-isystem', path]);
      await sh(command, [...first, ...flags, ...headers, '-c', join(SOURCES, unit), '-o', object], hint, env);
      // What was edited meanwhile would be kept under the name of what it was before.
      if ((await objectKey(unit, recipe)) !== key) throw new BuildError('The sources changed while they were compiled. Build again.');
      const partial = `${kept}.${process.pid}`;
      await copyFile(object, partial);
      await rename(partial, kept);
    });
  }
  const generated = toolchain.generates ? GENERATED[platform] : undefined;
  if (generated !== undefined) {
    const source = join(work, generated.name);
    await writeFile(source, generated.text());
    objects.push(`${source}.o`);
    const language = ['-x', generated.name.endsWith('.c') ? 'c' : 'c++', ...(generated.name.endsWith('.c') ? [] : ['-std=c++20'])];
    jobs.push(
      async () =>
        void (await sh(command, [...first, ...language, ...toolchain.compileFlags, '-O2', '-c', source, '-o', `${source}.o`], hint, env)),
    );
  }
  const worker = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
  };
  await Promise.all([worker(), worker()]);

  const linked = join(work, 'steady_native.node');
  await sh(command, [...first, ...objects, ...toolchain.linkFlags, '-o', linked], hint, env);
  await forgetOld();
  return linked;
}
