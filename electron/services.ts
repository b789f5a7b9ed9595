/** Every service of the app, each given what it needs: the store below, engine and protection above it, the use cases on top. */
import { join } from 'node:path';
import { AdminService } from './admin/admin-service.ts';
import { checkModel } from './admin/check-model.ts';
import { policyFilePaths } from './admin/policy-files.ts';
import { PolicyService } from './admin/policy-service.ts';
import { checkUnsteered } from './admin/unsteered.ts';
import { appVersion } from './app-version.ts';
import { ApiService } from './api/api-service.ts';
import { ApiKeys } from './api/keys.ts';
import type { RepliesOptions } from './api/replies.ts';
import { BenignSetsService } from './calibration/benign-sets/sets-service.ts';
import { CalibrationService, type CalibrationServiceOptions } from './calibration/calibration-service.ts';
import { ModelProtector } from './calibration/protect-model.ts';
import { CorrectionsService } from './corrections/corrections-service.ts';
import { ChatService } from './chat/chat-service.ts';
import { DiskReserve } from './chat/disk-reserve.ts';
import { DEFAULT_SAMPLING, toErrorShape, type EngineState, type Sampling } from './contract/index.ts';
import { DocumentService } from './documents/document-service.ts';
import { forkNodeEngine, type ForkEngine } from './engine/fork.ts';
import { EngineSupervisor } from './engine/supervisor.ts';
import { EvaluationService } from './evaluation/evaluation-service.ts';
import { AppEvents } from './events.ts';
import { EngineLease, type Lease } from './jobs/engine-lease.ts';
import { ModelService } from './models/model-service.ts';
import { recommendedSampling } from './models/recommended-sampling.ts';
import { PromptUploads } from './prompt-files/uploads.ts';
import { NearestService } from './nearest/nearest-service.ts';
import { KeptTests } from './playground/kept-tests.ts';
import { PlaygroundService } from './playground/playground-service.ts';
import { ProfileLibrary } from './profiles/profile-library.ts';
import { ProtectionService } from './protection/protection-service.ts';
import type { SelfTest } from './protection/self-test.ts';
import { RefusalService } from './refusals/refusal-service.ts';
import { SettingsService } from './settings/settings-service.ts';
import type { Store } from './store/index.ts';

/** The database's name in the data folder. */
export const DATABASE_FILE = 'steady.db';

export interface ServiceOptions {
  /** Absolute path of the folder that holds all state. */
  dataDir: string;
  forkEngine?: ForkEngine | undefined;
  /** Asks for a file with the system's dialog. */
  pickFile?: (() => Promise<string | null>) | undefined;
  /** The machine's policy file, where it does not lie in the usual place. */
  systemPolicyFile?: string | undefined;
  /** Other sizes than the calibration budgets', for trials of the whole way in little time. */
  calibrationLimits?: CalibrationServiceOptions['limits'];
  /** Another trial of profiles than the usual one, for tests with profiles that mean nothing. No entry of the product sets it. */
  profileSelfTest?: SelfTest | undefined;
}

export interface Services {
  readonly store: Store;
  readonly events: AppEvents;
  readonly policies: PolicyService;
  readonly admin: AdminService;
  readonly settings: SettingsService;
  /** Who has the engine. */
  readonly lease: EngineLease;
  readonly engine: EngineSupervisor;
  readonly protection: ProtectionService;
  readonly models: ModelService;
  readonly documents: DocumentService;
  readonly chat: ChatService;
  /** Keys of other programs, and what writes their replies. */
  readonly apiKeys: ApiKeys;
  readonly apiReplies: RepliesOptions & { defaultSampling(): Sampling };
  readonly api: ApiService;
  readonly refusals: RefusalService;
  readonly profiles: ProfileLibrary;
  readonly uploads: PromptUploads;
  readonly benignSets: BenignSetsService;
  readonly calibration: CalibrationService;
  readonly protector: ModelProtector;
  readonly corrections: CorrectionsService;
  readonly evaluation: EvaluationService;
  readonly playground: PlaygroundService;
  /** Prompts that are kept as tests, which evaluations take. */
  readonly tests: KeptTests;
  readonly nearest: NearestService;
}

const TEMPLATE_HINT = 'Replies may be worse than the model can do. Look for a newer conversion of it.';

