/** The names that the main process, the preload script and the page's address must agree on. */

/** The page's own scheme; only `steady://app/` is ever answered. */
export const SCHEME = 'steady';
export const HOST = 'app';
export const PAGE_URL = `${SCHEME}://${HOST}/index.html`;

/** The one IPC channel, both ways. */
export const RPC_CHANNEL = 'steady:rpc';

/** Whether an address lies on the page's own origin. Anything that does not parse does not. */
export function isOwnAddress(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && url.protocol === `${SCHEME}:` && url.host === HOST && url.username === '' && url.password === '';
}
