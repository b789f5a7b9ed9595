/** The store with many messages: what a person waits for, and whether the app's event loop stays free meanwhile. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DEFAULT_SAMPLING } from '../../electron/contract/index.ts';
import { createCore } from '../../electron/store/core.ts';
import { openDatabase } from '../../electron/store/database/database.ts';
import { openStore, type MessageFinish, type Store } from '../../electron/store/index.ts';
import { createRefusals } from '../../electron/store/refusals/log.ts';
import { refusalEntry, refusalTasks } from './refusals.ts';
import { quantile, seededRandom } from './stats.ts';

const MESSAGES_A_CONVERSATION = 20;
const ROWS_A_TRANSACTION = 1000;
/** As the page asks for them. */
const FIRST_PAGE = 100;
const SEARCH_LIMIT = 60;

export interface Operation {
  name: string;
  count: number;
  medianMs: number;
  p95Ms: number;
  maxMs: number;
  /** The longest time the app's thread could do nothing else meanwhile. */
  loopDelayMaxMs: number;
}

export interface StoreResult {
  messages: number;
  refusals: number;
  conversations: number;
  databaseMiB: number;
  fillPerSecond: number;
  openMs: number;
  operations: Operation[];
}

export async function measureStore(options: { messages: number; refusals: number; say(line: string): void }): Promise<StoreResult> {
  const folder = await mkdtemp(join(tmpdir(), 'steady-bench-store-'));
  const path = join(folder, 'steady.db');
  const text = textSource();
  try {
    const filled = performance.now();
    const conversations = await fill(path, options.messages, options.refusals, text);
    const fillPerSecond = (options.messages + options.refusals) / ((performance.now() - filled) / 1000);
    const databaseMiB = (await stat(path)).size / 2 ** 20;

    const opened = performance.now();
    const store = await openStore({ path });
    const openMs = performance.now() - opened;
    const operations: Operation[] = [];
    try {
      for (const [name, count, run] of tasks(store, conversations, text, folder)) operations.push(await measure(name, count, run));
    } finally {
      await store.close();
    }
    options.say(`store: ${options.messages} messages, ${databaseMiB.toFixed(1)} MiB, filled with ${fillPerSecond.toFixed(0)} rows/s`);
    for (const { name, medianMs, p95Ms, loopDelayMaxMs } of operations) {
      options.say(
        `  ${name.padEnd(34)} ${medianMs.toFixed(2)} ms, 95 %: ${p95Ms.toFixed(2)} ms, event loop: ${loopDelayMaxMs.toFixed(1)} ms`,
      );
    }
    return {
      messages: options.messages,
      refusals: options.refusals,
      conversations: conversations.length,
      databaseMiB,
      fillPerSecond,
      openMs,
      operations,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface TextSource {
  message(): string;
  word(rank: number): string;
  pick(below: number): number;
}

/** Texts of made-up words: few are in most messages, most are in few, as in any language. */
function textSource(): TextSource {
  const random = seededRandom(7);
  const syllables = ['ba', 'de', 'ki', 'lo', 'mu', 'na', 'po', 'ra', 'si', 'tu', 've', 'zo'];
  const words = Array.from({ length: 20_000 }, (_, index) => {
    let word = '';
    for (let rest = index + 144; rest > 0; rest = Math.floor(rest / syllables.length)) word += syllables[rest % syllables.length];
    return word;
  });
  // Zipf: the logarithm of the rank is even.
  const next = () => words[Math.min(words.length - 1, Math.floor(Math.exp(random() * Math.log(words.length))) - 1)]!;
  return {
    message: () => Array.from({ length: 10 + Math.floor(random() * 140) }, next).join(' '),
    word: (rank) => words[rank]!,
    pick: (below) => Math.floor(random() * below),
  };
}

/**
 * Fills a new database through the store's own functions, in this thread and many rows a transaction: as rows of years of
 * use, each with a transaction and a sync of its own, it would take an hour on a slow disk.
 */
async function fill(path: string, messages: number, refusals: number, text: TextSource): Promise<string[]> {
  const db = await openDatabase(path);
  try {
    const store = createCore(db);
    const ids: string[] = [];
    const inOne = (rows: number, add: (row: number) => void) => {
      for (let from = 0; from < rows; from += ROWS_A_TRANSACTION) {
        db.transaction(() => {
          for (let row = from; row < Math.min(rows, from + ROWS_A_TRANSACTION); row++) add(row);
        })();
      }
    };
    let parentId: string | null = null;
    inOne(messages / 2, (turn) => {
      const goesOn = turn % (MESSAGES_A_CONVERSATION / 2) !== 0;
      const conversation = goesOn ? ids.at(-1)! : { title: text.message().slice(0, 40), systemPrompt: '', sampling: DEFAULT_SAMPLING };
      if (!goesOn) parentId = null;
      const started = atOnce(store.messages.startTurn({ conversation, parentId, text: text.message(), modelName: 'bench' }));
      if (!goesOn) ids.push(started.conversation.id);
      parentId = started.reply.id;
      void store.messages.finish(parentId, finished(text.message()));
    });
    const { within } = createRefusals(db);
    inOne(refusals, (row) => void within.append(refusalEntry(ids[row % ids.length]!, row, text.message)));
    within.recordHead();
    return ids;
  } finally {
    db.close();
  }
}

/** The functions behind the worker answer at once, whatever their types leave open. */
const atOnce = <T>(answer: T | Promise<T>): T => answer as T;

const finished = (text: string): MessageFinish => ({ state: 'done', text, outcome: null, stats: null, error: null });

const startTurn = (store: Store, conversation: string, text: string) =>
  store.messages.startTurn({ conversation, parentId: null, text, modelName: 'bench' });

/** Name, how often, and what is timed. */
function tasks(
  store: Store,
  conversations: readonly string[],
  text: TextSource,
  folder: string,
): [string, number, () => Promise<unknown>][] {
  const search = (query: () => string) => () => store.conversations.search({ query: query(), limit: SEARCH_LIMIT });
  const any = () => conversations[text.pick(conversations.length)]!;
  let written: { id: string; length: number } | null = null;
  const piece = ' and so on';
  return [
    ['first page of conversations', 50, () => store.conversations.list({ limit: FIRST_PAGE, before: null })],
    ['open a conversation', 50, () => store.conversations.open(any())],
    ['search: a word in most messages', 10, search(() => text.word(0))],
    ['search: a rare word', 30, search(() => text.word(15_000 + text.pick(4000)))],
    ['search: two words', 20, search(() => `${text.word(30 + text.pick(100))} ${text.word(200 + text.pick(800))}`)],
    ['search: an unfinished word', 20, search(() => text.word(1000 + text.pick(4000)).slice(0, 4))],
    ['search: no match', 30, search(() => 'xylophone')],
    ['search without the index (a scan)', 5, search(() => '花园')],
    ['start a turn', 200, () => startTurn(store, any(), text.message())],
    [
      'add text to a reply being written',
      200,
      async () => {
        written ??= { id: (await startTurn(store, conversations[0]!, 'Tell me more.')).reply.id, length: 0 };
        written.length = await store.messages.appendText(written.id, written.length, piece);
      },
    ],
    [
      'a turn whose reply is refused and logged',
      200,
      async () => {
        const { conversation, reply } = await startTurn(store, any(), text.message());
        await store.messages.finish(reply.id, { ...finished('No.'), refusal: refusalEntry(conversation.id, 0, text.message) });
      },
    ],
    ...refusalTasks(store, folder, text.word),
  ];
}

async function measure(name: string, count: number, run: () => Promise<unknown>): Promise<Operation> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  loop.enable();
  for (let call = 0; call < count; call++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  loop.disable();
  return {
    name,
    count,
    medianMs: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    maxMs: Math.max(...times),
    loopDelayMaxMs: Math.max(0, loop.max / 1e6),
  };
}