export async function createServices(store: Store, options: ServiceOptions): Promise<Services> {
  const { dataDir } = options;
  const events = new AppEvents();
  const lease = new EngineLease();
  const files = policyFilePaths(dataDir, { systemFile: options.systemPolicyFile });
  const policies = await PolicyService.open({ store: store.admin, files });
  const admin = await AdminService.open({ store: store.admin, policies });
  const settings = await SettingsService.open({ store: store.settings, policies, events });

  const protection = new ProtectionService({
    dataDir,
    appVersion: appVersion(),
    settings: () => settings.current,
    policies,
    lease,
    onState: (state) => events.emit('protection.changed', state),
    selfTest: options.profileSelfTest,
  });
  events.on('settings.changed', () => protection.refresh());
  policies.onChange(() => protection.refresh());

  const engine = new EngineSupervisor({
    fork: options.forkEngine ?? forkNodeEngine,
    onState: (state) => engineChanged(state, { events, protection }),
    checkModel: (target) => checkModel(target, policies),
    applyProfile: (model, target, client) => {
      if (model.templateNote !== null) events.emit('app.notice', { level: 'warning', message: model.templateNote, hint: TEMPLATE_HINT });
      return protection.apply(model, target, client);
    },
    onLog: (level, message) => {
      if (process.env['STEADY_LOG'] === 'engine') process.stderr.write(`[engine ${level}] ${message}\n`);
    },
  });
  // Whose profiles count is another question now. A job puts the model's own profile back at its end, and then it is asked.
  policies.onChange(() => {
    const { model, target } = engine;
    if (model === null || target === null || lease.holder !== null || !protection.signatureOutdated) return;
    protection.apply(model, target, { call: (name, input) => engine.call(name, input) }).catch(() => undefined);
  });
  const models = new ModelService({ dataDir, store, settings, policies, lease, engine, protection, events, pickFile: options.pickFile });

  const refusals = new RefusalService({
    ...{ store: store.refusals, clock: store.clock, events, policies },
    ...{ dataDir, databasePath: join(dataDir, DATABASE_FILE), appVersion: appVersion() },
  });
  const uploads = new PromptUploads(join(dataDir, 'uploads'));
  const documents = new DocumentService({
    store: store.documents,
    uploads: new PromptUploads(join(dataDir, 'document-uploads')),
    countTokens: async (text) => {
      if (engine.model === null) return null;
      const { texts } = await engine.call('chat.measure', { systemPrompt: '', texts: [text], maxTokens: 1 });
      return texts[0]!;
    },
  });
  const reserves = {
    text: new DiskReserve(join(dataDir, 'disk-reserve-text')),
    end: new DiskReserve(join(dataDir, 'disk-reserve')),
  };
  const defaultSampling = () => settings.current.defaultSampling ?? recommendedSampling(engine.target?.modelSha256) ?? DEFAULT_SAMPLING;
  const chat = new ChatService({
    store,
    engine,
    lease,
    protection,
    documents,
    policies,
    events,
    reserves,
    onLogged: () => refusals.added(),
    defaults: () => ({
      systemPrompt: settings.current.defaultSystemPrompt,
      sampling: defaultSampling(),
      reasoning: settings.current.defaultReasoning ?? null,
    }),
  });
  const apiReplies: Services['apiReplies'] = {
    ...{ engine, lease, protection, policies },
    defaultSampling,
    log: store.refusals,
    reserve: reserves.text,
    onReserveUsed: (error) => {
      const { message, hint } = toErrorShape(error);
      events.emit('app.notice', { level: 'warning', message, hint });
    },
    onLogged: () => refusals.added(),
  };
  const apiKeys = new ApiKeys(store.apiKeys);
  const api = await ApiService.open({
    ...apiReplies,
    store: store.apiKeys,
    keys: apiKeys,
    events,
  });
  const profiles = new ProfileLibrary({
    dataDir,
    engine,
    protection,
    knownModels: async () => (await models.list()).flatMap(({ sha256 }) => sha256 ?? []),
    onChange: () => events.emit('profiles.changed', {}),
  });
  const benignSets = new BenignSetsService({
    store,
    uploads,
    refusals: refusals.wrongRefusals,
    onChange: () => events.emit('calibration.sets.changed', {}),
  });
  const loadModel = (modelId: string, own: Lease) => models.load(modelId, { remember: false, own });
  const jobs = { dataDir, appVersion: appVersion(), engine, lease, protection, events, loadModel };
  const calibration = new CalibrationService({ ...jobs, sets: benignSets, library: profiles, limits: options.calibrationLimits });
  const protector = new ModelProtector({
    calibrations: calibration,
    loadedModel: () =>
      engine.model === null || engine.target === null ? null : { name: engine.target.modelName, sha256: engine.target.modelSha256 },
    events,
  });
  const corrections = new CorrectionsService({ dataDir, engine, lease, events, library: profiles, refusals: store.refusals });
  const mayBeUnsteered = () => checkUnsteered({ policies, admin });
  const evaluation = new EvaluationService({ ...jobs, uploads, checkUnsteered: mayBeUnsteered });
  const playground = new PlaygroundService({ engine, lease, policies, events, library: profiles, checkUnsteered: mayBeUnsteered });
  const tests = new KeptTests(join(dataDir, 'evaluations', 'tests'), () => events.emit('tests.changed', {}));

  return {
    ...{ store, events, policies, admin, settings, lease, engine, protection, models, documents, chat, refusals },
    ...{ apiKeys, apiReplies, api },
    ...{ profiles, uploads, benignSets, calibration, protector, corrections, evaluation, playground, tests, nearest: new NearestService() },
  };
}

function engineChanged(state: EngineState, { events, protection }: Pick<Services, 'events' | 'protection'>): void {
  if (state.status === 'crashed') {
    protection.pending();
    events.emit('app.notice', { level: 'warning', message: state.error!.message, hint: state.error!.hint });
  }
  if (state.status === 'failed' || state.status === 'idle') protection.noModel();
  events.emit('engine.changed', state);
}
