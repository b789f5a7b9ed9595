/** The list of conversations, models, notices, and the small pure helpers around them. */
import { describe, expect, test, vi } from 'vitest';
import type { Conversation, Handlers, ModelEntry, PageContract } from '../../../electron/contract/index.ts';
import { Conversations } from '../../../renderer/lib/state/conversations.svelte.ts';
import { Draft, LONG_TEXT } from '../../../renderer/lib/state/draft.svelte.ts';
import { Models } from '../../../renderer/lib/state/models.svelte.ts';
import { dateLabel, groupByDate } from '../../../renderer/lib/util/date-groups.ts';
import { formatBytes, formatCount, formatMs, formatTimeLeft } from '../../../renderer/lib/util/format.ts';
import { snippetParts } from '../../../renderer/lib/util/snippet.ts';
import { scriptedApp } from './support/app.ts';
import { makeConversation } from './support/messages.ts';

const summaryOf = ({ id, title, createdAt, updatedAt, pinned, archived, folderId, tags }: Conversation) => ({
  ...{ id, title, createdAt, updatedAt },
  ...{ pinned, archived, folderId, tags },
});
/** An app with these conversations, newest first. */
const listing = (all: Conversation[]): Partial<Handlers<PageContract>> => ({
  'conversations.list': ({ limit, before, place }) =>
    all
      .filter(({ pinned, updatedAt }) => pinned === (place === 'pinned') && (before === null || updatedAt < before))
      .slice(0, limit)
      .map(summaryOf),
});

describe('conversations', () => {
  test('are newest first, follow events, and page without doubles', async () => {
    const all = Array.from({ length: 130 }, (_, index) => makeConversation({ updatedAt: 1_000 - index }));
    const app = scriptedApp(listing(all));
    const conversations = new Conversations(app.bridge);
    await conversations.refresh();
    expect(conversations.list).toHaveLength(100);
    await conversations.more();
    expect(conversations.list).toHaveLength(130);
    expect(conversations.hasMore).toBe(false);

    const last = all.at(-1);
    if (last === undefined) throw new Error('unreachable');
    app.emit('conversations.changed', {
      id: last.id,
      title: 'Moved up',
      createdAt: 1,
      updatedAt: 5_000,
      pinned: false,
      archived: false,
      folderId: null,
      tags: [],
    });
    app.emit('conversations.removed', { id: all[0]?.id ?? '' });
    await app.settle();
    expect(conversations.list[0]?.title).toBe('Moved up');
    expect(conversations.list).toHaveLength(129);
  });

  test('what is pinned, filed or archived is apart from the others', async () => {
    const plain = makeConversation({ title: 'plain' });
    const pinned = makeConversation({ title: 'pinned', pinned: true });
    const app = scriptedApp({
      ...listing([plain, pinned]),
      'conversations.arrange': ({ ids, change }) => ids.map((id) => ({ ...summaryOf(plain), id, ...change })),
    });
    const conversations = new Conversations(app.bridge);
    await conversations.refresh();
    const titles = (list: readonly { title: string }[]) => list.map(({ title }) => title);
    expect([titles(conversations.pinned), titles(conversations.chats)]).toEqual([['pinned'], ['plain']]);
    const folderId = crypto.randomUUID();
    await conversations.arrange([plain.id], { folderId });
    expect([titles(conversations.chats), titles(conversations.byFolder.get(folderId)!)]).toEqual([[], ['plain']]);
    await conversations.arrange([plain.id], { archived: true, folderId });
    expect([conversations.byFolder.size, titles(conversations.archive)]).toEqual([0, ['plain']]);
  });

  test('one from far back that is in the list already leaves no gap before it', async () => {
    const all = Array.from({ length: 130 }, (_, index) => makeConversation({ updatedAt: 1_000 - index }));
    const app = scriptedApp(listing(all));
    const conversations = new Conversations(app.bridge);
    await conversations.refresh();
    app.emit('conversations.changed', summaryOf(all[129]!));
    await app.settle();
    expect(conversations.list).toHaveLength(101);
    await conversations.more();
    expect(conversations.list.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  });

  test('a slow answer to an older search does not replace a newer one', async () => {
    vi.useFakeTimers();
    try {
      const hit = (title: string) => ({ conversationId: makeConversation().id, messageId: null, title, snippet: '', updatedAt: 1 });
      const app = scriptedApp({
        'conversations.search': async ({ query }) => {
          await new Promise((done) => setTimeout(done, query === 'slow' ? 500 : 5));
          return [hit(query)];
        },
      });
      const conversations = new Conversations(app.bridge);
      conversations.search('slow');
      await vi.advanceTimersByTimeAsync(160);
      conversations.search('quick');
      await vi.advanceTimersByTimeAsync(2_000);
      expect(conversations.hits?.map(({ title }) => title)).toEqual(['quick']);
      conversations.search('');
      expect(conversations.hits).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });
});

test('a search says that there is more than it shows, and shows it when asked', async () => {
  vi.useFakeTimers();
  try {
    const asked: number[] = [];
    const hits = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        conversationId: makeConversation().id,
        messageId: null,
        title: `${index}`,
        snippet: '',
        updatedAt: 1,
      }));
    const app = scriptedApp({
      'conversations.search': ({ query, limit }) => {
        asked.push(limit);
        return hits(Math.min(limit, query === 'many' ? 900 : query === 'too many' ? 9_000 : 60));
      },
    });
    const conversations = new Conversations(app.bridge);
    const search = async (query: string) => {
      conversations.search(query);
      await vi.advanceTimersByTimeAsync(200);
      return [conversations.hits?.length, conversations.moreHits, conversations.canShowMoreHits];
    };
    const more = async () => {
      const reading = conversations.showMoreHits();
      await vi.advanceTimersByTimeAsync(200);
      await reading;
      return [conversations.hits?.length, conversations.moreHits, conversations.canShowMoreHits];
    };
    expect(await search('few')).toEqual([60, false, false]);
    expect(await search('many')).toEqual([60, true, true]);
    expect(await more()).toEqual([240, true, true]);
    expect(await more()).toEqual([900, false, false]);
    expect(await search('too many')).toEqual([60, true, true]);
    await more();
    expect(await more()).toEqual([960, true, false]);
    // One more than is shown, and never more than the app answers.
    expect(Math.max(...asked)).toBe(961);
    expect(await search('')).toEqual([undefined, false, false]);
  } finally {
    vi.useRealTimers();
  }
});

