/** The engine's side of the border: whichever way this process was started, a channel to the app. */
import type { Channel } from '../contract/rpc.ts';

/** Electron's utility processes have `process.parentPort`; Node's forks have `process.send`. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  off(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** A channel to the process that started this one. `onClosed` is called when it goes away. */
export function parentChannel(onClosed: () => void): Channel {
  const parentPort = (process as unknown as { parentPort?: ParentPort }).parentPort;
  if (parentPort !== undefined) {
    return {
      post: (message) => parentPort.postMessage(message),
      subscribe: (listener) => {
        const forward = (event: { data: unknown }) => listener(event.data);
        parentPort.on('message', forward);
        return () => parentPort.off('message', forward);
      },
    };
  }
  if (process.send === undefined) throw new Error('The engine is started by the app, not by hand.');
  process.on('disconnect', onClosed);
  return {
    post: (message) => {
      // The app may have gone between two tokens; `disconnect` then ends this process, and the failure is nobody's to hear.
      if (process.connected) process.send!(message, undefined, undefined, () => undefined);
    },
    subscribe: (listener) => {
      process.on('message', listener);
      return () => process.off('message', listener);
    },
  };
}
