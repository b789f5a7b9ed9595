/** Conversations as text, one at a time, so that a large export takes no more memory than its largest conversation. */
import { TRANSFER_FORMAT, TRANSFER_VERSION, type TransferFormat, type TransferHeader } from '../contract/index.ts';
import type { TransferStore } from '../store/index.ts';
import { toMarkdown } from './markdown.ts';

export interface ExportOptions {
  store: TransferStore;
  format: TransferFormat;
  /** In their order; null: all, the one that was used last at the end. */
  ids: readonly string[] | null;
  appVersion: string;
}

/** Yields the export in pieces. @throws SteadyError `not-found` for an id that is not there (any more). */
export async function* exportConversations({ store, format, ids, appVersion }: ExportOptions): AsyncGenerator<string> {
  const wanted = ids ?? (await store.ids());
  if (format === 'markdown') {
    for (const [index, id] of wanted.entries()) {
      if (index > 0) yield '---\n\n';
      yield* toMarkdown(await store.read(id));
    }
    return;
  }
  const header: TransferHeader = { format: TRANSFER_FORMAT, version: TRANSFER_VERSION, exportedAt: Date.now(), appVersion };
  // One JSON document, laid out with a conversation a line, so that it can be read line by line too.
  yield `${JSON.stringify(header).slice(0, -1)},"conversations":[\n`;
  for (const [index, id] of wanted.entries()) {
    yield `${index > 0 ? ',\n' : ''}${JSON.stringify(await store.read(id))}`;
  }
  yield '\n]}\n';
}

/** A name for the file: the conversation's title, or the date. */
export function exportFileName(format: TransferFormat, title: string | null): string {
  const day = new Date().toISOString().slice(0, 10);
  const base = (title ?? '')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  const name = [...base].slice(0, 60).join('');
  return `${name === '' ? `steady-conversations-${day}` : name}.${format === 'json' ? 'json' : 'md'}`;
}
