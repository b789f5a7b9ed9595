/**
 * A calibration from prompts to profile: label, extract, fit, tune, validate. The steps only read what is on disk or
 * make it, so a calibration that is started again with the same prompts goes on where it was.
 */
import { SteeringError } from '../errors.ts';
import { checkPlausible, readProfile, writeProfile, type SteeringProfile } from '../profile/index.ts';
import { summarise } from '../solver/index.ts';
import type { JobControl } from './control.ts';
import { directionPrompts, labelPlainPrompts, writeAt } from './direction/label-prompts.ts';
import { candidateLayers, writeLayers } from './layers.ts';
import type { ModelPort } from './port.ts';
import { BENIGN_COST, RIDGE } from './probes/fit-probe.ts';
import { fitProbes, type FittedRead } from './probes/fit-probes.ts';
import { fitConfirmation } from './confirmation/fit-confirmation.ts';
import { profileHeader } from './profile-header.ts';
import { calibrationPrompts, everyPrompt, setIdentities, type CalibrationPrompts, type PromptLimits } from './prompts.ts';
import { extractRows } from './rows/extract-rows.ts';
import type { RowCache } from './rows/row-cache.ts';
import { Trials } from './strength/trials.ts';
import { tune, type TuneSizes } from './strength/tune.ts';

export interface CalibrationSizes extends TuneSizes {
  /** Built-in prompts. */
  builtIn: PromptLimits;
  /** Plain harmful prompts whose unsteered replies are labelled, for the refusal direction. */
  labelled: number;
}

export interface CalibrationOptions extends JobControl {
  /** The model to calibrate. */
  port: ModelPort;
  /** Of that model's rows, opened; see `openRowCache`. */
  cache: RowCache;
  /** Where verdicts are kept, beside those of other calibrations. */
  kept: string;
  sizes: CalibrationSizes;
  seed: number;
  /** The admin's own benign prompts. */
  ownBenign: readonly string[];
  /** Where the profile goes. */
  out: string;
  name: string;
  appVersion: string;
  /** When the calibration was started (ISO 8601), so that one that goes on later yields the same bytes. Absent: now. */
  createdAt?: string | undefined;
}

export interface CalibrationResult {
  profile: SteeringProfile;
  path: string;
  /** The prompts that were used. Rows of all of them lie in the row cache. */
  sets: CalibrationPrompts;
}

/** @throws `model-not-steerable`, `calibration-failed`, `cancelled`; what the port and the file system throw */
export async function calibrate(options: CalibrationOptions): Promise<CalibrationResult> {
  const { port, cache, sizes } = options;
  const { model } = port;
  requireSteerable(candidateLayers(model.layerCount, model.steerableLayers));
  const sets = calibrationPrompts(options.seed, options.ownBenign, sizes.builtIn);
  const labelled = directionPrompts(await labelPlainPrompts(port, sets.train.harmful, sizes.labelled, options.kept, options));
  await extractRows(port, cache, [...everyPrompt(sets), ...labelled.prompts], options);
  const probes = await fitProbes({ cache, sets, layerCount: model.layerCount, control: options });
  const confirmation = await fitConfirmation({ cache, sets, probes, control: options });
  const reads = confirmation?.reads ?? probes.reads;
  const confirming = confirmation?.layers ?? new Map<number, never>();
  const writes = writeLayers(cache.layers, model.layerCount);
  const fitted: SteeringProfile = {
    ...profileHeader(model, options),
    method: {
      pooling: 'mean',
      clip: true,
      passes: 2,
      reading: 'every',
      ...(confirmation === null ? {} : { confirmation: confirmation.method }),
      strength: 1,
      alpha: RIDGE,
      beta: BENIGN_COST,
      seed: options.seed,
    },
    layers: [...new Set([...reads.map(({ layer }) => layer), ...confirming.keys(), ...writes])]
      .sort((a, b) => a - b)
      .map((layer) => ({
        layer,
        read: readOf(reads.find((candidate) => candidate.layer === layer)),
        ...(confirming.has(layer) ? { confirming: confirming.get(layer)! } : {}),
        write: writes.includes(layer) ? writeAt(cache, labelled, layer) : null,
      })),
    promptSets: setIdentities(sets, options.ownBenign),
    validation: [
      {
        set: 'gate',
        n: sets.validation.benign.length + sets.validation.harmful.length,
        arms: Object.fromEntries(probes.summary.map(({ probe, ...figures }) => [probe, figures])),
      },
      ...(confirmation === null ? [] : [{ set: 'confirmation', ...confirmation.evidence }]),
    ],
    notes: labelled.note,
  };
  requireSeparation(fitted);
  // With a second stage what opens a gate is for both to say; a partial gate is for those it leaves just outside.
  const judged = confirmation === null ? probes : { ...confirmation, summary: [confirmation.band] };
  const profile = await tune(new Trials(port, options.kept, options), fitted, judged, sets, sizes);
  await writeProfile(options.out, profile);
  return { profile: await readProfile(options.out), path: options.out, sets };
}

/** @throws `model-not-steerable` where there are no layers to work with */
export function requireSteerable(layers: readonly number[]): void {
  if (layers.length > 0) return;
  throw new SteeringError('model-not-steerable', 'This kind of model cannot be steered.', { hint: 'Choose another model.' });
}

/** Before any reply is written with it: where no threshold can be had, none of what follows would end in a profile. */
function requireSeparation(fitted: SteeringProfile): void {
  const problem = checkPlausible(fitted);
  if (problem === null) return;
  throw new SteeringError('calibration-failed', "This model's activations do not tell harmful requests from harmless ones.", {
    hint: 'Calibrate with more prompts or a larger budget, or choose another model.',
    details: { problem },
  });
}

function readOf(read: FittedRead | undefined): SteeringProfile['layers'][number]['read'] {
  if (read === undefined) return null;
  const { probe, tau, scale, w, means, benign, harmful } = read;
  return {
    ...{ probe, tau, scale, w },
    ...(means === undefined ? {} : { means: [...means] }),
    benign: summarise(benign),
    harmful: summarise(harmful),
  };
}
