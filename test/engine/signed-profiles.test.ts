/** Where policies name keys, a profile protects only if one of them signed it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import type { PolicyValues } from '../../electron/contract/index.ts';
import { newKeyPair, readSecretKey } from '../../electron/signing/minisign.ts';
import { profileSha256 } from '../../steering/profile/index.ts';
import { loadTestModel, noise, scaled, startTestApp, syntheticProfile, target, temporaryFolder } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

const [ours, theirs] = [newKeyPair(), newKeyPair()];
let app: SteadyApp;
let dataDir: string;
let ids: [string, string];
beforeAll(async () => {
  ({ app, dataDir } = await startTestApp(cleanup, { allowUnprotected: false, dataDir: temporaryFolder(cleanup) }));
  const model = await loadTestModel(app);
  const d = model.embeddingLength;
  const make = (name: string) =>
    syntheticProfile(
      model,
      { reads: [{ layer: 4, w: scaled(noise(d, 1), 1), tau: 1e6, scale: 1 }], writes: [{ layer: 6, r: scaled(noise(d, 2), 1) }] },
      { name },
    );
  const [first, second] = [make('First'), make('Second')];
  await app.profiles.add(first);
  await app.profiles.add(second);
  ids = [profileSha256(first), profileSha256(second)];
});

async function policies(values: Partial<PolicyValues>): Promise<void> {
  writeFileSync(join(dataDir, 'policy.json'), JSON.stringify({ version: 1, ...values }));
  await app.policies.refresh();
}
const state = () => app.protection.state;

test('an unsigned profile protects until a key is named, and then no longer, at once', async () => {
  expect(state()).toMatchObject({ status: 'on', profile: { name: 'Second' } });
  await policies({ signingKeys: [ours.key] });
  expect(() => app.protection.requireDecision()).toThrow();
  await vi.waitFor(() => expect(state()).toMatchObject({ status: 'off', reason: 'unsigned', chatAllowed: false }));
  // The engine has no profile either: nothing could be steered by it.
  const prompt = { systemPrompt: '', turns: [{ role: 'user' as const, text: 'Hi' }] };
  await expect(app.engine.call('batch.generate', { jobId: 'x', prompts: [prompt], maxTokens: 1, steer: true })).rejects.toMatchObject({
    code: 'protection-off',
  });
});

test('a signature by another key does not count; one by the named key does', async () => {
  await app.profiles.sign(ids[0], readSecretKey(theirs.secret), 'theirs');
  await expect(app.profiles.apply(ids[0])).rejects.toMatchObject({ code: 'policy' });
  await app.profiles.sign(ids[0], readSecretKey(ours.secret), 'ours');
  expect(await app.profiles.apply(ids[0])).toMatchObject({ name: 'First', current: true });
  expect(state()).toMatchObject({ status: 'on', profile: { name: 'First' } });
  // Loading the model anew asks again.
  await loadTestModel(app);
  expect(state()).toMatchObject({ status: 'on' });
});

test('it is of this profile alone, and lost where the file is changed', async () => {
  const folder = join(dataDir, 'profiles', 'signatures');
  mkdirSync(folder, { recursive: true });
  await writeFile(join(folder, `${ids[1]}.minisig`), (await app.profiles.signature(ids[0]))!);
  await expect(app.profiles.apply(ids[1])).rejects.toMatchObject({ code: 'policy' });
  expect(state()).toMatchObject({ status: 'on', profile: { name: 'First' } });
});

test('it travels with an exported file, and counts where that is imported', async () => {
  const { bytes } = await app.profiles.export(ids[0]);
  const file = join(dataDir, 'signed.safetensors');
  await writeFile(file, bytes);
  await writeFile(`${file}.minisig`, (await app.profiles.signature(ids[0]))!);
  const other = await startTestApp(cleanup, { allowUnprotected: false });
  writeFileSync(join(other.dataDir, 'policy.json'), JSON.stringify({ version: 1, signingKeys: [ours.key] }));
  await other.app.policies.refresh();
  await other.app.store.modelFiles.remember(target().modelPath);
  await loadTestModel(other.app);
  expect(other.app.protection.state).toMatchObject({ status: 'off', reason: 'no-profile' });
  const { id } = await other.app.profiles.importFile(file);
  await other.app.profiles.apply(id);
  expect(other.app.protection.state).toMatchObject({ status: 'on' });
});

test('without a key named, signatures are not asked for', async () => {
  await policies({ signingKeys: [] });
  await vi.waitFor(() => expect(state()).toMatchObject({ reason: 'unsigned' }));
  await policies({});
  await vi.waitFor(() => expect(state()).toMatchObject({ status: 'on' }));
});
