/** What a shell needs of the app: its answers and its events. The composition root provides it. */
import type { EventName, EventPayload, Handlers, PageContract } from '../contract/index.ts';

/** Hears every event of the page's contract. */
export type EventListener = <K extends EventName<PageContract>>(name: K, payload: EventPayload<PageContract, K>) => void;

export interface AppConnection {
  readonly handlers: Handlers<PageContract>;
  /** Returns the function that stops listening. */
  onEvent(listener: EventListener): () => void;
}
