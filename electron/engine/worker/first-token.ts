/** How far steering moves what a model would say first. */
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import type { ContextSteering } from '../../../steering/runtime/hook.ts';
import { SteadyError } from '../../contract/errors.ts';
import { markBorder, truncateSequence } from './borders.ts';
import { openedBy } from './open-before.ts';
import type { TokenSegment } from './segments.ts';
import { evaluatePast, inPrompt, needsSecondPass, readPlain, wider, type Turn } from './sequence.ts';

/**
 * The logits of a reply's first token, by token id. The sequence is emptied first.
 * @param options.turn awaited before each evaluation: others of the same context go in step
 */
export async function firstTokenLogits(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  segments: readonly TokenSegment[],
  options: { system: TokenSegment | null; steer: boolean; turn: Turn },
): Promise<Float32Array> {
  await sequence.clearHistory();
  const before = await evaluatePast(steering, sequence, segments.slice(0, -1), options);
  const last = segments.at(-1)!;
  const { tokens } = last;
  const start = sequence.nextTokenIndex;
  await markBorder(sequence);
  const evaluate = async (gate?: number) => {
    await options.turn();
    return inPrompt(steering, sequence, last, { steer: options.steer, gate }, () => lastLogits(sequence, tokens));
  };
  const plain = await readPlain(steering, sequence, last, options);
  const first = await evaluate();
  const read = wider(first.steering, plain);
  const scored = read === null ? null : openedBy(read, before);
  if (!needsSecondPass(scored)) return first.value;
  await truncateSequence(steering, sequence, start);
  return (await evaluate(scored.secondPassGate)).value;
}

async function lastLogits(sequence: LlamaContextSequence, tokens: readonly Token[]): Promise<Float32Array> {
  const last = tokens.at(-1)!;
  const outputs = await sequence.controlledEvaluate([...tokens.slice(0, -1), [last, { generateNext: { logits: true } }]]);
  const logits = outputs[tokens.length - 1]?.next.logits;
  if (logits === undefined) throw new SteadyError('internal', 'A prompt was evaluated without its logits.');
  // A map of the whole vocabulary takes a hundred times the space of its numbers.
  const row = new Float32Array(logits.size);
  for (const [token, logit] of logits) row[token] = logit;
  return row;
}

/** KL(p‖q) in nats of two distributions given by their logits. */
export function klDivergence(p: Float32Array, q: Float32Array): number {
  const [logZp, logZq] = [logSumExp(p), logSumExp(q)];
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const logP = p[i]! - logZp;
    const share = Math.exp(logP);
    if (share > 0) sum += share * (logP - (q[i]! - logZq));
  }
  // Equal distributions give zero but for rounding.
  return Math.max(0, sum);
}

function logSumExp(values: Float32Array): number {
  let most = -Infinity;
  for (const value of values) if (value > most) most = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}
