/** Every probe with its gate: vectors fitted on training prompts, thresholds set on validation prompts, without generating a word. */
import type { Prompt } from '../../prompts/index.ts';
import { areaUnderCurve } from '../../solver/index.ts';
import { stageReporter, throwIfCancelled, type JobControl } from '../control.ts';
import { fitGate, type GateFit } from '../gate/fit-gate.ts';
import { inBand } from '../gate/partial-gate.ts';
import { readLayers } from '../layers.ts';
import type { CalibrationPrompts } from '../prompts.ts';
import type { RowCache } from '../rows/row-cache.ts';
import { fitProbe } from './fit-probe.ts';
import { peakScores, type ProbeRead } from './peak-scores.ts';
import { halfLivesAt, PROBES, type Probe } from './probes.ts';
import { meansBeside, readVectors } from './running-means.ts';

/** An admin's own prompt counts as so many built-in ones. */
const OWN_WEIGHT = 4;
const STEPS_A_PROBE = 100;

/** A layer that reads, with everything that a profile says about it. */
export interface FittedRead extends ProbeRead {
  probe: number;
  tau: number;
  scale: number;
  /** c of validation prompts at their peaks. */
  benign: Float32Array;
  harmful: Float32Array;
}

/** What a profile says about a probe's gate on validation prompts. */
export interface ProbeSummary extends Pick<GateFit, 'benignOpen' | 'harmfulOpen' | 'harmfulGate'> {
  probe: string;
  layers: number[];
  /** Share of the prompts in the sub-threshold band; those that open the gate not counted. */
  benignInBand: number;
  harmfulInBand: number;
  auc: number;
}

export interface FittedProbes {
  reads: FittedRead[];
  summary: ProbeSummary[];
  /** Harmful validation prompts of every kind that open the gate: the ones on which a strength can show. */
  opened: Prompt[];
  /** Those that do not, and lie in a sub-threshold band. */
  inBand: Prompt[];
}

export interface FitProbesInput {
  /** Holds the rows of all `sets`. */
  cache: RowCache;
  sets: CalibrationPrompts;
  layerCount: number;
  control: JobControl;
}

export async function fitProbes(input: FitProbesInput): Promise<FittedProbes> {
  const { cache, control } = input;
  const { harmful } = input.sets.validation;
  const report = stageReporter(control, 'solve', PROBES.length * STEPS_A_PROBE);
  const perProbe = readLayers(cache.layers, input.layerCount);
  const fitted: FittedProbes = { reads: [], summary: [], opened: [], inBand: [] };
  const opened = new Set<Prompt>();
  const banded = new Set<Prompt>();
  for (const [index, probe] of PROBES.entries()) {
    throwIfCancelled(control);
    const vectors = await fitOne(input, probe, perProbe[index]!, (done) => report(Math.floor((index + done) * STEPS_A_PROBE)));
    const gated = await gateOf(input, probe, vectors);
    fitted.reads.push(...gated.reads.map((read) => ({ ...read, probe: index })));
    fitted.summary.push(gated.summary);
    const { pooled } = await peakScores(cache, harmful, vectors, control.signal);
    harmful.forEach((prompt, row) => {
      if (pooled[row]! > gated.fit.tau) opened.add(prompt);
      else if (inBand(pooled[row]!, gated.fit)) banded.add(prompt);
    });
  }
  report(PROBES.length * STEPS_A_PROBE);
  fitted.opened = harmful.filter((prompt) => opened.has(prompt));
  fitted.inBand = harmful.filter((prompt) => banded.has(prompt) && !opened.has(prompt));
  return fitted;
}

async function fitOne(
  { cache, sets, control }: FitProbesInput,
  probe: Probe,
  layers: readonly number[],
  onProgress: (done: number) => void,
): Promise<ProbeRead[]> {
  const { benign, own, harmful } = sets.train;
  const halfLives = halfLivesAt(probe, cache.width);
  const vectors = await fitProbe({
    source: meansBeside<Prompt>(cache, halfLives),
    layers,
    benign: [
      ...benign.filter(probe.benign).map((prompt) => ({ prompt, weight: 1 })),
      ...own.map((prompt) => ({ prompt, weight: OWN_WEIGHT })),
    ],
    harmful: harmful.filter(probe.harmful),
    seeds: harmful.filter(probe.seeds),
    onProgress,
    signal: control.signal,
  });
  return layers.map((layer, index) => ({ layer, ...readVectors(vectors[index]!, halfLives) }));
}

async function gateOf({ cache, sets, control }: FitProbesInput, probe: Probe, reads: readonly ProbeRead[]) {
  const { benign, own, harmful } = sets.validation;
  const low = await peakScores(cache, [...benign.filter(probe.benign), ...own], reads, control.signal);
  const high = await peakScores(cache, harmful.filter(probe.harmful), reads, control.signal);
  // The layers' scores are averaged as they are, so one threshold and one rise serve them all.
  const fit = fitGate({ benign: low.pooled, harmful: high.pooled }, probe);
  const { tau, scale, benignOpen, harmfulOpen, harmfulGate } = fit;
  const shareInBand = (pooled: Float32Array) => pooled.filter((c) => inBand(c, fit)).length / Math.max(pooled.length, 1);
  return {
    fit,
    reads: reads.map((read) => ({ ...read, tau, scale, benign: low.byLayer.get(read.layer)!, harmful: high.byLayer.get(read.layer)! })),
    summary: {
      probe: probe.name,
      layers: reads.map(({ layer }) => layer),
      ...{ benignOpen, harmfulOpen, harmfulGate },
      benignInBand: shareInBand(low.pooled),
      harmfulInBand: shareInBand(high.pooled),
      auc: areaUnderCurve(low.pooled, high.pooled),
    },
  };
}
