/** How long a calibration will take here: from the machine's measured speed, and what is on disk already. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Budget } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { CalibrationStage } from '../../steering/calibration/control.ts';
import { LAYERS_A_PROBE } from '../../steering/calibration/layers.ts';
import { chatPromptOf } from '../../steering/calibration/port.ts';
import { halfLivesAt, PROBES } from '../../steering/calibration/probes/probes.ts';
import type { CalibrationPrompts } from '../../steering/calibration/prompts.ts';
import { LABEL_TOKENS } from '../../steering/calibration/replies/label-replies.ts';
import { MOST_BENIGN, MOST_HARMFUL } from '../../steering/calibration/screening/flagged-prompts.ts';
import { STRENGTHS } from '../../steering/calibration/strength/choose-strength.ts';
import { subsample } from '../../steering/calibration/subsample.ts';
import { loadPromptSets, type Prompt } from '../../steering/prompts/index.ts';
import { BUDGETS } from './budget.ts';

const speedSchema = z.object({ promptTokensPerSecond: z.number().positive(), replyTokensPerSecond: z.number().positive() });
export type Speed = z.infer<typeof speedSchema>;

/** Expected seconds of each stage. */
export type WorkPlan = Partial<Record<CalibrationStage, number>>;

const MEASURED_PROMPTS = 16;
const MEASURED_TOKENS = 8;
/** Seconds of one eigendecomposition with vectors, a cubed dimension: 0.34 s at 896 on one core. */
const EIGEN = 4.7e-10;
/**
 * Seconds of fitting one layer of a probe to the tokens of one prompt: for fetching its rows, times their width, and for summing their products, times its
 * square. Two cores, read off a progress line: about 1.8 ms at 896; about 5.4 (830 prompts) to 6.5 (6,525) at 2,688. Wider rows are an extrapolation.
 */
const PROBE_ROWS = 1.6e-6;
const PROBE_SUMS = 3e-10;
/** Characters a token, and tokens that the chat template adds. */
const CHARACTERS = 3.8;
const TEMPLATE = 20;

/** Where the loaded model's speed is kept, so that it is measured once. */
export function speedPath(dataDir: string, modelSha256: string): string {
  const threads = process.env['STEADY_THREADS'] ?? String(availableParallelism());
  return join(dataDir, 'calibration', `speed-${modelSha256.slice(0, 16)}-${threads.replace(/\W/g, '')}.json`);
}

/** What was measured earlier, or null. */
async function knownSpeed(path: string): Promise<Speed | null> {
  const parsed = speedSchema.safeParse(await readJson(path));
  return parsed.success ? parsed.data : null;
}

/** Measures how fast the loaded model reads and writes when many prompts share a batch; some seconds. */
export async function measureSpeed(engine: EngineSupervisor, path: string, layers: readonly number[]): Promise<Speed> {
  const known = await knownSpeed(path);
  if (known !== null) return known;
  const prompts = subsample(
    loadPromptSets().benign.filter(({ text, turns }) => turns === undefined && text.length < 300),
    MEASURED_PROMPTS,
  ).map(chatPromptOf);
  // The first call makes the context; it does not count.
  await engine.call('batch.capture', { prompts: prompts.slice(0, 1), layers: [...layers] });
  const readBegan = performance.now();
  const { tokens } = await engine.call('batch.capture', { prompts, layers: [...layers] });
  const readSeconds = (performance.now() - readBegan) / 1000;
  const promptTokens = tokens.reduce((sum, count) => sum + count, 0);
  const writeBegan = performance.now();
  const { replies } = await engine.call('batch.generate', {
    jobId: 'calibration-speed',
    prompts,
    maxTokens: MEASURED_TOKENS,
    steer: false,
  });
  const writeSeconds = Math.max((performance.now() - writeBegan) / 1000 - readSeconds, 0.05);
  const replyTokens = replies.reduce((sum, { generatedTokens }) => sum + generatedTokens, 0);
  const speed = { promptTokensPerSecond: promptTokens / readSeconds, replyTokensPerSecond: Math.max(replyTokens / writeSeconds, 0.1) };
  await writeJson(path, speed);
  return speed;
}

export interface WorkInput {
  budget: Budget;
  sets: CalibrationPrompts;
  /** Prompts whose rows are not on disk. */
  missing: readonly Prompt[];
  layers: number;
  /** d */
  width: number;
  speed: Speed;
}

/** Expected seconds of each stage; rough where replies are written, since models differ in how long they are. */
export function planWork({ budget, sets, missing, layers, width, speed }: WorkInput): WorkPlan {
  const read = (tokens: number) => tokens / speed.promptTokensPerSecond;
  const mean = averageTokens([...sets.train.harmful, ...sets.validation.harmful]);
  // A steered prompt is read twice: once for the gate, once to write.
  const answer = (prompts: number, passes = 1) => prompts * (read(passes * mean) + LABEL_TOKENS / speed.replyTokensPerSecond);
  const eigen = EIGEN * Math.min(width, sets.train.benign.length + sets.train.own.length) ** 2 * width;
  const probeFit = (count: number, rowWidth: number) => LAYERS_A_PROBE * count * (PROBE_ROWS * rowWidth + PROBE_SUMS * rowWidth ** 2);
  const ownCount = sets.train.own.length + sets.validation.own.length;
  const trained = sets.train.benign.length + sets.train.own.length + sets.train.harmful.length;
  const paired = [sets.train, sets.validation].reduce((sum, { pairs }) => sum + pairs.harmless.length + pairs.harmful.length, 0);
  const sizes = BUDGETS[budget];
  const labelled = Math.min(sizes.labelled, sets.train.harmful.filter(({ wrapper }) => wrapper === undefined).length);
  const { harmful, own, atRisk, others } = sizes.report;
  return {
    extract: read(missing.reduce((sum, prompt) => sum + tokensOf(prompt), 0)),
    screen: layers * (eigen + 0.1) + (ownCount === 0 ? 0 : PROBES.length * probeFit(MOST_BENIGN + MOST_HARMFUL, width)),
    labels: answer(labelled),
    solve: PROBES.reduce((sum, probe) => sum + probeFit(trained, width * (1 + halfLivesAt(probe, width).length)), 0),
    // The same layers read the pairs' rows, for training and again to set the threshold; about what a probe needs for as many.
    confirm: PROBES.length * probeFit(paired, width),
    tune: STRENGTHS.length * answer(sizes.strengthSample, 2) + answer(sizes.bandSample, 2),
    validate: answer(3 * sizes.strengthSample + sizes.bandSample),
    report: answer(harmful + atRisk + others + own) + (budget === 'quick' ? 1.5 : 3.5) * answer(harmful, 2),
  };
}

export function totalSeconds(plan: WorkPlan): number {
  return Object.values(plan).reduce((sum, seconds) => sum + seconds, 0);
}

function averageTokens(prompts: readonly Prompt[]): number {
  return prompts.length === 0 ? 60 : prompts.reduce((sum, prompt) => sum + tokensOf(prompt), 0) / prompts.length;
}

/** A guess from the text's length: counting would need the engine. */
function tokensOf({ text, system, turns }: Prompt): number {
  const all = turns === undefined ? text.length : turns.reduce((sum, turn) => sum + turn.text.length, 0);
  return TEMPLATE + (all + (system?.length ?? 0)) / CHARACTERS;
}
