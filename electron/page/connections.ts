/** The connections that pages make to the app: each has to unlock the admin area for itself. */
import type { AdminService } from '../admin/admin-service.ts';
import { guardHandlers, guardListener, type Lock } from '../admin/guard.ts';
import { adminHandlers, type AdminHandlers } from '../admin/handlers.ts';
import type { PolicyService } from '../admin/policy-service.ts';
import { Emitter, type EventsOf, type Handlers, type PageContract } from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { AdminStore } from '../store/index.ts';
import type { AppConnection, PageConnection } from './connection.ts';

/** The app's requests but for those that differ from connection to connection. */
export type AppHandlers = Omit<Handlers<PageContract>, keyof AdminHandlers>;

export interface PageConnectionsOptions {
  handlers: AppHandlers;
  admin: AdminService;
  policies: PolicyService;
  store: AdminStore;
  events: AppEvents;
}

/** The lock of the process itself: whoever can start it owns the data folder's files. */
const OPEN: Lock = { isOpen: () => Promise.resolve(true), seemsOpen: true };

export class PageConnections implements AppConnection {
  readonly #options: PageConnectionsOptions;

  constructor(options: PageConnectionsOptions) {
    this.#options = options;
  }

  /** A page's connection: the app's requests behind the lock, and the lock's own. */
  connect(): PageConnection {
    const { handlers, admin, policies, events } = this.#options;
    const own = new Emitter<Pick<EventsOf<PageContract>, 'admin.changed'>>();
    const session = admin.openSession(() => own.emit('admin.changed', state()));
    const state = () => admin.stateOf(session);
    const visibility = () => policies.current().logVisibility;
    return {
      handlers: guardHandlers({ ...handlers, ...adminHandlers({ ...this.#options, session, state }) }, session, visibility),
      onEvent: (listener) => {
        const stops = [own.onAny(listener), events.onAny(guardListener(listener, session, visibility))];
        return () => {
          for (const stop of stops) stop();
        };
      },
      close: () => admin.closeSession(session),
    };
  }

  /** The connection of the process itself, behind no lock. */
  connectOwn(): PageConnection {
    const { handlers, admin, events } = this.#options;
    const session = admin.openSession(() => undefined);
    const state = () => ({ ...admin.stateOf(session), unlocked: true });
    return {
      handlers: guardHandlers({ ...handlers, ...adminHandlers({ ...this.#options, session, state }) }, OPEN, () => 'everyone'),
      onEvent: (listener) => events.onAny(listener),
      close: () => admin.closeSession(session),
    };
  }
}
