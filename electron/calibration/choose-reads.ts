/** Which layers read for which head, with which null space and thresholds: chosen on validation prompts, without generating a word. */
import type { Prompt } from '../../steering/prompts/index.ts';
import { BenignSpace, scores } from '../../steering/solver/index.ts';
import { areaUnderCurve, fitPooledGate, type GateFit, type LayerScores } from '../../steering/tuning/gate-fit.ts';
import { HEADS, type Head } from '../../steering/tuning/heads.ts';
import type { CalibrationPrompts } from './prompts.ts';
import { stageReporter, type JobControl } from './progress.ts';
import type { RowCache } from './row-cache.ts';

/** Shares ρ of the null space that are tried; the paper's lie between 0.3 and 0.6, small models want more. */
const RHOS = [0.5, 0.7, 0.85, 0.95];
/** Layers that read for one head, and how far apart: neighbours average out noise. */
const WINDOW = 3;
const STEPS = [1, 2];
/** Reading begins at two fifths of the depth: earlier layers know words rather than what is meant by them. */
const EARLIEST_READ = 2 / 5;
/** Reading ends by three quarters of the depth: later layers choose words. */
const LATEST_READ = 3 / 4;
/** An admin's own prompt counts as so many built-in ones. */
const OWN_WEIGHT = 4;

export interface ChosenRead {
  head: number;
  layer: number;
  rho: number;
  tau: number;
  scale: number;
  w: Float32Array;
  benign: Float32Array;
  harmful: Float32Array;
}

export interface HeadSummary {
  head: string;
  layers: number[];
  rho: number;
  benignOpen: number;
  harmfulOpen: number;
  harmfulGate: number;
  meanAuc: number;
}

export interface ReadChoice {
  fitted: ChosenRead[];
  summary: HeadSummary[];
  /** Harmful validation prompts of every kind that open the gate: the ones on which a strength can show. */
  opened: Prompt[];
}

interface Scored extends LayerScores {
  w: Float32Array;
}

interface Candidate {
  head: number;
  rho: number;
  layers: Scored[];
  fit: GateFit;
}

export interface ReadsInput {
  cache: RowCache;
  sets: CalibrationPrompts;
  layers: readonly number[];
  layerCount: number;
  alpha: number;
  keyOf(prompt: Prompt): string;
  control: JobControl;
}

export async function chooseReads(input: ReadsInput): Promise<ReadChoice> {
  const layers = input.layers.filter(
    (layer) => layer >= Math.round(input.layerCount * EARLIEST_READ) && layer <= Math.round(input.layerCount * LATEST_READ),
  );
  const report = stageReporter(input.control, 'solve', HEADS.length * layers.length);
  const candidates: Candidate[][] = [];
  for (const [index, head] of HEADS.entries()) {
    candidates.push(await headCandidates(input, head, index, layers, (done) => report(index * layers.length + done)));
  }
  const chosen = disjoint(candidates);
  const fitted = chosen.flatMap(({ head, rho, layers: window, fit }) =>
    window.map(({ layer, w, benign, harmful }, k) => {
      const { tau, scale } = fit.reads[k]!;
      return { head, layer, rho, tau, scale, w, benign, harmful };
    }),
  );
  return {
    fitted,
    opened: await openedBy(fitted, input),
    summary: chosen.map(({ head, rho, layers: window, fit }) => ({
      head: HEADS[head]!.name,
      layers: window.map(({ layer }) => layer),
      rho,
      benignOpen: fit.benignOpen,
      harmfulOpen: fit.harmfulOpen,
      harmfulGate: fit.harmfulGate,
      meanAuc: window.reduce((sum, { benign, harmful }) => sum + areaUnderCurve(benign, harmful), 0) / window.length,
    })),
  };
}

/** Every window of layers and ρ for one head, best first: by how far it opens for the harmful prompts the head is for. */
async function headCandidates(
  { cache, sets, alpha, keyOf, control }: ReadsInput,
  head: Head,
  index: number,
  layers: readonly number[],
  report: (done: number) => void,
): Promise<Candidate[]> {
  const keys = (prompts: readonly Prompt[]) => prompts.map(keyOf);
  const builtIn = sets.train.benign.filter(head.benign);
  const trainBenign = keys([...builtIn, ...sets.train.own]);
  const trainHarmful = keys(sets.train.harmful.filter(head.harmful));
  const heldBenign = keys([...sets.validation.benign.filter(head.benign), ...sets.validation.own]);
  const heldHarmful = keys(sets.validation.harmful.filter(head.harmful));
  const weights = Float64Array.from(trainBenign, (_, row) => (row < builtIn.length ? 1 : OWN_WEIGHT));
  const job = { signal: control.signal };

  const byRho = new Map<number, Scored[]>(RHOS.map((rho) => [rho, []]));
  for (const [done, layer] of layers.entries()) {
    report(done);
    const space = await BenignSpace.decompose(
      { rows: cache.layerRows(trainBenign, layer), d: cache.width, weights },
      { ...job, minRho: Math.min(...RHOS) },
    );
    const solutions = await space.solve({ rows: cache.layerRows(trainHarmful, layer) }, { ...job, rho: RHOS, alpha });
    const benignRows = cache.layerRows(heldBenign, layer);
    const harmfulRows = cache.layerRows(heldHarmful, layer);
    for (const { rho, w } of solutions) {
      byRho.get(rho)!.push({ layer, w, benign: await scores(benignRows, w, job), harmful: await scores(harmfulRows, w, job) });
    }
  }
  report(layers.length);
  return [...byRho]
    .flatMap(([rho, scored]) =>
      windows(scored).map((window) => ({ head: index, rho, layers: window, fit: fitPooledGate(window, head.benignOpen) })),
    )
    .sort((a, b) => b.fit.harmfulGate - a.fit.harmfulGate);
}

function windows(scored: readonly Scored[]): Scored[][] {
  if (scored.length < WINDOW) return [[...scored]];
  return STEPS.flatMap((step) => {
    const span = (WINDOW - 1) * step;
    return Array.from({ length: Math.max(0, scored.length - span) }, (_, at) =>
      Array.from({ length: WINDOW }, (_layer, k) => scored[at + k * step]!),
    );
  });
}

async function openedBy(reads: readonly ChosenRead[], { cache, sets, keyOf }: ReadsInput): Promise<Prompt[]> {
  const prompts = sets.validation.harmful;
  const pooled = HEADS.map(() => new Float64Array(prompts.length));
  for (const { head, layer, w, tau, scale } of reads) {
    const c = await scores(cache.layerRows(prompts.map(keyOf), layer), w);
    c.forEach((score, row) => (pooled[head]![row]! += (score - tau) / scale));
  }
  return prompts.filter((_, row) => pooled.some((sums) => sums[row]! > 0));
}

/** The best windows that share no layer: a layer reads for one head. */
function disjoint(candidates: readonly Candidate[][]): Candidate[] {
  const [first = [], ...rest] = candidates;
  if (rest.length === 0) return first.slice(0, 1);
  let best: Candidate[] = [];
  let bestValue = -Infinity;
  for (const candidate of first) {
    const used = new Set(candidate.layers.map(({ layer }) => layer));
    const others = disjoint(rest.map((list) => list.filter(({ layers }) => layers.every(({ layer }) => !used.has(layer)))));
    const value = [candidate, ...others].reduce((sum, { fit }) => sum + fit.harmfulGate, 0);
    if (others.length === rest.length && value > bestValue) {
      best = [candidate, ...others];
      bestValue = value;
    }
  }
  return best;
}
