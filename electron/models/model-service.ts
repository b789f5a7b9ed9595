/** Models as the page sees them: what there is, what is being fetched, what is loaded. */
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { isModelAllowed, requireAllowedModel, type Policies } from '../admin/policies.ts';
import type { DownloadProgress, ErrorCode, ModelEntry, ModelEstimate, ModelSettings, ModelSettingsState } from '../contract/index.ts';
import { AUTOMATIC, conflictOf, contextChoices, isAutomatic, LEAST_CONTEXT_SIZE, SteadyError, toErrorShape } from '../contract/index.ts';
import type { EngineSupervisor, EngineTarget } from '../engine/supervisor.ts';
import type { AppEvents } from '../events.ts';
import type { EngineLease, Lease } from '../jobs/engine-lease.ts';
import type { ProtectionService } from '../protection/protection-service.ts';
import { profilePathFor } from '../protection/locate-profile.ts';
import { recommendedSampling } from './recommended-sampling.ts';
import type { SettingsService } from '../settings/settings-service.ts';
import type { Store } from '../store/index.ts';
import {
  catalogueEntry,
  CATALOGUE,
  DEFAULT_MODEL_ID,
  discardDownload,
  downloadModel,
  inspectGguf,
  listModels,
  partialDownload,
  requireModel,
  verifyModel,
  type DownloadProgress as Fetching,
  type LocatedModel,
} from '../../models/index.ts';

/** A user's own file is addressed by its path, behind this prefix. */
const FILE_PREFIX = 'file:';

export interface ModelServiceOptions {
  dataDir: string;
  store: Store;
  settings: SettingsService;
  lease: EngineLease;
  engine: EngineSupervisor;
  protection: ProtectionService;
  policies: Policies;
  events: AppEvents;
  /** Asks for a file with the system's dialog; absent where there is none. */
  pickFile?: (() => Promise<string | null>) | undefined;
}

export class ModelService {
  readonly #options: ModelServiceOptions;
  readonly #downloads = new Map<string, AbortController>();

  constructor(options: ModelServiceOptions) {
    this.#options = options;
  }

