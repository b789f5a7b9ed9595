/** Conversations out and in again, with a real database: nothing is lost, ids that are taken are renewed, faults are named. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_SAMPLING, SteadyError, TRANSFER_CHUNK, type ImportReport, type ReplyOutcome } from '../../../electron/contract/index.ts';
import { exportConversations, exportFileName } from '../../../electron/conversations/export.ts';
import { ConversationImport } from '../../../electron/conversations/import.ts';
import { transferHandlers } from '../../../electron/conversations/transfers.ts';
import { AppEvents } from '../../../electron/events.ts';
import { openStore, type Store } from '../../../electron/store/index.ts';
import { addReply, addTurn, newConversation } from '../../fixtures/turns.ts';

async function openTemp(): Promise<Store> {
  const dir = await mkdtemp(join(tmpdir(), 'steady-transfer-'));
  const store = await openStore({ path: join(dir, 'steady.db') });
  onTestFinished(async () => {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  });
  return store;
}

const OUTCOME: ReplyOutcome = {
  verdict: 'refused',
  cause: 'steered',
  steered: true,
  protected: true,
  scores: [{ layer: 7, score: 0.1 + 0.2, gate: 1 }],
};

/** A conversation with versions, a refusal, a failure, odd characters and every optional value. */
async function grow(store: Store, title = 'Lighthouses & “quotes” 😀'): Promise<string> {
  const sampling = { ...DEFAULT_SAMPLING, temperature: 0.3, seed: 7 };
  const first = await addTurn(store, {
    conversation: { title, systemPrompt: 'Be brief.\nAlways.', sampling },
    text: 'What is a lighthouse?\n\n`code`\u2028 and <|im_end|>',
    reply: 'A tower.',
    modelName: 'Model X',
    end: {
      seed: 4_294_967_295,
      outcome: { ...OUTCOME, cause: 'none', verdict: 'complied', steered: false },
      stats: {
        promptTokens: 1,
        cachedTokens: 2,
        generatedTokens: 3,
        timeToFirstTokenMs: 4.5,
        tokensPerSecond: null,
        contextUsed: 5,
        contextSize: 6,
        droppedTurns: 0,
      },
    },
  });
  const { id } = first.conversation;
  await addReply(store, first.userMessage.id, 'A house with light.', { seed: 1 });
  const stopped = { code: 'engine-crashed', message: 'It stopped.', hint: 'Again.' } as const;
  await addReply(store, first.userMessage.id, '', { state: 'failed', error: stopped });
  await addTurn(store, { conversation: id, text: 'What is a lighthouse for?', reply: 'For ships.', end: { state: 'stopped' } });
  const harmful = { text: 'Something harmful', reply: 'I cannot help with that.', end: { outcome: OUTCOME } };
  const { reply: refused } = await addTurn(store, { conversation: id, parentId: first.reply.id, ...harmful });
  await store.conversations.update(id, { activeLeafId: refused.id });
  return id;
}

async function textOf(store: Store, ids: string[] | null = null, format: 'json' | 'markdown' = 'json'): Promise<string> {
  let text = '';
  for await (const piece of exportConversations({ store: store.transfer, format, ids, appVersion: '1.2.3' })) text += piece;
  return text;
}

async function importInto(store: Store, text: string, size = 97): Promise<ImportReport> {
  const importing = new ConversationImport(store.transfer);
  for (let at = 0; at < text.length; at += size) await importing.write(text.slice(at, at + size));
  return importing.finish();
}

const conversationsOf = (text: string) => (JSON.parse(text) as { conversations: unknown[] }).conversations;

/** The same with ids replaced by their order, and without the time that the list is cut by. */
function withoutIds(text: string): unknown {
  const names = new Map<string, string>();
  const named = JSON.stringify(conversationsOf(text)).replace(
    /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g,
    (id) => {
      if (!names.has(id)) names.set(id, `id-${names.size}`);
      return names.get(id)!;
    },
  );
  return JSON.parse(named, (key, value: unknown) => (key === 'updatedAt' ? 0 : value));
}

