/**
 * Keeps the engine process alive. llama.cpp ends its process on some failures; that must cost one unfinished reply and
 * nothing else, so the supervisor starts a new one, loads the same model with the same profile again, and says so.
 */
import { IDLE_ENGINE, type EngineState } from '../contract/index.ts';
import { Emitter, type Unsubscribe } from '../contract/emitter.ts';
import { SteadyError, toErrorShape } from '../contract/errors.ts';
import {
  connectContract,
  type ContractClient,
  type EventPayload,
  type EventsOf,
  type RequestInput,
  type RequestName,
  type RequestOutput,
} from '../contract/rpc.ts';
import type { EngineProcess, ForkEngine } from './fork.ts';
import { watchHeartbeat, type HeartbeatOptions } from './heartbeat.ts';
import { engineContract, type ComputeWishes, type EngineContract, type LoadedModel } from './protocol.ts';

/** What should be loaded; loaded again after a crash. */
export interface EngineTarget {
  modelId: string;
  modelName: string;
  modelPath: string;
  modelSha256: string;
  gpu: 'auto' | false;
  contextSize: number | null;
  wishes?: ComputeWishes | undefined;
}

export interface SupervisorOptions {
  fork: ForkEngine;
  onState(state: EngineState): void;
  /** Asked before each (re)load whether the file may be loaded. What it throws ends the load. */
  checkModel?(target: EngineTarget): Promise<void>;
  /** Applies protection after each (re)load. What goes wrong with it is the caller's to say; only a dead engine throws. */
  applyProfile(model: LoadedModel, target: EngineTarget, client: ContractClient<EngineContract>): Promise<void>;
  onLog?(level: string, message: string): void;
  /** Other times than the usual ones, for tests. */
  heartbeat?: HeartbeatOptions | undefined;
}

/** A ready engine answers in milliseconds, and in a second or two where others keep the machine busy: 20 s. */
const HEARTBEAT: HeartbeatOptions = { everyMs: 2000, misses: 10 };
/** Loading holds the main thread up now and then, as by a GPU's driver that is read from a slow disk: 90 s. */
const HEARTBEAT_LOADING: HeartbeatOptions = { everyMs: 2000, misses: 45 };

/** More crashes than this in the window, and the engine stays down until a person loads a model again. */
const MAX_CRASHES = 3;
const CRASH_WINDOW_MS = 60_000;

/** What the engine tells of its work; listeners outlive the process that tells it. */
const REPLY_EVENTS = ['chat.text', 'chat.takenBack', 'chat.progress', 'batch.reply'] as const;
type ReplyEvents = Pick<EventsOf<EngineContract>, (typeof REPLY_EVENTS)[number]>;

