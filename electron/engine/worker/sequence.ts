/** Evaluating whole segments in one llama.cpp sequence. */
import type { LlamaContextSequence, SequenceEvaluateOptions, Token } from 'node-llama-cpp';
import type { ContextSteering } from '../../../steering/runtime/hook.ts';
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import { SteadyError } from '../../contract/errors.ts';
import { STEERED_FROM_GATE } from '../../contract/index.ts';
import { markBorder, sequenceId, truncateSequence } from './borders.ts';
import { gateOf, openBefore, openedBy, SHUT, type OpenBefore, type PastSegment } from './open-before.ts';
import type { SampledTokens } from './decode.ts';
import type { TokenSegment } from './segments.ts';

/**
 * Evaluates one whole segment of the past. Each user turn is steered at its own end, as when it was new: where a first
 * pass opens the gate of a two-pass plan, or it is open already, the segment is evaluated once more with it.
 * @param options.before how far the gate is open already
 * @returns what the gate read and, of a prompt, what steering did to it; null where nothing was read
 */
export async function evaluateSegment(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  segment: TokenSegment,
  steer: boolean,
  options: { turn?: Turn; before?: OpenBefore } = {},
): Promise<PromptSteering | null> {
  const { turn = now, before = SHUT } = options;
  await turn();
  await markBorder(sequence);
  if (segment.kind === 'reply') return evaluateReply(steering, sequence, segment, { steer, turn });
  const start = sequence.nextTokenIndex;
  const evaluate = (gate?: number) =>
    inPrompt(steering, sequence, segment, { steer, gate }, () => sequence.evaluateWithoutGeneratingNewTokens(segment.tokens));
  const plain = await readPlain(steering, sequence, segment, { steer, turn });
  const read = wider((await evaluate()).steering, plain);
  const first = read === null ? null : openedBy(read, before);
  if (!needsSecondPass(first)) return first;
  await truncateSequence(steering, sequence, start);
  await turn();
  const { steering: second } = await evaluate(first.secondPassGate);
  return { ...first, steered: second?.steered ?? false };
}

/**
 * Evaluates the past of a conversation in an empty sequence: all of `segments`, in their order.
 * @param options.system the system prompt as a message of its own; null where there is none
 * @returns what it leaves open
 */
export async function evaluatePast(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  segments: readonly TokenSegment[],
  options: { system: TokenSegment | null; steer: boolean; turn?: Turn },
): Promise<OpenBefore> {
  const { steer, turn = now } = options;
  const system = options.system === null ? null : await readAlone(steering, sequence, options.system, { steer, turn });
  const past: PastSegment[] = [];
  for (const segment of segments) {
    const before = openBefore(system, past);
    past.push({ ...segment, steering: await evaluateSegment(steering, sequence, segment, steer, { turn, before }) });
  }
  return openBefore(system, past);
}

/** Reads a message in an empty sequence, and empties it again. Null where the plan does not read before it writes. */
export async function readAlone(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  message: TokenSegment,
  { steer, turn = now }: { steer: boolean; turn?: Turn },
): Promise<PromptSteering | null> {
  if (!steer || !steering.readsFirst) return null;
  const plain = await readPlain(steering, sequence, message, { steer, turn });
  await turn();
  const { steering: read } = await inPrompt(steering, sequence, message, { steer, gate: undefined }, () =>
    sequence.evaluateWithoutGeneratingNewTokens(message.tokens),
  );
  await truncateSequence(steering, sequence, 0);
  return wider(read, plain);
}

/**
 * Evaluates a reply as one segment, and reads it as a message is read where the plan reads before it writes: every token, and behind them the
 * template's header, which is taken out again. Nothing is ever added to a reply.
 */
async function evaluateReply(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  segment: TokenSegment,
  options: { steer: boolean; turn: Turn },
): Promise<PromptSteering | null> {
  const { tokens, header = [] } = segment;
  if (!options.steer || !steering.readsFirst || tokens.length === 0) {
    await sequence.evaluateWithoutGeneratingNewTokens(tokens);
    return null;
  }
  const plain = await readPlain(steering, sequence, withHeaderBehind(segment), options);
  const end = sequence.nextTokenIndex + tokens.length;
  const whole = { kind: 'reply' as const, tokens: [...tokens, ...header], readFrom: 0 };
  const { steering: read } = await inPrompt(steering, sequence, whole, { steer: true, gate: undefined }, async () => {
    // The reply by itself, so that its rows are what they are when nothing is read.
    await sequence.evaluateWithoutGeneratingNewTokens(tokens);
    if (header.length === 0) return;
    await markBorder(sequence);
    await options.turn();
    await sequence.evaluateWithoutGeneratingNewTokens(header);
  });
  await truncateSequence(steering, sequence, end);
  return wider(read, plain);
}

const withHeaderBehind = ({ plain, header = [], ...segment }: TokenSegment): TokenSegment =>
  plain === undefined ? segment : { ...segment, plain: { ...plain, tokens: [...plain.tokens, ...header] } };

/** Waits until this sequence may evaluate something next to the others of its context. */
export type Turn = () => Promise<void>;
const now: Turn = () => Promise.resolve();

export interface StartedReply {
  /** The sampled tokens, the first one included. */
  tokens: SampledTokens;
  /** What steering did to the prompt. */
  steering: PromptSteering | null;
  /** Whether the options that are for unsteered replies alone hold. */
  free: boolean;
}

/** Whether a gate of a prompt is so far open that steering is to decide what the reply says. */
const isPushed = (steering: PromptSteering | null) => gateOf(steering) >= STEERED_FROM_GATE;

/**
 * Evaluates the prompt segment that is to be answered, in one pass or two, and samples its first token.
 * @param options.before how far the gate is open already
 * @param options.unlessPushed what holds besides, unless steering pushes: a reply that must have a shape could not refuse. Called for each pass
 */
