/** The keys that work anywhere on the page. */
import type { App } from '../state/app.svelte.ts';
import { isMac } from './platform.ts';

/** For the help dialog. `Mod` is Ctrl, or ⌘ on a Mac. */
export const SHORTCUTS = [
  { keys: 'Mod+Shift+O', does: 'New chat' },
  { keys: 'Mod+P', does: 'Go to anything by name' },
  { keys: 'Mod+K', does: 'Search conversations' },
  { keys: '/', does: 'Write a message; in an empty one: saved prompts' },
  { keys: 'Enter', does: 'Send' },
  { keys: 'Shift+Enter', does: 'New line' },
  { keys: 'Esc', does: 'Stop the reply' },
  { keys: '↑ ↓', does: 'Move in the list of conversations' },
  { keys: 'F2', does: 'Rename the conversation in focus' },
  { keys: 'Del', does: 'Delete the conversation in focus' },
  { keys: 'Mod+Z', does: 'Undo what a notice says can be undone' },
  { keys: 'Mod+B', does: 'Show or hide the sidebar' },
  { keys: 'Mod+,', does: 'Settings' },
  { keys: 'Mod+Shift+A', does: 'Admin area' },
  { keys: '?', does: 'This list' },
] as const;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(?:input|textarea|select)$/i.test(target.tagName));
}

/** The admin area has the page to itself: Esc goes back, unless it closes something there or somebody is writing. */
function handleInAdminArea(event: KeyboardEvent, { admin }: App): boolean {
  const busy =
    isTyping(event.target) || document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]:not(.refusal-list)') !== null;
  if (event.key !== 'Escape' || busy || event.ctrlKey || event.metaKey || event.altKey) return false;
  admin.leave();
  return true;
}

/** Does what a key stands for. Returns whether it stood for something. */
export function handleShortcut(event: KeyboardEvent, app: App): boolean {
  if (event.defaultPrevented || event.isComposing) return false;
  const { admin, chat, ui } = app;
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const key = event.key.toLowerCase();
  // A dialog keeps the keyboard to itself; it closes with Esc by its own means.
  if (ui.dialog !== null || ui.document !== null) return false;

  if (mod && !event.shiftKey && !event.altKey && key === 'z' && !isTyping(event.target)) return app.notices.actOnNewest();
  if (mod && !event.shiftKey && !event.altKey && key === 'p') {
    if (admin.tab !== null) return false;
    ui.dialog = 'palette';
    return true;
  }
  if (mod && event.shiftKey && !event.altKey && key === 'a') {
    if (admin.tab === null) admin.open();
    else admin.leave();
    return true;
  }
  if (admin.tab !== null) return handleInAdminArea(event, app);
  if (mod && !event.altKey) {
    if (key === 'k' && !event.shiftKey) ui.openSearch();
    else if (key === 'o' && event.shiftKey) app.newChat();
    else if (key === 'b' && !event.shiftKey) ui.toggleSidebar();
    else if (key === ',') ui.dialog = 'settings';
    else return false;
    return true;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (key === 'escape') {
    if (ui.drawerOpen) ui.drawerOpen = false;
    else if (app.conversations.chosen.size > 0) app.conversations.chosen.clear();
    else if (chat.activeReply !== null) void app.attempt(() => chat.stop());
    else return false;
    return true;
  }
  if (isTyping(event.target)) return false;
  if (key === '/') ui.writeMessage();
  else if (key === '?') ui.dialog = 'shortcuts';
  else return false;
  return true;
}
