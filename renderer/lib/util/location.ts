/** The open conversation in the page's address, so that reloading and going back keep the place. */
const PATTERN = /^#\/c\/([0-9a-f-]{36})$/i;

export function conversationInAddress(): string | null {
  return PATTERN.exec(window.location.hash)?.[1] ?? null;
}

export function putInAddress(id: string | null): void {
  if (conversationInAddress() === id) return;
  const url = new URL(window.location.href);
  url.hash = id === null ? '' : `/c/${id}`;
  window.history.pushState(null, '', url);
}
