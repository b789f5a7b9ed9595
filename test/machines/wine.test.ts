/** Windows, by Wine: the hook with a small model, the store, and that nothing is answered where steering cannot be. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueEntry } from '../../models/catalogue.ts';
import { defaultDataDir, modelsDir } from '../../models/paths.ts';
import { expectAlike, PROGRAM, reportHere, reportOf } from './hook-report.ts';
import type { Ended } from './machine.ts';
import { wine } from './wine.ts';

const MINUTE = 60_000;
const FOLDER = process.env['STEADY_MACHINE_APP']!;
const MODELS = modelsDir(defaultDataDir());
const small = catalogueEntry('smollm2-135m-instruct').fileName;
const machine = wine(FOLDER, MODELS);
/** As the app is started by `steady`. */
const steady = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  machine.node(['--experimental-import-meta-resolve', 'electron/cli.ts', '--data-dir', `${machine.app}\\data`, ...args], {
    env,
    timeoutMs: 25 * MINUTE,
  });

const removeData = () => rmSync(join(FOLDER, 'data'), { recursive: true, force: true });
beforeAll(removeData);
afterAll(removeData);

test('the hook does there what it does here', async () => {
  const there = reportOf(await machine.node([PROGRAM, `${machine.models}\\${small}`], { timeoutMs: 20 * MINUTE }));
  expect(there.machine).toBe('win32-x64');
  // Another version of llama.cpp, and other processor variants of it.
  expectAlike(there, reportHere(join(MODELS, small)), 0.05);
});

describe('the app', () => {
  test('opens its store, and the refusal log is whole', async () => {
    const listed = await steady(['refusals', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toEqual([]);
    const verified = await steady(['refusals', 'verify', '--json']);
    expect(verified.code, verified.stderr).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ what: 'log', ok: true });
  });

  test('answers nothing with a model that has no profile', async () => {
    const asked = await steady(['ask', 'Hello', '--json', '--model', `${machine.models}\\${small}`]);
    expect(asked.code).toBe(4);
    expect(asked.stdout).not.toMatch(/"text"/);
  });

  test('answers nothing without a steering addon of its own version', async () => {
    const asked = await steady(['ask', 'Hello', '--json'], { STEADY_NATIVE: `${machine.app}\\package.json` });
    expect(asked.code).toBe(1);
    expect(asked.stderr).toMatch(/"native-addon-mismatch"/);
    expect(asked.stdout).toBe('');
  });
});
