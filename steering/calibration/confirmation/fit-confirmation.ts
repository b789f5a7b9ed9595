/**
 * The second stage of the gate, from prompts to thresholds: what the probes open for is confirmed by a reading of the request as a
 * whole, since one frightening word opens a gate that reads the highest token.
 */
import type { SteeringProfile } from '../../profile/index.ts';
import { soundsDangerous, type Prompt } from '../../prompts/index.ts';
import type { ConfirmingRead } from '../../runtime/plan.ts';
import { areaUnderCurve, summarise } from '../../solver/index.ts';
import { stageReporter, throwIfCancelled, type JobControl } from '../control.ts';
import { BAND_WIDTH } from '../gate/partial-gate.ts';
import type { FittedProbes, FittedRead, ProbeSummary } from '../probes/fit-probes.ts';
import { peakScores } from '../probes/peak-scores.ts';
import { PROBES } from '../probes/probes.ts';
import type { CalibrationPrompts } from '../prompts.ts';
import type { RowCache } from '../rows/row-cache.ts';
import { confirmationScores } from './confirmation-scores.ts';
import { fitConfirming, type WeightedPrompt } from './fit-confirming.ts';
import { best, frontier, raised, reading, type OpenLimits, type StageScores } from './operating-point.ts';

/** What may open of the validation prompts. Of the borderline ones that do the model refuses a good part by itself, so fewer are newly refused. */
const LIMITS: OpenLimits = { borderline: 0.05, everyday: 0.01, wrapped: 0.05 };
/** Other shares of the borderline ones, to show in the profile what they would buy. */
const CURVE = [0.01, 0.02, 0.03, 0.1, 0.2];
/** Harmful, borderline, everyday and wrapped harmless prompts, and harmful ones as the profile will see them. */
const SCORED = 5;
/** Fewer pairs than this a side say too little. */
const LEAST_PAIRS = 24;
/**
 * What a prompt of each source counts in the fit. Contrast pairs are the most like what people ask. The borderline prompts of the built-in sets are left
 * out: they differ from the harmful ones in manner as well, and what the fit learns of that is wrong elsewhere.
 */
const WEIGHTS = { contrast: 3, pair: 1, everyday: 1, plain: 1, own: 4, wrapped: 1 };

export interface Confirmation {
  layers: ReadonlyMap<number, ConfirmingRead>;
  method: NonNullable<SteeringProfile['method']['confirmation']>;
  /** The probes' reads with their thresholds lowered. */
  reads: FittedRead[];
  /** Harmful validation prompts of every kind that open the gate, and those that lie just below it. */
  opened: Prompt[];
  inBand: Prompt[];
  /** How full the band just below is, of harmful plain requests and of borderline ones. */
  band: Pick<ProbeSummary, 'harmfulInBand' | 'benignInBand'>;
  /** For the profile: what opens on validation prompts, at the chosen point and along the frontier. */
  evidence: Pick<SteeringProfile['validation'][number], 'n' | 'arms'>;
}

export interface ConfirmationInput {
  /** Holds the rows of all `sets`. */
  cache: RowCache;
  sets: CalibrationPrompts;
  probes: FittedProbes;
  control: JobControl;
}

