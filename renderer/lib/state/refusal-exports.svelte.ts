import type { ExportFormat, RefusalExport, RefusalFilter } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

/** Media types by format, for files that the browser saves. */
const MEDIA_TYPES: Record<ExportFormat, string> = { csv: 'text/csv', jsonl: 'application/x-ndjson', bundle: 'application/x-tar' };

export interface ExportWish {
  readonly format: ExportFormat;
  readonly filter: RefusalFilter;
  readonly includePrompts: boolean;
  readonly includeReplies: boolean;
}

/** Writing the log to a file: at most one at a time, watched and stopped from here. */
export class RefusalExports {
  /** The one that was started last in this run of the app, running or not. */
  current = $state.raw<RefusalExport | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Bytes of a finished file that have come over to the browser, 0…1; null when none is on its way. */
  fetching = $state<number | null>(null);
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('refusals.export', (state) => {
      // An event of an export that another window started is of no concern here unless nothing is shown.
      if (this.current === null || this.current.exportId === state.exportId) this.current = state;
    });
  }

  readonly running = $derived(this.current?.state === 'running');

  /** Finds an export that is under way already, after a reload. */
  async refresh(): Promise<void> {
    await this.#attempt(async () => {
      const [newest] = await this.#bridge.call('refusals.export.list', {});
      if (newest !== undefined && (this.current !== null || newest.state === 'running')) this.current = newest;
    });
  }

  async start(wish: ExportWish): Promise<void> {
    await this.#attempt(async () => {
      this.#take(await this.#bridge.call('refusals.export.start', wish), true);
    });
  }

  async cancel(): Promise<void> {
    const exportId = this.current?.exportId;
    if (exportId === undefined) return;
    await this.#attempt(async () => this.#take(await this.#bridge.call('refusals.export.cancel', { exportId })));
  }

  /** Back to the choices; the file stays where it is. */
  forget(): void {
    if (this.running) return;
    this.current = null;
    this.problem = null;
  }

  /** Brings a finished file to the browser in pieces; null when it failed, which `problem` then tells. */
  async fetch(): Promise<Blob | null> {
    const file = this.current;
    if (file?.state !== 'done' || this.fetching !== null) return null;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let offset = 0;
    this.fetching = 0;
    try {
      for (;;) {
        const piece = await this.#bridge.call('refusals.export.read', { exportId: file.exportId, offset });
        parts.push(Uint8Array.from(atob(piece.base64), (char) => char.charCodeAt(0)));
        offset += piece.bytes;
        this.fetching = piece.total === 0 ? 1 : offset / piece.total;
        if (piece.done) break;
        if (piece.bytes === 0) throw new Error('The file ended early.');
      }
      this.problem = null;
      return new Blob(parts, { type: MEDIA_TYPES[file.format] });
    } catch (error) {
      this.problem = toProblem(error);
      return null;
    } finally {
      this.fetching = null;
    }
  }

  #take(state: RefusalExport, started = false): void {
    // The end may have been heard before the answer to the start.
    const known = this.current;
    if (known?.exportId === state.exportId && known.state !== 'running' && state.state === 'running') return;
    if (started || known === null || known.exportId === state.exportId) this.current = state;
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    this.problem = null;
    try {
      await action();
    } catch (error) {
      this.problem = toProblem(error);
    }
  }
}
