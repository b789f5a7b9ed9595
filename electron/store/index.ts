/** The store: conversations, the refusal log, settings and the user's model files, in one SQLite database. */
export { openStore } from './client.ts';
export { canonicalJson, ENTRY_KINDS, entryHash, GENESIS, sha256Hex, textHash, type EntryKind } from './chain.ts';
export { networkFileSystem } from './file-system.ts';
export { BUNDLE_FILES, bundleLine, bundleManifest, type BundleLine, type BundleManifest } from './refusals-bundle.ts';
export { entryBody } from './refusals-entries.ts';
export { fingerprintOf } from './refusals-key.ts';
export { TAR_BLOCK, TAR_END, tarHeader, tarPadding } from './refusals-tar.ts';
export { verifyDatabaseFile } from './refusals-file.ts';
export { DEFAULT_SETTINGS } from './settings.ts';
export type * from './interface.ts';
