/** The admin area's own requests, for one connection. */
import type { adminRequests, AdminState, Handlers, PageContract } from '../contract/index.ts';
import type { AdminStore } from '../store/index.ts';
import type { AdminService } from './admin-service.ts';
import type { PolicyService } from './policy-service.ts';
import type { AdminSession } from './session.ts';

export type AdminHandlers = Pick<Handlers<PageContract>, keyof typeof adminRequests>;

export interface AdminHandlerOptions {
  admin: AdminService;
  policies: PolicyService;
  store: AdminStore;
  session: AdminSession;
  /** The area as this connection sees it. */
  state(): AdminState;
}

export function adminHandlers({ admin, policies, store, session, state }: AdminHandlerOptions): AdminHandlers {
  return {
    'admin.state': async () => {
      await admin.lock();
      return state();
    },
    'admin.choose': async ({ passphrase }) => {
      session.open((await admin.choose(passphrase)).revision);
      return state();
    },
    'admin.unlock': async ({ passphrase }) => {
      if ((await admin.lock()).passphrase === 'set') session.open(await admin.verify(passphrase));
      return state();
    },
    'admin.lock': () => {
      session.lock();
      return state();
    },
    'admin.touch': () => {
      session.touch();
      return {};
    },
    'admin.changePassphrase': async ({ current, next }) => {
      session.open((await admin.change(current, next)).revision);
      return state();
    },
    'admin.policies': () => policies.state,
    'admin.setPolicies': (patch) => policies.set(patch),
    'admin.events': ({ limit }) => store.events(limit),
  };
}
