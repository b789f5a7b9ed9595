/** The composition root: wires store, engine, protection, models and chat. Every entry (window, served, command line) starts here. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AdminService } from './admin/admin-service.ts';
import { checkModel } from './admin/check-model.ts';
import { checkSettings } from './admin/check-settings.ts';
import { policyFilePaths } from './admin/policy-files.ts';
import { PolicyService } from './admin/policy-service.ts';
import { checkUnsteered } from './admin/unsteered.ts';
import { BenignSetsService } from './calibration/benign-sets/sets-service.ts';
import { CalibrationService } from './calibration/calibration-service.ts';
import { calibrationHandlers } from './calibration/handlers.ts';
import type { PromptLimits } from '../steering/calibration/prompts.ts';
import { purgeDeleted } from './conversations/purge.ts';
import { transferHandlers } from './conversations/transfers.ts';
import { ChatService } from './chat/chat-service.ts';
import { DiskReserve } from './chat/disk-reserve.ts';
import type { EngineState, Notice, Settings } from './contract/index.ts';
import { SteadyError, toErrorShape } from './contract/index.ts';
import { forkNodeEngine, type ForkEngine } from './engine/fork.ts';
import { EngineSupervisor } from './engine/supervisor.ts';
import { EvaluationService } from './evaluation/evaluation-service.ts';
import { evaluationHandlers, unlessEvaluating } from './evaluation/handlers.ts';
import { AppEvents } from './events.ts';
import { ModelService } from './models/model-service.ts';
import type { AppConnection, PageConnection } from './page/connection.ts';
import { PageConnections, type AppHandlers } from './page/connections.ts';
import { profileHandlers } from './profiles/handlers.ts';
import { ProfileLibrary } from './profiles/profile-library.ts';
import { ProtectionService } from './protection/protection-service.ts';
import { Recurring } from './recurring.ts';
import { refusalHandlers } from './refusals/handlers.ts';
import { RefusalService } from './refusals/refusal-service.ts';
import { networkFileSystem, openStore, type Store } from './store/index.ts';

export interface AppOptions {
  /** Absolute path of the folder that holds all state. */
  dataDir: string;
  shell: 'electron' | 'served';
  forkEngine?: ForkEngine | undefined;
  /** Asks for a file with the system's dialog. */
  pickFile?: (() => Promise<string | null>) | undefined;
  /** Where the store's worker lies in a bundled app. */
  storeWorkerUrl?: URL | undefined;
  /** The machine's policy file, where it does not lie in the usual place. */
  systemPolicyFile?: string | undefined;
  /** False: no model is loaded by itself at start. */
  loadModel?: boolean | undefined;
  /** Other sizes than the calibration budgets', for trials of the whole way in little time. */
  calibrationLimits?: PromptLimits | undefined;
}

export interface SteadyApp extends AppConnection {
  /** The requests and events of the process itself, behind no lock. A shell hands out `connect()` and nothing else. */
  readonly handlers: PageConnection['handlers'];
  readonly onEvent: PageConnection['onEvent'];
  readonly policies: PolicyService;
  readonly admin: AdminService;
  readonly store: Store;
  readonly engine: EngineSupervisor;
  readonly protection: ProtectionService;
  readonly models: ModelService;
  readonly chat: ChatService;
  readonly calibration: CalibrationService;
  readonly evaluation: EvaluationService;
  readonly benignSets: BenignSetsService;
  readonly profiles: ProfileLibrary;
  readonly refusals: RefusalService;
  /** Stores what is being written, ends the engine and closes the database. */
  close(): Promise<void>;
}

const DATABASE_FILE = 'steady.db';