test('into an empty app: export, import, export gives the very same conversations', async () => {
  const from = await openTemp();
  await grow(from);
  await grow(from, 'Second');
  const text = await textOf(from);
  const to = await openTemp();
  expect(await importInto(to, text)).toEqual({
    conversations: 2,
    messages: 16,
    renumbered: 0,
    redated: 0,
    known: 0,
    leftOut: { pictures: 0, files: 0, tools: 0, thoughts: 0 },
    faults: [],
    faultCount: 0,
  });
  expect(conversationsOf(await textOf(to))).toEqual(conversationsOf(text));
  expect(text).toContain('"seed":4294967295');
  expect((await to.integrityCheck()).ok).toBe(true);
  // What was imported is found and can be gone on with.
  expect(await to.conversations.search({ query: 'lighthouse tower', limit: 5 })).toHaveLength(0);
  expect((await to.conversations.search({ query: 'ships', limit: 5 })).length).toBeGreaterThan(0);
});

test('where the ids are taken everything gets new ones, and is otherwise the same', async () => {
  const store = await openTemp();
  const id = await grow(store);
  const text = await textOf(store);
  expect(await importInto(store, text)).toMatchObject({ conversations: 1, renumbered: 1, faultCount: 0 });
  const list = await store.conversations.list({ limit: 10, before: null });
  expect(list).toHaveLength(2);
  const copy = list.find((summary) => summary.id !== id)!;
  expect(withoutIds(await textOf(store, [copy.id]))).toEqual(withoutIds(text));
  // Also when it is only hidden.
  await store.conversations.delete(id);
  await store.conversations.delete(copy.id);
  expect(await importInto(store, text)).toMatchObject({ conversations: 1, renumbered: 1 });
  expect((await store.integrityCheck()).ok).toBe(true);
});

test.each([1, 7, 1000, 1_000_000])('it does not matter how the file is cut: pieces of %i', async (size) => {
  const from = await openTemp();
  await grow(from);
  const text = await textOf(from);
  const to = await openTemp();
  await importInto(to, text, size);
  expect(conversationsOf(await textOf(to))).toEqual(conversationsOf(text));
});

test('a file that was laid out anew, or has no line breaks, or a byte order mark, is read too', async () => {
  const from = await openTemp();
  await grow(from);
  const text = await textOf(from);
  for (const other of [
    JSON.stringify(JSON.parse(text), null, 2),
    JSON.stringify(JSON.parse(text)),
    `\uFEFF${text}`,
    text.replaceAll('\n', '\r\n'),
  ]) {
    const to = await openTemp();
    expect(await importInto(to, other)).toMatchObject({ conversations: 1, faultCount: 0 });
    expect(conversationsOf(await textOf(to))).toEqual(conversationsOf(text));
  }
});

test('a reply that is being written is exported as far as it is, and is over when it is imported', async () => {
  const from = await openTemp();
  const turn = { conversation: newConversation('x'), parentId: null, text: 'Hi', modelName: null };
  const { conversation, reply } = await from.messages.startTurn(turn);
  await from.messages.appendText(reply.id, 0, 'Half');
  const to = await openTemp();
  await importInto(to, await textOf(from));
  expect((await to.conversations.open(conversation.id)).messages[1]).toMatchObject({ text: 'Half', state: 'stopped' });
});

