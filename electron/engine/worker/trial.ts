/** One prompt under settings of its own: read token by token, and answered where that is asked for. */
import type { PromptSteering } from '../../../steering/runtime/hook.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { SteadyError } from '../../contract/errors.ts';
import type { FinishReason, TrialResult } from '../protocol.ts';
import type { Alone } from './batch-runner.ts';
import { layerScores } from './chat-session.ts';
import type { LoadedHost } from './model-host.ts';
import { watchReading } from './reading.ts';
import { evaluateSegment, inPrompt, readPlain, startReply, wider } from './sequence.ts';
import { TextStream } from './text-stream.ts';
import { heatedReading } from './token-heat.ts';

export interface TrialOptions {
  /** What the person wrote last. */
  text: string;
  /** Null: unsteered. */
  plan: SteeringPlan | null;
  /** 0: nothing is written. */
  maxTokens: number;
  signal: AbortSignal;
  /** Gets the reply's text as it comes. */
  onText(delta: string): void;
}

/** Whoever waits for the engine next sets what is steered then; nothing of a trial outlives it. @throws `cancelled` */
export async function runTrial({ model, info }: LoadedHost, alone: Alone, options: TrialOptions): Promise<TrialResult> {
  const { steering, sequence, segments, length } = alone;
  const { plan, maxTokens, signal } = options;
  const steer = plan !== null;
  const last = segments.at(-1)!;
  steering.setPlan(plan);
  await sequence.clearHistory();
  const stream = new TextStream(model);
  let count = 0;
  let finishReason: FinishReason | null = null;

  const read = async () => {
    for (const segment of segments.slice(0, -1)) await evaluateSegment(steering, sequence, segment, steer);
    if (maxTokens > 0) return startReply(steering, sequence, last, { steer, sampling: { temperature: 0 } });
    // A second pass would add what the gate says, and read nothing.
    const plain = await readPlain(steering, sequence, last, { steer, turn: () => Promise.resolve() });
    const { steering: first } = await inPrompt(steering, sequence, last, { steer, gate: undefined }, () =>
      sequence.evaluateWithoutGeneratingNewTokens(last.tokens),
    );
    return { tokens: null, steering: wider(first, plain) };
  };
  const watched = { steering, tokens: length, lastTokens: last.tokens.length, signal, onProgress: () => undefined };
  const { tokens, steering: done } = await watchReading(watched, read).catch((error: unknown) => {
    throw signal.aborted ? new SteadyError('cancelled', 'It was stopped.', { cause: error }) : error;
  });
  if (tokens !== null) {
    // Past the context's end the library would drop the beginning and go on unsteered.
    const limit = Math.min(maxTokens, info.contextSize - length - 1);
    finishReason = 'end';
    for await (const token of tokens) {
      count++;
      const delta = stream.push(token);
      if (delta !== '') options.onText(delta);
      if (signal.aborted) finishReason = 'stopped';
      else if (count >= limit) finishReason = limit < maxTokens ? 'context-full' : 'length';
      if (finishReason !== 'end') break;
    }
    const rest = stream.end();
    if (rest !== '') options.onText(rest);
  }
  return {
    text: stream.text,
    finishReason,
    promptTokens: length,
    generatedTokens: count,
    steered: plan !== null && pushes(done, plan),
    scores: layerScores(done),
    reading: heatedReading(model, last, options.text, done?.reading ?? null),
  };
}

/** Whether anything was added, or would be where nothing was written. */
const pushes = (done: PromptSteering | null, { strength }: SteeringPlan) =>
  done !== null && (done.steered || (strength > 0 && done.secondPassGate !== 0));