export async function startReply(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  prompt: TokenSegment,
  options: {
    steer: boolean;
    sampling: SequenceEvaluateOptions;
    unlessPushed?: (() => SequenceEvaluateOptions) | undefined;
    before?: OpenBefore;
    turn?: Turn;
  },
): Promise<StartedReply> {
  const start = sequence.nextTokenIndex;
  await markBorder(sequence);
  const pass = async (more: SequenceEvaluateOptions | undefined, gate?: number) => {
    await options.turn?.();
    const tokens = sequence.evaluate(prompt.tokens, { ...options.sampling, ...more });
    const { value: first, steering: done } = await inPrompt(steering, sequence, prompt, { steer: options.steer, gate }, () =>
      tokens.next(),
    );
    return { tokens, first, done };
  };
  const plain = await readPlain(steering, sequence, prompt, { steer: options.steer, turn: options.turn ?? now });
  let reply = await pass(options.unlessPushed?.());
  const read = wider(reply.done, plain);
  const scored = read === null ? null : openedBy(read, options.before ?? SHUT);
  const pushed = isPushed(scored);
  const second = needsSecondPass(scored) ? scored.secondPassGate : undefined;
  if (second !== undefined || (pushed && options.unlessPushed !== undefined)) {
    await reply.tokens.return();
    await truncateSequence(steering, sequence, start);
    reply = await pass(pushed ? undefined : options.unlessPushed?.(), second);
  }
  const { tokens, first, done } = reply;
  // The reply as a segment will begin here.
  await markBorder(sequence);
  return {
    tokens: started(tokens, first),
    // The scores are the first pass's, since the second reads nothing; what was added is the last one's.
    steering: scored === null ? null : { ...scored, steered: done?.steered ?? false },
    free: !pushed,
  };
}

/**
 * Reads a prompt as it is spelt without what hides its letters, and takes it out of the cache again.
 * @returns what it opens; null where it is spelt as it reads, or nothing is steered
 */
export async function readPlain(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  { plain }: TokenSegment,
  { steer, turn }: { steer: boolean; turn: Turn },
): Promise<PromptSteering | null> {
  if (plain === undefined || !steer) return null;
  const start = sequence.nextTokenIndex;
  await turn();
  const { steering: read } = await inPrompt(steering, sequence, { kind: 'prompt', ...plain }, { steer, gate: undefined }, () =>
    sequence.evaluateWithoutGeneratingNewTokens(plain.tokens),
  );
  await truncateSequence(steering, sequence, start);
  return read;
}

/** Of two readings of one prompt the one that opens the gate wider; the first where they are alike. */
export function wider(first: PromptSteering | null, plain: PromptSteering | null): PromptSteering | null {
  if (first === null || plain === null || plain.secondPassGate <= first.secondPassGate) return first;
  const { scores, gates, secondPassGate } = plain;
  const reading = plain.reading === null ? null : { ...plain.reading, plain: true as const };
  return { ...first, scores, gates, secondPassGate, reading };
}

/**
 * Evaluates a reply so far, its reasoning and the rest of it as a segment each, and samples the token that goes on behind it. Its prompt is
 * in the cache, as it was steered. Reasoning is written to with `gate`, as it was when it was new.
 */
export async function resumeReply(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  written: readonly WrittenSegment[],
  { sampling, gate }: { sampling: SequenceEvaluateOptions; gate: number },
): Promise<SampledTokens> {
  const id = sequenceId(sequence);
  try {
    for (const segment of written.slice(0, -1)) {
      await markBorder(sequence);
      steering.keepOpen(id, segment.reasoning ? gate : 0);
      await sequence.evaluateWithoutGeneratingNewTokens(segment.tokens);
    }
    const last = written.at(-1)!;
    await markBorder(sequence);
    steering.keepOpen(id, last.reasoning ? gate : 0);
    const tokens = sequence.evaluate(last.tokens, sampling);
    return started(tokens, await tokens.next());
  } finally {
    steering.keepOpen(id, 0);
  }
}

/** A part of a reply that goes on. */
export interface WrittenSegment extends TokenSegment {
  /** Whether it is what was thought before the reply. */
  reasoning: boolean;
}

/** The tokens from the first one on, which was awaited already. */
async function* started(
  tokens: AsyncGenerator<Token, void | Token, Token | Token[] | undefined>,
  first: IteratorResult<Token, void | Token>,
): SampledTokens {
  try {
    for (let next = first; next.done !== true;) next = await tokens.next(yield next.value);
  } finally {
    await tokens.return();
  }
}

/**
 * Evaluates a turn's prompt, or the last piece of it, with the hook told where it begins and ends.
 * @throws `internal` where it was to be steered and the hook saw nothing of it
 */
export async function inPrompt<T>(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  segment: TokenSegment,
  options: { steer: boolean; gate: number | undefined },
  evaluate: () => Promise<T>,
): Promise<{ value: T; steering: PromptSteering | null }> {
  const id = sequenceId(sequence);
  steering.beginPrompt(id, segment.tokens.length, { ...options, readFrom: segment.readFrom });
  try {
    const value = await evaluate();
    const done = steering.endPrompt(id);
    // Nothing follows without its protection, not even where nobody knows how it could come to that.
    if (options.steer && done === null) throw new SteadyError('internal', 'A prompt was evaluated past its steering.');
    return { value, steering: done };
  } finally {
    steering.endPrompt(id);
  }
}

/** Whether a first pass opened the gate of a two-pass plan. */
export function needsSecondPass(steering: PromptSteering | null): steering is PromptSteering {
  return steering !== null && steering.secondPassGate !== 0;
}
