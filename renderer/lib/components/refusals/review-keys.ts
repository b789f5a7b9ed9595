/** The keys that review the log, anywhere in the tab except where somebody writes. */

/** For the line of hints. */
export const REVIEW_KEYS = [
  { keys: ['J', 'K'], does: 'move' },
  { keys: ['1'], does: 'right' },
  { keys: ['2'], does: 'wrong' },
  { keys: ['3'], does: 'unsure' },
  { keys: ['N'], does: 'note' },
  { keys: ['C'], does: 'in or out of the next calibration' },
  { keys: ['/'], does: 'search' },
] as const;

export type ReviewAction =
  | { readonly kind: 'move'; readonly step: number }
  | { readonly kind: 'judge'; readonly judgement: 'right' | 'wrong' | 'unsure' }
  | { readonly kind: 'note' | 'calibrate' | 'search' | 'show' | 'close' };

const ACTIONS: Record<string, ReviewAction> = {
  j: { kind: 'move', step: 1 },
  ArrowDown: { kind: 'move', step: 1 },
  PageDown: { kind: 'move', step: 10 },
  k: { kind: 'move', step: -1 },
  ArrowUp: { kind: 'move', step: -1 },
  PageUp: { kind: 'move', step: -10 },
  Home: { kind: 'move', step: -Infinity },
  '1': { kind: 'judge', judgement: 'right' },
  '2': { kind: 'judge', judgement: 'wrong' },
  '3': { kind: 'judge', judgement: 'unsure' },
  n: { kind: 'note' },
  c: { kind: 'calibrate' },
  '/': { kind: 'search' },
  Enter: { kind: 'show' },
  Escape: { kind: 'close' },
};
/** These scroll or press what has the focus, unless the list has it. */
const ONLY_IN_LIST = new Set(['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'Enter']);

/** What a key press means for the review; null where it means nothing, or somebody is writing or has a dialog open. */
export function reviewAction(event: KeyboardEvent): ReviewAction | null {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('input, textarea, select, [contenteditable], [role="tab"]') != null) return null;
  if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const inList = target === null || target === document.body || target.closest('[role="listbox"]') !== null;
  if (ONLY_IN_LIST.has(key) && !inList) return null;
  return ACTIONS[key] ?? null;
}
