/** A data folder whose model is the one with random weights, under a profile whose gate stays shut: ready in a moment. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ownProfilePath } from '../../electron/protection/locate-profile.ts';
import { openStore } from '../../electron/store/index.ts';
import { writeProfile } from '../../steering/profile/index.ts';
import { noise, scaled, syntheticProfile, target } from '../engine/support.ts';
import { TINY_SHAPE, tinyModel } from '../synthetic-gguf/tiny-model.ts';
import { vocabularyOf } from '../synthetic-gguf/vocabulary.ts';

const SHUT = { tau: 1e6, scale: 1 };

/** @param profile false: the model has none yet, as before its first calibration */
export async function chooseTinyModel(dataDir: string, { profile = true } = {}): Promise<void> {
  const { path, id } = await tinyModel();
  const store = await openStore({ path: join(dataDir, 'steady.db') });
  try {
    await store.modelFiles.remember(path);
    await store.settings.update({ modelId: id });
  } finally {
    await store.close();
  }
  if (!profile) return;
  const { width, blocks, vocabulary, architecture } = TINY_SHAPE;
  const loaded = {
    architecture,
    embeddingLength: width,
    layerCount: blocks,
    chatTemplateSha256: createHash('sha256').update(vocabularyOf(vocabulary).template).digest('hex'),
  };
  const file = ownProfilePath(dataDir, target().modelSha256);
  await mkdir(dirname(file), { recursive: true });
  await writeProfile(
    file,
    syntheticProfile(loaded, {
      reads: [{ layer: 5, w: scaled(noise(width, 1), 1), ...SHUT }],
      writes: [{ layer: 7, r: scaled(noise(width, 2), 1) }],
    }),
  );
}
