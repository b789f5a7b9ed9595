/**
 * Who has the engine. A long job has it for itself, since it tries one profile after the other; replies share it. Whoever
 * comes in between is told who has it, since when, and how long it will still take.
 */
import { Emitter, SteadyError, type Unsubscribe } from '../contract/index.ts';
import { inWords } from './duration.ts';

export interface LeaseRequest {
  /** What is going on, as a sentence without its full stop: "A calibration is running". */
  readonly what: string;
  /** What those can do who wait. */
  readonly hint: string;
  /** What those are told who would like to chat meanwhile; only of a lease that shares with nobody. */
  readonly chatMessage?: string;
  /** How long it will still take; null while nobody can tell. */
  secondsLeft?(): number | null;
}

/** The engine is the holder's until `release` is called; a second call does nothing. */
export interface Lease extends LeaseRequest {
  /** Milliseconds since the epoch. */
  readonly since: number;
  release(): void;
}

export class EngineLease {
  /** The lease that shares with nobody. */
  #exclusive: Lease | null = null;
  readonly #shared = new Set<Lease>();
  readonly #changes = new Emitter<{ changed: Lease | null }>();

  /** The lease of whoever has the engine for itself; null while nobody has. */
  get holder(): Lease | null {
    return this.#exclusive;
  }

  /** Whoever uses the engine; of those that share it, the one that came first. */
  get user(): Lease | null {
    const [first = null] = this.#shared;
    return this.#exclusive ?? first;
  }

  /** Takes the engine for oneself. @throws SteadyError `busy` while anybody else uses it */
  acquire(request: LeaseRequest): Lease {
    if (this.user !== null) throw busy(this.user);
    const lease = leaseOf(request, () => {
      if (this.#exclusive !== lease) return;
      this.#exclusive = null;
      this.#changes.emit('changed', null);
    });
    this.#exclusive = lease;
    this.#changes.emit('changed', lease);
    return lease;
  }

  /** Uses the engine beside others who share it. @throws SteadyError `busy` while somebody has it for itself */
  share(request: LeaseRequest): Lease {
    this.requireFree();
    const lease = leaseOf(request, () => this.#shared.delete(lease));
    this.#shared.add(lease);
    return lease;
  }

  /**
   * For what needs the engine for a moment and cannot wait.
   * @param own the lease of whoever asks, where it has one
   * @throws SteadyError `busy` while somebody else has the engine for itself
   */
  requireFree(own?: Lease): void {
    if (this.#exclusive !== null && this.#exclusive !== own) throw busy(this.#exclusive);
  }

  /** Hears of the lease that shares with nobody, when it is taken and when it is given back (null). */
  onChange(listener: (holder: Lease | null) => void): Unsubscribe {
    return this.#changes.on('changed', listener);
  }
}

function leaseOf(request: LeaseRequest, release: () => void): Lease {
  return { ...request, since: Date.now(), release };
}

function busy(lease: Lease): SteadyError {
  const seconds = Math.max(0, (Date.now() - lease.since) / 1000);
  const left = lease.secondsLeft?.() ?? null;
  const rest = left === null ? '' : `, with ${left < 60 ? '' : 'about '}${inWords(left)} left`;
  return new SteadyError('busy', `${lease.what}, for ${inWords(seconds)} now${rest}.`, {
    hint: lease.hint,
    details: { what: lease.what, since: lease.since, secondsLeft: left },
  });
}
