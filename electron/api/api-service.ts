/** Whether the app itself answers programs: switched by the admin, off until then, and never against the policies. */
import type { ApiServing, ApiState } from '../contract/index.ts';
import { SteadyError, toErrorShape } from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { ApiKeyStore } from '../store/index.ts';
import { checkApiAllowed } from './access.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from './server.ts';

export interface ApiServiceOptions extends Omit<ApiServerOptions, 'port' | 'host' | 'tls' | 'names'> {
  store: Pick<ApiKeyStore, 'serving' | 'setServing'>;
  events: AppEvents;
}

export class ApiService {
  readonly #options: ApiServiceOptions;
  #serving: ApiServing;
  #server: ApiServer | null = null;
  #problem: SteadyError | null = null;
  /** Only an app that stays serves; a command of the command line does not. */
  #started = false;
  /** One change at a time. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #stopListening: () => void;

  private constructor(options: ApiServiceOptions, serving: ApiServing) {
    this.#options = options;
    this.#serving = serving;
    this.#stopListening = options.policies.onChange(() => void this.#exclusive(() => this.#reconcile()));
  }

  static async open(options: ApiServiceOptions): Promise<ApiService> {
    return new ApiService(options, await options.store.serving());
  }

  get state(): ApiState {
    return {
      ...this.#serving,
      baseUrl: this.#server?.baseUrl ?? null,
      problem: this.#problem === null ? null : toErrorShape(this.#problem),
    };
  }

  /** Serves from now on, where it is switched on. */
  start(): Promise<void> {
    this.#started = true;
    return this.#exclusive(() => this.#reconcile());
  }

  /** Switches it on or off, for later starts as well. @throws SteadyError `policy` where it may not be on; nothing is changed then */
  async serve(serving: ApiServing): Promise<ApiState> {
    if (serving.on) checkApiAllowed(this.#options.policies, false);
    await this.#exclusive(async () => {
      const detail = serving.on ? `Other programs are answered on port ${serving.port}.` : 'Other programs are not answered.';
      await this.#options.store.setServing(serving, { kind: 'api', detail });
      const moved = serving.port !== this.#serving.port;
      this.#serving = serving;
      if (moved) await this.#stop();
      await this.#reconcile();
    });
    return this.state;
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#started = false;
    await this.#exclusive(() => this.#stop());
  }

  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Makes what is served what it should be. */
  async #reconcile(): Promise<void> {
    const before = JSON.stringify(this.state);
    this.#problem = null;
    try {
      if (!this.#serving.on || !this.#started) await this.#stop();
      else {
        checkApiAllowed(this.#options.policies, false);
        this.#server ??= await startApiServer({ ...this.#options, port: this.#serving.port });
      }
    } catch (error) {
      await this.#stop();
      this.#problem = SteadyError.fromShape(toErrorShape(error));
    }
    if (JSON.stringify(this.state) !== before) this.#options.events.emit('api.changed', this.state);
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.close();
  }
}
