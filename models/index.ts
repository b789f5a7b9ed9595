/** The model library: what models there are, where they lie, how they are fetched, and what they would take to run. */
export { CATALOGUE, catalogueEntry, DEFAULT_MODEL_ID, entryBySha256, type CatalogueEntry, type ModelSource } from './catalogue.ts';
export { discardDownload, downloadModel, partialDownload, type DownloadOptions, type DownloadProgress } from './download/index.ts';
export { ModelError, type ModelErrorCode } from './errors.ts';
export { estimateModel, type EstimateOptions, type ModelEstimate } from './estimate.ts';
export type { FileStamp, HashCache } from './hash-cache.ts';
export { inspectGguf, type GgufInfo } from './inspect.ts';
export {
  findModel,
  listModels,
  requireModel,
  verifyModel,
  type LocatedModel,
  type LocateOptions,
  type ReadyModel,
  type VerifiedFile,
  type VerifyOptions,
} from './locate.ts';
export { defaultDataDir, searchDirs } from './paths.ts';
export { formatBytes } from './text.ts';
