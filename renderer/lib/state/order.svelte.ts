import { SvelteSet } from 'svelte/reactivity';
import type { Folder, SavedPrompt } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';

/** Which folders stand open; kept in this browser. */
const OPEN_KEY = 'steady.open-folders';

function storedOpen(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(OPEN_KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string').slice(0, 1000) : [];
  } catch {
    return [];
  }
}

/** Folders and saved prompts. */
export class Order {
  /** Each after the folder that it is in. */
  folders = $state.raw<readonly Folder[]>([]);
  prompts = $state.raw<readonly SavedPrompt[]>([]);
  readonly open = new SvelteSet<string>(storedOpen());
  readonly byId = $derived(new Map(this.folders.map((folder) => [folder.id, folder])));
  /** Folders that are shown: those within open ones. */
  readonly visible = $derived.by(() => {
    const shown = new Set<string>();
    return this.folders.filter(({ id, parentId }) => {
      if (parentId !== null && !(shown.has(parentId) && this.open.has(parentId))) return false;
      shown.add(id);
      return true;
    });
  });
  readonly #bridge: Bridge;

  /** @param onFolders folders were changed, here or in another page */
  constructor(bridge: Bridge, onFolders: () => void) {
    this.#bridge = bridge;
    bridge.on('folders.changed', () => void this.refresh().then(onFolders));
    bridge.on('savedPrompts.changed', () => void this.refresh());
  }

  /** Reads both. Not knowing them leaves what was there. */
  async refresh(): Promise<void> {
    const [folders, prompts] = await Promise.allSettled([
      this.#bridge.call('folders.list', {}),
      this.#bridge.call('savedPrompts.list', {}),
    ]);
    if (folders.status === 'fulfilled') this.folders = folders.value;
    if (prompts.status === 'fulfilled') this.prompts = prompts.value;
  }

  /** The folders within one; null: the outermost. */
  within(parentId: string | null): Folder[] {
    return this.folders.filter((folder) => folder.parentId === parentId);
  }

  /** How deep a folder lies: 0 for the outermost. */
  depthOf(id: string): number {
    let depth = 0;
    for (let at = this.byId.get(id)?.parentId ?? null; at !== null && depth < 100; at = this.byId.get(at)?.parentId ?? null) depth++;
    return depth;
  }

  toggle(id: string): void {
    if (!this.open.delete(id)) this.open.add(id);
    try {
      localStorage.setItem(OPEN_KEY, JSON.stringify([...this.open]));
    } catch {
      // Forbidden by the browser: folders are shut again after a reload.
    }
  }

  async createFolder(name: string, parentId: string | null): Promise<Folder> {
    const folder = await this.#bridge.call('folders.create', { name, parentId });
    await this.refresh();
    return folder;
  }

  async renameFolder(id: string, name: string): Promise<void> {
    await this.#bridge.call('folders.update', { id, name });
    await this.refresh();
  }

  async moveFolder(id: string, parentId: string | null): Promise<void> {
    await this.#bridge.call('folders.update', { id, parentId });
    await this.refresh();
  }

  async deleteFolder(id: string): Promise<void> {
    await this.#bridge.call('folders.delete', { id });
    await this.refresh();
  }

  async savePrompt(prompt: { id?: string; name: string; text: string }): Promise<void> {
    await this.#bridge.call('savedPrompts.save', prompt);
    await this.refresh();
  }

  async deletePrompt(id: string): Promise<void> {
    await this.#bridge.call('savedPrompts.delete', { id });
    await this.refresh();
  }
}
