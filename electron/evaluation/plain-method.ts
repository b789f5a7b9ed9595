/**
 * A profile of the paper's plain method for the loaded model, to compare with: every layer reads and writes, in proportion to
 * its own score, with the paper's α and ρ and vectors of its own. Made from the built-in prompts, as the shipped profiles
 * are. What was read and labelled is kept in `folder`, so that a second call goes on where an earlier one stopped.
 */
import { join } from 'node:path';
import { SteadyError } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { extractRows } from '../calibration/extract.ts';
import { labelReplies } from '../calibration/labels.ts';
import type { JobControl } from '../calibration/progress.ts';
import { enginePromptOf } from '../calibration/prompts.ts';
import { promptKey, RowCache } from '../calibration/row-cache.ts';
import { PROFILE_FORMAT, writeProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { buildCalibrationSet, promptSetHashes } from '../../steering/prompts/index.ts';
import { solveLayer, summarise } from '../../steering/solver/index.ts';
import { refusalDirection } from '../../steering/tuning/direction.ts';

/** The paper's. */
const ALPHA = 10;
const RHO = 0.5;
const SEED = 1;
/** Its own, so that the comparison stays the same whatever the budgets become. */
const LIMITS = { benign: 900, harmful: 500 };
const LABELLED = 192;
/** The paper steers about ten layers from a quarter of the depth on; here those between three tenths and two thirds. */
const FIRST = 0.3;
const LAST = 2 / 3;

export interface PlainMethodOptions extends JobControl {
  engine: EngineSupervisor;
  folder: string;
  out: string;
  appVersion: string;
}

/** @throws SteadyError `model-not-steerable`, `calibration-failed`, `cancelled` */
export async function makePlainProfile({ engine, folder, out, appVersion, ...control }: PlainMethodOptions): Promise<SteeringProfile> {
  const model = await engine.ready();
  const target = engine.target!;
  const d = model.embeddingLength;
  const layers = model.steerableLayers.filter((layer) => layer >= model.layerCount * FIRST && layer <= model.layerCount * LAST);
  if (layers.length === 0) throw new SteadyError('model-not-steerable', 'This kind of model cannot be steered.');
  const { benign, harmful } = buildCalibrationSet({ split: 'train', seed: SEED, limits: LIMITS });
  const cache = new RowCache(folder, { ...model, modelSha256: target.modelSha256, layers, tokenLayers: [], tokensEach: 1, width: d });
  try {
    await extractRows(engine, cache, [...benign, ...harmful].map(enginePromptOf), control);
    const plain = harmful.filter(({ wrapper, turns }) => wrapper === undefined && turns === undefined).slice(0, LABELLED);
    const labels = join(folder, `labels-${target.modelSha256.slice(0, 16)}.json`);
    const verdicts = await labelReplies(engine, labels, plain.map(enginePromptOf), control, { steer: false, stage: 'labels' });
    const sure = plain.filter((_, at) => verdicts[at] === 'refused' || verdicts[at] === 'complied');
    const refused = verdicts.filter((verdict) => verdict === 'refused' || verdict === 'complied').map((verdict) => verdict === 'refused');
    const rowsOf = (prompts: readonly (typeof plain)[number][], layer: number) =>
      cache.layerRows(
        prompts.map((prompt) => promptKey(enginePromptOf(prompt))),
        layer,
      );
    const fitted: SteeringProfile['layers'][number][] = [];
    for (const layer of layers) {
      const r = refusalDirection(rowsOf(sure, layer), refused, d);
      const benignRows = rowsOf(benign, layer);
      const [solution] = await solveLayer({
        benign: { rows: benignRows, d },
        harmful: { rows: rowsOf(harmful, layer) },
        rho: RHO,
        alpha: ALPHA,
        signal: control.signal,
      });
      const { w, harmfulScores } = solution!;
      fitted.push({
        layer,
        read: { rho: RHO, tau: 0, scale: 1, w, benign: summarise(scoresOf(benignRows, w)), harmful: summarise(harmfulScores) },
        write: { lambda: 1, rNorm: Math.hypot(...r), r },
      });
    }
    const profile: SteeringProfile = {
      formatVersion: PROFILE_FORMAT,
      name: `${target.modelName}, the paper's plain method`,
      createdAt: new Date().toISOString(),
      appVersion,
      model: {
        name: target.modelName,
        sha256: target.modelSha256,
        architecture: model.architecture,
        embeddingLength: d,
        layerCount: model.layerCount,
      },
      chatTemplateSha256: model.chatTemplateSha256,
      method: { pooling: 'own', clip: false, passes: 1, strength: 1, alpha: ALPHA, seed: SEED },
      layers: fitted,
      promptSets: Object.entries(promptSetHashes()).map(([name, sha256]) => ({ name, role: 'built-in', sha256, count: 0 })),
      validation: [],
      notes: `For comparison: ${benign.length} benign and ${harmful.length} harmful prompts, direction from ${refused.filter(Boolean).length} refused and ${refused.filter((flag) => !flag).length} answered ones.`,
    };
    await writeProfile(out, profile);
    return profile;
  } finally {
    cache.close();
  }
}

/** h·w of each row [n × d]. */
function scoresOf(rows: Float32Array, w: Float32Array): Float32Array {
  return Float32Array.from({ length: rows.length / w.length }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < w.length; i++) sum += rows[row * w.length + i]! * w[i]!;
    return sum;
  });
}
