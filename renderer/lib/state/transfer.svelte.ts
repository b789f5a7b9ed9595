import { TRANSFER_CHUNK, type ImportReport, type TransferFormat } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { saveFile } from '../util/save-file.ts';

const TYPES: Record<TransferFormat, string> = { json: 'application/json', markdown: 'text/markdown' };

/** Conversations out to files and back in, moved in pieces. */
export class Transfer {
  /** What is under way, and how far it is: characters moved, and (of a file) 0…1. */
  running = $state.raw<{ readonly kind: 'export' | 'import'; readonly moved: number; readonly share: number | null } | null>(null);
  /** What the last import did. */
  report = $state.raw<ImportReport | null>(null);
  readonly #bridge: Bridge;
  #cancelled = false;

  /** @param onImported conversations were added, here or in another page. */
  constructor(bridge: Bridge, onImported: () => void) {
    this.#bridge = bridge;
    bridge.on('conversations.imported', onImported);
  }

  /** Saves conversations (null: all) as a file. @throws Problem-shaped errors of the app. */
  async export(format: TransferFormat, ids: string[] | null): Promise<void> {
    const { transferId, fileName } = await this.#bridge.call('conversations.export.begin', { format, ids });
    await this.#run('export', transferId, async (moved) => {
      const pieces: string[] = [];
      let length = 0;
      for (let done = false; !done && !this.#cancelled;) {
        const piece = await this.#bridge.call('conversations.export.read', { transferId });
        pieces.push(piece.text);
        length += piece.text.length;
        moved(length, null);
        ({ done } = piece);
      }
      if (!this.#cancelled) saveFile(fileName, pieces, TYPES[format]);
    });
  }

  /** Adds the conversations of an exported file. @throws Problem-shaped errors: not such a file, a full disk. */
  async import(file: Blob): Promise<void> {
    this.report = null;
    const { transferId } = await this.#bridge.call('conversations.import.begin', {});
    await this.#run('import', transferId, async (moved) => {
      const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
      let length = 0;
      for (let next = await reader.read(); !next.done && !this.#cancelled; next = await reader.read()) {
        for (const text of cut(next.value)) await this.#bridge.call('conversations.import.write', { transferId, text });
        length += next.value.length;
        moved(length, Math.min(1, length / Math.max(1, file.size)));
      }
      if (!this.#cancelled) this.report = await this.#bridge.call('conversations.import.finish', { transferId });
    });
  }

  cancel(): void {
    this.#cancelled = true;
  }

  async #run(
    kind: 'export' | 'import',
    transferId: string,
    work: (moved: (length: number, share: number | null) => void) => Promise<void>,
  ): Promise<void> {
    this.#cancelled = false;
    this.running = { kind, moved: 0, share: kind === 'import' ? 0 : null };
    try {
      await work((moved, share) => (this.running = { kind, moved, share }));
    } finally {
      this.running = null;
      if (this.#cancelled) void this.#bridge.call('conversations.transfer.cancel', { transferId }).catch(() => undefined);
    }
  }
}

/** A text in pieces that fit a request; no pair of surrogates is torn apart. */
function* cut(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + TRANSFER_CHUNK, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--;
    yield text.slice(at, end);
    at = end;
  }
}
