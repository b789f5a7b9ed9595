/** The store: conversations, the refusal log, settings and the user's model files, in one SQLite database. */
export { openStore } from './client.ts';
export { canonicalJson, ENTRY_KINDS, entryHash, GENESIS, sha256Hex, textHash, type EntryKind } from './refusals/chain.ts';
export { networkFileSystem } from './database/file-system.ts';
export { BUNDLE_FILES, bundleLine, bundleManifest, type BundleLine, type BundleManifest } from './refusals/export/bundle/write.ts';
export { entryBody } from './refusals/entries.ts';
export { fingerprintOf } from './refusals/export/bundle/key.ts';
export { TAR_BLOCK, TAR_END, tarHeader, tarPadding } from './refusals/export/bundle/tar.ts';
export { verifyDatabaseFile } from './refusals/verify-file.ts';
export { DEFAULT_SETTINGS } from './settings/settings.ts';
export type * from './interface.ts';
