/** Exports and imports that pages are in the middle of, moved in pieces. One that nobody goes on with is dropped. */
import { uuidv7 } from 'uuidv7';
import { SteadyError, TRANSFER_CHUNK, type Handlers, type PageContract, type transferRequests } from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { Store } from '../store/index.ts';
import { exportConversations, exportFileName } from './export.ts';
import { ConversationImport } from './import.ts';

const MAX_TRANSFERS = 8;
const IDLE_MS = 5 * 60_000;

interface Transfer {
  pieces: AsyncGenerator<string> | null;
  /** What was made of the pieces and does not fit into one answer. */
  left: string;
  import: ConversationImport | null;
  timer: NodeJS.Timeout;
}

export interface TransferDeps {
  store: Store;
  events: AppEvents;
  appVersion: string;
}

export function transferHandlers({ store, events, appVersion }: TransferDeps): Pick<Handlers<PageContract>, keyof typeof transferRequests> {
  const transfers = new Map<string, Transfer>();

  const end = (transferId: string, { whole = false } = {}) => {
    const transfer = transfers.get(transferId);
    if (transfer === undefined) return;
    clearTimeout(transfer.timer);
    transfers.delete(transferId);
    void transfer.pieces?.return(undefined);
    const added = transfer.import?.added ?? 0;
    if (added === 0) return;
    events.emit('conversations.imported', {});
    // Whoever tries again would have them twice.
    const message = `${added} ${added === 1 ? 'conversation was' : 'conversations were'} imported before the import ended.`;
    if (!whole)
      events.emit('app.notice', {
        level: 'warning',
        message,
        hint: 'What came from Steady itself comes a second time when its file is imported again.',
      });
  };
  const begin = (what: Pick<Transfer, 'pieces' | 'import'>): string => {
    if (transfers.size >= MAX_TRANSFERS) {
      throw new SteadyError('busy', 'Too many exports and imports are under way.', { hint: 'Wait for one to end, then try again.' });
    }
    const transferId = uuidv7();
    transfers.set(transferId, { ...what, left: '', timer: setTimeout(() => end(transferId), IDLE_MS).unref() });
    return transferId;
  };
  const find = (transferId: string): Transfer => {
    const transfer = transfers.get(transferId);
    if (transfer === undefined) throw new SteadyError('not-found', 'This export or import has ended.', { hint: 'Begin it again.' });
    transfer.timer.refresh();
    return transfer;
  };
  const importOf = (transferId: string): ConversationImport => {
    const { import: running } = find(transferId);
    if (running === null) throw new SteadyError('bad-input', 'This is an export.');
    return running;
  };

  return {
    'conversations.export.begin': async ({ format, ids }) => {
      const only = ids?.length === 1 ? ids[0] : undefined;
      const title = only === undefined ? null : (await store.conversations.get(only)).title;
      const pieces = exportConversations({ store: store.transfer, format, ids, appVersion });
      return { transferId: begin({ pieces, import: null }), fileName: exportFileName(format, title) };
    },
    'conversations.export.read': async ({ transferId }) => {
      const transfer = find(transferId);
      if (transfer.pieces === null) throw new SteadyError('bad-input', 'This is an import.');
      const parts = [transfer.left];
      let length = transfer.left.length;
      let done = false;
      try {
        while (length < TRANSFER_CHUNK && !done) {
          const next = await transfer.pieces.next();
          if (next.done === true) done = true;
          else {
            parts.push(next.value);
            length += next.value.length;
          }
        }
      } catch (error) {
        end(transferId);
        throw error;
      }
      const whole = parts.join('');
      const cut = wholeCharacters(whole, TRANSFER_CHUNK);
      transfer.left = whole.slice(cut);
      const isLast = done && transfer.left === '';
      if (isLast) end(transferId);
      return { text: whole.slice(0, cut), done: isLast };
    },
    'conversations.import.begin': () => ({ transferId: begin({ pieces: null, import: new ConversationImport(store.transfer) }) }),
    'conversations.import.write': async ({ transferId, text }) => {
      try {
        await importOf(transferId).write(text);
      } catch (error) {
        end(transferId);
        throw error;
      }
      return {};
    },
    'conversations.import.finish': async ({ transferId }) => {
      const running = importOf(transferId);
      let whole = false;
      try {
        const report = await running.finish();
        whole = true;
        return report;
      } finally {
        end(transferId, { whole });
      }
    },
    'conversations.transfer.cancel': ({ transferId }) => {
      end(transferId);
      return {};
    },
  };
}

/** Where to cut a text so that no pair of surrogates is torn apart: the border would replace each half. */
function wholeCharacters(text: string, limit: number): number {
  if (text.length <= limit) return text.length;
  const last = text.charCodeAt(limit - 1);
  return last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit;
}
