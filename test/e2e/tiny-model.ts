/** A data folder whose model is the one with random weights, under a profile whose gate stays shut: ready in a moment. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ownProfilePath } from '../../electron/protection/locate-profile.ts';
import { openStore, type Store } from '../../electron/store/index.ts';
import { writeProfile } from '../../steering/profile/index.ts';
import { candidateLayers, readLayers } from '../../steering/calibration/layers.ts';
import { noise, scaled, syntheticProfile, target, withSecondStage } from '../engine/support.ts';
import { refusingModel, TINY_SHAPE, tinyModel } from '../synthetic-gguf/tiny-model.ts';
import { vocabularyOf } from '../synthetic-gguf/vocabulary.ts';

const SHUT = { tau: 1e6, scale: 1 };
const OPEN = { tau: -1, scale: 0.1 };

/** The model that refuses some harmful requests by itself, among those that can be chosen: for a calibration. */
export async function addRefusingModel(dataDir: string): Promise<void> {
  const { path } = await refusingModel();
  await withStore(dataDir, (store) => store.modelFiles.remember(path));
}

/** A fresh data folder whose model is that one, without any profile. */
export async function chooseRefusingModel(dataDir: string): Promise<void> {
  const { path, id } = await refusingModel();
  await withStore(dataDir, async (store) => {
    await store.modelFiles.remember(path);
    await store.settings.update({ modelId: id });
  });
}

async function withStore(dataDir: string, work: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openStore({ path: join(dataDir, 'steady.db') });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

/** @param profile none: as before a first calibration; second-stage: one with a second stage, whose gate is open for everything */
export async function chooseTinyModel(
  dataDir: string,
  { profile = 'shut' }: { profile?: 'shut' | 'none' | 'second-stage' } = {},
): Promise<void> {
  const { path, id } = await tinyModel();
  await withStore(dataDir, async (store) => {
    await store.modelFiles.remember(path);
    await store.settings.update({ modelId: id });
  });
  if (profile === 'none') return;
  const { width, blocks, vocabulary, architecture } = TINY_SHAPE;
  const loaded = {
    architecture,
    embeddingLength: width,
    layerCount: blocks,
    chatTemplateSha256: createHash('sha256').update(vocabularyOf(vocabulary).template).digest('hex'),
  };
  const file = ownProfilePath(dataDir, target().modelSha256);
  await mkdir(dirname(file), { recursive: true });
  const writes = (layer: number) => [{ layer, r: scaled(noise(width, 2), 1) }];
  if (profile === 'shut') {
    const reads = [{ layer: 5, w: scaled(noise(width, 1), 1), ...SHUT }];
    await writeProfile(file, syntheticProfile(loaded, { reads, writes: writes(7) }));
    return;
  }
  const steerable = Array.from({ length: blocks - 1 }, (_, index) => index + 1);
  const layers = readLayers(candidateLayers(blocks, steerable), blocks)
    .flat()
    .sort((a, b) => a - b);
  const reads = layers.map((layer) => ({ layer, w: scaled(noise(width, layer), 1e-3), ...OPEN }));
  await writeProfile(
    file,
    withSecondStage(syntheticProfile(loaded, { reads, writes: writes(layers.at(-1)! + 1) }), { tau: -1, scale: 0.5 }),
  );
}
