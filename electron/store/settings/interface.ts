/** What the rest of the app may ask of the settings and the user's model files. Types only; what holds for every call stands in `../interface.ts`. */
import type { ModelSettings, Settings } from '../../contract/index.ts';

export interface SettingsStore {
  get(): Promise<Settings>;
  update(patch: Partial<Settings>): Promise<Settings>;
}

export interface ModelFile {
  path: string;
  addedAt: number;
}

/** The user's own GGUF files. */
export interface ModelFileStore {
  remember(path: string): Promise<ModelFile>;
  /** In the order they were added. */
  list(): Promise<ModelFile[]>;
  forget(path: string): Promise<void>;
}

/** How single models are loaded, by the SHA-256 of their file. */
export interface ModelSettingsStore {
  /** `AUTOMATIC` where nothing is set. */
  get(modelSha256: string): Promise<ModelSettings>;
  /** @throws SteadyError `bad-input` for values out of their bounds; nothing is changed then. */
  set(modelSha256: string, settings: ModelSettings): Promise<void>;
}
