/** What each budget would take here with the chosen sets, for the loaded model. */
import { budget as budgetName, type CalibrationEstimate } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { BenignSetsService } from './benign-sets/sets-service.ts';
import { measureSpeed, planWork, speedPath, totalSeconds } from './estimate.ts';
import { enginePort } from './engine-port.ts';
import { keptFolder } from './kept-folder.ts';
import { BUDGETS, sizesOf, type TrialSizes } from './budget.ts';
import { openRowCache } from '../../steering/calibration/layers.ts';
import { calibrationPrompts } from '../../steering/calibration/prompts.ts';

export interface EstimateInput {
  dataDir: string;
  engine: EngineSupervisor;
  sets: BenignSetsService;
  setIds: readonly string[];
  seed: number;
  limits?: TrialSizes | undefined;
}

/** A model that can be steered must be loaded. Measures the machine the first time, which takes some seconds. */
export async function estimateBudgets({ dataDir, engine, sets, setIds, seed, limits }: EstimateInput): Promise<CalibrationEstimate> {
  const kept = keptFolder(dataDir);
  const { model } = await enginePort(engine, kept);
  const target = engine.target!;
  const cache = openRowCache(kept, model);
  try {
    const speed = await measureSpeed(engine, speedPath(dataDir, target.modelSha256), cache.layers);
    const budgets: CalibrationEstimate['budgets'] = [];
    for (const budget of budgetName.options) {
      const own = await sets.collect(setIds, BUDGETS[budget].mostOwn, seed);
      const texts = own.prompts.map(({ text }) => text);
      const prompts = calibrationPrompts(seed, texts, sizesOf(budget, limits).builtIn);
      const mine = [...prompts.train.own, ...prompts.validation.own];
      const builtIn = [prompts.train, prompts.validation].flatMap(({ benign, harmful }) => [...benign, ...harmful]);
      const missing = [...builtIn, ...mine].filter((prompt) => !cache.has(prompt));
      const plan = planWork({ budget, sets: prompts, missing, layers: cache.layers.length, width: cache.width, speed });
      budgets.push({
        budget,
        builtInPrompts: builtIn.length,
        ownPrompts: mine.length,
        alreadyRead: builtIn.length + mine.length - missing.length,
        seconds: totalSeconds(plan),
      });
    }
    return { modelId: target.modelId, modelName: target.modelName, budgets, speed };
  } finally {
    cache.close();
  }
}
