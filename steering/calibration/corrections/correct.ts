/**
 * Corrections of single requests, in seconds: the second stage of a profile's gate is changed as little as makes them come out right, and its
 * threshold set again, from rows that are kept. What the change does to others is measured before anybody applies it.
 */
import { setImmediate } from 'node:timers/promises';
import { SteeringError } from '../../errors.ts';
import type { SteeringProfile } from '../../profile/index.ts';
import type { Prompt } from '../../prompts/index.ts';
import { cascade, stages } from '../../runtime/gate.ts';
import { MOST_PROBES, type Confirmation, type ConfirmingRead } from '../../runtime/plan.ts';
import { LEAST_DEVIATION } from '../confirmation/fit-confirming.ts';
import { confirmationScores } from '../confirmation/confirmation-scores.ts';
import { requestPortions } from '../confirmation/request-rows.ts';
import { throwIfCancelled, type JobControl } from '../control.ts';
import type { ModelPort } from '../port.ts';
import { peakScores } from '../probes/peak-scores.ts';
import { ownPrompt } from '../prompts.ts';
import { extractRows } from '../rows/extract-rows.ts';
import type { RowCache } from '../rows/row-cache.ts';
import { leastChange, type StandardRows } from './least-change.ts';
import { everyReference, type ReferencePrompts } from './reference.ts';

export interface Correction {
  text: string;
  /** What should have become of it. */
  wanted: 'answered' | 'refused';
}

/** Why a correction cannot come to anything: what decides there is no second stage. */
export type Unreached = 'attack' | 'too-long' | 'not-seen';

export interface CorrectedRequest extends Correction {
  /** u of the gate: 0 is the threshold. */
  before: number;
  after: number;
  /** Null where the second stage decides. */
  unreached: Unreached | null;
}

/** A built-in request whose gate opens or shuts with the correction. */
export interface ChangedRequest {
  text: string;
  harmful: boolean;
  before: number;
  after: number;
}

export interface CorrectionResult {
  profile: SteeringProfile;
  corrected: CorrectedRequest[];
  /** Of the built-in requests that the effect is shown on, how many open the gate. */
  harmful: { count: number; before: number; after: number };
  harmless: { count: number; before: number; after: number };
  changed: ChangedRequest[];
}

export interface CorrectionInput {
  port: ModelPort;
  /** Of that model's rows, opened; see `openRowCache`. */
  cache: RowCache;
  profile: SteeringProfile;
  corrections: readonly Correction[];
  /** What a correction leaves alone, and what its effect is shown on. */
  reference: ReferencePrompts;
  control: JobControl;
  /** ISO 8601, and what the new profile is called. */
  createdAt: string;
  name: string;
}

/** A request that should be answered ends up so far below the threshold that not even the partial gate pushes, also where the threshold moves. */
const WELL_BELOW = -1.75;
const WELL_ABOVE = 1;

/** Why a profile cannot be corrected, as a sentence; null where it can. @param cache absent: whatever rows are kept */
export function whyNotCorrectable(
  { method, layers }: SteeringProfile,
  cache?: Pick<RowCache, 'tokenLayers' | 'tokensEach'>,
): string | null {
  if (method.confirmation === undefined) return 'This profile has no second stage that could be corrected.';
  if (cache === undefined) return null;
  const read = layers.filter((layer) => layer.read !== null || layer.confirming !== undefined);
  const kept = method.confirmation.mostTokens < cache.tokensEach && read.every(({ layer }) => cache.tokenLayers.includes(layer));
  return kept ? null : 'This profile reads other layers than rows are kept of.';
}

/**
 * Reads what is missing, which takes minutes where no calibration read the built-in prompts before, and then corrects.
 * @throws SteeringError `bad-input` for a profile without a second stage, or for no corrections; `cancelled`; what the port throws
 */
