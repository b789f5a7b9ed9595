/** The app's side: starts the worker and turns the interface's calls into messages to it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createBirpc } from 'birpc';
import { SteadyError } from '../contract/index.ts';
import type { OpenStore, Store } from './interface.ts';
import { requireUsableNode } from './database/node-version.ts';
import { ROOT, type Answer, type Opened, type WorkerData, type WorkerFunctions } from './protocol.ts';

/** The worker's entry: the source where Node runs it as it is, otherwise the bundled file beside this one. */
function defaultWorkerUrl(): URL {
  const source = new URL('./worker.ts', import.meta.url);
  return existsSync(fileURLToPath(source)) ? source : new URL('./store-worker.js', import.meta.url);
}

function valueOf(answer: Answer): unknown {
  if (!answer.ok) throw SteadyError.fromShape(answer.error);
  return answer.value;
}

const closed = () => new SteadyError('cancelled', 'The store is closed.', { hint: 'Start Steady again.' });
const died = (cause: unknown) =>
  new SteadyError('internal', 'The part of Steady that keeps your conversations stopped.', {
    hint: 'Start Steady again. Everything that was saved is still there.',
    cause,
  });

/** Resolves once the worker has opened the database. @throws SteadyError what went wrong there. */
function whenOpened(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', ({ opened }: Opened) => (opened.ok ? resolve() : reject(SteadyError.fromShape(opened.error))));
    worker.once('error', (error) => reject(died(error)));
    worker.once('exit', () => reject(died(undefined)));
  });
}

/**
 * Opens the database in its own worker thread, creating or migrating it where needed.
 * @throws SteadyError `store-too-new`, `store-damaged`, `store-locked`, `disk-full`, or `internal` under a Node that is too old.
 */
export const openStore: OpenStore = async ({ path, workerUrl }) => {
  requireUsableNode(process.versions.node);
  const worker = new Worker(workerUrl ?? defaultWorkerUrl(), { workerData: { path } satisfies WorkerData, name: 'store' });
  try {
    await whenOpened(worker);
  } catch (error) {
    await worker.terminate();
    throw error;
  }

  const rpc = createBirpc<WorkerFunctions, object, false>(
    {},
    {
      post: (message) => worker.postMessage(message),
      on: (listener) => worker.on('message', listener),
      timeout: -1,
      proxify: false,
    },
  );
  const fail = (reason: SteadyError) => {
    if (!rpc.$closed) rpc.$close(reason);
  };
  worker.on('error', (error) => fail(died(error)));
  worker.on('exit', () => fail(died(undefined)));

  let closing: Promise<void> | undefined;
  const call = async (group: string, method: string, args: unknown[]) => {
    if (closing) throw closed();
    return valueOf(await rpc.$call('call', group, method, args));
  };
  const group = <K extends keyof Store>(name: K): Store[K] =>
    new Proxy({} as Store[K] & object, {
      // `then` must stay absent, or awaiting a group would call it.
      get: (_, method) => (typeof method === 'symbol' || method === 'then' ? undefined : (...args: unknown[]) => call(name, method, args)),
    });
  const close = async () => {
    try {
      if (!rpc.$closed) valueOf(await rpc.$call('call', ROOT, 'close', []));
    } finally {
      fail(closed());
      await worker.terminate();
    }
  };

  return {
    conversations: group('conversations'),
    messages: group('messages'),
    documents: group('documents'),
    refusals: group('refusals'),
    order: group('order'),
    folders: group('folders'),
    savedPrompts: group('savedPrompts'),
    settings: group('settings'),
    modelFiles: group('modelFiles'),
    modelSettings: group('modelSettings'),
    benignSets: group('benignSets'),
    admin: group('admin'),
    apiKeys: group('apiKeys'),
    transfer: group('transfer'),
    clock: group('clock'),
    integrityCheck: () => call(ROOT, 'integrityCheck', []) as ReturnType<Store['integrityCheck']>,
    close: () => (closing ??= close()),
  };
};
