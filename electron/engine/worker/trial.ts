/** One prompt under settings of its own: read token by token, and answered where that is asked for. */
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { SteadyError } from '../../contract/errors.ts';
import type { EnginePrompt, TrialResult } from '../protocol.ts';
import { sequenceId } from './borders.ts';
import { MAX_REASONING_TOKENS, type Alone } from './batch-runner.ts';
import { layerScores, openedReading } from './chat-session.ts';
import { decodeReply, type Decoded } from './decode.ts';
import type { LoadedHost } from './model-host.ts';
import { openedBy, reasoningGate, SHUT, type OpenBefore } from './open-before.ts';
import { watchReading } from './reading.ts';
import { beginReply } from './reasoning/begin-reply.ts';
import { evaluatePast, inPrompt, readPlain, startReply, wider } from './sequence.ts';
import { heatedReading } from './token-heat.ts';

export interface TrialOptions {
  prompt: EnginePrompt;
  /** Null: unsteered. */
  plan: SteeringPlan | null;
  /** 0: nothing is written. */
  maxTokens: number;
  signal: AbortSignal;
  /** Gets the reply's text as it comes; what is thought before it is not told. */
  onText(delta: string): void;
}

/** Whoever waits for the engine next sets what is steered then; nothing of a trial outlives it. @throws `cancelled` */
export async function runTrial(host: LoadedHost, alone: Alone, options: TrialOptions): Promise<TrialResult> {
  const { model, info } = host;
  const { steering, sequence, segments, system, length } = alone;
  const { prompt, plan, maxTokens, signal } = options;
  const steer = plan !== null;
  const last = segments.at(-1)!;
  steering.setPlan(plan);
  await sequence.clearHistory();
  const begun = beginReply(host, prompt);
  const stream = begun.stream();
  let decoded: Decoded | null = null;

  let before: OpenBefore = SHUT;

  const read = async () => {
    before = await evaluatePast(steering, sequence, segments.slice(0, -1), { system, steer });
    if (maxTokens > 0) return startReply(steering, sequence, last, { steer, sampling: { temperature: 0, yieldEogToken: true }, before });
    // A second pass would add what the gate says, and read nothing.
    const plain = await readPlain(steering, sequence, last, { steer, turn: () => Promise.resolve() });
    const { steering: first } = await inPrompt(steering, sequence, last, { steer, gate: undefined }, () =>
      sequence.evaluateWithoutGeneratingNewTokens(last.tokens),
    );
    const read = wider(first, plain);
    return { tokens: null, steering: read === null ? null : openedBy(read, before) };
  };
  const watched = { steering, tokens: length, lastTokens: last.tokens.length, signal, onProgress: () => undefined };
  const { tokens, steering: done } = await watchReading(watched, read).catch((error: unknown) => {
    throw signal.aborted ? new SteadyError('cancelled', 'It was stopped.', { cause: error }) : error;
  });
  if (tokens !== null) {
    // Past the context's end the library would drop the beginning and go on unsteered.
    const room = info.contextSize - length - 1;
    const gate = reasoningGate(done);
    decoded = await decodeReply(tokens, {
      model,
      stream,
      limits: { reply: maxTokens, reasoning: Math.min(MAX_REASONING_TOKENS, room >> 1), room },
      closing: begun.closing,
      signal,
      onText: (parts) => parts.forEach(({ part, text }) => part === 'reply' && options.onText(text)),
      onReasoning: (reasons) => steering.keepOpen(sequenceId(sequence), reasons ? gate : 0),
    });
  }
  return {
    text: stream.text,
    finishReason: decoded?.finishReason ?? null,
    promptTokens: length,
    generatedTokens: decoded?.count ?? 0,
    steered: plan !== null && pushes(done, plan),
    scores: layerScores(done),
    reading: openedReading(heatedReading(model, last, prompt.turns.at(-1)!.text, done?.reading ?? null), before),
  };
}

/** Whether anything was added, or would be where nothing was written. */
const pushes = (done: PromptSteering | null, { strength }: SteeringPlan) =>
  done !== null && (done.steered || (strength > 0 && done.secondPassGate !== 0));
