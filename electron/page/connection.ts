/** What a shell needs of the app. The composition root provides it. */
import type { AnyListener, EventsOf, Handlers, PageContract, Unsubscribe } from '../contract/index.ts';

/** Hears events of the page's contract. */
export type EventListener = AnyListener<EventsOf<PageContract>>;

/** One page's way to the app. What it may ask and hear depends on whether it has unlocked the admin area. */
export interface PageConnection {
  readonly handlers: Handlers<PageContract>;
  onEvent(listener: EventListener): Unsubscribe;
  /** Ends it; the admin area counts as locked from then on. */
  close(): void;
}

export interface AppConnection {
  /** A new connection, as every shell makes one for every page. The admin area starts out locked in it. */
  connect(): PageConnection;
}