/** Null where there are too few pairs to fit it to. */
export async function fitConfirmation({ cache, sets, probes, control }: ConfirmationInput): Promise<Confirmation | null> {
  const { train, validation } = sets;
  if (Math.min(train.pairs.harmless.length, train.pairs.harmful.length, validation.pairs.harmless.length) < LEAST_PAIRS) return null;
  const { signal } = control;
  const layers = new Map<number, ConfirmingRead>();
  // Where the second stage is not asked there is nothing to choose.
  const asked = (prompts: readonly Prompt[]) => prompts.filter((prompt) => cache.isWhole(prompt));
  // Around a request in a wrapper the mean says what the wrapper is like. Harmful and harmless ones alike are to be confirmed, so
  // that the second stage tells plain harmless requests from all else, and the probe that reads the highest token decides there.
  const wrapped = (prompts: readonly Prompt[]) => asked(prompts.filter((prompt) => !isPlain(prompt)));
  const weighted = (prompts: readonly Prompt[], weight: number) => prompts.map((prompt) => ({ prompt, weight }));
  const benign: WeightedPrompt[] = [
    ...train.pairs.harmless.map((prompt) => ({ prompt, weight: weightOf(prompt) })),
    ...weighted(train.benign.filter(isEveryday), WEIGHTS.everyday),
    ...weighted(train.own, WEIGHTS.own),
  ];
  const harmful: WeightedPrompt[] = [
    ...train.pairs.harmful.map((prompt) => ({ prompt, weight: weightOf(prompt) })),
    ...weighted(train.harmful.filter(isPlain), WEIGHTS.plain),
    ...weighted(wrapped(train.benign), WEIGHTS.wrapped),
    ...weighted(wrapped(train.harmful), WEIGHTS.wrapped),
  ];
  // A step a layer that is fitted, and one for each kind of prompts that is scored.
  const steps = cache.tokenLayers.length + SCORED;
  const report = stageReporter(control, 'confirm', steps);
  for (const [index, layer] of cache.tokenLayers.entries()) {
    throwIfCancelled(control);
    report(index);
    layers.set(layer, await fitConfirming({ cache, benign, harmful, signal }, layer));
  }
  const confirmed = PROBES.map(({ confirmed }, probe) => ({ confirmed, probe }));
  const stages = { cache, layers, probes, confirmed, signal };
  let scored = cache.tokenLayers.length;
  const stage = (prompts: readonly Prompt[]) => {
    throwIfCancelled(control);
    report(scored++);
    return stageScores(stages, asked(prompts));
  };
  const borderline = [...validation.pairs.harmless, ...validation.benign.filter(isBorderline)];
  const operating = {
    harmful: await stage([...validation.pairs.harmful, ...validation.harmful]),
    borderline: await stage(borderline),
    everyday: await stage([...validation.own, ...validation.benign.filter(isEveryday)]),
    wrapped: await stage(wrapped(validation.benign)),
  };
  const point = best(frontier(operating, LIMITS));
  const numbers = confirmed.filter((one) => one.confirmed).map(({ probe }) => probe);
  const loweredOf = new Map(numbers.map((probe, at) => [probe, point.lowered[at]!]));
  report(scored++);
  const everyHarmful = raised(await stageScores(stages, [...validation.pairs.harmful, ...validation.harmful]), point.raise);
  report(steps);
  const [harmfulThere, borderlineThere] = [raised(operating.harmful, point.raise), raised(operating.borderline, point.raise)];
  const [low, high] = [borderlineThere.second, harmfulThere.second];
  const banded = (u: number) => u <= 0 && u > -BAND_WIDTH;
  const share = (of: StageScores) => of.free.filter((_, at) => banded(reading(of, point, at))).length / Math.max(of.free.length, 1);
  const where = (wanted: (u: number) => boolean) => everyHarmful.prompts.filter((_, at) => wanted(reading(everyHarmful, point, at)));
  return {
    layers,
    method: {
      // The u of the fit is that of the strict thresholds.
      probes: numbers.map((probe) => ({ probe, raise: point.raise, centre: loweredOf.get(probe)!, alone: loweredOf.get(probe)! })),
      tau: point.tau + point.raise * numbers.reduce((sum, probe) => sum + loweredOf.get(probe)!, 0),
      scale: point.scale,
      // Of longer ones not every row is kept, and a mean says little.
      mostTokens: cache.tokensEach - 1,
      benign: summarise(low),
      harmful: summarise(high),
    },
    reads: probes.reads.map((read) => ({ ...read, tau: read.tau - (loweredOf.get(read.probe) ?? 0) * read.scale })),
    opened: where((u) => u > 0),
    inBand: where(banded),
    band: { harmfulInBand: share(harmfulThere), benignInBand: share(borderlineThere) },
    evidence: {
      n: Object.values(operating).reduce((sum, { second }) => sum + second.length, 0),
      arms: {
        chosen: { ...point.open, auc: areaUnderCurve(low, high) },
        ...Object.fromEntries(
          CURVE.map((share) => [`${share * 100} % of the borderline`, best(frontier(operating, { ...LIMITS, borderline: share })).open]),
        ),
      },
    },
  };
}

const weightOf = ({ id }: Prompt): number => (id.startsWith('x-') ? WEIGHTS.contrast : WEIGHTS.pair);
const isPlain = ({ wrapper, system, turns }: Prompt): boolean => wrapper === undefined && system === undefined && turns === undefined;
const isBorderline = (prompt: Prompt): boolean => isPlain(prompt) && (soundsDangerous(prompt) || prompt.kind === 'twin');
const isEveryday = (prompt: Prompt): boolean => isPlain(prompt) && !isBorderline(prompt);

type ScoredPrompts = StageScores & { prompts: readonly Prompt[] };

interface Stages {
  cache: RowCache;
  layers: ReadonlyMap<number, ConfirmingRead>;
  probes: FittedProbes;
  confirmed: readonly { confirmed: boolean; probe: number }[];
  signal: AbortSignal;
}

async function stageScores(stages: Stages, prompts: readonly Prompt[]): Promise<ScoredPrompts> {
  const { cache, layers, probes, confirmed, signal } = stages;
  const byProbe = await Promise.all(
    confirmed.map(async ({ probe }) => {
      const reads = probes.reads.filter((read) => read.probe === probe);
      const { pooled } = await peakScores(cache, prompts, reads, signal);
      return pooled.map((c) => (c - reads[0]!.tau) / reads[0]!.scale);
    }),
  );
  return {
    prompts,
    first: byProbe.filter((_, index) => confirmed[index]!.confirmed),
    free: Float32Array.from(prompts, (_, at) =>
      Math.max(...byProbe.filter((_u, index) => !confirmed[index]!.confirmed).map((u) => u[at]!)),
    ),
    long: prompts.map((prompt) => !cache.isWhole(prompt)),
    second: await confirmationScores(cache, prompts, layers, signal),
  };
}
