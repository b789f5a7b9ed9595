/** The store: conversations, the refusal log, settings and the user's model files, in one SQLite database. */
export { openStore } from './client.ts';
export { canonicalJson, GENESIS, rowHash } from './chain.ts';
export { DEFAULT_SETTINGS } from './settings.ts';
export type * from './interface.ts';
