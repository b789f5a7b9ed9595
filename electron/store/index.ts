/** The store: conversations, the refusal log, settings and the user's model files, in one SQLite database. */
export { openStore } from './client.ts';
export { canonicalJson, GENESIS } from './refusals/chain.ts';
export { networkFileSystem } from './database/file-system.ts';
export { openDatabaseLog } from './refusals/database-log.ts';
export { openBundleLog } from './refusals/export/bundle/log.ts';
export { fingerprintOf, signingKey } from './refusals/export/bundle/key.ts';
export { verifyDatabaseFile } from './refusals/verify-file.ts';
export { DEFAULT_SETTINGS } from './settings/settings.ts';
export type * from './interface.ts';
export type { ExportRow } from './refusals/export/rows.ts';
