/** The addon is loaded beside the engine library that it was built against, and beside no other. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

/** What comes of loading the addon where node-llama-cpp is of `version`, in a process of its own. */
function loadBeside(version: string): { code: string; message: string } {
  const engine = mkdtempSync(join(tmpdir(), 'steady-other-engine-'));
  onTestFinished(() => rmSync(engine, { recursive: true, force: true }));
  mkdirSync(join(engine, 'dist'));
  writeFileSync(join(engine, 'dist', 'index.js'), '');
  writeFileSync(join(engine, 'package.json'), JSON.stringify({ version }));
  const script = `
    import { registerHooks } from 'node:module';
    const url = ${JSON.stringify(pathToFileURL(join(engine, 'dist', 'index.js')).href)};
    registerHooks({ resolve: (name, context, next) => (name === 'node-llama-cpp' ? { url, format: 'module', shortCircuit: true } : next(name, context)) });
    const { loadNative } = await import('./steering/native/load.ts');
    let answer = { code: 'none', message: '' };
    try { loadNative(); } catch ({ code, message }) { answer = { code, message }; }
    process.stdout.write(JSON.stringify(answer));
  `;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, encoding: 'utf8' })) as never;
}

test('an engine library of another version is refused by name', () => {
  const manifest = readFileSync(join(ROOT, 'node_modules', 'node-llama-cpp', 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  expect(loadBeside(version)).toEqual({ code: 'none', message: '' });
  expect(loadBeside('99.0.0')).toEqual({
    code: 'native-addon-mismatch',
    message: `The steering addon was built for node-llama-cpp ${version}, but 99.0.0 is installed.`,
  });
});
