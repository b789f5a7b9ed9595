/** The page's side of the real contract, with scripted answers on the app's side. */
import {
  connectContract,
  pageContract,
  serveContract,
  SteadyError,
  type Channel,
  type ContractServer,
  type Handlers,
  type PageContract,
} from '../../../../electron/contract/index.ts';
import type { Bridge } from '../../../../renderer/lib/bridge/index.ts';

/** Two ends of a pipe that delivers copies, one message at a time, as a socket does. */
function pipe(): [Channel, Channel] {
  const ends = [new Set<(message: unknown) => void>(), new Set<(message: unknown) => void>()] as const;
  const end = (own: Set<(message: unknown) => void>, other: Set<(message: unknown) => void>): Channel => ({
    post: (message) => {
      const copy: unknown = JSON.parse(JSON.stringify(message));
      queueMicrotask(() => {
        for (const listener of other) listener(copy);
      });
    },
    subscribe: (listener) => {
      own.add(listener);
      return () => own.delete(listener);
    },
  });
  return [end(ends[0], ends[1]), end(ends[1], ends[0])];
}

export interface ScriptedApp {
  readonly bridge: Bridge;
  readonly emit: ContractServer<PageContract>['emit'];
  /** Lets everything that is on its way arrive. */
  settle(): Promise<void>;
}

/** An app that answers the given requests; any other fails with `not-found`. */
export function scriptedApp(handlers: Partial<Handlers<PageContract>>): ScriptedApp {
  const [pageEnd, appEnd] = pipe();
  const all = Object.fromEntries(
    Object.keys(pageContract.requests).map((name) => [
      name,
      (handlers as Record<string, unknown>)[name] ??
        (() => {
          throw new SteadyError('not-found', `Not scripted: ${name}`);
        }),
    ]),
  ) as unknown as Handlers<PageContract>;
  const server = serveContract(pageContract, all, appEnd);
  const client = connectContract(pageContract, pageEnd);
  return {
    bridge: { kind: 'served', call: client.call, on: client.on },
    emit: server.emit,
    settle: () => new Promise((done) => setTimeout(done, 10)),
  };
}