/** Starts the app. Resolves when its state can be asked for; the model loads behind it. */
export async function startApp(options: AppOptions): Promise<SteadyApp> {
  // For this user alone: conversations lie in it.
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
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
  const reserve = new DiskReserve(join(options.dataDir, 'disk-reserve'));
  const events = new AppEvents();
  const files = policyFilePaths(options.dataDir, { systemFile: options.systemPolicyFile });
  const policies = await PolicyService.open({ store: store.admin, files });
  const admin = await AdminService.open({ store: store.admin, policies });
  let settings = await store.settings.get();

  const protection = new ProtectionService({
    dataDir: options.dataDir,
    settings: () => settings,
    policies,
    onState: (state) => events.emit('protection.changed', state),
  });
  const engine = new EngineSupervisor({
    fork: options.forkEngine ?? forkNodeEngine,
    onState: (state) => engineChanged(state),
    checkModel: (target) => checkModel(target, policies),
    applyProfile: (model, target, client) => {
      if (model.templateNote !== null) events.emit('app.notice', { level: 'warning', message: model.templateNote, hint: TEMPLATE_HINT });
      return protection.apply(model, target, client);
    },
    onLog: (level, message) => {
      if (process.env['STEADY_LOG'] === 'engine') process.stderr.write(`[engine ${level}] ${message}\n`);
    },
  });
  function engineChanged(state: EngineState): void {
    if (state.status === 'crashed') {
      protection.pending();
      events.emit('app.notice', { level: 'warning', message: state.error!.message, hint: state.error!.hint });
    }
    if (state.status === 'failed' || state.status === 'idle') protection.noModel();
    events.emit('engine.changed', state);
  }
  const refusals = new RefusalService({ store: store.refusals, events, policies, dataDir: options.dataDir, appVersion: appVersion() });
  const chat = new ChatService({
    store,
    engine,
    protection,
    policies,
    events,
    onLogged: () => refusals.added(),
    defaults: () => ({ systemPrompt: settings.defaultSystemPrompt, sampling: settings.defaultSampling }),
  });
  const models = new ModelService({ dataDir: options.dataDir, store, policies, engine, protection, events, pickFile: options.pickFile });
  const profiles = new ProfileLibrary({
    dataDir: options.dataDir,
    engine,
    protection,
    knownModels: async () => (await models.list()).flatMap(({ sha256 }) => sha256 ?? []),
    onChange: () => events.emit('profiles.changed', {}),
  });
  const benignSets = new BenignSetsService({
    store,
    refusals: refusals.wrongRefusals,
    onChange: () => events.emit('calibration.sets.changed', {}),
  });
  const calibration = new CalibrationService({
    dataDir: options.dataDir,
    appVersion: appVersion(),
    engine,
    protection,
    events,
    sets: benignSets,
    library: profiles,
    loadModel: (modelId) => models.load(modelId, { remember: false }),
    isChatting: () => chat.activeReplyIds.length > 0,
    limits: options.calibrationLimits,
  });
  const evaluation = new EvaluationService({
    dataDir: options.dataDir,
    appVersion: appVersion(),
    engine,
    protection,
    events,
    loadModel: (modelId) => models.load(modelId, { remember: false }),
    checkUnsteered: () => checkUnsteered({ policies, admin }),
    requireFree: () => {
      calibration.requireIdle();
      if (chat.activeReplyIds.length > 0)
        throw new SteadyError('busy', 'A reply is being written.', { hint: 'Wait for it or stop it, then try again.' });
    },
  });
  /** @throws `busy` while a job has the engine for itself. */
  function requireIdle(): void {
    calibration.requireIdle();
    evaluation.requireIdle();
  }

  async function updateSettings(patch: Partial<Settings>): Promise<Settings> {
    checkSettings(patch, policies);
    settings = await store.settings.update(patch);
    events.emit('settings.changed', settings);
    protection.refresh();
    return settings;
  }

  await store.messages.recoverInterrupted();
  const purge = new Recurring(async () => {
    if ((await purgeDeleted(store, policies)) > 0) refusals.removed();
  });
  await purge.start((listener) => policies.onChange(listener));
  refusals.start();
  await store.benignSets.removeUnfinished();
  if (options.loadModel !== false) void models.loadInitial(settings.modelId, requireIdle);

  const handlers: AppHandlers = {
    'app.state': () => ({
      version: appVersion(),
      shell: options.shell,
      settings,
      engine: engine.state,
      protection: protection.state,
      activeReplyIds: chat.activeReplyIds,
      notices: startNotices(options.dataDir),
    }),
    'settings.update': (patch) => updateSettings(patch),

    'conversations.list': (page) => store.conversations.list(page),
    'conversations.search': (request) => store.conversations.search(request),
    'conversations.open': ({ id }) => store.conversations.open(id),
    'conversations.update': async ({ id, ...patch }) => {
      const conversation = await store.conversations.update(id, patch);
      events.emit('conversations.changed', conversation);
      return conversation;
    },
    'conversations.delete': async ({ id }) => {
      await chat.stopAll(id);
      await store.conversations.delete(id);
      events.emit('conversations.removed', { id });
      return {};
    },
    'conversations.restore': async ({ id }) => {
      const summary = await store.conversations.restore(id);
      events.emit('conversations.changed', summary);
      return summary;
    },

    ...transferHandlers({ store, events, appVersion: appVersion() }),

    'chat.send': (input) => chat.send(input),
    'chat.regenerate': ({ replyId }) => chat.regenerate(replyId),
    'chat.stop': async ({ replyId }) => {
      await chat.stop(replyId);
      return {};
    },

    'protection.switch': ({ on }) => {
      protection.switch(on);
      return {};
    },

    'models.list': () => models.list(),
    'models.estimate': ({ modelId }) => models.estimate(modelId),
    'models.download': ({ modelId }) => {
      models.download(modelId);
      return {};
    },
    'models.cancelDownload': ({ modelId }) => {
      models.cancelDownload(modelId);
      return {};
    },
    'models.load': async ({ modelId }) => {
      requireIdle();
      await models.load(modelId, { requireFree: requireIdle });
      settings = await store.settings.get();
      events.emit('settings.changed', settings);
      return {};
    },
    'models.discardDownload': async ({ modelId }) => {
      await models.discardDownload(modelId);
      return {};
    },
    'models.addFile': ({ path }) => models.addFile(path),
    'models.removeFile': async ({ modelId }) => {
      await models.removeFile(modelId);
      return {};
    },
    'models.pickFile': async () => ({ path: await models.pickFile() }),

    ...unlessEvaluating(evaluation, calibrationHandlers({ calibration, sets: benignSets })),
    ...evaluationHandlers({ evaluation }),
    ...profileHandlers({ library: profiles, requireIdle }),
    ...refusalHandlers(store.refusals, refusals),
  };

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    admin.close();
    models.close();
    await calibration.close();
    await evaluation.close();
    // A reply that does not stop in time is ended with the engine; its text is stored either way.
    await Promise.race([chat.stopAll(), new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref())]);
    await engine.close();
    await chat.stopAll().catch((error: unknown) => process.stderr.write(`${toErrorShape(error).message}\n`));
    await refusals.close();
    await purge.close();
    await chat.close(reserve);
    await store.close();
  }

  policies.onChange(() => protection.refresh());
  const pages = new PageConnections({ handlers, admin, policies, store: store.admin, events });
  const own = pages.connectOwn();
  return {
    connect: () => pages.connect(),
    handlers: own.handlers,
    onEvent: own.onEvent,
    policies,
    admin,
    store,
    engine,
    protection,
    models,
    chat,
    calibration,
    evaluation,
    benignSets,
    profiles,
    refusals,
    close: () => (closing ??= close()),
  };
}

/** What whoever opens the app should know of where it keeps its state. */
export function startNotices(dataDir: string): Notice[] {
  const fileSystem = networkFileSystem(join(dataDir, DATABASE_FILE));
  if (fileSystem === null) return [];
  return [
    {
      level: 'warning',
      message: `Conversations are kept on a network file system (${fileSystem}).`,
      hint: 'Steady writes in a slower and safer way there. Open it on one machine at a time, or move the data folder to a disk of this machine.',
    },
  ];
}

const TEMPLATE_HINT = 'Replies may be worse than the model can do. Look for a newer conversion of it.';

/** A person who closes the window should not wait longer than this. */
const CLOSE_WITHIN_MS = 1500;

/** The version in package.json, which lies above the sources and above the bundles alike. */
export function appVersion(): string {
  for (const up of ['..', '../..']) {
    try {
      const manifest = JSON.parse(readFileSync(join(import.meta.dirname, up, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'steady' && manifest.version !== undefined) return manifest.version;
    } catch {
      // Not here; look further up.
    }
  }
  return '0.0.0';
}