test('a model whose size cannot be told is asked once, and a download is followed to its end', async () => {
  const model: ModelEntry = {
    id: 'm',
    name: 'M',
    source: 'catalogue',
    description: '',
    bytes: 100,
    status: 'available',
    path: null,
    sha256: null,
    licence: null,
    hasProfile: false,
  };
  let status: ModelEntry['status'] = 'available';
  const app = scriptedApp({ 'models.list': () => [{ ...model, status }], 'models.download': () => ({}) });
  const models = new Models(app.bridge);
  await models.estimate('m');
  expect(models.estimates.get('m')).toEqual({ status: 'unknown' });

  await models.download('m');
  const progress = { modelId: 'm', receivedBytes: 50, totalBytes: 100, bytesPerSecond: 10, source: null, error: null };
  app.emit('models.progress', { ...progress, state: 'downloading' });
  await app.settle();
  expect(models.downloading('m')?.receivedBytes).toBe(50);
  status = 'ready';
  app.emit('models.progress', { ...progress, state: 'done' });
  await app.settle();
  expect(models.downloading('m')).toBeNull();
  expect(models.byId('m')?.status).toBe('ready');
});

describe('drafts', () => {
  test('long text goes beside the box and comes back whole', () => {
    const long = 'x'.repeat(1_000_000);
    const draft = new Draft();
    draft.setText('Summarise this:');
    expect(draft.addPaste(long)).toBe(true);
    expect(draft.text).toBe('Summarise this:');
    expect(draft.pastes[0]?.bytes).toBe(1_000_000);
    expect(draft.compose()).toBe(`Summarise this:\n\n${long}`);
    draft.clear();
    expect(draft.isEmpty).toBe(true);
  });

  test('short text stays in the box', () => {
    const draft = new Draft();
    expect(draft.addPaste('x'.repeat(LONG_TEXT - 1))).toBe(false);
    draft.setText('  \n ');
    expect(draft.isEmpty).toBe(true);
  });

  test('more than the app takes is seen before it is sent', () => {
    expect(new Draft('x'.repeat(2_000_001)).isTooLong).toBe(true);
  });
});

describe('dates', () => {
  const now = new Date(2026, 2, 10, 12).getTime();
  const at = (year: number, month: number, day: number, hour = 12) => new Date(year, month - 1, day, hour).getTime();
  test.each([
    [at(2026, 3, 10, 0), 'Today'],
    [at(2026, 3, 9, 23), 'Yesterday'],
    [at(2026, 3, 9, 0), 'Yesterday'],
    [at(2026, 3, 8, 23), 'Previous 7 days'],
    [at(2026, 3, 3, 1), 'Previous 7 days'],
    [at(2026, 3, 2, 23), 'Previous 30 days'],
    [at(2026, 1, 5), 'January'],
    [at(2025, 12, 31), 'December 2025'],
  ])('%d is %s', (time, label) => {
    expect(dateLabel(time, now)).toBe(label);
  });

  test('groups keep their order', () => {
    const items = [at(2026, 3, 10), at(2026, 3, 10, 1), at(2026, 3, 9)].map((updatedAt) => ({ updatedAt }));
    expect(groupByDate(items, now).map(({ label, items: { length } }) => [label, length])).toEqual([
      ['Today', 2],
      ['Yesterday', 1],
    ]);
  });
});

test('numbers read well', () => {
  expect([0, 999, 1_000, 491_400_064, 1_117_320_768, 999_950].map(formatBytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '491 MB',
    '1.1 GB',
    '1.0 MB',
  ]);
  expect([812, 1_000, 4_120, 32_768].map(formatCount)).toEqual(['812', '1k', '4.1k', '33k']);
  expect([0.2, 12.2, 150, 4_800].map(formatTimeLeft)).toEqual(['almost done', '13 s left', '3 min left', '1 h 20 min left']);
  expect([240, 1_840].map(formatMs)).toEqual(['240 ms', '1.8 s']);
  expect(formatTimeLeft(Number.NaN)).toBe('');
});

test('search marks become parts, and stray marks vanish', () => {
  expect(snippetParts('a \uE000b\uE001 c')).toEqual([
    { text: 'a ', match: false },
    { text: 'b', match: true },
    { text: ' c', match: false },
  ]);
  expect(snippetParts('\uE001<b>\uE000x')).toEqual([
    { text: '<b>', match: false },
    { text: 'x', match: true },
  ]);
});
