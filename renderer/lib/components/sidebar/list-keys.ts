/** Arrow keys in the list of conversations. Items are the elements marked `data-list-item`, in document order. */

function items(root: ParentNode): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('[data-list-item]')];
}

export function focusFirstItem(root: ParentNode | null): void {
  if (root !== null) items(root)[0]?.focus();
}

/** Remembers an item's place; the returned function focuses what is at that place once the item is gone. */
export function keepPlace(root: ParentNode | null, item: Element | null): () => void {
  if (root === null || item === null) return () => {};
  const index = items(root).findIndex((known) => item.contains(known));
  return () => {
    const left = items(root);
    left[Math.min(Math.max(index, 0), left.length - 1)]?.focus();
  };
}

/** Moves focus for ArrowUp, ArrowDown, Home and End. Returns whether the key was used. */
export function moveInList(event: KeyboardEvent, root: ParentNode): boolean {
  const all = items(root);
  const index = all.indexOf(document.activeElement as HTMLElement);
  const target = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: all.length - 1 }[event.key];
  if (target === undefined || index === -1) return false;
  event.preventDefault();
  all[Math.min(Math.max(target, 0), all.length - 1)]?.focus();
  return true;
}
