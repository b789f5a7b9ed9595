/** The bridge of a served page: the contract over a WebSocket that reconnects by itself. */
import {
  connectContract,
  Emitter,
  pageContract,
  type Channel,
  type ContractClient,
  type EventName,
  type EventsOf,
  type PageContract,
} from '../contract.ts';
import { CONNECTION_LOST } from '../problem.ts';
import type { Bridge, Link, LinkStatus } from './types.ts';

const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 8_000;

type Client = ContractClient<PageContract>;

/** JSON messages of one WebSocket as a contract channel. Text that is not JSON is dropped. */
function socketChannel(socket: WebSocket): Channel {
  return {
    post: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    subscribe: (listener) => {
      const receive = (event: MessageEvent) => {
        if (typeof event.data !== 'string') return;
        try {
          listener(JSON.parse(event.data));
        } catch (error) {
          console.error('Dropped a message that could not be read.', error);
        }
      };
      socket.addEventListener('message', receive);
      return () => socket.removeEventListener('message', receive);
    },
  };
}

/** Connects to `url` and stays connected. Calls made while the connection is lost fail with `connection-lost`. */
export function createSocketBridge(url: string): Bridge {
  const events = new Emitter<EventsOf<PageContract>>();
  const changes = new Emitter<{ status: LinkStatus }>();
  let status: LinkStatus = 'connecting';
  let client: Client | null = null;
  let waiting: Array<(client: Client | null) => void> = [];
  let delay = FIRST_RETRY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const setStatus = (next: LinkStatus) => {
    if (next === status) return;
    status = next;
    changes.emit('status', next);
  };

  const settleWaiting = (result: Client | null) => {
    const settled = waiting;
    waiting = [];
    for (const settle of settled) settle(result);
  };

  const connect = () => {
    clearTimeout(timer);
    timer = undefined;
    const socket = new WebSocket(url);
    let own: Client | null = null;
    socket.addEventListener('open', () => {
      own = connectContract(pageContract, socketChannel(socket));
      for (const name of Object.keys(pageContract.events) as EventName<PageContract>[]) {
        own.on(name, (payload) => events.emit(name, payload as never));
      }
      client = own;
      delay = FIRST_RETRY_MS;
      settleWaiting(own);
      setStatus('open');
    });
    socket.addEventListener('close', () => {
      own?.close();
      if (client === own) client = null;
      settleWaiting(null);
      setStatus('lost');
      timer = setTimeout(connect, delay);
      delay = Math.min(delay * 1.8, LONGEST_RETRY_MS);
    });
  };

  const link: Link = {
    get status() {
      return status;
    },
    subscribe(listener) {
      return changes.on('status', listener);
    },
    retry() {
      if (timer === undefined) return;
      delay = FIRST_RETRY_MS;
      connect();
    },
  };

  connect();
  return {
    kind: 'served',
    link,
    call: async (name, input) => {
      const used = client ?? (status === 'connecting' ? await new Promise<Client | null>((settle) => waiting.push(settle)) : null);
      if (used === null) throw CONNECTION_LOST;
      try {
        return await used.call(name, input);
      } catch (error) {
        // A call that was in flight when its connection went away fails with the transport's own error.
        throw used === client ? error : CONNECTION_LOST;
      }
    },
    on: (name, listener) => events.on(name, listener),
  };
}
