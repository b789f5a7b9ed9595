/** The refusal log for the rest of the app: what pages ask, what policies want, and what calibration takes from it. */
import { join } from 'node:path';
import type { Policies } from '../admin/policies.ts';
import type { EventPayload, PageContract, Refusal } from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { ClockReading, ClockStore, RefusalStore } from '../store/index.ts';
import { Recurring } from '../recurring.ts';
import { ChainWatch } from './chain-watch.ts';
import { ExportJobs } from './export-jobs.ts';
import { applyRetention } from './retention.ts';
import { LogWitness } from './witness.ts';

export interface RefusalServiceOptions {
  store: RefusalStore;
  clock: ClockStore;
  events: AppEvents;
  policies: Policies;
  dataDir: string;
  databasePath: string;
  appVersion: string;
}

type ChangeKind = EventPayload<PageContract, 'refusals.changed'>['kind'];

export class RefusalService {
  readonly chain: ChainWatch;
  readonly witness: LogWitness;
  readonly exports: ExportJobs;
  readonly #options: RefusalServiceOptions;
  readonly #retention: Recurring;
  readonly #sweep: Recurring;
  #saidWaiting = false;

  constructor(options: RefusalServiceOptions) {
    const { store, events, policies } = options;
    this.#options = options;
    this.witness = new LogWitness({
      ...{ store, policies, databasePath: options.databasePath },
      warn: (message) =>
        events.emit('app.notice', {
          level: 'warning',
          message,
          hint: 'The policy logWitness names it. It is tried again with the next entry.',
        }),
    });
    this.chain = new ChainWatch(
      store,
      (state) => events.emit('refusals.chain', state),
      () => this.witness.faults(),
    );
    this.exports = new ExportJobs({
      store,
      folder: join(options.dataDir, 'exports'),
      appVersion: options.appVersion,
      tell: (state) => events.emit('refusals.export', state),
    });
    this.#retention = new Recurring(async () => {
      const reading = await options.clock.read();
      const { removed, waiting } = await applyRetention(store, policies.current().retentionDays, reading);
      if (removed > 0) this.removed();
      if (waiting) this.#sayWaiting(reading);
    });
    this.#sweep = new Recurring(() => this.exports.sweep());
  }

  /** Checks the chain and applies the policies behind whatever the app does; nothing waits for it. */
  start(): void {
    void this.#retention.start((listener) => this.#options.policies.onChange(listener));
    void this.#sweep.start();
    this.chain.check({ background: true }).then(
      ({ status, message }) => {
        if (status === 'ok') void this.witness.tell();
        if (status !== 'broken') return;
        const hint = 'An admin can see what is wrong in the admin area, under Refusals.';
        this.#options.events.emit('app.notice', { level: 'warning', message, hint });
      },
      () => undefined, // The state says that it could not be checked.
    );
  }

  /** A reply was logged. */
  added(): void {
    this.#changed('added', []);
  }

  /** Rows may have gone, or their texts. */
  removed(): void {
    this.#changed('removed', []);
  }

  async review(seq: number, judgement: 'right' | 'wrong' | 'unsure', note: string): Promise<Refusal> {
    return this.#tell('reviewed', await this.#options.store.review(seq, judgement, note));
  }

  async report(messageId: string, note?: string): Promise<{ messageId: string; reportedAt: number }> {
    const { seq, reportedAt, first } = await this.#options.store.report(messageId, note);
    if (first) this.#changed('reported', [seq]);
    return { messageId, reportedAt };
  }

  async withdrawReport(messageId: string): Promise<void> {
    const { seq, first } = await this.#options.store.withdrawReport(messageId);
    if (first) this.#changed('reported', [seq]);
  }

  async addBenign(seq: number): Promise<Refusal> {
    return this.#tell('benign', await this.#options.store.addBenign(seq));
  }

  async removeBenign(seq: number): Promise<Refusal> {
    return this.#tell('benign', await this.#options.store.removeBenign(seq));
  }

  async remove(seq: number, what: 'text' | 'row'): Promise<void> {
    // Asked for first, so that an unknown number is an error.
    await this.#options.store.get(seq);
    await this.#options.store.remove([seq], what, 'admin');
    this.#changed('removed', [seq]);
  }

  /** Prompts of the benign set, for calibration: distinct, in a fixed order. */
  readonly wrongRefusals = {
    count: (): Promise<number> => this.#options.store.benignCount(),
    list: (offset: number, limit: number): Promise<string[]> => this.#options.store.benignTexts(offset, limit),
  };

  async close(): Promise<void> {
    await Promise.all([this.witness.close(), this.exports.close(), this.chain.close(), this.#retention.close(), this.#sweep.close()]);
  }

  /** Once; an admin who sees it may have a clock to set. */
  #sayWaiting({ clock, trusted }: ClockReading): void {
    if (this.#saidWaiting) return;
    this.#saidWaiting = true;
    const [says, before] = [clock, trusted].map((time) => new Date(time).toISOString().slice(0, 10));
    this.#options.events.emit('app.notice', {
      level: 'warning',
      message: `The clock of this computer went from ${before} to ${says}, so no refusals are removed for their age yet.`,
      hint: 'If the date is wrong, set it. If it is right, they are removed once the clock has gone on for a day.',
    });
  }

  #tell(kind: ChangeKind, row: Refusal): Refusal {
    this.#changed(kind, [row.seq]);
    return row;
  }

  #changed(kind: ChangeKind, seqs: number[]): void {
    this.witness.changed();
    this.#options.events.emit('refusals.changed', { kind, seqs });
    // A judgement moves prompts in and out of the benign set.
    if (kind === 'benign' || kind === 'reviewed' || kind === 'removed') this.#options.events.emit('calibration.sets.changed', {});
  }
}
