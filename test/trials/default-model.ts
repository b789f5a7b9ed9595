/** The default model with the profile that ships, in an engine of its own: for trials of what people get. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SAMPLING, type Sampling } from '../../electron/contract/index.ts';
import type { EngineSupervisor } from '../../electron/engine/supervisor.ts';
import { recommendedSampling } from '../../electron/models/recommended-sampling.ts';
import { shippedProfilePath } from '../../electron/protection/locate-profile.ts';
import { catalogueEntry, DEFAULT_MODEL_ID } from '../../models/catalogue.ts';
import { searchDirs } from '../../models/paths.ts';
import { startEngine, target } from '../engine/support.ts';

/** @returns the engine, the sampling that people get but for its seed, and what ends it. @throws where the model is not on this machine */
export async function startDefaultModel(): Promise<{ engine: EngineSupervisor; sampling: Omit<Sampling, 'seed'>; close(): Promise<void> }> {
  const entry = catalogueEntry(DEFAULT_MODEL_ID);
  const modelPath = searchDirs('/nonexistent')
    .map((folder) => join(folder, entry.fileName))
    .find((path) => existsSync(path));
  if (modelPath === undefined) throw new Error('The default model is missing: `npm start` fetches it.');
  const { engine, profile } = startEngine(() => undefined);
  profile.path = shippedProfilePath(entry.sha256);
  await engine.load(target({ modelId: entry.id, modelName: entry.name, modelPath, modelSha256: entry.sha256, contextSize: 2048 }));
  const { seed: _drawn, ...sampling } = recommendedSampling(entry.sha256) ?? DEFAULT_SAMPLING;
  return { engine, sampling, close: () => engine.close() };
}
