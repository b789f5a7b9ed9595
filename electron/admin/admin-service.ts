/** The admin area's lock, and the connections that pages make to the app: each has to unlock the area for itself. */
import { SteadyError, toErrorShape, type adminRequests, type AdminState, type Handlers, type PageContract } from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { EventListener, PageConnection } from '../page/connection.ts';
import type { AdminLock, AdminStore } from '../store/index.ts';
import { guardHandlers, guardListener, type Lock } from './guard.ts';
import { checkNewPassphrase, hashPassphrase, isWeak, verifyPassphrase } from './passphrase.ts';
import type { PolicyService } from './policy-service.ts';
import { AdminSession } from './session.ts';

/** The app's requests but for those that differ from connection to connection. */
export type AppHandlers = Omit<Handlers<PageContract>, keyof typeof adminRequests>;
type OwnHandlers = Pick<Handlers<PageContract>, keyof typeof adminRequests>;

export interface AdminServiceOptions {
  store: AdminStore;
  policies: PolicyService;
  events: AppEvents;
}

/** How soon a change that another process made is noticed. */
const REFRESH_EVERY_MS = 5_000;
const MINUTE_MS = 60_000;

const UNDECIDED: AdminLock = { passphrase: 'undecided', hash: null, revision: 0, retryAt: null };
/** The lock of the process itself: whoever can start it owns the data folder's files. */
const OPEN: Lock = { isOpen: () => Promise.resolve(true), seemsOpen: true };

export class AdminService {
  readonly #options: AdminServiceOptions;
  readonly #sessions = new Map<AdminSession, () => void>();
  readonly #timer: NodeJS.Timeout;
  #lock: AdminLock = UNDECIDED;
  /** One passphrase is tried at a time: each takes 128 MiB. */
  #trying: Promise<unknown> = Promise.resolve();

