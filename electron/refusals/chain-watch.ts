/** Checks the log's chain, in the background at start and whenever somebody asks; one check at a time. */
import type { ChainFault, ChainState } from '../contract/index.ts';
import { GENESIS, type ChainReport, type RefusalStore } from '../store/index.ts';

/** Between two steps of a check that nobody waits for, so that chatting goes first. */
const BACKGROUND_PAUSE_MS = 15;
const TELL_EVERY_MS = 250;
const WHOLE = 'The refusal log is whole: no row was changed, removed, added or moved.';

export class ChainWatch {
  readonly #store: RefusalStore;
  readonly #tell: (state: ChainState) => void;
  readonly #witness: () => Promise<ChainFault[]>;
  #state: ChainState = {
    status: 'unchecked',
    checked: 0,
    total: 0,
    headSeq: 0,
    head: GENESIS,
    faults: [],
    checkedAt: null,
    message: 'The refusal log was not checked yet.',
  };
  #running: Promise<ChainState> | null = null;
  #hurried = false;
  #closed = false;

  /** @param witness what somebody outside the log knows better */
  constructor(store: RefusalStore, tell: (state: ChainState) => void, witness: () => Promise<ChainFault[]> = () => Promise.resolve([])) {
    this.#store = store;
    this.#tell = tell;
    this.#witness = witness;
  }

  get state(): ChainState {
    return this.#state;
  }

  /** Checks everything, unless that is being done already. `background`: with pauses, until somebody else asks. */
  check(options: { background?: boolean; signal?: AbortSignal } = {}): Promise<ChainState> {
    if (options.background !== true) this.#hurried = true;
    this.#running ??= this.#run(options.signal).finally(() => {
      this.#running = null;
      this.#hurried = false;
    });
    return this.#running;
  }

  /** Ends a check under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.catch(() => undefined);
  }

  async #run(signal?: AbortSignal): Promise<ChainState> {
    const job = await this.#store.beginVerify();
    this.#set({ ...this.#state, status: 'checking', checked: 0, message: 'The refusal log is being checked.' });
    let told = performance.now();
    try {
      for (;;) {
        const { done, total, result } = await this.#store.stepVerify(job);
        if (result !== null) return this.#finish(result, await this.#witness());
        if (this.#closed || signal?.aborted === true) return this.#giveUp(job);
        this.#state = { ...this.#state, checked: done, total };
        if (performance.now() - told > TELL_EVERY_MS) {
          told = performance.now();
          this.#tell(this.#state);
        }
        if (!this.#hurried) await new Promise((resolve) => setTimeout(resolve, BACKGROUND_PAUSE_MS));
      }
    } catch (error) {
      this.#set({ ...this.#state, status: 'unchecked', message: 'The refusal log could not be checked.' });
      throw error;
    }
  }

  async #giveUp(job: string): Promise<ChainState> {
    await this.#store.endVerify(job);
    return this.#set({ ...this.#state, status: 'unchecked', message: 'The check of the refusal log was stopped.' });
  }

  #finish({ checked, faults: own, headSeq, head }: ChainReport, witnessed: readonly ChainFault[]): ChainState {
    const faults = [...own, ...witnessed];
    const ok = faults.length === 0;
    const message = ok ? WHOLE : `The refusal log is not whole. ${faults[0]?.message ?? ''}`;
    const status = ok ? 'ok' : 'broken';
    return this.#set({ status, checked, total: checked, headSeq, head, faults, checkedAt: Date.now(), message });
  }

  #set(state: ChainState): ChainState {
    this.#state = state;
    this.#tell(state);
    return state;
  }
}
