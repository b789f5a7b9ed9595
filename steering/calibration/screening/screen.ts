/**
 * A look at the prompts before anything is fitted to them: how well each layer tells harmful from benign, and which of
 * the admin's prompts look harmful. It must come first: once a prompt is part of the null space it scores as harmless.
 */
import type { Prompt } from '../../prompts/index.ts';
import { areaUnderCurve, BenignSpace, scores } from '../../solver/index.ts';
import { stageReporter, type JobControl } from '../control.ts';
import type { CalibrationPrompts } from '../prompts.ts';
import type { RowCache } from '../rows/row-cache.ts';
import { subsample } from '../subsample.ts';
import { findFlaggedPrompts, type FlaggedPrompt } from './flagged-prompts.ts';

/** Of the null space; a middle value serves every layer and model. */
const RHO = 0.7;
const ALPHA = 100;
/** Wide models take a minute a layer; these many layers show the shape. */
const MOST_LAYERS_WHEN_WIDE = 10;
const WIDE = 2048;
/** Of the progress: what finding flagged prompts counts, in layers. */
const FLAGGING_STEPS = 8;

export interface Separation {
  layer: number;
  auc: number;
  aucWrapped: number | null;
}

export interface Screening {
  separation: Separation[];
  /** Prompts of the admin that look harmful, the worst first. */
  flagged: FlaggedPrompt[];
}

export interface ScreenInput {
  cache: RowCache;
  sets: CalibrationPrompts;
  control: JobControl;
}

/** Rows of every prompt must be in the cache. @throws `cancelled` */
export async function screen({ cache, sets, control }: ScreenInput): Promise<Screening> {
  const plain = (prompts: readonly Prompt[]) => prompts.filter(({ wrapper }) => wrapper === undefined);
  const fit = { benign: sets.train.benign, harmful: plain(sets.train.harmful) };
  const held = {
    benign: sets.validation.benign,
    harmful: plain(sets.validation.harmful),
    wrapped: sets.validation.harmful.filter(({ wrapper }) => wrapper !== undefined),
  };
  const layers = cache.width > WIDE ? subsample(cache.layers, MOST_LAYERS_WHEN_WIDE) : cache.layers;
  const report = stageReporter(control, 'screen', layers.length + FLAGGING_STEPS);
  const job = { signal: control.signal };
  const separation: Separation[] = [];
  for (const [done, layer] of layers.entries()) {
    report(done);
    const rows = (prompts: readonly Prompt[]) => cache.layerRows(prompts, layer);
    const space = await BenignSpace.decompose({ rows: rows(fit.benign), d: cache.width }, { ...job, minRho: RHO });
    const [solution] = await space.solve({ rows: rows(fit.harmful) }, { ...job, rho: RHO, alpha: ALPHA });
    const score = async (prompts: readonly Prompt[]) => scores(rows(prompts), solution!.w, job);
    const [benign, harmful, wrapped] = [await score(held.benign), await score(held.harmful), await score(held.wrapped)];
    separation.push({
      layer,
      auc: areaUnderCurve(benign, harmful),
      aucWrapped: wrapped.length === 0 ? null : areaUnderCurve(benign, wrapped),
    });
  }
  const flagged = await findFlaggedPrompts({
    cache,
    sets,
    layers: cache.tokenLayers,
    onProgress: (done) => report(layers.length + Math.floor(done * FLAGGING_STEPS)),
    signal: control.signal,
  });
  report(layers.length + FLAGGING_STEPS);
  return { separation, flagged };
}
