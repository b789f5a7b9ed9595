/** The place in the page's address (a conversation, or a tab of the admin area), so that reloading and going back keep it. */
import { ADMIN_TABS, type AdminTab } from '../state/admin.svelte.ts';

export type Place = { readonly kind: 'chat'; readonly id: string | null } | { readonly kind: 'admin'; readonly tab: AdminTab };

const CONVERSATION = /^#\/c\/([0-9a-f-]{36})$/i;
const ADMIN = /^#\/admin(?:\/([a-z]+))?$/;

/** The place that the address names; an address that names none is a new chat. */
export function placeInAddress(): Place {
  const admin = ADMIN.exec(window.location.hash);
  if (admin !== null) return { kind: 'admin', tab: ADMIN_TABS.find(({ id }) => id === admin[1])?.id ?? ADMIN_TABS[0].id };
  return { kind: 'chat', id: CONVERSATION.exec(window.location.hash)?.[1] ?? null };
}

const hashOf = (place: Place) => (place.kind === 'admin' ? `#/admin/${place.tab}` : place.id === null ? '' : `#/c/${place.id}`);

export function putInAddress(place: Place): void {
  const hash = hashOf(place);
  if (window.location.hash === hash || hashOf(placeInAddress()) === hash) return;
  const url = new URL(window.location.href);
  url.hash = hash;
  window.history.pushState(null, '', url);
}
