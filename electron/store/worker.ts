/** The worker's entry: opens the database and answers calls, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { createBirpc } from 'birpc';
import { createCore } from './core.ts';
import { openDatabase } from './database/database.ts';
import { storeErrorShape } from './errors.ts';
import { ROOT, type Answer, type Opened, type WorkerData, type WorkerFunctions } from './protocol.ts';

const port = parentPort;
if (!port) throw new Error('This file is the entry of a worker thread.');

async function attempt(action: () => unknown): Promise<Answer> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    return { ok: false, error: storeErrorShape(error) };
  }
}

const opened = await attempt(async () => {
  const core = createCore(await openDatabase((workerData as WorkerData).path));
  const call: WorkerFunctions['call'] = (group, method, args) =>
    attempt(() => {
      const target = (group === ROOT ? core : core[group as keyof typeof core]) as unknown as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      const found = Object.hasOwn(target, method) ? target[method] : undefined;
      if (typeof found !== 'function') throw new TypeError(`The store has no method ${group}.${method}.`);
      return found(...args);
    });
  createBirpc<object, WorkerFunctions>(
    { call },
    { post: (message) => port.postMessage(message), on: (listener) => port.on('message', listener), timeout: -1 },
  );
});
port.postMessage({ opened: opened.ok ? { ok: true, value: null } : opened } satisfies Opened);
