import type { ContractClient, PageContract } from '../contract.ts';

export type LinkStatus = 'connecting' | 'open' | 'lost';

/** The state of a connection that can be lost. Electron's bridge has none: it lives and dies with the app. */
export interface Link {
  readonly status: LinkStatus;
  /** Calls `listener` on every change; returns the function that stops it. */
  subscribe(listener: (status: LinkStatus) => void): () => void;
  /** Tries to connect now instead of at the next planned time. */
  retry(): void;
}

/** How the page talks to the app: the same requests and events over Electron's preload or over a WebSocket. */
export interface Bridge {
  readonly kind: 'electron' | 'served';
  readonly call: ContractClient<PageContract>['call'];
  readonly on: ContractClient<PageContract>['on'];
  readonly link?: Link;
}
