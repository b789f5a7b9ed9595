/** The one way in which something that happens is told within a process: typed, synchronous, in the order of subscription. */
import { createNanoEvents } from 'nanoevents';

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Hears every event of `E`, whatever its name. */
export type AnyListener<E> = <K extends keyof E & string>(name: K, payload: E[K]) => void;

type Callbacks<E> = { [K in keyof E]: (payload: E[K]) => void };

/** Events with the names and payloads of `E`. Works in the page as well as in Node. */
export class Emitter<E extends object> {
  readonly #named = createNanoEvents<Callbacks<E>>();
  readonly #all = createNanoEvents<{ event: AnyListener<E> }>();

  /** Calls every listener before it returns, those of this name first. What a listener throws reaches whoever emits. */
  readonly emit: AnyListener<E> = (name, payload) => {
    this.#named.emit(name, ...([payload] as Parameters<Callbacks<E>[typeof name]>));
    this.#all.emit('event', name, payload);
  };

  on<K extends keyof E & string>(name: K, listener: (payload: E[K]) => void): Unsubscribe {
    // A function of its own for each subscription: ending one must not end another of the same listener.
    return this.#named.on(name, (payload) => listener(payload));
  }

  onAny(listener: AnyListener<E>): Unsubscribe {
    return this.#all.on('event', (name, payload) => listener(name, payload));
  }
}