type Damage = (file: { conversations: { conversation: Record<string, unknown>; messages: Record<string, unknown>[] }[] }) => void;
const DAMAGES: [string, Damage, RegExp][] = [
  ['a text that is none', ({ conversations }) => void (conversations[1]!.messages[3]!['text'] = 5), /messages\.3\.text/],
  ['a state that is none', ({ conversations }) => void (conversations[1]!.messages[0]!['state'] = 'odd'), /messages\.0\.state/],
  ['a missing parent', ({ conversations }) => void conversations[1]!.messages.splice(0, 1), /not there/],
  [
    'a circle',
    ({ conversations: [, second] }) => {
      // The first question follows the last refusal, which follows it.
      second!.messages[0]!['parentId'] = second!.messages.at(-1)!['id'];
    },
    /circle/,
  ],
  ['the same author twice', ({ conversations }) => void (conversations[1]!.messages[1]!['role'] = 'user'), /same author/],
  [
    'a leaf that is not there',
    ({ conversations }) => void (conversations[1]!.conversation['activeLeafId'] = crypto.randomUUID()),
    /open at/,
  ],
  ['two of one id', ({ conversations: [, second] }) => void second!.messages.push(second!.messages[0]!), /same id/],
  [
    "another conversation's message",
    ({ conversations }) => void (conversations[1]!.messages[2]!['conversationId'] = crypto.randomUUID()),
    /another/,
  ],
  ['no conversation at all', ({ conversations }) => void (conversations[1] = 'x' as never), /expected object|Invalid input/],
];
test.each(DAMAGES)('one conversation with %s is named and left out, whole; the others are imported', async (_, damage, why) => {
  const from = await openTemp();
  for (const title of ['First', 'Second', 'Third']) await grow(from, title);
  const file = JSON.parse(await textOf(from)) as Parameters<Damage>[0];
  damage(file);
  const to = await openTemp();
  const report = await importInto(to, JSON.stringify(file, null, 1));
  expect(report).toMatchObject({ conversations: 2, messages: 16, faultCount: 1 });
  expect(report.faults[0]).toMatchObject({ index: 2, message: expect.stringMatching(why) as string });
  expect((await to.conversations.list({ limit: 10, before: null })).map(({ title }) => title).sort()).toEqual(['First', 'Third']);
  expect((await to.integrityCheck()).ok).toBe(true);
});

test('a file that is cut off says so, and what is whole is imported', async () => {
  const from = await openTemp();
  for (const title of ['First', 'Second']) await grow(from, title);
  const text = await textOf(from);
  const to = await openTemp();
  const report = await importInto(to, text.slice(0, text.length * 0.75));
  expect(report).toMatchObject({ conversations: 1, faultCount: 2 });
  expect(report.faults.map(({ message }) => message).join()).toMatch(/cut off.*ends in the middle/);
});

test.each([
  ['nothing', ''],
  ['Markdown', '# Title\n\nText\n'],
  ['other JSON', '{"a": 1}'],
  ['a list', '[]'],
  ['no list in it', '{"format":"steady-conversations","version":1,"exportedAt":1,"appVersion":"1"}'],
])('a file with %s is refused', async (_, text) => {
  const store = await openTemp();
  await expect(importInto(store, text)).rejects.toMatchObject({ code: 'bad-input' });
});

test('a file of a newer version says that Steady is too old', async () => {
  const store = await openTemp();
  const text = (await textOf(store)).replace('"version":1', '"version":2');
  await expect(importInto(store, text)).rejects.toMatchObject({ message: expect.stringContaining('newer version') as string });
});

test('Markdown has every message: the open branch first, then the other versions with what they follow', async () => {
  const store = await openTemp();
  const id = await grow(store);
  const text = await textOf(store, [id], 'markdown');
  const at = (what: string) => {
    expect(text).toContain(what);
    return text.indexOf(what);
  };
  expect(text.startsWith('# Lighthouses & “quotes” 😀\n')).toBe(true);
  expect(text).toContain('> System prompt: Be brief.\n> Always.');
  const others = at('## Other versions');
  for (const open of ['What is a lighthouse?', 'A tower.', 'Something harmful', 'I cannot help with that.'])
    expect(at(open)).toBeLessThan(others);
  for (const other of ['A house with light.', 'What is a lighthouse for?', 'For ships.', 'It stopped.'])
    expect(at(other)).toBeGreaterThan(others);
  expect(text).toContain('refused by protection');
  expect(text).toContain('*At the beginning:*');
});

test('file names say what is in them and are names everywhere', () => {
  expect(exportFileName('markdown', 'Über ../../etc/passwd: "x"?')).toBe('Über-etc-passwd-x.md');
  expect(exportFileName('json', null)).toMatch(/^steady-conversations-\d{4}-\d\d-\d\d\.json$/);
  expect(exportFileName('json', '///')).toMatch(/^steady-conversations-/);
});

function heard(events: AppEvents): [string, unknown][] {
  const told: [string, unknown][] = [];
  events.onAny((name, payload) => told.push([name, payload]));
  return told;
}

