/** Real databases in folders of their own, and the few values that every test needs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import type { RefusalDetail } from '../../../electron/contract/index.ts';
import { openStore, type ChainReport, type RefusalEntry, type Store } from '../../../electron/store/index.ts';
import { newConversation } from '../../fixtures/turns.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'steady-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a new folder (or at `path`), closed when the test ends. */
export async function temporaryStore(path = join(temporaryFolder(), 'steady.db')): Promise<{ store: Store; path: string }> {
  const store = await openStore({ path });
  onTestFinished(() => store.close());
  return { store, path };
}

/** A second, bare connection to look at or tamper with what is stored. */
export function rawDatabase(path: string): Sqlite.Database {
  const db = new Sqlite(path);
  onTestFinished(() => void db.close());
  return db;
}

export { addConversation, addReply, addTurn, done, logRefusal, newConversation } from '../../fixtures/turns.ts';

/** A conversation with one question and a reply that is being written. */
export async function startReply(store: Store, question = 'What is a tree?') {
  const turn = { conversation: newConversation(), parentId: null, text: question, modelName: 'A model' };
  const { conversation, userMessage: asked, reply: answer } = await store.messages.startTurn(turn);
  return { conversation, asked, answer };
}

export const refusal = (conversationId: string, messageId: string, change: Partial<RefusalEntry> = {}): RefusalEntry => ({
  conversationId,
  messageId,
  prompt: 'A harmful request.',
  reply: 'I cannot help with that.',
  cause: 'steered',
  verdict: 'refused',
  scores: [
    { layer: 7, score: 0.91, gate: 0.5 },
    { layer: 8, score: -0.25, gate: 0 },
  ],
  profileSha256: 'a'.repeat(64),
  modelSha256: 'b'.repeat(64),
  modelName: 'A model',
  createdAt: 1_750_000_000_000,
  ...change,
});

export const failure = (code: string) => expect.objectContaining({ name: 'SteadyError', code });

/** The whole check of the log. */
export async function verifyLog({ refusals }: Pick<Store, 'refusals'>): Promise<ChainReport> {
  const job = await refusals.beginVerify();
  for (;;) {
    const { result } = await refusals.stepVerify(job);
    if (result !== null) return result;
  }
}

export const countRefusals = async ({ refusals }: Pick<Store, 'refusals'>): Promise<number | null> =>
  (await refusals.page({ filter: {}, limit: 1, before: null, withTotal: true })).total;

/** The newest rows of the log first, whole. */
export async function loggedRefusals({ refusals }: Pick<Store, 'refusals'>): Promise<RefusalDetail[]> {
  const { rows } = await refusals.page({ filter: {}, limit: 100, before: null });
  return Promise.all(rows.map(({ seq }) => refusals.get(seq)));
}

/** The seed that a reply was drawn with. */
export async function seedOf({ messages, transfer }: Pick<Store, 'messages' | 'transfer'>, replyId: string): Promise<number | null> {
  const { conversationId } = await messages.get(replyId);
  return (await transfer.read(conversationId)).messages.find(({ id }) => id === replyId)!.seed;
}