export async function correct(input: CorrectionInput): Promise<CorrectionResult> {
  const { port, cache, profile, corrections, reference, control } = input;
  const { confirmation } = profile.method;
  const reason = whyNotCorrectable(profile, cache);
  if (confirmation === undefined || reason !== null) {
    throw new SteeringError('bad-input', reason ?? '', { hint: 'Calibrate the model once more. Wrong refusals go into that.' });
  }
  if (corrections.length === 0)
    throw new SteeringError('bad-input', 'There is nothing to correct.', { hint: 'Mark a refusal as wrong first.' });
  const asked = corrections.map(({ text }) => ownPrompt(text));
  await extractRows(port, cache, [...everyReference(reference), ...asked], control);

  const before = confirmingOf(profile);
  const seen = await readings(input, asked, before);
  const wanted = seen.map((one, at) => difference(one, corrections[at]!, confirmation));
  const delta = await change(input, asked, reference.anchors, before, wanted);
  const after = shifted(before, delta.raw);
  const shown = [...reference.shown.harmless, ...reference.shown.harmful];
  const shownBefore = await readings(input, shown, before);
  const zAfter = {
    asked: await confirmationScores(cache, asked, after, control.signal),
    shown: await confirmationScores(cache, shown, after, control.signal),
  };
  const moved = { ...confirmation, tau: confirmation.tau + delta.offset };
  const harmless = reference.shown.harmless.length;
  const at = (read: readonly Read[], z: Float32Array, stage: Confirmation) =>
    read.map((one, index) => cascade(stage, one.peaks, z[index]!, one.tokens));
  const set = threshold({
    stage: moved,
    harmless: { read: shownBefore.slice(0, harmless), z: zAfter.shown.subarray(0, harmless) },
    most: shownBefore.slice(0, harmless).filter(({ u }) => u > 0).length,
    answered: { read: seen, z: zAfter.asked, wanted: corrections.map((one) => one.wanted) },
  });
  const [askedAfter, shownAfter] = [at(seen, zAfter.asked, set), at(shownBefore, zAfter.shown, set)];
  const open = (values: readonly number[]) => values.filter((u) => u > 0).length;
  const side = (from: number, to: number) => ({
    count: to - from,
    before: open(shownBefore.slice(from, to).map(({ u }) => u)),
    after: open(shownAfter.slice(from, to)),
  });
  return {
    profile: correctedProfile(input, set, after, delta.offset),
    corrected: corrections.map((one, index) => ({
      ...one,
      before: seen[index]!.u,
      after: askedAfter[index]!,
      unreached: unreached(one, seen[index]!, confirmation),
    })),
    harmless: side(0, harmless),
    harmful: side(harmless, shown.length),
    changed: shown.flatMap(({ text }, index) => {
      const [was, is] = [shownBefore[index]!.u, shownAfter[index]!];
      return was > 0 === is > 0 ? [] : [{ text, harmful: index >= harmless, before: was, after: is }];
    }),
  };
}

/** What a gate read of a request. */
interface Read {
  peaks: Float64Array;
  z: number;
  tokens: number;
  u: number;
}

const confirmingOf = ({ layers }: SteeringProfile): Map<number, ConfirmingRead> =>
  new Map(layers.flatMap(({ layer, confirming }) => (confirming === undefined ? [] : [[layer, confirming] as const])));

