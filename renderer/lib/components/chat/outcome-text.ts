import type { Message, ReplyOutcome } from '../../contract.ts';

/** The quiet line under a reply that did not simply answer; null for one that did. */
export function outcomeLine(outcome: ReplyOutcome | null): string | null {
  if (outcome === null) return null;
  if (outcome.verdict === 'degenerate') return 'This reply seems broken. Regenerating may help.';
  if (outcome.verdict === 'complied' || outcome.cause === 'none') return null;
  const refused = outcome.verdict === 'partial' ? 'Partly refused' : 'Refused';
  switch (outcome.cause) {
    case 'steered':
      return `${refused}: steered by protection`;
    case 'model':
      return `${refused} by the model itself`;
    case 'both':
      return `${refused} by the model itself, and steered by protection`;
  }
}

/** A quieter mark for a reply that was steered and is no refusal; null for any other. */
export function steeredMark(outcome: ReplyOutcome | null): string | null {
  return outcome?.steered === true && outcome.verdict === 'complied' ? 'Steered by protection, and answered' : null;
}

/** Whether the line offers what to do about it: the reply refuses, and somebody is known to have refused. */
export function isRefusal(outcome: ReplyOutcome | null): boolean {
  return outcome !== null && outcome.cause !== 'none' && (outcome.verdict === 'refused' || outcome.verdict === 'partial');
}

/** The notice above a reply for which old turns no longer fitted; null where it would only repeat the one before. */
export function droppedTurns(reply: Message, previousReply: Message | undefined): number | null {
  const dropped = reply.stats?.droppedTurns ?? 0;
  return dropped > 0 && dropped !== previousReply?.stats?.droppedTurns ? dropped : null;
}