/** Ways of an import to end before its time, once two of three conversations are in. */
const ENDINGS: [string, (handlers: ReturnType<typeof transferHandlers>, transferId: string, rest: string) => Promise<unknown>][] = [
  ['is cancelled', async (handlers, transferId) => handlers['conversations.transfer.cancel']({ transferId })],
  ['fails half-way', async (handlers, transferId, text) => handlers['conversations.import.write']({ transferId, text })],
  [
    'fails at its end',
    async (handlers, transferId, rest) => {
      await handlers['conversations.import.write']({ transferId, text: rest.slice(0, rest.indexOf('\n')) });
      return handlers['conversations.import.finish']({ transferId });
    },
  ],
];
test.each(ENDINGS)('an import that %s says how many conversations came in, and the list is told', async (_, finish) => {
  const from = await openTemp();
  for (const title of ['First', 'Second', 'Third']) await grow(from, title);
  const lines = (await textOf(from)).split(/(?<=\n)/);
  const store = await openTemp();
  const { insert } = store.transfer;
  let room = 2;
  const full = new SteadyError('disk-full', 'The disk is full.');
  const transfer = {
    ...store.transfer,
    insert: (...args: Parameters<typeof insert>) => (room-- > 0 ? insert(...args) : Promise.reject(full)),
  };
  const events = new AppEvents();
  const told = heard(events);
  const handlers = transferHandlers({ store: { ...store, transfer }, events, appVersion: '1' });
  const { transferId } = await handlers['conversations.import.begin']({});
  await handlers['conversations.import.write']({ transferId, text: lines.slice(0, 3).join('') });
  expect(told).toEqual([]);
  await finish(handlers, transferId, lines.slice(3).join('')).catch((error: unknown) => expect(error).toBe(full));
  const notice = expect.objectContaining({ level: 'warning', message: '2 conversations were imported before the import ended.' }) as object;
  expect(told).toEqual([
    ['conversations.imported', {}],
    ['app.notice', notice],
  ]);
  await expect((async () => handlers['conversations.import.finish']({ transferId }))()).rejects.toMatchObject({ code: 'not-found' });
  expect(told).toHaveLength(2);
});

test('the page moves both in pieces that fit a request, and pairs of surrogates stay whole', async () => {
  const store = await openTemp();
  const long = '😀'.repeat(TRANSFER_CHUNK);
  const { id } = (await addTurn(store, { conversation: newConversation('Long'), text: long })).conversation;
  const events = new AppEvents();
  const told = heard(events);
  const handlers = transferHandlers({ store, events, appVersion: '1' });
  const { transferId, fileName } = await handlers['conversations.export.begin']({ format: 'json', ids: [id] });
  expect(fileName).toBe('Long.json');
  const pieces: string[] = [];
  for (let done = false; !done;) {
    const piece = await handlers['conversations.export.read']({ transferId });
    pieces.push(piece.text);
    expect(piece.text.length).toBeLessThanOrEqual(TRANSFER_CHUNK);
    expect(piece.text.isWellFormed()).toBe(true);
    ({ done } = piece);
  }
  expect(pieces.length).toBeGreaterThan(2);
  await expect((async () => handlers['conversations.export.read']({ transferId }))()).rejects.toMatchObject({ code: 'not-found' });
  const importing = (await handlers['conversations.import.begin']({})).transferId;
  for (const text of pieces) await handlers['conversations.import.write']({ transferId: importing, text });
  expect(await handlers['conversations.import.finish']({ transferId: importing })).toMatchObject({ conversations: 1, renumbered: 1 });
  expect(told).toEqual([['conversations.imported', {}]]);
  const [copy] = (await store.conversations.list({ limit: 5, before: null })).filter((summary) => summary.id !== id);
  expect((await store.conversations.open(copy!.id)).messages[0]!.text).toBe(long);
});

test('no more than a few at a time, and one that is cancelled or done makes room', async () => {
  const store = await openTemp();
  const handlers = transferHandlers({ store, events: new AppEvents(), appVersion: '1' });
  const begun = [];
  for (let n = 0; n < 8; n++) begun.push(await handlers['conversations.import.begin']({}));
  await expect((async () => handlers['conversations.import.begin']({}))()).rejects.toMatchObject({ code: 'busy' });
  await handlers['conversations.transfer.cancel']({ transferId: begun[0]!.transferId });
  await handlers['conversations.import.begin']({});
});

test('an export names a conversation that is not there', async () => {
  const store = await openTemp();
  await expect(textOf(store, [crypto.randomUUID()])).rejects.toMatchObject({ code: 'not-found' });
});
