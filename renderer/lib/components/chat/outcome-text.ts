import type { Message, ReplyOutcome } from '../../contract.ts';
import { plural } from '../../util/format.ts';

/** The quiet line under a reply that did not simply answer; null for one that did. */
export function outcomeLine(outcome: ReplyOutcome | null): string | null {
  if (outcome === null) return null;
  if (outcome.verdict === 'degenerate') return 'This reply seems broken. Regenerating may help.';
  if (outcome.verdict === 'complied' || outcome.cause === 'none') return null;
  const refused = outcome.verdict === 'partial' ? 'Partly refused' : 'Refused';
  switch (outcome.cause) {
    case 'steered':
      return `${refused} by protection${openedBy(outcome)}`;
    case 'model':
      return `${refused} by the model itself`;
    case 'both':
      return `${refused} by the model itself, and by protection${openedBy(outcome)}`;
  }
}

const TAKEN_BACK = 'The reply that was begun looked harmful and was taken back';

/** What else than the message made protection push; nothing where it was the message. */
function openedBy({ reading }: ReplyOutcome): string {
  switch (reading?.opened) {
    case undefined:
      return '';
    case 'system':
      return ', for what the instructions of this chat ask';
    case 'reply':
      return ', for what an earlier reply says that was not written here';
    case 'message':
      return ', for what an earlier message asks';
    case 'answer':
      return `. ${TAKEN_BACK}`;
  }
}

/** A quieter mark for a reply that was steered and is no refusal; null for any other. */
export function steeredMark(outcome: ReplyOutcome | null): string | null {
  if (outcome?.reading?.opened === 'answer' && outcome.verdict === 'complied') return TAKEN_BACK;
  return outcome?.steered === true && outcome.verdict === 'complied' ? 'Protection pushed towards a refusal, and the model answered' : null;
}

/** Whether the line offers what to do about it: the reply refuses, and somebody is known to have refused. */
export function isRefusal(outcome: ReplyOutcome | null): boolean {
  return outcome !== null && outcome.cause !== 'none' && (outcome.verdict === 'refused' || outcome.verdict === 'partial');
}

/** What to say under a reply that ends because it had to; null for one that came to its own end. */
export function cutNote({ state, stats, reasoning }: Pick<Message, 'state' | 'stats' | 'reasoning'>): string | null {
  if (state !== 'done') return null;
  if (stats?.finishReason === 'length') {
    // What was thought before is counted for itself.
    return `Cut at ${plural(stats.generatedTokens - (reasoning?.tokens ?? 0), 'token')}: the longest reply is set to that.`;
  }
  if (stats?.finishReason === 'context-full') return 'Cut: the conversation fills what the model can read at once.';
  return null;
}

/** Whether there is something to go on from that was written here. What follows it must be asked of the tree. */
export function canContinue(message: Message): boolean {
  const written = message.text !== '' || (message.reasoning?.text ?? '') !== '';
  return message.foreign !== true && written && (message.state === 'stopped' || cutNote(message) !== null);
}

/** The notice above a reply for which old turns no longer fitted; null where it would only repeat the one before. */
export function droppedTurns(reply: Message, previousReply: Message | undefined): number | null {
  const dropped = reply.stats?.droppedTurns ?? 0;
  return dropped > 0 && dropped !== previousReply?.stats?.droppedTurns ? dropped : null;
}
