/** What the past of a conversation leaves open for the turn that is answered. */
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import { judgeReply } from '../../../steering/verdict/judge.ts';
import { STEERED_FROM_GATE, type Opener } from '../../contract/index.ts';

/** A segment of the past, and what the gate read of it. */
export interface PastSegment {
  kind: 'prompt' | 'reply';
  foreign?: true | undefined;
  /** Of a reply: its text. */
  says?: string | undefined;
  /** Null where nothing was read. */
  steering: PromptSteering | null;
}

export interface OpenBefore {
  /** How far it is open, 0 or at least `STEERED_FROM_GATE`. */
  gate: number;
  /** What opened it; null where nothing did. */
  by: Opener | null;
}

export const SHUT: OpenBefore = { gate: 0, by: null };

/**
 * - A system prompt that opens the gate leaves it open for the whole conversation, a foreign reply for all that follows it: they go on saying what they say.
 * - A message that opens it leaves it open until a reply refuses. Where none does, as in a history that was made up, "go on" means that message.
 *
 * A gate that is less than half open, as the partial gate is, leaves nothing open.
 * @param system what was read of the system prompt
 * @param past segments in their order, up to the prompt in question
 */
export function openBefore(system: PromptSteering | null, past: readonly PastSegment[]): OpenBefore {
  const standing: OpenBefore[] = [open(system, 'system')];
  let message = SHUT;
  for (const { kind, foreign, says = '', steering } of past) {
    if (kind === 'prompt') {
      message = wider(message, open(steering, 'message'));
      continue;
    }
    // Judged only where it matters.
    if (message.gate > 0 && judgeReply(says).verdict === 'refused') message = SHUT;
    if (foreign === true) standing.push(open(steering, 'reply'));
  }
  return [...standing, message].reduce(wider, SHUT);
}

const wider = (a: OpenBefore, b: OpenBefore): OpenBefore => (b.gate > a.gate ? b : a);

function open(steering: PromptSteering | null, by: Opener): OpenBefore {
  // What a plan of one pass says is not known before it writes; with such plans every turn is steered by itself.
  const gate = steering?.secondPassGate ?? 0;
  return gate >= STEERED_FROM_GATE ? { gate, by } : SHUT;
}

/** How far a prompt opens the gate, at its widest; 0 where nothing was read. */
export function gateOf(steering: PromptSteering | null): number {
  return steering === null ? 0 : Math.max(0, steering.secondPassGate, ...steering.gates);
}

/**
 * Of the gate that a prompt opened, what each token of the reasoning behind it gets. A prompt is written to once; the whole of it at every
 * token that is drawn breaks what a model thinks (see docs/reference/models.md).
 */
const REASONING_SHARE = 0.25;

/** How far the gate stays open for the reasoning behind a prompt. */
export const reasoningGate = (steering: PromptSteering | null): number => REASONING_SHARE * gateOf(steering);

/** What a prompt is steered with: as far as it opens the gate itself, or as far as it is open already. */
export function openedBy(steering: PromptSteering, before: OpenBefore): PromptSteering {
  if (before.gate <= gateOf(steering)) return steering;
  return { ...steering, gates: steering.gates.map(() => before.gate), secondPassGate: before.gate };
}
