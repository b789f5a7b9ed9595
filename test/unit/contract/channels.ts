/** Two ends of a border: what one posts the other hears, copied as a real border copies it. */
import { MessageChannel } from 'node:worker_threads';
import type { Channel } from '../../../electron/contract/index.ts';

/** Ends joined in this process; messages are copied by structured clone, and later than they are posted. */
export function channelPair(): { app: Channel; page: Channel; close(): void } {
  const { port1, port2 } = new MessageChannel();
  const channel = (port: typeof port1): Channel => ({
    post: (message) => port.postMessage(message),
    subscribe: (listener) => {
      port.on('message', listener);
      return () => port.off('message', listener);
    },
  });
  return {
    app: channel(port1),
    page: channel(port2),
    close: () => {
      port1.close();
      port2.close();
    },
  };
}
