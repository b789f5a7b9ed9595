import { SvelteMap } from 'svelte/reactivity';
import {
  DEFAULT_SAMPLING,
  type DownloadProgress,
  type ModelEntry,
  type ModelEstimate,
  type ModelSettings,
  type ModelSettingsState,
  type Sampling,
} from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

export type EstimateState =
  { readonly status: 'loading' } | { readonly status: 'known'; readonly estimate: ModelEstimate } | { readonly status: 'unknown' };

/** The models that can be chosen, what they would take here, and their downloads. */
export class Models {
  list = $state.raw<readonly ModelEntry[]>([]);
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  readonly estimates = new SvelteMap<string, EstimateState>();
  readonly progress = new SvelteMap<string, DownloadProgress>();
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('models.progress', (progress) => this.#take(progress));
  }

  /** Lists the models anew. A failure is kept in `problem`. */
  async refresh(): Promise<void> {
    try {
      this.list = await this.#bridge.call('models.list', {});
      this.loaded = true;
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** How the replies of a model are drawn where nobody says otherwise. */
  samplingOf(id: string | null): Sampling {
    return this.byId(id)?.sampling ?? DEFAULT_SAMPLING;
  }

  byId(id: string | null): ModelEntry | undefined {
    return this.list.find((model) => model.id === id);
  }

  /** The progress of a download that is under way, or null. */
  downloading(id: string): DownloadProgress | null {
    const progress = this.progress.get(id);
    return progress?.state === 'downloading' || progress?.state === 'verifying' ? progress : null;
  }

  /** Asks once what a model would take here. */
  async estimate(id: string): Promise<void> {
    const known = this.estimates.get(id);
    if (known !== undefined && known.status !== 'unknown') return;
    this.estimates.set(id, { status: 'loading' });
    try {
      this.estimates.set(id, { status: 'known', estimate: await this.#bridge.call('models.estimate', { modelId: id }) });
    } catch {
      // Offline, the header of a model that is not here cannot be read; the size still tells.
      this.estimates.set(id, { status: 'unknown' });
    }
  }

  /** How a model is loaded, and what there is to choose from. @throws Problem-shaped errors of the app. */
  settingsOf(id: string): Promise<ModelSettingsState> {
    return this.#bridge.call('models.settings', { modelId: id });
  }

  /** What a model would take here with other settings, with every context size. @throws Problem-shaped errors of the app. */
  estimateWith(id: string, settings: ModelSettings): Promise<ModelEstimate> {
    return this.#bridge.call('models.estimate', { modelId: id, settings });
  }

  /** Keeps how a model is loaded; the one in use is loaded again. @throws Problem-shaped errors of the app. */
  async setSettings(id: string, settings: ModelSettings): Promise<void> {
    try {
      await this.#bridge.call('models.setSettings', { modelId: id, settings });
    } finally {
      this.estimates.delete(id);
    }
  }

  /** Starts or resumes a download. @throws Problem-shaped errors of the app. */
  async download(id: string): Promise<void> {
    this.progress.delete(id);
    await this.#bridge.call('models.download', { modelId: id });
    await this.refresh();
  }

  async cancelDownload(id: string): Promise<void> {
    await this.#bridge.call('models.cancelDownload', { modelId: id });
    await this.refresh();
  }

  /** Removes what an unfinished download left. @throws Problem-shaped errors of the app. */
  async discardDownload(id: string): Promise<void> {
    await this.#bridge.call('models.discardDownload', { modelId: id });
    this.progress.delete(id);
    await this.refresh();
  }

  /** Loads a model. Resolves to whether it is there now: another load may have taken its place, which is no fault. */
  async load(id: string): Promise<boolean> {
    try {
      await this.#bridge.call('models.load', { modelId: id });
      return true;
    } catch (error) {
      if (toProblem(error).code === 'cancelled') return false;
      throw error;
    }
  }

  /** Adds a GGUF file of the user's own. @throws Problem-shaped errors: not there, not a GGUF, damaged. */
  async addFile(path: string): Promise<ModelEntry> {
    const entry = await this.#bridge.call('models.addFile', { path });
    await this.refresh();
    return entry;
  }

  /** Takes a file of the user's own off the list; the file stays. @throws Problem-shaped errors of the app. */
  async removeFile(id: string): Promise<void> {
    await this.#bridge.call('models.removeFile', { modelId: id });
    await this.refresh();
  }

  /** The path chosen in the system's dialog; null when cancelled or when there is no such dialog. */
  async pickFile(): Promise<string | null> {
    return (await this.#bridge.call('models.pickFile', {})).path;
  }

  #take(progress: DownloadProgress): void {
    const before = this.progress.get(progress.modelId)?.state;
    this.progress.set(progress.modelId, progress);
    if (progress.state !== before && progress.state !== 'verifying') void this.refresh();
    if (progress.state === 'done') this.estimates.delete(progress.modelId);
  }
}
