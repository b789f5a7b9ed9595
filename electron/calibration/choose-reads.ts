/** Which layers read, with which null space and thresholds: chosen on validation prompts, without generating a word. */
import type { Prompt } from '../../steering/prompts/index.ts';
import { BenignSpace, scores, type LayerSolution } from '../../steering/solver/index.ts';
import { areaUnderCurve, fitPooledGate, type GateFit, type LayerScores } from '../../steering/tuning/gate-fit.ts';
import type { CalibrationPrompts } from './prompts.ts';
import { stageReporter, type JobControl } from './progress.ts';
import type { RowCache } from './row-cache.ts';

/** Shares ρ of the null space that are tried, as in the paper's settings. */
const RHOS = [0.4, 0.5, 0.6, 0.7, 0.8];
/** Layers that read together. Few, and next to each other: neighbours average out noise without seeing different things. */
const WINDOW = 5;
/** Reading ends by half the depth: early-middle layers carry over best to attacks that were never seen. */
const LATEST_READ = 0.55;
/** Share of benign validation prompts that may open the gate. */
const BENIGN_OPEN = 0.005;
/** An admin's own prompt counts as so many built-in ones. */
const OWN_WEIGHT = 4;

export interface ChosenRead {
  layer: number;
  rho: number;
  tau: number;
  scale: number;
  w: Float32Array;
  benign: Float32Array;
  harmful: Float32Array;
}

export interface ReadChoice {
  fitted: ChosenRead[];
  summary: { layers: number[]; benignOpen: number; harmfulOpen: number; harmfulGate: number; meanAuc: number };
}

interface Scored extends LayerScores {
  solution: LayerSolution;
  auc: number;
}

export async function chooseReads(input: {
  cache: RowCache;
  sets: CalibrationPrompts;
  layers: readonly number[];
  layerCount: number;
  alpha: number;
  keyOf(prompt: Prompt): string;
  control: JobControl;
}): Promise<ReadChoice> {
  const { cache, sets, keyOf, control } = input;
  const layers = input.layers.filter((layer) => layer <= Math.round(input.layerCount * LATEST_READ));
  const keys = (prompts: readonly Prompt[]) => prompts.map(keyOf);
  const trainBenign = keys([...sets.train.benign, ...sets.train.own]);
  const trainHarmful = keys(sets.train.harmful);
  const heldBenign = keys([...sets.validation.benign, ...sets.validation.own]);
  const heldHarmful = keys(sets.validation.harmful);
  const weights = Float64Array.from(trainBenign, (_, row) => (row < sets.train.benign.length ? 1 : OWN_WEIGHT));

  const report = stageReporter(control, 'solve', layers.length);
  const scored: Scored[] = [];
  for (const [done, layer] of layers.entries()) {
    report(done);
    const job = { signal: control.signal };
    const benign = { rows: cache.layerRows(trainBenign, layer), d: cache.width, weights };
    const space = await BenignSpace.decompose(benign, { ...job, minRho: Math.min(...RHOS) });
    const solutions = await space.solve({ rows: cache.layerRows(trainHarmful, layer) }, { ...job, rho: RHOS, alpha: input.alpha });
    const benignRows = cache.layerRows(heldBenign, layer);
    const harmfulRows = cache.layerRows(heldHarmful, layer);
    const trials: Scored[] = [];
    for (const solution of solutions) {
      const held = { benign: await scores(benignRows, solution.w, job), harmful: await scores(harmfulRows, solution.w, job) };
      trials.push({ layer, solution, ...held, auc: areaUnderCurve(held.benign, held.harmful) });
    }
    scored.push(trials.reduce((best, trial) => (gateOf([trial]).harmfulGate > gateOf([best]).harmfulGate ? trial : best)));
  }
  report(layers.length);

  const windows =
    scored.length <= WINDOW ? [scored] : Array.from({ length: scored.length - WINDOW + 1 }, (_, at) => scored.slice(at, at + WINDOW));
  const best = windows.map((window) => ({ window, fit: gateOf(window) })).reduce((a, b) => (b.fit.harmfulGate > a.fit.harmfulGate ? b : a));
  return {
    fitted: best.window.map(({ layer, solution, benign, harmful }, index) => ({
      layer,
      rho: solution.rho,
      tau: best.fit.reads[index]!.tau,
      scale: best.fit.reads[index]!.scale,
      w: solution.w,
      benign,
      harmful,
    })),
    summary: {
      layers: best.window.map(({ layer }) => layer),
      benignOpen: best.fit.benignOpen,
      harmfulOpen: best.fit.harmfulOpen,
      harmfulGate: best.fit.harmfulGate,
      meanAuc: best.window.reduce((sum, { auc }) => sum + auc, 0) / best.window.length,
    },
  };
}

function gateOf(layers: readonly LayerScores[]): GateFit {
  return fitPooledGate(layers, BENIGN_OPEN);
}
