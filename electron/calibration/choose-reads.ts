/** The heads' vectors and thresholds: fitted on training prompts, set on validation prompts, without generating a word. */
import type { Prompt } from '../../steering/prompts/index.ts';
import { areaUnderCurve, fitPooledGate } from '../../steering/tuning/gate-fit.ts';
import { AJAR_WIDTH } from '../../steering/tuning/ajar.ts';
import { HEADS, halfLivesAt, type Head } from '../../steering/tuning/heads.ts';
import { listening, readVectors } from '../../steering/tuning/running-means.ts';
import { fitTokenHead } from '../../steering/tuning/token-head.ts';
import { readLayers } from './layers.ts';
import type { CalibrationPrompts } from './prompts.ts';
import { stageReporter, throwIfCancelled, type JobControl } from './progress.ts';
import type { RowCache } from './row-cache.ts';
import { peakScores, type HeadRead } from './token-scores.ts';

/** An admin's own prompt counts as so many built-in ones. */
const OWN_WEIGHT = 4;
const STEPS_A_HEAD = 100;

export interface ChosenRead extends HeadRead {
  head: number;
  tau: number;
  scale: number;
  /** c of validation prompts at their peaks. */
  benign: Float32Array;
  harmful: Float32Array;
}

export interface HeadSummary {
  head: string;
  layers: number[];
  benignOpen: number;
  harmfulOpen: number;
  harmfulGate: number;
  /** Share of the prompts for which the gate stands ajar; those for which it opens not counted. */
  benignAjar: number;
  harmfulAjar: number;
  auc: number;
}

export interface ReadChoice {
  fitted: ChosenRead[];
  summary: HeadSummary[];
  /** Harmful validation prompts of every kind that open the gate: the ones on which a strength can show. */
  opened: Prompt[];
  /** Those that do not, and would find it ajar. */
  ajar: Prompt[];
}

export interface ReadsInput {
  cache: RowCache;
  sets: CalibrationPrompts;
  layers: readonly number[];
  layerCount: number;
  keyOf(prompt: Prompt): string;
  control: JobControl;
}

export async function chooseReads(input: ReadsInput): Promise<ReadChoice> {
  const { cache, keyOf, control } = input;
  const { harmful } = input.sets.validation;
  const report = stageReporter(control, 'solve', HEADS.length * STEPS_A_HEAD);
  const perHead = readLayers(input.layers, input.layerCount);
  const fitted: ChosenRead[] = [];
  const summary: HeadSummary[] = [];
  const opened = new Set<Prompt>();
  const reached = new Set<Prompt>();
  for (const [index, head] of HEADS.entries()) {
    throwIfCancelled(control);
    const reads = await fitHead(input, head, perHead[index]!, (done) => report(Math.floor((index + done) * STEPS_A_HEAD)));
    const gated = await gateOf(input, head, reads);
    fitted.push(...gated.reads.map((read) => ({ ...read, head: index })));
    summary.push(gated.summary);
    const { tau, scale } = gated;
    const { pooled } = await peakScores(cache, harmful.map(keyOf), reads, control.signal);
    harmful.forEach((prompt, row) => {
      if (pooled[row]! > tau) opened.add(prompt);
      if (pooled[row]! > tau - AJAR_WIDTH * scale) reached.add(prompt);
    });
  }
  report(HEADS.length * STEPS_A_HEAD);
  return {
    fitted,
    summary,
    opened: harmful.filter((prompt) => opened.has(prompt)),
    ajar: harmful.filter((prompt) => reached.has(prompt) && !opened.has(prompt)),
  };
}

async function fitHead(
  { cache, sets, keyOf, control }: ReadsInput,
  head: Head,
  layers: readonly number[],
  onProgress: (done: number) => void,
): Promise<HeadRead[]> {
  const { benign, own, harmful } = sets.train;
  const halfLives = halfLivesAt(head, cache.width);
  const vectors = await fitTokenHead({
    source: listening(cache, halfLives),
    layers,
    benign: [
      ...benign.filter(head.benign).map((prompt) => ({ key: keyOf(prompt), weight: 1 })),
      ...own.map((prompt) => ({ key: keyOf(prompt), weight: OWN_WEIGHT })),
    ],
    harmful: harmful.filter(head.harmful).map(keyOf),
    starters: harmful.filter(head.starters).map(keyOf),
    onProgress,
    signal: control.signal,
  });
  return layers.map((layer, index) => ({ layer, ...readVectors(vectors[index]!, halfLives) }));
}

async function gateOf({ cache, sets, keyOf, control }: ReadsInput, head: Head, reads: readonly HeadRead[]) {
  const { benign, own, harmful } = sets.validation;
  const low = await peakScores(cache, [...benign.filter(head.benign), ...own].map(keyOf), reads, control.signal);
  const high = await peakScores(cache, harmful.filter(head.harmful).map(keyOf), reads, control.signal);
  // The layers' scores are averaged as they are, so one threshold and one rise serve them all.
  const fit = fitPooledGate([{ layer: 0, benign: low.pooled, harmful: high.pooled }], head.benignOpen, head.fullyOpen);
  const { tau, scale } = fit.reads[0]!;
  const shareAjar = (pooled: Float32Array) =>
    pooled.filter((c) => c <= tau && c > tau - AJAR_WIDTH * scale).length / Math.max(pooled.length, 1);
  return {
    tau,
    scale,
    reads: reads.map((read) => ({ ...read, tau, scale, benign: low.byLayer.get(read.layer)!, harmful: high.byLayer.get(read.layer)! })),
    summary: {
      head: head.name,
      layers: reads.map(({ layer }) => layer),
      benignOpen: fit.benignOpen,
      harmfulOpen: fit.harmfulOpen,
      harmfulGate: fit.harmfulGate,
      benignAjar: shareAjar(low.pooled),
      harmfulAjar: shareAjar(high.pooled),
      auc: areaUnderCurve(low.pooled, high.pooled),
    },
  };
}
