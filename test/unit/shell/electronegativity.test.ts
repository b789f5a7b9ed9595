/**
 * Electronegativity over the source of everything around and in the page. Its parser knows neither TypeScript nor
 * private class members, so it reads the source with both written out in older JavaScript.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire, registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transformWithOxc } from 'vite';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Every finding that remains, and why it is no fault. A finding that is not here fails the test, and so does an explanation without one. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'CSP_GLOBAL_CHECK N/A':
    'It looks for a policy in HTML or in onHeadersReceived. Ours is a header of every answer of the scheme and of the server; the tests of both look at it there.',
  'ELECTRON_VERSION_JSON_CHECK package.json': 'Information only: it names the version of Electron.',
  'OPEN_EXTERNAL_JS_CHECK electron/shell/navigation.js':
    'The one place that opens anything outside: http and https only, once for each click of the person. The tests of the shell try the other schemes and calls without a click.',
  'PRELOAD_JS_CHECK electron/shell/window.js':
    'It asks for a review of every preload script. Ours exposes three members over one channel, with every name checked; the tests of the built preload script try to get more.',
};

interface Issue {
  readonly id: string;
  readonly file: string;
}
type Runner = (options: object) => Promise<{ issues: Issue[]; errors: unknown[]; atomicChecks: number; globalChecks: number }>;

const OFFLINE_HTTP = pathToFileURL(join(import.meta.dirname, 'offline-http.cjs')).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'got' && context.parentURL?.includes('electronegativity')
      ? { url: OFFLINE_HTTP, format: 'commonjs', shortCircuit: true }
      : next(specifier, context),
});
const run = createRequire(import.meta.url)('@doyensec/electronegativity') as Runner;

let folder: string;

async function stage(source: string, target: string, code: string): Promise<void> {
  const path = join(folder, target);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, source.endsWith('.ts') ? (await transformWithOxc(code, source, { target: 'es2020' })).code : code);
}

const check = () => run({ input: folder, isRelative: true, excludeFromScan: ['availablesecurityfixesglobalcheck'] });
const named = (issues: readonly Issue[]) => issues.map(({ id, file }) => `${id} ${file}`).sort();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steady-security-'));
  for (const area of ['electron', 'renderer']) {
    for (const entry of await readdir(join(ROOT, area), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(?:ts|html)$/.test(entry.name) || entry.name.endsWith('.d.ts')) continue;
      const source = join(entry.parentPath, entry.name);
      await stage(source, relative(ROOT, source).replace(/\.ts$/, '.js'), await readFile(source, 'utf8'));
    }
  }
  await stage('package.json', 'package.json', await readFile(join(ROOT, 'package.json'), 'utf8'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('finds nothing that is not explained', async () => {
  const { issues, errors, atomicChecks, globalChecks } = await check();
  expect(atomicChecks).toBeGreaterThan(30);
  expect(globalChecks).toBeGreaterThan(3);
  expect(errors).toEqual([]);
  expect(named(issues)).toEqual(Object.keys(EXPLAINED).sort());
}, 60_000);

test('would find a window that is not locked down', async () => {
  const window = await readFile(join(ROOT, 'electron', 'shell', 'window.ts'), 'utf8');
  await stage(
    'window.ts',
    'electron/shell/window.js',
    window
      .replace('sandbox: true', 'sandbox: false')
      .replace('contextIsolation: true', 'contextIsolation: false')
      .replace('webSecurity: true', 'webSecurity: false'),
  );
  const found = named((await check()).issues).join('\n');
  for (const id of ['SANDBOX_JS_CHECK', 'CONTEXT_ISOLATION_JS_CHECK', 'WEB_SECURITY_JS_CHECK']) expect(found).toContain(id);
}, 60_000);
