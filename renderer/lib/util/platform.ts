/** Keys as this computer names them. */
export const isMac = typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.userAgent);

/** `Ctrl+K` or `⌘K`. `keys` uses `Mod` for the main modifier. */
export function keyLabel(keys: string): string {
  if (!isMac) return keys.replace('Mod', 'Ctrl');
  return keys
    .split('+')
    .map((key) => ({ Mod: '⌘', Shift: '⇧', Enter: '↩' })[key] ?? key)
    .join('');
}
