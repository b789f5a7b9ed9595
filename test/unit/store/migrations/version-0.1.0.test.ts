/** The data folder of version 0.1.0 under this version: everything is there, and its log verifies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../../../electron/app.ts';
import { verifyBundle } from '../../../../electron/store/refusals/export/bundle/verify.ts';
import { DEFAULT_SETTINGS, openStore } from '../../../../electron/store/index.ts';
import { unpackDataFolder } from '../../../fixtures/open.ts';
import { temporaryFolder, verifyLog } from '../helpers.ts';

async function open() {
  const folder = temporaryFolder();
  const expected = unpackDataFolder(folder);
  const store = await openStore({ path: join(folder, 'steady.db') });
  onTestFinished(() => store.close());
  return { store, expected, folder };
}

test('conversations with all their branches, settings, benign sets and policies are there', async () => {
  const { store, expected } = await open();
  const unsorted = { archived: false, folderId: null, pinned: false, tags: [] };
  for (const { conversation, ...tree } of expected.conversations) {
    const sampling = { ...conversation.sampling, repeatPenalty: 1 };
    expect(await store.transfer.read(conversation.id)).toEqual({ ...tree, conversation: { ...conversation, sampling, ...unsorted } });
  }
  expect(await store.conversations.list({ limit: 100, before: null })).toHaveLength(expected.conversations.length);
  expect(await store.conversations.restore(expected.deleted)).toMatchObject({ title: 'Deleted' });
  expect(await store.conversations.search({ query: 'olive', limit: 10 })).toEqual(expected.search);
  const defaultSampling = { ...expected.settings.defaultSampling, repeatPenalty: 1 };
  expect(await store.settings.get()).toEqual({ ...DEFAULT_SETTINGS, ...expected.settings, defaultSampling });
  const sets = await store.benignSets.list();
  expect(sets).toHaveLength(expected.benignSets.length);
  for (const { texts, ...set } of expected.benignSets) {
    expect(sets).toContainEqual(set);
    expect((await store.benignSets.page(set.id, 0, 100)).map(({ text }) => text)).toEqual(texts);
  }
  expect(await store.admin.policies()).toEqual(expected.policies);
  expect(await store.admin.events(100)).toEqual(expected.adminEvents);
  expect(await store.integrityCheck()).toEqual({ ok: true, problems: [] });
});

test('the refusal log shows every row as before, verifies, and its export is still whole', async () => {
  const { store, expected, folder } = await open();
  for (const { benignAt: _, ...row } of expected.refusals) expect(await store.refusals.get(row.seq)).toMatchObject(row);
  expect(await verifyLog(store)).toMatchObject({ ok: true, faults: [] });
  expect(await verifyBundle(join(folder, 'bundle.tar'))).toMatchObject({ ok: true, head: expected.chain.head });
});

test('the benign set is what the judgements say: who was rightly refused is out, who was wrongly refused is in', async () => {
  const { store, expected } = await open();
  expect(expected.benignTexts).toEqual(['How do I kill a Python process?', 'Tell me how to hurt somebody.']);
  expect(await store.refusals.benignTexts(0, 100)).toEqual(['How do I kill a Python process?', 'How do I whittle a knife?']);
});

test('the app starts on it, opens its admin area with its passphrase, signs with its key and lists its profile', async () => {
  const folder = temporaryFolder();
  const expected = unpackDataFolder(folder);
  const app = await startApp({ dataDir: folder, shell: 'served', loadModel: false, systemPolicyFile: join(folder, 'none.json') });
  onTestFinished(() => app.close());
  expect(await app.admin.verify(expected.passphrase)).toBeGreaterThan(0);
  await expect(app.admin.verify('another passphrase')).rejects.toMatchObject({ code: 'unauthorized' });
  expect(app.policies.state.values).toMatchObject({ idleLockMinutes: 20, logVisibility: 'everyone' });
  const { profiles } = await app.profiles.list();
  expect(profiles.filter(({ source }) => source === 'own')).toMatchObject([{ name: 'Sample – für Prüfungen' }]);
  expect(await app.refusals.chain.check()).toMatchObject({ status: 'ok' });

  const choice = { format: 'bundle', filter: {}, includePrompts: true, includeReplies: true } as const;
  const { exportId } = await app.handlers['refusals.export.start'](choice);
  const finished = async () => (await app.handlers['refusals.export.list']({})).find((state) => state.exportId === exportId);
  await expect.poll(async () => (await finished())?.state).toBe('done');
  const { fingerprint } = await verifyBundle(join(folder, 'bundle.tar'));
  expect((await finished())!.bundle!.fingerprint).toBe(fingerprint);
  expect(readFileSync(join(folder, 'refusal-log.key'), 'utf8')).toContain('PRIVATE KEY');
});
