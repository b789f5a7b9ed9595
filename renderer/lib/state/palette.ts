/** What the command palette offers, and how a query finds it. */
import { keyLabel } from '../util/platform.ts';
import type { App } from './app.svelte.ts';

export interface PaletteEntry {
  /** Unique among all entries. */
  readonly key: string;
  readonly group: string;
  readonly label: string;
  /** Keys that do the same, for a person. */
  readonly keys?: string;
  run(): void;
}

const MOST_IN_GROUP = 12;

function commands(app: App): PaletteEntry[] {
  const { admin, chat, ui, transfer } = app;
  const command = (label: string, run: () => void, keys?: string): PaletteEntry => ({
    key: `command:${label}`,
    group: 'Commands',
    label,
    run,
    ...(keys === undefined ? {} : { keys: keyLabel(keys) }),
  });
  const all = [
    command('New chat', () => app.newChat(), 'Mod+Shift+O'),
    command('Search conversations', () => ui.openSearch(), 'Mod+K'),
    command('Choose a model', () => (ui.dialog = 'models')),
    command('Settings', () => (ui.dialog = 'settings'), 'Mod+,'),
    command('Settings of this conversation', () => (ui.dialog = 'conversation')),
    command('Saved prompts', () => (ui.dialog = 'prompts')),
    command('Keyboard shortcuts', () => (ui.dialog = 'shortcuts'), '?'),
    command('Show or hide the sidebar', () => ui.toggleSidebar(), 'Mod+B'),
    command('Admin area', () => admin.open(), 'Mod+Shift+A'),
    command('Export all conversations as JSON', () => void app.attempt(() => transfer.export('json', null))),
    command('Export all conversations as Markdown', () => void app.attempt(() => transfer.export('markdown', null))),
  ];
  const { conversation } = chat;
  if (conversation === null) return all;
  const { id } = conversation;
  const here = app.conversations.list.find((item) => item.id === id) ?? conversation;
  return [
    ...all,
    command(
      here.pinned ? 'Unpin this chat' : 'Pin this chat',
      () => void app.attempt(() => app.conversations.arrange([id], { pinned: !here.pinned })),
    ),
    command(
      here.archived ? 'Take this chat out of the archive' : 'Archive this chat',
      () => void app.attempt(() => app.conversations.arrange([id], { archived: !here.archived })),
    ),
    command('Print this chat, or save it as PDF', () => void app.attempt(() => transfer.export('pdf', [id]))),
    command('Export this chat as Markdown', () => void app.attempt(() => transfer.export('markdown', [id]))),
    command('Export this chat as a web page', () => void app.attempt(() => transfer.export('html', [id]))),
    command('Delete this chat', () => void app.deleteConversation(id, here.title)),
  ];
}

/** Everything that can be gone to or done now. */
export function commandsOf(app: App): PaletteEntry[] {
  const { conversations, models, order, chat, ui } = app;
  return [
    ...commands(app),
    ...conversations.list.map(({ id, title }): PaletteEntry => ({
      key: `chat:${id}`,
      group: 'Chats',
      label: title === '' ? 'Untitled' : title,
      run: () => void app.openConversation(id),
    })),
    ...order.folders.map(({ id, name }): PaletteEntry => ({
      key: `folder:${id}`,
      group: 'Search in a folder',
      label: name,
      run: () => {
        conversations.searchedFolder = id;
        ui.openSearch();
      },
    })),
    ...models.list
      .filter(({ status, allowed }) => status === 'ready' && allowed !== false)
      .map(({ id, name }): PaletteEntry => ({
        key: `model:${id}`,
        group: 'Models',
        label: `Use ${name}`,
        run: () => void app.attempt(() => models.load(id)),
      })),
    ...order.prompts.map(({ id, name, text }): PaletteEntry => ({
      key: `prompt:${id}`,
      group: 'Saved prompts',
      label: name,
      run: () => {
        chat.draft.setText(text);
        ui.writeMessage();
      },
    })),
  ];
}

/** The entries in whose label every word of the query occurs, by group; those that begin with it come first. */
export function matching(entries: readonly PaletteEntry[], query: string): [string, PaletteEntry[]][] {
  const words = query
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const begins = query.trim().toLocaleLowerCase();
  const groups = new Map<string, PaletteEntry[]>();
  for (const entry of entries) {
    const label = entry.label.toLocaleLowerCase();
    if (!words.every((word) => label.includes(word))) continue;
    const group = groups.get(entry.group) ?? [];
    if (label.startsWith(begins) && begins !== '') group.unshift(entry);
    else group.push(entry);
    groups.set(entry.group, group);
  }
  return [...groups].map(([name, found]) => [name, found.slice(0, MOST_IN_GROUP)]);
}
