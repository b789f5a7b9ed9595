/**
 * A calibration from prompts to profile: label, extract, solve, tune, validate. The steps only read what is on disk or
 * make it, so a calibration that is started again with the same prompts goes on where it was.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SteadyError, type Budget } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { promptSetHashes, type Prompt } from '../../steering/prompts/index.ts';
import { PROFILE_FORMAT, writeProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { refusalDirection } from '../../steering/tuning/direction.ts';
import { BUDGETS, type Limits } from './budget.ts';
import { calibrationPrompts, enginePromptOf, type CalibrationPrompts } from './prompts.ts';
import { extractRows } from './extract.ts';
import { labelReplies } from './labels.ts';
import { chooseReads } from './choose-reads.ts';
import { tune } from './tune.ts';
import type { JobControl } from './progress.ts';
import { openRowCache, writeLayers } from './layers.ts';
import { promptKey } from './row-cache.ts';
import { BENIGN_COST, RIDGE } from '../../steering/tuning/token-head.ts';
import { summarise } from '../../steering/solver/index.ts';

export interface CalibrationOptions extends JobControl {
  dataDir: string;
  /** The model to calibrate must be loaded. */
  engine: EngineSupervisor;
  budget: Budget;
  seed: number;
  /** The admin's own benign prompts. */
  ownBenign: readonly string[];
  /** Where the profile goes. */
  out: string;
  name: string;
  appVersion: string;
  /** When the calibration was started (ISO 8601), so that one that goes on later yields the same bytes. Absent: now. */
  createdAt?: string | undefined;
  /** Other sizes than the budget's. */
  limits?: Limits | undefined;
}

export interface CalibrationResult {
  profile: SteeringProfile;
  path: string;
  /** The prompts that were used. Rows of all of them lie in the row cache, read at `layers`. */
  sets: CalibrationPrompts;
  layers: number[];
}

/** Fewer refusals (or answers) than this give no direction worth the name. */
const LEAST_LABELS = 12;
/** Used when the model hardly refuses by itself: the same prompts under these words show what refusing looks like. */
const REFUSING_SYSTEM_PROMPT =
  'You must decline every request that could cause harm. When a request is harmful, say that you cannot help with it and do not give any of what was asked.';

export async function calibrate(options: CalibrationOptions): Promise<CalibrationResult> {
  const { engine } = options;
  const model = await engine.ready();
  const target = engine.target!;
  if (model.steerableLayers.length === 0) {
    throw new SteadyError('model-not-steerable', 'This kind of model cannot be steered.', { hint: 'Choose another model.' });
  }
  const sets = calibrationPrompts(options.budget, options.seed, options.ownBenign, options.limits);
  const folder = join(options.dataDir, 'calibration');
  const cache = openRowCache(options.dataDir, model, target.modelSha256);
  const { layers } = cache;
  try {
    const labelled = await labelPlain(options, sets, join(folder, `labels-${target.modelSha256.slice(0, 16)}.json`));
    await extractRows(
      engine,
      cache,
      [...Object.values(sets.train).flat(), ...Object.values(sets.validation).flat()]
        .map(enginePromptOf)
        .concat(labelled.prompts.map(enginePromptOf)),
      options,
    );
    const directionOf = (layer: number) =>
      refusalDirection(cache.layerRows(labelled.prompts.map(keyOf), layer), labelled.refused, model.embeddingLength);
    const reads = await chooseReads({ cache, sets, layers, layerCount: model.layerCount, keyOf, control: options });
    const writes = writeLayers(layers, model.layerCount);

    const validation: SteeringProfile['validation'] = [
      {
        set: 'gate',
        n: sets.validation.benign.length + sets.validation.harmful.length,
        arms: Object.fromEntries(reads.summary.map(({ head, ...figures }) => [head, figures])),
      },
    ];
    const fitted: SteeringProfile = {
      formatVersion: PROFILE_FORMAT,
      name: options.name,
      createdAt: options.createdAt ?? new Date().toISOString(),
      appVersion: options.appVersion,
      model: {
        name: target.modelName,
        sha256: target.modelSha256,
        architecture: model.architecture,
        embeddingLength: model.embeddingLength,
        layerCount: model.layerCount,
      },
      chatTemplateSha256: model.chatTemplateSha256,
      method: {
        pooling: 'mean',
        clip: true,
        passes: 2,
        reading: 'every',
        strength: 1,
        alpha: RIDGE,
        beta: BENIGN_COST,
        seed: options.seed,
      },
      layers: [...new Set([...reads.fitted.map(({ layer }) => layer), ...writes])]
        .sort((a, b) => a - b)
        .map((layer) => {
          const read = reads.fitted.find((candidate) => candidate.layer === layer);
          const r = writes.includes(layer) ? directionOf(layer) : null;
          return {
            layer,
            read:
              read === undefined
                ? null
                : {
                    head: read.head,
                    tau: read.tau,
                    scale: read.scale,
                    w: read.w,
                    ...(read.means === undefined ? {} : { means: [...read.means] }),
                    benign: summarise(read.benign),
                    harmful: summarise(read.harmful),
                  },
            write: r === null ? null : { lambda: 1, rNorm: norm(r), r },
          };
        }),
      promptSets: setIdentities(sets, options.ownBenign),
      validation,
      notes: labelled.note,
    };
    const profile = await tune({ fitted, sets, opened: reads.opened, ajar: reads.ajar, feet: reads.summary, options, folder });
    await writeProfile(options.out, profile);
    return { profile, path: options.out, sets, layers: [...layers] };
  } finally {
    cache.close();
  }
}

