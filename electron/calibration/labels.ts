/** Which harmful prompts the unsteered model refuses by itself: that is where the refusal direction comes from. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { SteadyError } from '../contract/index.ts';
import type { EnginePrompt } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { judgeReply, type Verdict } from '../../steering/verdict/judge.ts';
import { stageReporter, type CalibrationStage, type JobControl } from './progress.ts';
import { promptKey } from './row-cache.ts';

/** Enough for a refusal to show. */
export const LABEL_TOKENS = 32;
const PORTION = 64;

/**
 * Verdicts on the model's own greedy replies to `prompts`, in their order. Only verdicts are kept on disk, no reply is.
 */
export async function labelReplies(
  engine: EngineSupervisor,
  cachePath: string,
  prompts: readonly EnginePrompt[],
  control: JobControl,
  options: { steer: boolean; stage: CalibrationStage },
): Promise<Verdict[]> {
  const known = readVerdicts(cachePath);
  const queue = prompts.filter((prompt) => known[promptKey(prompt)] === undefined);
  const report = stageReporter(control, options.stage, queue.length);
  report(0);
  for (let at = 0; at < queue.length; at += PORTION) {
    if (control.signal.aborted)
      throw new SteadyError('cancelled', 'The calibration was cancelled.', { hint: 'Starting it again goes on from here.' });
    const portion = queue.slice(at, at + PORTION);
    const { replies } = await engine.call('batch.generate', {
      jobId: createHash('sha256').update(`${cachePath}${at}`).digest('hex'),
      prompts: portion,
      maxTokens: LABEL_TOKENS,
      steer: options.steer,
    });
    for (const { index, text } of replies) {
      const prompt = portion[index]!;
      known[promptKey(prompt)] = judgeReply(text, { prompt: prompt.turns.at(-1)!.text }).verdict;
    }
    writeVerdicts(cachePath, known);
    report(at + portion.length);
  }
  return prompts.map((prompt) => known[promptKey(prompt)]!);
}

function readVerdicts(path: string): Record<string, Verdict> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Verdict>;
  } catch {
    return {}; // Missing or damaged: labelled again.
  }
}

function writeVerdicts(path: string, verdicts: Record<string, Verdict>): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, JSON.stringify(verdicts));
  renameSync(`${path}.part`, path);
}