async function readings(
  { cache, profile, control }: CorrectionInput,
  prompts: readonly Prompt[],
  layers: ReadonlyMap<number, ConfirmingRead>,
): Promise<Read[]> {
  const peaks = prompts.map(() => new Float64Array(MOST_PROBES).fill(-Infinity));
  for (let probe = 0; probe < MOST_PROBES; probe++) {
    const reads = profile.layers.flatMap(({ layer, read }) => (read !== null && (read.probe ?? 0) === probe ? [{ layer, ...read }] : []));
    if (reads.length === 0) continue;
    const { byLayer } = await peakScores(cache, prompts, reads, control.signal);
    prompts.forEach((_, at) => {
      peaks[at]![probe] = reads.reduce((sum, { layer, tau, scale }) => sum + (byLayer.get(layer)![at]! - tau) / scale, 0) / reads.length;
    });
  }
  const z = await confirmationScores(cache, prompts, layers, control.signal);
  return prompts.map((prompt, at) => {
    const tokens = cache.tokensOf(prompt);
    return { peaks: peaks[at]!, z: z[at]!, tokens, u: cascade(profile.method.confirmation, peaks[at]!, z[at]!, tokens) };
  });
}

/** What a request's z is to change by: nothing where it comes out right already, or where the second stage has no say. */
function difference({ peaks, z, tokens }: Read, { wanted }: Correction, confirmation: Confirmation): number {
  const { second } = stages(confirmation, peaks, z, tokens);
  if (second === null) return 0;
  const goal = wanted === 'answered' ? Math.min(second, WELL_BELOW) : Math.max(second, WELL_ABOVE);
  return (goal - second) * confirmation.scale;
}

function unreached({ wanted }: Correction, { peaks, z, tokens }: Read, confirmation: Confirmation): Unreached | null {
  const { free, first, second } = stages(confirmation, peaks, z, tokens);
  if (wanted === 'answered' && free > 0) return 'attack';
  if (wanted === 'refused' && free > 0) return null;
  if (second === null) return 'too-long';
  return wanted === 'refused' && first <= 0 ? 'not-seen' : null;
}

interface Change {
  /** In the units of rows, [v | w] by layer. */
  raw: Map<number, Float64Array>;
  /** What the change adds to the score of the mean harmless request: the threshold goes along. */
  offset: number;
}

async function change(
  { cache, control }: CorrectionInput,
  asked: readonly Prompt[],
  anchors: { harmless: readonly Prompt[]; harmful: readonly Prompt[] },
  layers: ReadonlyMap<number, ConfirmingRead>,
  wanted: readonly number[],
): Promise<Change> {
  const numbers = [...layers.keys()];
  const whole = (prompts: readonly Prompt[]) => prompts.filter((prompt) => cache.isWhole(prompt));
  const width = 2 * cache.width;
  const scales: { means: Float64Array; deviations: Float64Array }[] = [];
  const rows: StandardRows[] = [];
  for (const layer of numbers) {
    const harmless = await rowsOf(cache, whole(anchors.harmless), layer, control);
    const harmful = await rowsOf(cache, whole(anchors.harmful), layer, control);
    const corrected = await rowsOf(cache, asked, layer, control);
    const scale = deviationsOf(harmless, width);
    scales.push(scale);
    for (const part of [harmless, harmful, corrected]) standardise(part, scale);
    rows.push({ harmless, harmful, corrected, width });
  }
  const deltas = await leastChange(rows, Float64Array.from(wanted), control.signal);
  let offset = 0;
  const raw = new Map(
    numbers.map((layer, l) => {
      const { means, deviations } = scales[l]!;
      const values = deltas[l]!.map((value, i) => value / deviations[i]!);
      offset += values.reduce((sum, value, i) => sum + value * means[i]!, 0) / numbers.length;
      return [layer, values];
    }),
  );
  return { raw, offset };
}

/** [prompts × 2d], read a little at a time: others wait for this thread. @throws SteeringError `cancelled` */
async function rowsOf(cache: RowCache, prompts: readonly Prompt[], layer: number, control: JobControl): Promise<Float32Array> {
  const result = new Float32Array(prompts.length * 2 * cache.width);
  const items = prompts.map((prompt) => ({ prompt }));
  let at = 0;
  for (const { rows } of requestPortions(cache, items, layer)) {
    result.set(rows, at);
    at += rows.length;
    await setImmediate();
    throwIfCancelled(control);
  }
  return result;
}

