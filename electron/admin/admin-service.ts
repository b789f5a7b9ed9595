/** The admin area's lock: its passphrase, and the key of each connection to the app. */
import { SteadyError, toErrorShape, type AdminState } from '../contract/index.ts';
import type { AdminLock, AdminStore } from '../store/index.ts';
import { checkNewPassphrase, hashPassphrase, isWeak, verifyPassphrase } from './passphrase.ts';
import type { PolicyService } from './policy-service.ts';
import { AdminSession } from './session.ts';

export interface AdminServiceOptions {
  store: AdminStore;
  policies: PolicyService;
}

/** How soon a change that another process made is noticed. */
const REFRESH_EVERY_MS = 5_000;
const MINUTE_MS = 60_000;

const UNDECIDED: AdminLock = { passphrase: 'undecided', hash: null, revision: 0, retryAt: null };

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

  /** A new connection's key; the area starts out locked with it. `onChange` hears whenever what it may do is another. */
  openSession(onChange: () => void): AdminSession {
    const session = new AdminSession({
      readLock: () => this.#readLock(),
      lastLock: () => this.#lock,
      idleMs: () => this.#options.policies.current().idleLockMinutes * MINUTE_MS,
      onChange,
    });
    this.#sessions.set(session, onChange);
    return session;
  }

  closeSession(session: AdminSession): void {
    session.close();
    this.#sessions.delete(session);
  }

  /** The area as the connection with this key sees it. */
  stateOf(session: AdminSession): AdminState {
    const { policies } = this.#options;
    const {
      steering,
      unprotectedChat,
      logVisibility,
      storePromptText,
      onConversationDeleted,
      idleLockMinutes,
      protectModels,
      useAskedPrompts,
    } = policies.current();
    return {
      passphrase: this.#lock.passphrase,
      unlocked: session.seemsOpen,
      retryAt: this.#lock.retryAt,
      idleLockMinutes,
      policies: { steering, unprotectedChat, logVisibility, storePromptText, onConversationDeleted, protectModels, useAskedPrompts },
      problem: policies.problem === null ? null : toErrorShape(policies.problem),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const session of this.#sessions.keys()) session.close();
    this.#sessions.clear();
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
