/**
 * A look at the prompts before anything is fitted to them: how well each layer tells harmful from benign, and which of
 * the admin's prompts look harmful. It must come first: once a prompt is part of the null space it scores as harmless.
 */
import type { Prompt } from '../../steering/prompts/index.ts';
import { BenignSpace, scores } from '../../steering/solver/index.ts';
import { areaUnderCurve } from '../../steering/tuning/gate-fit.ts';
import { stageReporter, type JobControl } from './progress.ts';
import type { CalibrationPrompts } from './prompts.ts';
import type { RowCache } from './row-cache.ts';
import { spread } from './spread.ts';
import { findSuspects, type Suspect } from './suspects.ts';

/** Of the null space; a middle value serves every layer and model. */
const RHO = 0.7;
const ALPHA = 100;
/** Wide models take a minute a layer; these many layers show the shape. */
const MOST_LAYERS_WHEN_WIDE = 10;
const WIDE = 2048;
/** Of the progress: what finding suspects counts, in layers. */
const SUSPECTS_STEPS = 8;

export interface Separation {
  layer: number;
  auc: number;
  aucWrapped: number | null;
}

export interface Screening {
  separation: Separation[];
  /** Prompts of the admin that look harmful, the worst first. */
  suspicious: Suspect[];
}

export interface ScreenInput {
  cache: RowCache;
  sets: CalibrationPrompts;
  keyOf(prompt: Prompt): string;
  control: JobControl;
}

/** Rows of every prompt must be in the cache. @throws `cancelled` */
export async function screen({ cache, sets, keyOf, control }: ScreenInput): Promise<Screening> {
  const plain = (prompts: readonly Prompt[]) => prompts.filter(({ wrapper }) => wrapper === undefined);
  const keys = {
    benign: sets.train.benign.map(keyOf),
    harmful: plain(sets.train.harmful).map(keyOf),
    heldBenign: sets.validation.benign.map(keyOf),
    heldHarmful: plain(sets.validation.harmful).map(keyOf),
    heldWrapped: sets.validation.harmful.filter(({ wrapper }) => wrapper !== undefined).map(keyOf),
  };
  const layers = cache.width > WIDE ? spread(cache.layers, MOST_LAYERS_WHEN_WIDE) : cache.layers;
  const report = stageReporter(control, 'screen', layers.length + SUSPECTS_STEPS);
  const job = { signal: control.signal };
  const separation: Separation[] = [];
  for (const [done, layer] of layers.entries()) {
    report(done);
    const rows = (names: readonly string[]) => cache.layerRows(names, layer);
    const space = await BenignSpace.decompose({ rows: rows(keys.benign), d: cache.width }, { ...job, minRho: RHO });
    const [solution] = await space.solve({ rows: rows(keys.harmful) }, { ...job, rho: RHO, alpha: ALPHA });
    const score = async (names: readonly string[]) => scores(rows(names), solution!.w, job);
    const [benign, harmful, wrapped] = [await score(keys.heldBenign), await score(keys.heldHarmful), await score(keys.heldWrapped)];
    separation.push({
      layer,
      auc: areaUnderCurve(benign, harmful),
      aucWrapped: wrapped.length === 0 ? null : areaUnderCurve(benign, wrapped),
    });
  }
  const suspicious = await findSuspects({
    cache,
    sets,
    layers: cache.tokenLayers,
    keyOf,
    onProgress: (done) => report(layers.length + Math.floor(done * SUSPECTS_STEPS)),
    signal: control.signal,
  });
  report(layers.length + SUSPECTS_STEPS);
  return { separation, suspicious };
}
