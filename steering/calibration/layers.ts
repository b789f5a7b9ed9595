/** Which layers a calibration looks at, reads and writes; shares of the depth, so that they carry over between models. */
import type { CalibratedModel } from './port.ts';
import { PROBES } from './probes/probes.ts';
import { RowCache } from './rows/row-cache.ts';

/** Reading begins at half of the depth: earlier layers know words rather than what is meant by them. */
const READ_FROM = 1 / 2;
/** The layers that read are so many, times two, in a model of this depth; deeper ones spread them out. */
const READ_SPREAD_DEPTH = 24;
/** Layers of one probe; two average out noise. */
export const LAYERS_A_PROBE = 2;
/** The most tokens of a prompt that are kept. Longer prompts are thinned out, but for their end. */
const TOKENS_EACH = 96;

/** Layers that are looked at, from a sixth of the depth to four fifths: before, nothing is understood; after, words are being chosen. */
export function candidateLayers(layerCount: number, steerable: readonly number[]): number[] {
  return steerable.filter((layer) => layer >= Math.max(1, Math.round(layerCount / 6)) && layer <= Math.round(layerCount * 0.8));
}

/** From a third of the depth to three quarters of it. Reading is done by then: the prompt is evaluated a second time to write. */
export function writeLayers(layers: readonly number[], layerCount: number): number[] {
  return layers.filter((layer) => layer >= Math.round(layerCount / 3) && layer <= Math.round(layerCount * 0.75));
}

/**
 * The layers that read, a list for each probe: every third one, so that each probe sees shallower and deeper ones and none
 * shares a layer. The first probe, for plain requests, gets the deepest.
 */
export function readLayers(layers: readonly number[], layerCount: number): number[][] {
  const step = Math.max(1, Math.round(layerCount / READ_SPREAD_DEPTH));
  const from = Math.round(layerCount * READ_FROM);
  const wanted = Array.from({ length: PROBES.length * LAYERS_A_PROBE }, (_, index) => from + index * step);
  const chosen = wanted.every((layer) => layers.includes(layer)) ? wanted : layers.slice(-PROBES.length * LAYERS_A_PROBE);
  return PROBES.map((_, probe) => chosen.filter((_layer, index) => index % PROBES.length === PROBES.length - 1 - probe));
}

/** Opens the cache of a model's rows that a calibration needs. @param folder where such caches lie */
export function openRowCache(folder: string, model: CalibratedModel): RowCache {
  const layers = candidateLayers(model.layerCount, model.steerableLayers);
  return new RowCache(folder, {
    modelSha256: model.sha256,
    chatTemplateSha256: model.chatTemplateSha256,
    layers,
    tokenLayers: readLayers(layers, model.layerCount)
      .flat()
      .sort((a, b) => a - b),
    tokensEach: TOKENS_EACH,
    width: model.embeddingLength,
  });
}
