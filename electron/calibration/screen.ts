/**
 * A look at the prompts before anything is fitted to them: how well each layer tells harmful from benign, and which of
 * the admin's prompts look harmful. It must come first: once a prompt is part of the null space it scores as harmless.
 */
import type { Prompt } from '../../steering/prompts/index.ts';
import { BenignSpace, quantile, scores, sorted } from '../../steering/solver/index.ts';
import { areaUnderCurve } from '../../steering/tuning/gate-fit.ts';
import { stageReporter, type JobControl } from './progress.ts';
import type { CalibrationPrompts } from './prompts.ts';
import type { RowCache } from './row-cache.ts';

/** Of the null space; a middle value serves every layer and model. */
const RHO = 0.7;
const ALPHA = 100;
/** Layers that judge together: those that separate best. */
const JUDGES = 5;
/** Wide models take a minute a layer; these many layers show the shape. */
const MOST_LAYERS_WHEN_WIDE = 10;
const WIDE = 2048;
/** A prompt looks harmful beyond this quantile of the built-in benign ones, … */
const BENIGN_LEVEL = 0.995;
/** … and beyond this one of the plain harmful ones. */
const HARMFUL_LEVEL = 0.25;

export interface Separation {
  layer: number;
  auc: number;
  aucWrapped: number | null;
}

export interface Screening {
  separation: Separation[];
  /** Prompts of the admin that look harmful, the worst first; `score` is in standard deviations of benign prompts. */
  suspicious: { prompt: Prompt; score: number }[];
}

export interface ScreenInput {
  cache: RowCache;
  sets: CalibrationPrompts;
  keyOf(prompt: Prompt): string;
  control: JobControl;
}

/** One layer's judgement: scores in units of the benign spread. */
interface Judge {
  auc: number;
  benign: Float64Array;
  harmful: Float64Array;
  own: Float64Array;
}

/** Rows of every prompt must be in the cache. @throws `cancelled` */
export async function screen({ cache, sets, keyOf, control }: ScreenInput): Promise<Screening> {
  const own = [...sets.train.own, ...sets.validation.own];
  const plain = (prompts: readonly Prompt[]) => prompts.filter(({ wrapper }) => wrapper === undefined);
  const keys = {
    benign: sets.train.benign.map(keyOf),
    harmful: plain(sets.train.harmful).map(keyOf),
    heldBenign: sets.validation.benign.map(keyOf),
    heldHarmful: plain(sets.validation.harmful).map(keyOf),
    heldWrapped: sets.validation.harmful.filter(({ wrapper }) => wrapper !== undefined).map(keyOf),
    own: own.map(keyOf),
  };
  const layers = cache.width > WIDE ? spread(cache.layers, MOST_LAYERS_WHEN_WIDE) : cache.layers;
  const report = stageReporter(control, 'screen', layers.length);
  const job = { signal: control.signal };
  const separation: Separation[] = [];
  const judges: Judge[] = [];
  for (const [done, layer] of layers.entries()) {
    report(done);
    const rows = (names: readonly string[]) => cache.layerRows(names, layer);
    const space = await BenignSpace.decompose({ rows: rows(keys.benign), d: cache.width }, { ...job, minRho: RHO });
    const [solution] = await space.solve({ rows: rows(keys.harmful) }, { ...job, rho: RHO, alpha: ALPHA });
    const score = async (names: readonly string[]) => scores(rows(names), solution!.w, job);
    const [benign, harmful, wrapped] = [await score(keys.heldBenign), await score(keys.heldHarmful), await score(keys.heldWrapped)];
    const auc = areaUnderCurve(benign, harmful);
    separation.push({ layer, auc, aucWrapped: wrapped.length === 0 ? null : areaUnderCurve(benign, wrapped) });
    const inUnits = standardise(benign);
    judges.push({ auc, benign: inUnits(benign), harmful: inUnits(harmful), own: inUnits(await score(keys.own)) });
  }
  report(layers.length);
  return { separation, suspicious: suspicious(judges, own) };
}

function suspicious(judges: readonly Judge[], own: readonly Prompt[]): Screening['suspicious'] {
  const best = [...judges].sort((a, b) => b.auc - a.auc).slice(0, JUDGES);
  const pooled = (side: 'benign' | 'harmful' | 'own', count: number) =>
    Float64Array.from({ length: count }, (_, row) => best.reduce((sum, judge) => sum + judge[side][row]!, 0) / best.length);
  const first = best[0];
  if (first === undefined || own.length === 0) return [];
  const threshold = Math.max(
    quantile(sorted(pooled('benign', first.benign.length)), BENIGN_LEVEL),
    quantile(sorted(pooled('harmful', first.harmful.length)), HARMFUL_LEVEL),
  );
  const scored = pooled('own', own.length);
  return own
    .map((prompt, row) => ({ prompt, score: scored[row]! }))
    .filter(({ score }) => score > threshold)
    .sort((a, b) => b.score - a.score);
}

function standardise(reference: Float32Array): (values: Float32Array) => Float64Array {
  const mean = reference.reduce((sum, value) => sum + value, 0) / reference.length;
  const variance = reference.reduce((sum, value) => sum + (value - mean) ** 2, 0) / reference.length;
  const deviation = Math.max(Math.sqrt(variance), 1e-9);
  return (values) => Float64Array.from(values, (value) => (value - mean) / deviation);
}

/** `count` of the items, evenly spread. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]!);
}
