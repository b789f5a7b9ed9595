/** The app's life: opened, set going, closed. Every entry (window, served, command line) starts here. */
import { join } from 'node:path';
import { toErrorShape, type AppState } from './contract/index.ts';
import { purgeDeleted } from './conversations/purge.ts';
import { appHandlers } from './handlers.ts';
import type { AppConnection, PageConnection } from './page/connection.ts';
import { PageConnections } from './page/connections.ts';
import { makePrivateFolder } from './private-folder.ts';
import { Recurring } from './recurring.ts';
import { createServices, DATABASE_FILE, type ServiceOptions, type Services } from './services.ts';
import { openStore, type Store } from './store/index.ts';

export { appVersion } from './app-version.ts';

export interface AppOptions extends ServiceOptions {
  shell: AppState['shell'];
  /** Where the store's worker lies in a bundled app. */
  storeWorkerUrl?: URL | undefined;
  /** False: no model is loaded by itself at start. */
  loadModel?: boolean | undefined;
}

export interface SteadyApp extends AppConnection, Services {
  /** The requests and events of the process itself, behind no lock. A shell hands out `connect()` and nothing else. */
  readonly handlers: PageConnection['handlers'];
  readonly onEvent: PageConnection['onEvent'];
  /** Stores what is being written, ends the engine and closes the database. */
  close(): Promise<void>;
}

/** A person who closes the window should not wait longer than this. */
const CLOSE_WITHIN_MS = 1500;

/** Starts the app. Resolves when its state can be asked for; the model loads behind it. */
export async function startApp(options: AppOptions): Promise<SteadyApp> {
  await makePrivateFolder(options.dataDir);
  const store = await openStore({
    path: join(options.dataDir, DATABASE_FILE),
    ...(options.storeWorkerUrl === undefined ? {} : { workerUrl: options.storeWorkerUrl }),
  });
  try {
    return await startOn(store, options);
  } catch (error) {
    // Its thread would keep the process alive, and a command from ever ending.
    await store.close().catch(() => undefined);
    throw error;
  }
}

async function startOn(store: Store, options: AppOptions): Promise<SteadyApp> {
  const services = await createServices(store, options);
  const { policies, admin, events, refusals, models, documents } = services;

  await store.messages.recoverInterrupted();
  const purge = new Recurring(async () => {
    if ((await purgeDeleted(store, policies)) > 0) refusals.removed();
    await documents.sweep();
  });
  await purge.start((listener) => policies.onChange(listener));
  refusals.start();
  await store.benignSets.removeUnfinished();
  if (options.loadModel !== false) {
    void models.loadInitial();
    await services.api.start();
  }

  const handlers = appHandlers(services, { shell: options.shell, databasePath: join(options.dataDir, DATABASE_FILE) });
  const pages = new PageConnections({ handlers, admin, policies, store: store.admin, events });
  const own = pages.connectOwn();
  let closing: Promise<void> | undefined;
  return {
    ...services,
    connect: () => pages.connect(),
    handlers: own.handlers,
    onEvent: own.onEvent,
    close: () => (closing ??= close(services, purge)),
  };
}

async function close(services: Services, purge: Recurring): Promise<void> {
  const { store, engine, admin, api, models, chat, refusals, calibration, corrections, evaluation } = services;
  admin.close();
  models.close();
  await calibration.close();
  await corrections.close();
  await evaluation.close();
  // A reply that does not stop in time is ended with the engine; its text is stored either way.
  const apiClosed = api.close();
  await Promise.race([Promise.all([chat.stopAll(), apiClosed]), new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref())]);
  await engine.close();
  await apiClosed;
  await services.nearest.close();
  await chat.stopAll().catch((error: unknown) => process.stderr.write(`${toErrorShape(error).message}\n`));
  await refusals.close();
  await purge.close();
  await chat.close();
  await store.close();
}