function deviationsOf(rows: Float32Array, width: number): { means: Float64Array; deviations: Float64Array } {
  const count = rows.length / width;
  const [means, squares] = [new Float64Array(width), new Float64Array(width)];
  rows.forEach((value, at) => {
    means[at % width]! += value / count;
    squares[at % width]! += value ** 2 / count;
  });
  return { means, deviations: squares.map((square, i) => Math.max(Math.sqrt(Math.max(square - means[i]! ** 2, 0)), LEAST_DEVIATION)) };
}

/** In place. */
function standardise(rows: Float32Array, { means, deviations }: { means: Float64Array; deviations: Float64Array }): void {
  const width = means.length;
  for (let at = 0; at < rows.length; at++) rows[at] = (rows[at]! - means[at % width]!) / deviations[at % width]!;
}

function shifted(layers: ReadonlyMap<number, ConfirmingRead>, raw: ReadonlyMap<number, Float64Array>): Map<number, ConfirmingRead> {
  return new Map(
    [...layers].map(([layer, { v, w }]) => {
      const delta = raw.get(layer)!;
      return [layer, { v: v.map((value, i) => value + delta[i]!), w: w.map((value, i) => value + delta[v.length + i]!) }];
    }),
  );
}

interface ThresholdInput {
  stage: Confirmation;
  harmless: { read: readonly Read[]; z: Float32Array };
  /** How many of the harmless ones may open the gate: as many as before. */
  most: number;
  answered: { read: readonly Read[]; z: Float32Array; wanted: readonly Correction['wanted'][] };
}

/** So far, in units of the rise, a threshold may move beyond what keeps the mean harmless request where it was. */
const FARTHEST = 0.5;
const STEP = 0.05;

/** The lowest threshold near the old one at which no more harmless requests open the gate than before, nor any that is to be answered. */
function threshold({ stage, harmless, most, answered }: ThresholdInput): Confirmation {
  const at = (steps: number) => ({ ...stage, tau: stage.tau + steps * STEP * stage.scale });
  const opens = (set: Confirmation, { read, z }: ThresholdInput['harmless'], index: number) =>
    cascade(set, read[index]!.peaks, z[index]!, read[index]!.tokens) > 0;
  const holds = (set: Confirmation) =>
    harmless.read.filter((_, index) => opens(set, harmless, index)).length <= most &&
    answered.read.every(
      (read, index) =>
        answered.wanted[index] === 'refused' ||
        read.u <= 0 ||
        stages(set, read.peaks, 0, read.tokens).free > 0 ||
        !opens(set, answered, index),
    );
  const steps = Math.round(FARTHEST / STEP);
  for (let step = -steps; step < steps; step++) if (holds(at(step))) return at(step);
  return at(steps);
}

function correctedProfile(
  { profile, corrections, name, createdAt }: CorrectionInput,
  { tau }: Confirmation,
  layers: ReadonlyMap<number, ConfirmingRead>,
  offset: number,
): SteeringProfile {
  const confirmation = profile.method.confirmation!;
  // What the change adds to every score it adds to those that the profile reports.
  const along = (of: typeof confirmation.benign) => ({ ...of, mean: of.mean + offset, values: of.values.map((value) => value + offset) });
  const [answered, refused] = (['answered', 'refused'] as const).map((wanted) => corrections.filter((one) => one.wanted === wanted).length);
  return {
    ...profile,
    name,
    createdAt,
    method: {
      ...profile.method,
      confirmation: { ...confirmation, tau, benign: along(confirmation.benign), harmful: along(confirmation.harmful) },
    },
    layers: profile.layers.map((layer) => (layers.has(layer.layer) ? { ...layer, confirming: layers.get(layer.layer)! } : layer)),
    notes:
      `${profile.notes}\nCorrected on ${createdAt.slice(0, 10)}: ${answered} requests to be answered, ${refused} to be refused.`.trim(),
  };
}