  /** The catalogue in its order, then the user's own files. */
  async list(): Promise<ModelEntry[]> {
    const { dataDir, store } = this.#options;
    const located = await listModels({ dataDir });
    const files = await store.modelFiles.list();
    const own = await Promise.all(files.map(({ path }) => this.#ownFile(path)));
    const ofCatalogue = located.map(async (model) => {
      const partialBytes = model.status === 'ready' ? 0 : await partialDownload(model.entry.id, { dataDir });
      return { ...this.#fromCatalogue(model), ...(partialBytes > 0 ? { partialBytes } : {}) };
    });
    return [...(await Promise.all(ofCatalogue)), ...own];
  }

  /** What loading a model takes here: as it is set, or with `settings` and every context size there is. Needs the file. */
  async estimate(modelId: string, settings?: ModelSettings): Promise<ModelEstimate> {
    const { path, sha256 } = await this.#locate(modelId);
    const { engine, store } = this.#options;
    if (settings === undefined) {
      return engine.callUnloaded('model.estimate', { modelPath: path, settings: await store.modelSettings.get(sha256) });
    }
    const contextSizes = contextChoices((await inspectGguf(path)).contextLength);
    return engine.callUnloaded('model.estimate', { modelPath: path, settings, contextSizes });
  }

  /** How a model is loaded, and what there is to choose from. Needs the file. */
  async settings(modelId: string): Promise<ModelSettingsState> {
    const { path, sha256 } = await this.#locate(modelId);
    const { contextLength, blockCount } = await inspectGguf(path);
    return {
      settings: await this.#options.store.modelSettings.get(sha256),
      contextSizes: contextChoices(contextLength),
      automaticContextSize: Math.min(LEAST_CONTEXT_SIZE, contextLength ?? LEAST_CONTEXT_SIZE),
      layers: blockCount + 1,
      cores: availableParallelism(),
    };
  }

  /**
   * Keeps how a model is loaded, and loads it again where it is loaded. What does not fit then is told by a notice.
   * @throws SteadyError `bad-input` for what cannot go together; `model-unsupported` for a template that does not work; `busy` while a job has the engine: nothing is kept then
   */
  async setSettings(modelId: string, settings: ModelSettings): Promise<void> {
    const { engine, lease, store } = this.#options;
    const conflict = conflictOf(settings);
    if (conflict !== null) throw new SteadyError('bad-input', conflict, { hint: 'Leave flash attention to Steady, or the cache.' });
    const { sha256 } = await this.#locate(modelId);
    const { template } = settings;
    if (template !== null && 'source' in template) await engine.callUnloaded('template.try', { source: template.source });
    const loaded = engine.state.modelId === modelId && engine.state.status !== 'idle';
    if (loaded) lease.requireFree();
    await store.modelSettings.set(sha256, settings);
    if (loaded) await this.load(modelId, { remember: false });
  }

  /** Starts fetching a model; progress and the end arrive as `models.progress`. */
  download(modelId: string): void {
    if (this.#downloads.has(modelId)) return;
    const entry = catalogueEntry(modelId);
    requireAllowedModel(this.#options.policies, entry.sha256);
    const controller = new AbortController();
    this.#downloads.set(modelId, controller);
    const base = { modelId, receivedBytes: 0, totalBytes: entry.bytes, bytesPerSecond: null, source: null, error: null };
    let last: DownloadProgress = { ...base, state: 'downloading' };
    const emit = (progress: DownloadProgress) => {
      last = progress;
      this.#options.events.emit('models.progress', progress);
    };
    emit(last);
    const onProgress = ({ phase, receivedBytes, totalBytes, bytesPerSecond, source }: Fetching) => {
      const state = phase === 'verifying' ? 'verifying' : 'downloading';
      emit({ modelId, state, receivedBytes, totalBytes, bytesPerSecond, source, error: null });
    };
    void downloadModel(modelId, { dataDir: this.#options.dataDir, signal: controller.signal, onProgress })
      .then(
        () => emit({ ...last, state: 'done', receivedBytes: entry.bytes, bytesPerSecond: null, error: null }),
        (error: unknown) => {
          const shape = toErrorShape(error);
          emit({ ...last, state: shape.code === 'cancelled' ? 'cancelled' : 'failed', bytesPerSecond: null, error: shape });
        },
      )
      .finally(() => this.#downloads.delete(modelId));
  }

  /** Stops fetching; what was fetched is kept for the next time. */
  cancelDownload(modelId: string): void {
    this.#downloads.get(modelId)?.abort();
  }

  /** Removes what an unfinished download left. @throws SteadyError `busy` while it is fetched. */
  async discardDownload(modelId: string): Promise<void> {
    const { bytes } = catalogueEntry(modelId);
    if (this.#downloads.has(modelId)) throw new SteadyError('busy', 'The model is being fetched.', { hint: 'Cancel the download first.' });
    await discardDownload(modelId, { dataDir: this.#options.dataDir });
    const nothing = { receivedBytes: 0, totalBytes: bytes, bytesPerSecond: null, source: null, error: null };
    this.#options.events.emit('models.progress', { modelId, state: 'cancelled', ...nothing });
  }

  /** Takes a file of the user's own off the list. The file itself is theirs, and stays. @throws SteadyError `conflict` while it is in use. */
  async removeFile(modelId: string): Promise<void> {
    const { engine, settings, store } = this.#options;
    if (!modelId.startsWith(FILE_PREFIX)) {
      throw new SteadyError('bad-input', 'Only a file of your own can be taken off the list.', {
        hint: 'Models of the catalogue stay in it.',
      });
    }
    if (engine.state.modelId === modelId && engine.state.status !== 'failed') {
      throw new SteadyError('conflict', 'This model is in use.', { hint: 'Use another one first.' });
    }
    await store.modelFiles.forget(modelId.slice(FILE_PREFIX.length));
    if (settings.current.modelId === modelId) await settings.update({ modelId: null });
  }

  /** Adds a GGUF file of the user's own, once it is known to be whole. */
  async addFile(path: string): Promise<ModelEntry> {
    const absolute = resolve(path);
    await verifyModel(absolute, { dataDir: this.#options.dataDir });
    await this.#options.store.modelFiles.remember(absolute);
    return this.#ownFile(absolute);
  }

  async pickFile(): Promise<string | null> {
    return (await this.#options.pickFile?.()) ?? null;
  }

  /**
   * Loads a model and, unless told otherwise, remembers it for the next start.
   * @param options `own` is the lease of whoever asks, where it has the engine
   * @throws SteadyError `busy` while somebody else has the engine; `policy` for a model that is not allowed
   */
  async load(modelId: string, { remember = true, own }: { remember?: boolean; own?: Lease } = {}): Promise<void> {
    const { engine, lease, protection, settings } = this.#options;
    lease.requireFree(own);
    const target = await this.#target(modelId);
    const plain = { ...target, ...loadedWith(AUTOMATIC) };
    requireAllowedModel(this.#options.policies, target.modelSha256);
    // To find out that the file is whole can take long: the engine may be another's by now.
    lease.requireFree(own);
    const before = engine.model === null ? null : engine.target;
    protection.pending();
    try {
      await this.#loadOrPlain(target, plain);
    } catch (error) {
      if (engine.model === null && engine.state.status === 'failed') protection.noModel();
      const stillWanted = engine.target === target || engine.target === plain;
      if (before !== null && stillWanted && engine.state.status === 'failed') this.#goBack(before);
      throw error;
    }
    if (remember) await settings.update({ modelId });
  }

  /** Loads a model as it is set; where that does not work, as Steady would, and says so. */
  async #loadOrPlain(target: EngineTarget, plain: EngineTarget): Promise<void> {
    const { engine, events } = this.#options;
    try {
      await this.#load(target);
    } catch (error) {
      const { code, message } = toErrorShape(error);
      const mayFit = target.contextSize !== null || target.wishes !== undefined;
      if (!mayFit || !SETTINGS_MAY_CAUSE.has(code) || engine.target !== target) throw error;
      await this.#load(plain);
      events.emit('app.notice', {
        level: 'warning',
        message: `${target.modelName} could not be loaded as it is set, and is loaded as Steady would. ${message}`,
        hint: 'Choose other values under Models, Advanced.',
      });
    }
  }

  /** An engine that dies of a model is started again with it, some times; only then it is known how the load went. */
  async #load(target: EngineTarget): Promise<void> {
    const { engine } = this.#options;
    try {
      await engine.load(target);
    } catch (error) {
      if (toErrorShape(error).code !== 'engine-crashed' || engine.target !== target) throw error;
      await engine.ready();
      // Another model was chosen meanwhile, and that is the one which is ready.
      if (engine.target !== target) throw error;
    }
  }

  /** Two models at once would not fit into memory, so the one before had to go first; a load that failed brings it back. */
  #goBack(target: EngineTarget): void {
    const { engine, events, policies } = this.#options;
    if (!isModelAllowed(policies.current(), target.modelSha256)) return;
    // It says in the engine's state how it goes.
    void engine.load(target).catch(() => undefined);
    events.emit('app.notice', {
      level: 'warning',
      message: `${target.modelName} is loaded again.`,
      hint: 'The other model could not be loaded.',
    });
  }

  /** Loads the model of the last time, or the default. A model that is not here yet is not an error: the page offers it. */
  async loadInitial(): Promise<void> {
    try {
      await this.load(this.#options.settings.current.modelId ?? DEFAULT_MODEL_ID);
    } catch (error) {
      const shape = toErrorShape(error);
      // Nor is one that gave way to another that was chosen meanwhile, or to a job that was gone on with.
      if (shape.code === 'model-missing' || shape.code === 'cancelled' || shape.code === 'busy') return;
      this.#options.events.emit('app.notice', { level: 'error', message: shape.message, hint: shape.hint });
    }
  }

  close(): void {
    for (const controller of this.#downloads.values()) controller.abort();
  }

  async #target(modelId: string): Promise<EngineTarget> {
    const { path, sha256, name } = await this.#locate(modelId);
    const gpu: EngineTarget['gpu'] = process.env['STEADY_GPU'] === 'off' ? false : 'auto';
    const target = { modelId, modelName: name, modelPath: path, modelSha256: sha256, gpu };
    return { ...target, ...loadedWith(await this.#options.store.modelSettings.get(sha256)) };
  }

  async #locate(modelId: string): Promise<{ path: string; sha256: string; name: string }> {
    const { dataDir } = this.#options;
    if (modelId.startsWith(FILE_PREFIX)) {
      const verified = await verifyModel(modelId.slice(FILE_PREFIX.length), { dataDir });
      return { path: verified.path, sha256: verified.sha256, name: verified.entry?.name ?? verified.info.name ?? basename(verified.path) };
    }
    if (!CATALOGUE.some(({ id }) => id === modelId)) {
      throw new SteadyError('not-found', 'There is no such model.', { hint: 'Choose one from the list.' });
    }
    const ready = await requireModel(modelId, { dataDir });
    return { path: ready.path, sha256: ready.sha256, name: ready.entry.name };
  }

  #fromCatalogue(model: LocatedModel): ModelEntry {
    const { id, name, description, bytes, licence, sha256 } = model.entry;
    const status = this.#downloads.has(id) ? 'downloading' : model.status === 'missing' ? 'available' : model.status;
    const path = model.status === 'missing' ? null : model.path;
    const hasProfile = profilePathFor(this.#options.dataDir, sha256) !== null;
    const allowed = isModelAllowed(this.#options.policies.current(), sha256);
    const more = { hasProfile, allowed, ...samplingOf(sha256) };
    return { id, name, source: 'catalogue', description, bytes, status, path, sha256, licence, ...more };
  }

  async #ownFile(path: string): Promise<ModelEntry> {
    const base = { id: `${FILE_PREFIX}${path}`, source: 'file' as const, licence: null };
    try {
      const { sha256, info, entry } = await verifyModel(path, { dataDir: this.#options.dataDir });
      const name = entry?.name ?? info.name ?? basename(path);
      const hasProfile = profilePathFor(this.#options.dataDir, sha256) !== null;
      const allowed = isModelAllowed(this.#options.policies.current(), sha256);
      const more = { hasProfile, allowed, ...samplingOf(sha256) };
      return { ...base, name, description: path, bytes: info.bytes, status: 'ready', path, sha256, ...more };
    } catch (error) {
      const { code, message } = toErrorShape(error);
      const status = code === 'model-missing' ? ('missing' as const) : ('damaged' as const);
      return { ...base, name: basename(path), description: message, bytes: 0, status, path, sha256: null, hasProfile: false };
    }
  }
}

function samplingOf(sha256: string): Pick<ModelEntry, 'sampling'> {
  const sampling = recommendedSampling(sha256);
  return sampling === null ? {} : { sampling };
}

/** What a load may fail with for nothing but how the model is set. */
const SETTINGS_MAY_CAUSE = new Set<ErrorCode>(['model-too-large', 'model-damaged', 'model-unsupported', 'engine-crashed']);

/** The part of a target that a model's settings decide. */
function loadedWith(settings: ModelSettings): Pick<EngineTarget, 'contextSize' | 'wishes'> {
  const { contextSize, ...wishes } = settings;
  return { contextSize, wishes: isAutomatic({ ...wishes, contextSize: null }) ? undefined : wishes };
}
