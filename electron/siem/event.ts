/** A refusal as other programs watch for it. Texts of people are in it only where that is asked for. */
import type { RefusalDetail } from '../contract/index.ts';

export interface EventSource {
  hostname: string;
  appVersion: string;
  /** Whether the prompt goes with it. */
  prompts: boolean;
}

/** From what is usual to what somebody should look at. */
export type Severity = 'low' | 'medium' | 'high';

/** What the model refused by itself is least; what protection pushed and the model answered is most. */
export function severityOf({ cause }: Pick<RefusalDetail, 'cause'>): Severity {
  if (cause === 'model') return 'low';
  return cause === 'answered' ? 'high' : 'medium';
}

export function titleOf({ cause }: Pick<RefusalDetail, 'cause'>): string {
  return cause === 'answered' ? 'A request that protection pushed against was answered' : 'A request was refused';
}

/** What Steady knows and the common formats have no field for. */
export function detailsOf(row: RefusalDetail, { prompts }: Pick<EventSource, 'prompts'>): Record<string, unknown> {
  return {
    number: row.seq,
    cause: row.cause,
    verdict: row.verdict,
    top_score: row.topScore,
    top_gate: row.topGate,
    model: row.model.name,
    model_sha256: row.model.sha256,
    profile: row.profile?.name ?? null,
    profile_sha256: row.profile?.sha256 ?? null,
    program: row.source,
    conversation_id: row.conversationId,
    message_id: row.messageId,
    hash: row.hash,
    ...(prompts && row.prompt !== null ? { prompt: row.prompt } : {}),
  };
}
