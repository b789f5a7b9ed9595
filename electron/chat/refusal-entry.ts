/** What the refusal log is told of a reply. */
import type { ReplyOutcome } from '../contract/index.ts';
import type { RefusalEntry } from '../store/index.ts';
import { loggedCauseOf } from './outcome.ts';
import type { WrittenReply } from './write-reply.ts';

/** The row of a reply; null for an answer that steering hardly touched. */
export function refusalEntryOf(
  { result, model, profile }: WrittenReply,
  outcome: ReplyOutcome,
  about: Pick<RefusalEntry, 'conversationId' | 'messageId' | 'prompt' | 'storeText' | 'source'>,
): RefusalEntry | null {
  const cause = loggedCauseOf(outcome);
  if (cause === null) return null;
  const applied = result.protected ? profile : null;
  return {
    ...about,
    reply: result.text,
    cause,
    verdict: outcome.verdict,
    scores: outcome.scores,
    reading: outcome.reading ?? null,
    profileSha256: applied?.sha256 ?? null,
    profileName: applied?.name ?? null,
    modelSha256: model.modelSha256,
    modelName: model.modelName,
    createdAt: Date.now(),
  };
}
