/**
 * What the rest of the app may ask of the store. Types only.
 *
 * Every method is answered by a worker thread that owns the database, in the order in which the calls were made, so
 * nothing here blocks the caller. Failures are `SteadyError`s: `not-found`, `conflict` and `bad-input` for a wrong
 * request; `disk-full`, `store-locked` and `store-damaged` for a database that cannot do it. A call that fails has
 * changed nothing.
 */
import type { AdminStore } from './admin/interface.ts';
import type { ApiKeyStore } from './api-keys/interface.ts';
import type { BenignSetStore } from './benign-sets/interface.ts';
import type { ConversationStore, MessageStore, TransferStore } from './conversations/interface.ts';
import type { DocumentStore } from './documents/interface.ts';
import type { FolderStore, OrderStore, SavedPromptStore } from './order/interface.ts';
import type { RefusalStore } from './refusals/interface.ts';
import type { ModelFileStore, ModelSettingsStore, SettingsStore } from './settings/interface.ts';
import type { ClockStore } from './settings/trusted-clock.ts';

export type * from './admin/interface.ts';
export type * from './api-keys/interface.ts';
export type * from './benign-sets/interface.ts';
export type * from './conversations/interface.ts';
export type * from './documents/interface.ts';
export type * from './order/interface.ts';
export type * from './refusals/interface.ts';
export type * from './settings/interface.ts';
export type { ClockReading, ClockStore } from './settings/trusted-clock.ts';

export interface IntegrityReport {
  ok: boolean;
  problems: string[];
}

export interface Store {
  readonly conversations: ConversationStore;
  readonly messages: MessageStore;
  readonly documents: DocumentStore;
  readonly refusals: RefusalStore;
  readonly order: OrderStore;
  readonly folders: FolderStore;
  readonly savedPrompts: SavedPromptStore;
  readonly settings: SettingsStore;
  readonly modelFiles: ModelFileStore;
  readonly modelSettings: ModelSettingsStore;
  readonly benignSets: BenignSetStore;
  readonly admin: AdminStore;
  readonly apiKeys: ApiKeyStore;
  readonly transfer: TransferStore;
  readonly clock: ClockStore;
  /** Reads the whole database; seconds for a large one. */
  integrityCheck(): Promise<IntegrityReport>;
  /** Ends the worker. Calls after it fail with `cancelled`. Closing twice is fine. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** The database file; its folder is created where missing. */
  path: string;
  /** The worker's entry, where bundling moved it. */
  workerUrl?: URL;
}

/** Opens the database in its own worker thread. */
export type OpenStore = (options: StoreOptions) => Promise<Store>;