export class EngineSupervisor {
  readonly #options: SupervisorOptions;
  #state: EngineState = IDLE_ENGINE;
  #process: EngineProcess | null = null;
  #client: ContractClient<EngineContract> | null = null;
  #target: EngineTarget | null = null;
  #model: LoadedModel | null = null;
  #loading: Promise<LoadedModel> | null = null;
  #crashes: number[] = [];
  /** Crashes since a model was last ready: a load may take longer to fail than the window is wide. */
  #failedLoads = 0;
  #closed = false;
  readonly #replies = new Emitter<ReplyEvents>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get state(): EngineState {
    return this.#state;
  }

  /** The loaded model; null while none is ready. */
  get model(): LoadedModel | null {
    return this.#model;
  }

  get target(): EngineTarget | null {
    return this.#target;
  }

  /** The engine's process id, for diagnostics. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Loads a model, replacing what is loaded. Errors are also in the state; `cancelled` when another load came after. */
  load(target: EngineTarget): Promise<LoadedModel> {
    this.#crashes = [];
    this.#failedLoads = 0;
    this.#target = target;
    return this.#startLoading();
  }

  /** The loaded model, waiting for a load (or a restart) in progress. @throws `model-not-loaded`, or the load's error. */
  async ready(): Promise<LoadedModel> {
    for (let loading = this.#loading; loading !== null; loading = this.#loading) {
      try {
        return await loading;
      } catch (error) {
        // A crash or another choice may have begun the next load; that is the one to wait for.
        if (this.#loading === null || this.#loading === loading) throw error;
      }
    }
    if (this.#model !== null) return this.#model;
    if (this.#state.error !== null) throw SteadyError.fromShape(this.#state.error);
    throw new SteadyError('model-not-loaded', 'No model is loaded.', { hint: 'Choose a model first.' });
  }

  /** Calls the engine. A crash during the call fails it with `engine-crashed`. */
  async call<K extends RequestName<EngineContract>>(
    name: K,
    input: RequestInput<EngineContract, K>,
  ): Promise<RequestOutput<EngineContract, K>> {
    await this.ready();
    return this.#client!.call(name, input);
  }

  /** Calls the engine for what needs no loaded model, starting it if need be. */
  async callUnloaded<K extends 'model.estimate' | 'template.try'>(
    name: K,
    input: RequestInput<EngineContract, K>,
  ): Promise<RequestOutput<EngineContract, K>> {
    await this.#loading?.catch(() => undefined);
    return (this.#client ?? this.#start()).call(name, input);
  }

  /** Listens to the engine's replies as they are written; survives restarts. */
  onText(listener: (payload: EventPayload<EngineContract, 'chat.text'>) => void): Unsubscribe {
    return this.#replies.on('chat.text', listener);
  }

  /** Listens to replies whose text so far is void; another one follows. */
  onTakenBack(listener: (payload: EventPayload<EngineContract, 'chat.takenBack'>) => void): Unsubscribe {
    return this.#replies.on('chat.takenBack', listener);
  }

  /** Listens to how far replies are that have no text yet; survives restarts. */
  onProgress(listener: (payload: EventPayload<EngineContract, 'chat.progress'>) => void): Unsubscribe {
    return this.#replies.on('chat.progress', listener);
  }

  onBatchReply(listener: (payload: EventPayload<EngineContract, 'batch.reply'>) => void): Unsubscribe {
    return this.#replies.on('batch.reply', listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const process = this.#process;
    if (process === null) return;
    const ended = new Promise<void>((resolve) => process.onExit(() => resolve()));
    process.kill();
    await ended;
  }

  /** One load at a time: the engine holds one model, and a profile must meet the model that it was meant for. */
  #startLoading(): Promise<LoadedModel> {
    const target = this.#target!;
    const before = this.#loading;
    const begun = before === null ? this.#load(target) : before.catch(() => undefined).then(() => this.#load(target));
    const loading = begun.finally(() => {
      if (this.#loading === loading) this.#loading = null;
    });
    this.#loading = loading;
    // Whoever waits gets the error; nobody waiting is fine too, since the state carries it.
    loading.catch(() => undefined);
    return loading;
  }

  async #load(target: EngineTarget): Promise<LoadedModel> {
    this.#requireCurrent(target);
    this.#model = null;
    this.#setState({
      ...IDLE_ENGINE,
      status: this.#process === null ? 'starting' : 'loading',
      modelId: target.modelId,
      modelName: target.modelName,
    });
    try {
      await this.#options.checkModel?.(target);
      this.#requireCurrent(target);
      const client = this.#client ?? this.#start();
      this.#setState({ ...this.#state, status: 'loading', loadProgress: 0 });
      const { modelPath, gpu, contextSize, wishes } = target;
      const model = await client.call('model.load', { modelPath, gpu, contextSize, ...(wishes === undefined ? {} : { wishes }) });
      this.#requireCurrent(target);
      await this.#options.applyProfile(model, target, client);
      this.#requireCurrent(target);
      this.#model = model;
      this.#setState({
        ...this.#state,
        status: 'ready',
        loadProgress: null,
        contextSize: model.contextSize,
        reasoningChoices: model.reasoningChoices,
        compute: model.compute,
        error: null,
      });
      return model;
    } catch (error) {
      const shape = toErrorShape(error);
      if (shape.code !== 'engine-crashed' && this.#target === target)
        this.#setState({ ...this.#state, status: 'failed', loadProgress: null, error: shape });
      throw error;
    }
  }

  #requireCurrent(target: EngineTarget): void {
    if (this.#target !== target) throw new SteadyError('cancelled', 'Another model was chosen meanwhile.');
  }

  #start(): ContractClient<EngineContract> {
    let child: EngineProcess;
    try {
      child = this.#options.fork();
    } catch (cause) {
      throw new SteadyError('engine-start-failed', 'The engine could not be started.', { hint: 'Restart Steady.', cause });
    }
    const client = connectContract(engineContract, child.channel);
    this.#process = child;
    this.#client = client;
    client.on('model.progress', ({ progress }) => {
      if (this.#state.status === 'loading') this.#setState({ ...this.#state, loadProgress: progress });
    });
    client.on('engine.log', ({ level, message }) => this.#options.onLog?.(level, message));
    for (const name of REPLY_EVENTS) client.on(name, (payload) => this.#replies.emit(name, payload as never));
    let silent: string | null = null;
    const stopWatching = watchHeartbeat(
      () => client.call('engine.ping', {}),
      () => this.#options.heartbeat ?? (this.#model === null ? HEARTBEAT_LOADING : HEARTBEAT),
      (silentMs) => {
        silent = `no answer for ${Math.round(silentMs / 100) / 10} s`;
        child.kill();
      },
    );
    child.onExit((how) => {
      stopWatching();
      this.#exited(child, client, silent ?? how);
    });
    return client;
  }

  #exited(child: EngineProcess, client: ContractClient<EngineContract>, how: string): void {
    if (this.#process !== child) return;
    const error = new SteadyError('engine-crashed', 'The engine stopped unexpectedly.', {
      hint: 'It is being restarted; what was written so far is kept.',
      details: { how },
    });
    this.#failedLoads = this.#model === null ? this.#failedLoads + 1 : 0;
    this.#process = null;
    this.#client = null;
    this.#model = null;
    client.close(error);
    if (this.#closed) return;
    const now = Date.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
    if (this.#target === null) return this.#setState(IDLE_ENGINE);
    if (this.#crashes.length > MAX_CRASHES || this.#failedLoads > MAX_CRASHES) {
      const hint = 'Load the model again, or choose a smaller one.';
      const message = 'The engine keeps stopping with this model.';
      return this.#setState({ ...this.#state, status: 'failed', error: { code: 'engine-crashed', message, hint, details: { how } } });
    }
    this.#setState({ ...this.#state, status: 'crashed', error: toErrorShape(error) });
    void this.#startLoading();
  }

  #setState(state: EngineState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
