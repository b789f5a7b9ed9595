/** Every licence of what a package holds is named in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { licencesText, shippedLicences } from '../../../build/licences.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

test('the list is up to date', async () => {
  expect(await readFile(join(ROOT, 'resources', 'notices', 'LICENCES.txt'), 'utf8')).toBe(licencesText(await shippedLicences()));
});

test('every package that the app or the page needs is named, with a text', async () => {
  const shipped = await shippedLicences();
  const names = new Set(shipped.map(({ name }) => name));
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  for (const name of Object.keys(manifest.dependencies)) expect(names).toContain(name);
  // Bundled into the page, of these some by others.
  for (const name of ['svelte', 'bits-ui', 'katex', 'dompurify', 'marked', 'shiki', '@lucide/svelte', '@floating-ui/dom'])
    expect(names).toContain(name);
  for (const name of [
    'llama.cpp and ggml',
    'SQLite',
    'Eigen',
    'node-addon-api',
    '@node-llama-cpp/win-x64',
    '@node-llama-cpp/mac-arm64-metal',
  ])
    expect(names).toContain(name);
  for (const name of ['vite', 'vitest', 'eslint', 'electron-builder']) expect(names).not.toContain(name);
  for (const { name, text } of shipped) expect(text.length, name).toBeGreaterThan(80);
});
