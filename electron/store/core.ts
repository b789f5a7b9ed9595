/** The store's methods on an open database. Synchronous where the interface is asynchronous; the worker makes up the difference. */
import type { Database } from 'better-sqlite3';
import { createBenignSets } from './benign-sets/benign-sets.ts';
import { createAdmin } from './admin/admin.ts';
import { createApiKeys } from './api-keys/api-keys.ts';
import { createConversations } from './conversations/conversations.ts';
import type { IntegrityReport, Store } from './interface.ts';
import { createMessages } from './conversations/messages.ts';
import { createModelFiles } from './settings/model-files.ts';
import { createModelSettings } from './settings/model-settings.ts';
import { createArrange } from './order/arrange.ts';
import { createDocuments } from './documents/documents.ts';
import { createFolders } from './order/folders.ts';
import { createSavedPrompts } from './order/saved-prompts.ts';
import { createRefusals } from './refusals/log.ts';
import { createSearch } from './search/search.ts';
import { createSettings } from './settings/settings.ts';
import { createTrustedClock } from './settings/trusted-clock.ts';
import { createTransfer } from './conversations/transfer.ts';
import { createWriter } from './conversations/writer.ts';

type Core<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R | Promise<R> : Core<T[K]>;
};
export type StoreCore = Core<Store>;

function integrityCheck(db: Database): IntegrityReport {
  const lines = (db.pragma('integrity_check') as { integrity_check: string }[]).map((line) => line.integrity_check);
  const problems = lines.filter((line) => line !== 'ok');
  for (const { table, parent } of db.pragma('foreign_key_check') as { table: string; parent: string }[]) {
    problems.push(`a row of ${table} refers to a missing row of ${parent}`);
  }
  return { ok: problems.length === 0, problems };
}

export function createCore(db: Database): StoreCore {
  const writer = createWriter(db);
  const refusals = createRefusals(db);
  const documents = createDocuments(db);
  const conversations = createConversations(db, refusals.within, documents.within);
  const messages = createMessages(db, writer, refusals.within, conversations.within, documents.within);
  return {
    conversations: { ...conversations.methods, ...createSearch(db) },
    messages,
    documents: documents.methods,
    refusals: refusals.methods,
    order: createArrange(db, messages.path, documents.within),
    folders: createFolders(db),
    savedPrompts: createSavedPrompts(db),
    settings: createSettings(db),
    modelFiles: createModelFiles(db),
    modelSettings: createModelSettings(db),
    benignSets: createBenignSets(db),
    admin: createAdmin(db),
    apiKeys: createApiKeys(db),
    transfer: createTransfer(db, documents.within),
    clock: createTrustedClock(db),
    integrityCheck: () => integrityCheck(db),
    close: () => {
      writer.release();
      db.close();
    },
  };
}
