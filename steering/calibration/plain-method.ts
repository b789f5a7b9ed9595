/**
 * A profile of the paper's plain method, to compare with: every layer reads and writes, in proportion to its own score, with the paper's α and ρ and
 * vectors of its own. Made from the built-in prompts, as the shipped profiles are.
 */
import { writeProfile, type SteeringProfile } from '../profile/index.ts';
import { buildCalibrationSet } from '../prompts/index.ts';
import { scores, solveLayer, summarise } from '../solver/index.ts';
import { requireSteerable } from './calibrate.ts';
import type { JobControl } from './control.ts';
import { countRefused, labelPlainPrompts, writeAt } from './direction/label-prompts.ts';
import type { ModelPort } from './port.ts';
import { profileHeader } from './profile-header.ts';
import { builtInSets } from './prompts.ts';
import { extractRows } from './rows/extract-rows.ts';
import { RowCache } from './rows/row-cache.ts';

/** The paper's. */
const ALPHA = 10;
const RHO = 0.5;
export const COMPARISON_SEED = 1;
/** The comparison's own, so that it stays the same whatever the budgets become. */
export const COMPARISON_LIMITS = { benign: 900, harmful: 500 };
const LABELLED = 192;
/** The paper steers about ten layers from a quarter of the depth on; here those between three tenths and two thirds. */
const FIRST = 0.3;
const LAST = 2 / 3;

/** Where methods that are compared with read and write. */
export function comparisonLayers({ layerCount, steerableLayers }: ModelPort['model']): number[] {
  return steerableLayers.filter((layer) => layer >= layerCount * FIRST && layer <= layerCount * LAST);
}

export interface PlainMethodOptions extends JobControl {
  port: ModelPort;
  /** What is read and labelled is kept here, so that a second call goes on where an earlier one stopped. */
  kept: string;
  out: string;
  appVersion: string;
  /** Other sizes than the comparison's own. */
  limits?: { benign: number; harmful: number } | undefined;
}

/** @throws SteeringError `model-not-steerable`, `calibration-failed`, `cancelled`; what the port and the file system throw */
export async function makePlainProfile({
  port,
  kept,
  out,
  appVersion,
  limits = COMPARISON_LIMITS,
  ...control
}: PlainMethodOptions): Promise<SteeringProfile> {
  const { model } = port;
  const d = model.embeddingLength;
  const layers = comparisonLayers(model);
  requireSteerable(layers);
  const { benign, harmful } = buildCalibrationSet({ split: 'train', seed: COMPARISON_SEED, limits });
  const cache = new RowCache(kept, { ...model, modelSha256: model.sha256, layers, tokenLayers: [], tokensEach: 1, width: d });
  try {
    await extractRows(port, cache, [...benign, ...harmful], control);
    const labelled = await labelPlainPrompts(port, harmful, LABELLED, kept, control);
    const fitted: SteeringProfile['layers'][number][] = [];
    for (const layer of layers) {
      const write = writeAt(cache, labelled, layer);
      const benignRows = cache.layerRows(benign, layer);
      const [solution] = await solveLayer({
        benign: { rows: benignRows, d },
        harmful: { rows: cache.layerRows(harmful, layer) },
        rho: RHO,
        alpha: ALPHA,
        signal: control.signal,
      });
      const { w, harmfulScores } = solution!;
      const benignScores = await scores(benignRows, w, { signal: control.signal });
      fitted.push({
        layer,
        read: { rho: RHO, tau: 0, scale: 1, w, benign: summarise(benignScores), harmful: summarise(harmfulScores) },
        write,
      });
    }
    const refused = countRefused(labelled.refused);
    const profile: SteeringProfile = {
      ...profileHeader(model, { name: `${model.name}, the paper's plain method`, appVersion }),
      method: { pooling: 'own', clip: false, passes: 1, strength: 1, alpha: ALPHA, seed: COMPARISON_SEED },
      layers: fitted,
      promptSets: builtInSets(),
      validation: [],
      notes: `For comparison: ${benign.length} benign and ${harmful.length} harmful prompts, direction from ${refused} refused and ${labelled.refused.length - refused} answered ones.`,
    };
    await writeProfile(out, profile);
    return profile;
  } finally {
    cache.close();
  }
}
