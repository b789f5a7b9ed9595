/** The admin area's lock and policies, and the connections that pages make to the app. */
import type { adminRequests, AdminState, Handlers, PageContract } from '../contract/index.ts';
import { SteadyError } from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { PageConnection } from '../page/connection.ts';
import { guardHandlers, guardListener, type Lock } from './guard.ts';
import { DEFAULT_POLICIES } from './policies.ts';

/** The app's requests but for those that differ from connection to connection. */
export type AppHandlers = Omit<Handlers<PageContract>, keyof typeof adminRequests>;

export interface AdminServiceOptions {
  events: AppEvents;
}

export class AdminService {
  readonly #options: AdminServiceOptions;

  constructor(options: AdminServiceOptions) {
    this.#options = options;
  }

  /** A page's connection to the app: `handlers` behind the lock, and the lock's own requests. */
  connect(handlers: AppHandlers): PageConnection {
    const lock: Lock = { isOpen: () => Promise.resolve(true), seemsOpen: true };
    const visibility = () => DEFAULT_POLICIES.logVisibility;
    const state = (): AdminState => ({
      passphrase: 'none',
      unlocked: true,
      retryAt: null,
      idleLockMinutes: DEFAULT_POLICIES.idleLockMinutes,
      policies: DEFAULT_POLICIES,
      problem: null,
    });
    const notYet = () => {
      throw new SteadyError('unknown-request', 'This is not there yet.');
    };
    const own: Pick<Handlers<PageContract>, keyof typeof adminRequests> = {
      'admin.state': state,
      'admin.choose': notYet,
      'admin.unlock': notYet,
      'admin.lock': notYet,
      'admin.touch': () => ({}),
      'admin.changePassphrase': notYet,
      'admin.policies': notYet,
      'admin.setPolicies': notYet,
      'admin.events': notYet,
    };
    return {
      handlers: guardHandlers({ ...handlers, ...own }, lock, visibility),
      onEvent: (listener) => this.#options.events.on(guardListener(listener, lock, visibility)),
      close: () => {},
    };
  }
}
