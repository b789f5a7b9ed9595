import { createSocketBridge } from './socket.ts';
import type { Bridge } from './types.ts';

export type { Bridge, Link, LinkStatus } from './types.ts';

declare global {
  interface Window {
    /** What Electron's preload exposes; absent in a browser. */
    readonly steady?: Bridge;
  }
}

/** The bridge of this page: Electron's where there is one, else a WebSocket to the page's own origin. */
export function createBridge(): Bridge {
  if (window.steady !== undefined) return window.steady;
  const url = new URL('/rpc', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return createSocketBridge(url.href);
}