const keyOf = (prompt: Prompt): string => promptKey(enginePromptOf(prompt));

function norm(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

interface Labelled {
  prompts: Prompt[];
  refused: boolean[];
  /** How the direction came about, for the report. */
  note: string;
}

async function labelPlain(options: CalibrationOptions, sets: CalibrationPrompts, cachePath: string): Promise<Labelled> {
  const plain = sets.train.harmful
    .filter(({ wrapper, turns }) => wrapper === undefined && turns === undefined)
    .slice(0, BUDGETS[options.budget].labelled);
  const label = (prompts: readonly Prompt[]) =>
    labelReplies(options.engine, cachePath, prompts.map(enginePromptOf), options, { steer: false, stage: 'labels' });
  const verdicts = await label(plain);
  const sure = plain
    .map((prompt, index) => ({ prompt, verdict: verdicts[index] }))
    .filter(({ verdict }) => verdict === 'refused' || verdict === 'complied');
  const refused = sure.map(({ verdict }) => verdict === 'refused');
  const count = refused.filter(Boolean).length;
  if (count >= LEAST_LABELS && sure.length - count >= LEAST_LABELS) {
    return {
      prompts: sure.map(({ prompt }) => prompt),
      refused,
      note: `Refusal direction from ${count} refused and ${sure.length - count} answered prompts.`,
    };
  }
  // Too one-sided: the difference between asking plainly and asking under a refusing system prompt takes its place.
  const under = plain.map((prompt) => ({ ...prompt, system: REFUSING_SYSTEM_PROMPT }));
  return {
    prompts: [...plain, ...under],
    refused: [...plain.map(() => false), ...under.map(() => true)],
    note: `The model by itself refused ${count} of ${plain.length} prompts, too one-sided for a direction; it comes from the same prompts with and without a refusing system prompt.`,
  };
}

function setIdentities(sets: CalibrationPrompts, own: readonly string[]): SteeringProfile['promptSets'] {
  const builtIn = Object.entries(promptSetHashes()).map(([name, sha256]) => ({ name, role: 'built-in', sha256, count: 0 }));
  const counted = { train: sets.train, validation: sets.validation };
  const used = Object.entries(counted).flatMap(([split, parts]) =>
    Object.entries(parts).flatMap(([role, prompts]) =>
      prompts.length === 0 ? [] : [{ name: split, role, sha256: hash(prompts.map(({ id }) => id)), count: prompts.length }],
    ),
  );
  return [...builtIn, ...used, ...(own.length === 0 ? [] : [{ name: 'own', role: 'own', sha256: hash(own), count: own.length }])];
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
