/** The app's own event line: what happens is said once, and every page connection hears it. */
import type { EventListener } from './page/connection.ts';

export class AppEvents {
  readonly #listeners = new Set<EventListener>();

  readonly emit: EventListener = (name, payload) => {
    for (const listener of this.#listeners) listener(name, payload);
  };

  /** Returns the function that stops listening. */
  on(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
