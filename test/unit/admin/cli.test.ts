/** The real command line: what asks for the passphrase, what a policy file forbids, and how a lost passphrase is replaced. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openAdmin, PASSPHRASE, tempDir } from './support.ts';

const ENTRY = join(import.meta.dirname, '..', '..', '..', 'electron', 'cli.ts');

/** Starting a process takes seconds where many share the cores. */
vi.setConfig({ testTimeout: 180_000 });

interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

function steady(dataDir: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [ENTRY, ...args, '--data-dir', dataDir],
      { env: { ...process.env, STEADY_ADMIN_PASSPHRASE: '', ...env } },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** A data folder whose admin area has a passphrase. */
async function lockedDir(): Promise<string> {
  const dataDir = await tempDir();
  const rig = await openAdmin(dataDir);
  await rig.admin.choose(PASSPHRASE);
  await rig.close();
  return dataDir;
}

/** Commands that do what the admin area does. None of them gets as far as asking for a model. */
const ADMIN_COMMANDS = [
  ['calibrate', '--model', 'none-such'],
  ['ask', 'Hello', '--no-steering', '--model', 'none-such'],
  ['admin', 'policies'],
  ['admin', 'set-policy', 'steering', 'switchable'],
  ['admin', 'set-passphrase'],
  ['admin', 'remove-passphrase'],
];

test.each(ADMIN_COMMANDS)('%s %s %s asks for the passphrase, and does nothing without', async (...args: string[]) => {
  const dataDir = await lockedDir();
  const without = await steady(
    dataDir,
    args.filter((argument) => argument !== undefined),
  );
  expect(without).toMatchObject({ code: 7, stdout: '' });
  expect(without.stderr).toContain('--passphrase-file');
  const rig = await openAdmin(dataDir);
  expect(rig.policies.state.values.steering).toBe('mandatory');
  await expect(rig.admin.verify(PASSPHRASE)).resolves.toBe(1);
});

test('the right passphrase passes, from the environment and from a file', async () => {
  const dataDir = await lockedDir();
  const file = join(dataDir, 'passphrase.txt');
  await writeFile(file, `${PASSPHRASE}\r\nsecond line\n`);
  const shown = await steady(dataDir, ['admin', 'policies', '--json', '--passphrase-file', file]);
  expect(JSON.parse(shown.stdout)).toMatchObject({ values: { steering: 'mandatory' }, sources: { steering: 'default' } });
  const set = await steady(dataDir, ['admin', 'set-policy', 'retentionDays', '30', '--json'], { STEADY_ADMIN_PASSPHRASE: PASSPHRASE });
  expect(JSON.parse(set.stdout)).toMatchObject({ values: { retentionDays: 30 }, sources: { retentionDays: 'admin' } });
  // Past the guard: the next thing it complains of is the model.
  const asked = await steady(dataDir, ['ask', 'Hello', '--no-steering', '--model', 'none-such', '--passphrase-file', file]);
  expect(asked).toMatchObject({ code: 3 });
  expect(asked.stderr).toContain('no such model');
});

test('wrong passphrases are refused, and make the page wait too', async () => {
  const dataDir = await lockedDir();
  for (let n = 0; n < 3; n++) {
    const wrong = await steady(dataDir, ['admin', 'set-policy', 'steering', 'switchable'], { STEADY_ADMIN_PASSPHRASE: 'wrong horse' });
    expect(wrong).toMatchObject({ code: 7, stdout: '' });
    expect(wrong.stderr).toContain('That is not the passphrase.');
  }
  const rig = await openAdmin(dataDir);
  expect(rig.policies.current().steering).toBe('mandatory');
  await expect(rig.admin.verify(PASSPHRASE)).rejects.toMatchObject({ code: 'busy' });
});

test('a policy file cannot be overridden from the command line', async () => {
  const dataDir = await tempDir();
  await writeFile(join(dataDir, 'policy.json'), JSON.stringify({ version: 1, steering: 'mandatory', logVisibility: 'admin' }));
  const set = await steady(dataDir, ['admin', 'set-policy', 'steering', 'switchable']);
  expect(set.code).toBe(8);
  expect(set.stderr).toContain('policy file sets steering');
  const asked = await steady(dataDir, ['ask', 'Hello', '--no-steering', '--model', 'none-such']);
  expect(asked.code).toBe(8);
  expect(asked.stderr).toContain('mandatory');
  // A weaker file named by the environment does not help against the machine's or a value that it does not know.
  const weaker = join(dataDir, 'weaker.json');
  await writeFile(weaker, JSON.stringify({ version: 1, stearing: 'switchable' }));
  const damaged = await steady(dataDir, ['admin', 'status', '--json'], { STEADY_POLICY: weaker });
  expect(JSON.parse(damaged.stdout)).toMatchObject({ problem: { code: 'policy-damaged' } });
});

test('a model that the policies do not list is not even fetched', async () => {
  const dataDir = await tempDir();
  await writeFile(join(dataDir, 'policy.json'), JSON.stringify({ version: 1, allowedModels: ['qwen2.5-coder-0.5b-instruct'] }));
  const other = await steady(dataDir, ['models', 'pull', 'gemma-2-9b-it']);
  expect(other).toMatchObject({ code: 8, stdout: '' });
  expect(other.stderr).toContain('the policies do not list it');
  await writeFile(join(dataDir, 'policy.json'), '{');
  expect(await steady(dataDir, ['models', 'pull', 'gemma-2-9b-it'])).toMatchObject({ code: 8 });
});

test('values are checked before anything is asked', async () => {
  const dataDir = await lockedDir();
  expect(await steady(dataDir, ['admin', 'set-policy', 'retentionDays', 'soon'])).toMatchObject({ code: 2 });
  expect(await steady(dataDir, ['admin', 'set-policy', 'colour', 'red'])).toMatchObject({ code: 2 });
});

test('a lost passphrase is replaced on purpose only, and the admin area tells', async () => {
  const dataDir = await lockedDir();
  const next = join(dataDir, 'next.txt');
  await writeFile(next, 'a brand new phrase');
  const unconfirmed = await steady(dataDir, ['admin', 'reset-passphrase', '--new-passphrase-file', next]);
  expect(unconfirmed).toMatchObject({ code: 2 });
  expect(unconfirmed.stderr).toContain('confirm');
  expect(await steady(dataDir, ['admin', 'reset-passphrase', '--new-passphrase-file', next, '--confirm', 'yes'])).toMatchObject({
    code: 2,
  });
  expect(await steady(dataDir, ['admin', 'reset-passphrase', '--new-passphrase-file', next, '--confirm', 'reset'])).toMatchObject({
    code: 0,
  });
  const rig = await openAdmin(dataDir);
  await expect(rig.admin.verify(PASSPHRASE)).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(rig.admin.verify('a brand new phrase')).resolves.toBe(2);
  expect((await rig.store.admin.events(1))[0]).toMatchObject({ kind: 'reset' });
});

test('a policy file can be checked before it is put in place', async () => {
  const dataDir = await tempDir();
  const file = join(dataDir, 'draft.json');
  await writeFile(file, '{"version": 1, "retentionDays": 90}');
  expect(JSON.parse((await steady(dataDir, ['admin', 'check-policy-file', file])).stdout)).toEqual({ retentionDays: 90 });
  await writeFile(file, '{"version": 1, "retentionDays": -1}');
  const bad = await steady(dataDir, ['admin', 'check-policy-file', file]);
  expect(bad).toMatchObject({ code: 8, stdout: '' });
  expect(bad.stderr).toContain('retentionDays');
});