  private constructor(options: AdminServiceOptions) {
    this.#options = options;
    options.policies.onChange(() => {
      for (const session of this.#sessions.keys()) session.rewatch();
      this.#tellAll();
    });
    this.#timer = setInterval(() => void this.refresh().catch(() => undefined), REFRESH_EVERY_MS).unref();
  }

  static async open(options: AdminServiceOptions): Promise<AdminService> {
    const service = new AdminService(options);
    await service.#readLock();
    return service;
  }

  /** The lock as it is now. */
  lock(): Promise<AdminLock> {
    return this.#readLock();
  }

  /** Looks for what other processes changed. */
  async refresh(): Promise<void> {
    await this.#options.policies.refresh();
    await this.#readLock();
  }

  /**
   * Checks a passphrase. Every try counts until it proves right.
   * @returns the revision of the lock that it opens.
   * @throws SteadyError `unauthorized` for a wrong one; `busy` while none is tried. Both have `details.retryAt`.
   */
  verify(passphrase: string): Promise<number> {
    const result = this.#trying.then(() => this.#verify(passphrase));
    this.#trying = result.catch(() => undefined);
    return result;
  }

  /** Sets the first passphrase, or none. @throws `conflict` once there was a choice, `bad-input` for one too short. */
  async choose(passphrase: string | null): Promise<AdminLock> {
    const lock = await this.#readLock();
    if (lock.passphrase !== 'undecided') {
      throw new SteadyError('conflict', 'It was already chosen whether there is a passphrase.', {
        hint: 'It can be changed in the admin area.',
      });
    }
    const detail = passphrase === null ? 'It was chosen to have no passphrase.' : 'A passphrase was chosen.';
    return this.#set(passphrase, 0, { kind: 'chosen', detail });
  }

  /** Changes the passphrase, or removes it (null). @throws `unauthorized`, `busy`, `bad-input`, `conflict`. */
  async change(current: string | null, next: string | null): Promise<AdminLock> {
    const lock = await this.#readLock();
    const { passphrase } = lock;
    const revision = passphrase === 'set' ? await this.verify(current ?? '') : lock.revision;
    if (next === null) return this.#set(null, revision, { kind: 'removed', detail: 'The passphrase was removed.' });
    const detail = passphrase === 'set' ? 'The passphrase was changed.' : 'A passphrase was set.';
    return this.#set(next, revision, { kind: passphrase === 'set' ? 'changed' : 'chosen', detail });
  }

  /** Sets or removes (null) the passphrase without a look at the old one. For the command line, which has seen to that. */
  reset(passphrase: string | null, kind: 'changed' | 'removed' | 'reset' = 'reset'): Promise<AdminLock> {
    return this.#set(passphrase, null, { kind, detail: `The passphrase was ${kind} from the command line.` });
  }

  /** A page's connection: `handlers` behind the lock, and the lock's own requests. */
  connect(handlers: AppHandlers): PageConnection {
    const listeners = new Set<EventListener>();
    const session = new AdminSession({
      readLock: () => this.#readLock(),
      lastLock: () => this.#lock,
      idleMs: () => this.#options.policies.current().idleLockMinutes * MINUTE_MS,
      onChange: () => tell(),
    });
    const state = (): AdminState => this.#state(session);
    const tell = () => {
      for (const listener of listeners) listener('admin.changed', state());
    };
    this.#sessions.set(session, tell);
    const visibility = () => this.#options.policies.current().logVisibility;
    return {
      handlers: guardHandlers({ ...handlers, ...this.#handlers(session, state) }, session, visibility),
      onEvent: (listener) => {
        listeners.add(listener);
        const stop = this.#options.events.on(guardListener(listener, session, visibility));
        return () => {
          listeners.delete(listener);
          stop();
        };
      },
      close: () => {
        session.close();
        this.#sessions.delete(session);
      },
    };
  }

  /** The connection of the process itself, behind no lock. */
  connectOwn(handlers: AppHandlers): PageConnection {
    const session = new AdminSession({ readLock: () => this.#readLock(), lastLock: () => this.#lock, idleMs: () => 0, onChange: () => {} });
    const state = (): AdminState => ({ ...this.#state(session), unlocked: true });
    const visibility = () => 'everyone' as const;
    return {
      handlers: guardHandlers({ ...handlers, ...this.#handlers(session, state) }, OPEN, visibility),
      onEvent: (listener) => this.#options.events.on(listener),
      close: () => {},
    };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const session of this.#sessions.keys()) session.close();
    this.#sessions.clear();
  }

  #handlers(session: AdminSession, state: () => AdminState): OwnHandlers {
    const { store, policies } = this.#options;
    return {
      'admin.state': async () => {
        await this.#readLock();
        return state();
      },
      'admin.choose': async ({ passphrase }) => {
        session.open((await this.choose(passphrase)).revision);
        return state();
      },
      'admin.unlock': async ({ passphrase }) => {
        if ((await this.#readLock()).passphrase === 'set') session.open(await this.verify(passphrase));
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
        session.open((await this.change(current, next)).revision);
        return state();
      },
      'admin.policies': () => policies.state,
      'admin.setPolicies': (patch) => policies.set(patch),
      'admin.events': ({ limit }) => store.events(limit),
    };
  }

  #state(session: AdminSession): AdminState {
    const { policies } = this.#options;
    const { steering, unprotectedChat, logVisibility, idleLockMinutes } = policies.current();
    return {
      passphrase: this.#lock.passphrase,
      unlocked: session.seemsOpen,
      retryAt: this.#lock.retryAt,
      idleLockMinutes,
      policies: { steering, unprotectedChat, logVisibility },
      problem: policies.problem === null ? null : toErrorShape(policies.problem),
    };
  }

  async #readLock(): Promise<AdminLock> {
    const lock = await this.#options.store.lock();
    const changed = lock.revision !== this.#lock.revision;
    this.#lock = lock;
    if (changed) this.#tellAll();
    return lock;
  }

  async #set(passphrase: string | null, expectedRevision: number | null, event: Parameters<AdminStore['setLock']>[2]): Promise<AdminLock> {
    if (passphrase !== null) checkNewPassphrase(passphrase);
    const hash = passphrase === null ? null : await hashPassphrase(passphrase);
    await this.#options.store.setLock(hash, expectedRevision, event);
    return this.#readLock();
  }

  async #verify(passphrase: string): Promise<number> {
    const { store } = this.#options;
    const { hash, revision } = await store.lock();
    if (hash === null) return revision;
    const attempt = await store.beginAttempt();
    if (!attempt.allowed) {
      throw new SteadyError('busy', 'Too many wrong passphrases were entered.', {
        hint: 'Wait a moment, then try again.',
        details: { retryAt: attempt.retryAt },
      });
    }
    if (!(await verifyPassphrase(passphrase, hash))) {
      const { retryAt } = await this.#readLock();
      throw new SteadyError('unauthorized', 'That is not the passphrase.', {
        hint: 'Look out for capital letters. docs/guide/admin.md says what to do when it is lost.',
        details: { retryAt },
      });
    }
    await store.attemptSucceeded();
    if (isWeak(hash)) await store.strengthen(await hashPassphrase(passphrase), revision);
    await this.#readLock();
    return revision;
  }

  #tellAll(): void {
    for (const tell of this.#sessions.values()) tell();
  }
}
