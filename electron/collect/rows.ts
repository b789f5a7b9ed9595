/** A refusal of any machine, as it stands in the collected file: one row, flat, with names that need no quotes in SQL. */
import type { ExportRow } from '../store/index.ts';

/** Where a row came from, and whether its log was whole. */
export interface RowOrigin {
  machine: string;
  /** Fingerprint of the key that signs the machine's exports; null where it has none. */
  machineKey: string | null;
  chainWhole: boolean;
}

type Kind = 'STRING' | 'INT32' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMP' | 'JSON';
type Value = string | number | boolean | Date | object | null;

const date = (at: number | null) => (at === null ? null : new Date(at));

/** Name, type and value of each column; `required`: it always has one. */
export const COLUMNS: readonly { name: string; type: Kind; required?: true; of(row: ExportRow, origin: RowOrigin): Value }[] = [
  { name: 'machine', type: 'STRING', required: true, of: (_, { machine }) => machine },
  { name: 'machine_key', type: 'STRING', of: (_, { machineKey }) => machineKey },
  { name: 'chain_whole', type: 'BOOLEAN', required: true, of: (_, { chainWhole }) => chainWhole },
  { name: 'number', type: 'INT32', required: true, of: ({ seq }) => seq },
  { name: 'created_at', type: 'TIMESTAMP', required: true, of: ({ createdAt }) => new Date(createdAt) },
  { name: 'cause', type: 'STRING', required: true, of: ({ cause }) => cause },
  { name: 'verdict', type: 'STRING', required: true, of: ({ verdict }) => verdict },
  { name: 'top_score', type: 'DOUBLE', of: ({ topScore }) => topScore },
  { name: 'top_gate', type: 'DOUBLE', of: ({ topGate }) => topGate },
  { name: 'reading', type: 'DOUBLE', of: ({ reading }) => reading?.u ?? null },
  { name: 'prompt', type: 'STRING', of: ({ prompt }) => prompt },
  { name: 'reply', type: 'STRING', of: ({ reply }) => reply },
  { name: 'text_state', type: 'STRING', required: true, of: ({ text }) => text },
  { name: 'review', type: 'STRING', of: ({ review }) => review?.judgement ?? null },
  { name: 'review_note', type: 'STRING', of: ({ review }) => review?.note ?? null },
  { name: 'reviewed_at', type: 'TIMESTAMP', of: ({ review }) => date(review?.createdAt ?? null) },
  { name: 'reported_at', type: 'TIMESTAMP', of: ({ reportedAt }) => date(reportedAt) },
  { name: 'benign_at', type: 'TIMESTAMP', of: ({ benignAt }) => date(benignAt) },
  { name: 'model', type: 'STRING', required: true, of: ({ modelName }) => modelName },
  { name: 'model_sha256', type: 'STRING', required: true, of: ({ modelSha256 }) => modelSha256 },
  { name: 'profile', type: 'STRING', of: ({ profileName }) => profileName },
  { name: 'profile_sha256', type: 'STRING', of: ({ profileSha256 }) => profileSha256 },
  { name: 'program', type: 'STRING', of: ({ source }) => source },
  { name: 'conversation_id', type: 'STRING', required: true, of: ({ conversationId }) => conversationId },
  { name: 'message_id', type: 'STRING', required: true, of: ({ messageId }) => messageId },
  { name: 'prompt_hash', type: 'STRING', required: true, of: ({ promptHash }) => promptHash },
  { name: 'reply_hash', type: 'STRING', required: true, of: ({ replyHash }) => replyHash },
  { name: 'scores', type: 'JSON', required: true, of: ({ scores }) => scores.map(({ layer, score, gate }) => ({ layer, score, gate })) },
  { name: 'previous_hash', type: 'STRING', required: true, of: ({ prevHash }) => prevHash },
  { name: 'hash', type: 'STRING', required: true, of: ({ hash }) => hash },
];
