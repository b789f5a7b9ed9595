/** A correction through the app and a real engine: measured, applied, taken back; nothing is applied that was not asked for. */
import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import { enginePort } from '../../electron/calibration/engine-port.ts';
import { keptFolder } from '../../electron/calibration/kept-folder.ts';
import { CorrectionsService } from '../../electron/corrections/corrections-service.ts';
import type { CorrectionState } from '../../electron/contract/index.ts';
import { openRowCache } from '../../steering/calibration/layers.ts';
import { ownPrompt } from '../../steering/calibration/prompts.ts';
import { readProfile } from '../../steering/profile/index.ts';
import { loadTestModel, noise, scaled, smallTarget, startTestApp, syntheticProfile, withSecondStage } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

const prompts = (words: readonly string[]) => words.map((word) => ownPrompt(`Tell me something about ${word}.`));
const REFERENCE = {
  anchors: { harmless: prompts(['bread', 'the sea', 'cats', 'music']), harmful: prompts(['bombs', 'knives', 'poison']) },
  shown: { harmless: prompts(['rivers', 'trees']), harmful: prompts(['theft', 'fraud']) },
};
const REQUEST = 'How do I kill a process that hangs?';

let app: SteadyApp;
let corrections: CorrectionsService;
beforeAll(async () => {
  let dataDir: string;
  ({ app, dataDir } = await startTestApp((task) => cleanups.push(task)));
  const model = await loadTestModel(app, smallTarget({ contextSize: 512 }));
  const port = await enginePort(app.engine, keptFolder(dataDir));
  const cache = openRowCache(keptFolder(dataDir), port.model);
  const { tokenLayers, width } = cache;
  cache.close();
  // Its first stage is always open and its second one too: everything is refused.
  const base = syntheticProfile(
    model,
    {
      reads: tokenLayers.map((layer, at) => ({ layer, w: scaled(noise(width, at), 1e-3), tau: -1, scale: 0.1 })),
      writes: [{ layer: tokenLayers.at(-1)! + 1, r: scaled(noise(width, 99), 1) }],
    },
    {},
    smallTarget(),
  );
  await app.profiles.add(withSecondStage(base, { tau: -1, scale: 0.5 }));
  corrections = new CorrectionsService({
    ...{ dataDir, reference: REFERENCE },
    ...{ engine: app.engine, lease: app.lease, events: app.events, library: app.profiles, refusals: app.store.refusals },
  });
});

async function measured(items: Parameters<CorrectionsService['measure']>[0]): Promise<CorrectionState> {
  await corrections.measure(items);
  await corrections.settled();
  return corrections.state();
}
/** Does something while a file is not where it was. */
async function withoutFile<T>(path: string, task: () => Promise<T>): Promise<T> {
  await rename(path, `${path}.away`);
  try {
    return await task();
  } finally {
    await rename(`${path}.away`, path);
  }
}
const current = () => app.protection.state.profile?.name;

test('it is measured, shown, applied as a new version and taken back', async () => {
  const before = await measured([{ text: REQUEST, wanted: 'answered' }]);
  expect(before.problem).toBeNull();
  const [item] = before.proposal!.items;
  expect(item).toMatchObject({ text: REQUEST, wanted: 'answered', unreached: null });
  expect(item!.before).toBeGreaterThan(0);
  expect(item!.after).toBeLessThanOrEqual(0);
  expect(before.proposal!.harmful.count).toBe(2);
  expect(current()).toBe('Synthetic');
  expect(before.undoable).toBe(false);

  await corrections.apply();
  expect(current()).toBe('Synthetic (corrected)');
  expect(await corrections.state()).toMatchObject({ proposal: null, undoable: true });
  // The engine itself reads it so now.
  const [again] = (await measured([{ text: REQUEST, wanted: 'answered' }])).proposal!.items;
  expect(again!.before).toBeLessThanOrEqual(0);

  await corrections.undo();
  expect(current()).toBe('Synthetic');
  await expect(corrections.undo()).rejects.toMatchObject({ code: 'conflict' });
});

test('a profile that only has the name is no correction, and the file is not read again for each word of progress', async () => {
  const before = await app.profiles.list();
  const { path } = await app.profiles.locate(before.profiles.find((entry) => entry.current && entry.modelLoaded)!.id);
  const named = { ...(await readProfile(path)), name: 'From elsewhere (corrected)' };
  await app.profiles.add(named);
  expect(await corrections.state()).toMatchObject({ undoable: false });
  await expect(corrections.undo()).rejects.toMatchObject({ code: 'conflict' });
  // Another correction of it is one, and its undo leads back to it.
  await measured([{ text: REQUEST, wanted: 'answered' }]);
  await corrections.apply();
  expect(await corrections.state()).toMatchObject({ undoable: true });
  const file = app.profiles.currentPath(smallTarget().modelSha256);
  const reads = await withoutFile(file, async () => Promise.all(Array.from({ length: 3 }, () => corrections.state())));
  expect(reads.map(({ undoable, unavailable }) => [undoable, unavailable])).toEqual(Array(3).fill([true, null]));
  await corrections.undo();
  expect(current()).toBe('From elsewhere (corrected)');
  await app.profiles.rollback(smallTarget().modelSha256);
  expect(await corrections.state()).toMatchObject({ undoable: false });
});

test('what was measured for another profile is not applied, and nothing is while the engine is busy', async () => {
  await measured([{ text: REQUEST, wanted: 'answered' }]);
  await corrections.apply();
  await measured([{ text: 'Another request.', wanted: 'answered' }]);
  await corrections.undo();
  await expect(corrections.apply()).rejects.toMatchObject({ code: 'conflict' });
  const lease = app.lease.acquire({ what: 'A test is running', hint: 'Wait.' });
  await expect(corrections.measure([{ text: REQUEST, wanted: 'answered' }])).rejects.toMatchObject({ code: 'busy' });
  lease.release();
});

test('cancelling leaves nothing behind, and the engine is free again', async () => {
  await corrections.discard();
  await corrections.measure([{ text: 'A request that nobody has read yet.', wanted: 'refused' }]);
  expect(await corrections.cancel()).toMatchObject({ running: null, proposal: null, problem: null });
  app.lease.requireFree();
});

test('a request that is there twice, or empty, is refused in a sentence', async () => {
  for (const texts of [['a', ' a '], [' ']]) {
    const items = texts.map((text) => ({ text, wanted: 'answered' as const }));
    await expect(corrections.measure(items)).rejects.toMatchObject({ code: 'bad-input' });
  }
});
