/** One connection's key to the admin area: which passphrase it entered, and how long nobody has been there since. */
import type { AdminLock } from '../store/index.ts';

export interface SessionOptions {
  /** The lock as the database has it now. */
  readLock(): Promise<AdminLock>;
  /** The lock as it was read last. */
  lastLock(): AdminLock;
  idleMs(): number;
  /** It opened or shut, by whatever cause. */
  onChange(): void;
}

export class AdminSession {
  readonly #options: SessionOptions;
  /** The revision of the passphrase that was entered here; null: none was. */
  #revision: number | null = null;
  #touchedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Whether the area is open, by the lock as it was read last. */
  get seemsOpen(): boolean {
    return this.#fits(this.#options.lastLock());
  }

  /** Whether the area is open. The database is asked: another process may have changed the passphrase. */
  async isOpen(): Promise<boolean> {
    return this.#fits(await this.#options.readLock());
  }

  /** The passphrase of this revision was entered. */
  open(revision: number): void {
    this.#revision = revision;
    this.#touchedAt = Date.now();
    this.#watch();
    this.#options.onChange();
  }

  lock(): void {
    clearTimeout(this.#timer);
    if (this.#revision === null) return;
    this.#revision = null;
    this.#options.onChange();
  }

  /** Somebody is there. */
  touch(): void {
    if (this.#revision === null || this.#isIdle()) return;
    this.#touchedAt = Date.now();
    this.#watch();
  }

  /** The idle time may be another one now. */
  rewatch(): void {
    if (this.#revision !== null) this.#watch();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#revision = null;
  }

  #fits({ passphrase, revision }: AdminLock): boolean {
    if (passphrase === 'none') return true;
    return passphrase === 'set' && this.#revision === revision && !this.#isIdle();
  }

  /** By the clock, not by the timer alone: timers stand still while the machine sleeps. */
  #isIdle(): boolean {
    return Date.now() - this.#touchedAt >= this.#options.idleMs();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const left = this.#touchedAt + this.#options.idleMs() - Date.now();
    this.#timer = setTimeout(() => this.lock(), Math.max(0, left)).unref();
  }
}
