/** What the rest of the app may ask of the settings and the user's model files. Types only; what holds for every call stands in `../interface.ts`. */
import type { Settings } from '../../contract/index.ts';

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
