import { TRANSFER_CHUNK, type ExportedConversation, type ImportReport, type TransferFormat } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { isZip, JanFolders, readZip } from '../export/archives.ts';
import { saveFile } from '../util/save-file.ts';

const TYPES: Record<TransferFormat, string> = { json: 'application/json', markdown: 'text/markdown' };

/** What the page can make of conversations: the app's formats, and a web page, which is also what is printed. */
export type PageExportFormat = TransferFormat | 'html' | 'pdf';

/** Two reports of what came from one file or several. */
function joined(a: ImportReport | null, b: ImportReport): ImportReport {
  if (a === null) return b;
  const { pictures, files, tools, thoughts } = a.leftOut;
  return {
    conversations: a.conversations + b.conversations,
    messages: a.messages + b.messages,
    renumbered: a.renumbered + b.renumbered,
    redated: a.redated + b.redated,
    known: a.known + b.known,
    leftOut: {
      pictures: pictures + b.leftOut.pictures,
      files: files + b.leftOut.files,
      tools: tools + b.leftOut.tools,
      thoughts: thoughts + b.leftOut.thoughts,
    },
    faults: [...a.faults, ...b.faults].slice(0, 100),
    faultCount: a.faultCount + b.faultCount,
  };
}

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
  async export(wanted: PageExportFormat, ids: string[] | null): Promise<void> {
    const asPage = wanted === 'html' || wanted === 'pdf';
    const format = asPage ? 'json' : wanted;
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
      if (this.#cancelled) return;
      if (!asPage) return saveFile(fileName, pieces, TYPES[format]);
      const { conversationHtml, htmlDocument } = await import('../export/html.ts');
      const { conversations } = JSON.parse(pieces.join('')) as { conversations: ExportedConversation[] };
      const sections = conversations.map(conversationHtml);
      const name = fileName.replace(/\.json$/, '');
      if (wanted === 'html') saveFile(`${name}.html`, [htmlDocument(name, sections)], 'text/html');
      else (await import('../export/print.ts')).printSections(name, sections);
    });
  }

  /**
   * Adds the conversations of files: exports of ours or of another program, as JSON or in a ZIP; of Jan both files of a conversation.
   * @throws Problem-shaped errors: not such a file, a full disk.
   */
  async import(files: readonly File[]): Promise<void> {
    this.report = null;
    const jan = new JanFolders();
    for (const file of files) {
      if (await isZip(file)) await this.#importZip(file);
      else if (JanFolders.has(file.name)) await this.#importJan(jan, file);
      else await this.#importText(file.stream(), file.size);
    }
    if (this.report === null && !this.#cancelled) {
      const hint = 'Of Jan choose thread.json and messages.jsonl together.';
      throw Object.assign(new Error('No conversations were found.'), { code: 'bad-input', hint });
    }
  }

  async #importText(stream: ReadableStream<Uint8Array<ArrayBuffer>>, size: number): Promise<void> {
    const { transferId } = await this.#bridge.call('conversations.import.begin', {});
    await this.#run('import', transferId, async (moved) => {
      const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
      let length = 0;
      for (let next = await reader.read(); !next.done && !this.#cancelled; next = await reader.read()) {
        for (const text of cut(next.value)) await this.#bridge.call('conversations.import.write', { transferId, text });
        length += next.value.length;
        moved(length, Math.min(1, length / Math.max(1, size)));
      }
      if (!this.#cancelled) this.report = joined(this.report, await this.#bridge.call('conversations.import.finish', { transferId }));
    });
  }

  async #importJan(jan: JanFolders, file: File): Promise<void> {
    // Several conversations may be chosen at once; the folder is all that tells them apart.
    const text = jan.take(file.webkitRelativePath || file.name, await file.text(), true);
    if (text !== null) await this.#importText(new Blob([text]).stream(), text.length);
  }

  /** Each file of conversations in an archive is an import of its own. One that is none of ours is passed over. */
  async #importZip(file: File): Promise<void> {
    const jan = new JanFolders();
    let current: { name: string; transferId: string } | null = null;
    let moved = 0;
    let passedOver: string | null = null;
    this.#cancelled = false;
    this.running = { kind: 'import', moved: 0, share: null };
    try {
      await readZip(file, async (name, piece, last) => {
        if (this.#cancelled) throw new DOMException('Cancelled', 'AbortError');
        if (JanFolders.has(name)) {
          const text = jan.take(name, piece, last);
          if (text !== null) await this.#importText(new Blob([text]).stream(), text.length);
          this.running = { kind: 'import', moved, share: null };
          return;
        }
        if (name === passedOver) return;
        moved += piece.length;
        this.running = { kind: 'import', moved, share: null };
        try {
          current ??= { name, transferId: (await this.#bridge.call('conversations.import.begin', {})).transferId };
          const { transferId } = current;
          for (const text of cut(piece)) await this.#bridge.call('conversations.import.write', { transferId, text });
          if (!last) return;
          current = null;
          this.report = joined(this.report, await this.#bridge.call('conversations.import.finish', { transferId }));
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'bad-input') throw error;
          current = null;
          passedOver = name;
        }
      });
    } catch (error) {
      if (!this.#cancelled) throw error;
    } finally {
      this.running = null;
      const left = current as { transferId: string } | null;
      if (left !== null) void this.#bridge.call('conversations.transfer.cancel', { transferId: left.transferId }).catch(() => undefined);
    }
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
