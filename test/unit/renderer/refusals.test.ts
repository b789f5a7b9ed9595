/** The refusal log's state on the page: paging, reviewing, and what happens while others work on it too. */
import { describe, expect, test, vi } from 'vitest';
import { SteadyError, type RefusalExport } from '../../../electron/contract/index.ts';
import { filterChips, fromDateField, startOfDay, toDateField } from '../../../renderer/lib/components/refusals/filter-text.ts';
import { everyDay } from '../../../renderer/lib/state/refusal-stats.svelte.ts';
import { Refusals, tidyFilter } from '../../../renderer/lib/state/refusals.svelte.ts';
import { scriptedApp } from './support/app.ts';
import { FACETS, makeRefusal, SHA, smallLog } from './support/refusals.ts';

async function opened(count: number) {
  const log = smallLog(count);
  const app = scriptedApp(log.handlers);
  const refusals = new Refusals(app.bridge);
  await refusals.open();
  return { ...log, app, refusals };
}

describe('the list', () => {
  test('grows page by page, newest first, and ends', async () => {
    const { refusals } = await opened(250);
    expect([refusals.rows.length, refusals.total, refusals.hasMore]).toEqual([100, 250, true]);
    // Two at once are one.
    await Promise.all([refusals.more(), refusals.more()]);
    expect(refusals.rows).toHaveLength(200);
    await refusals.more();
    await refusals.more();
    expect(refusals.rows.map((row) => row.seq)).toEqual(Array.from({ length: 250 }, (_, index) => 250 - index));
    expect(refusals.hasMore).toBe(false);
  });

  test('shows the answer to the last filter, however late earlier answers come', async () => {
    const log = smallLog(30);
    const list = log.handlers['refusals.list']!;
    const app = scriptedApp({
      ...log.handlers,
      'refusals.list': async (input) => {
        if (input.filter.query === 'Prompt 1') await new Promise((done) => setTimeout(done, 30));
        return list(input);
      },
    });
    const refusals = new Refusals(app.bridge);
    const slow = refusals.setFilter({ query: 'Prompt 1' });
    await refusals.setFilter({ query: 'Prompt 2' });
    await slow;
    expect(refusals.rows.every((row) => row.prompt!.startsWith('Prompt 2'))).toBe(true);
    expect(refusals.total).toBe(11);
    expect(refusals.loading).toBe(false);
  });

  test('sends no filter that would exclude everything', () => {
    expect(tidyFilter({ query: '', causes: [], reported: false, minScore: 0, from: undefined })).toEqual({ reported: false, minScore: 0 });
  });

  test('forgets what it read once the app says that it is locked', async () => {
    const { refusals, handlers } = await opened(3);
    await refusals.select(2);
    handlers['refusals.list'] = () => {
      throw new SteadyError('locked', 'The admin area is locked.');
    };
    const app = scriptedApp(handlers);
    const again = new Refusals(app.bridge);
    await again.open();
    expect([again.locked, again.loaded, again.rows.length]).toEqual([true, false, 0]);
  });
});

describe('the lock', () => {
  const state = (unlocked: boolean, logVisibility: 'admin' | 'everyone') => ({
    passphrase: 'set' as const,
    unlocked,
    retryAt: null,
    idleLockMinutes: 5,
    policies: {
      steering: 'mandatory' as const,
      unprotectedChat: 'user-choice' as const,
      logVisibility,
      protectModels: 'everyone' as const,
      useAskedPrompts: false,
      storePromptText: true,
      onConversationDeleted: 'keep' as const,
    },
    problem: null,
  });

  test('closing takes the log out of the page, unless everyone may read it', async () => {
    const { app, refusals } = await opened(3);
    await refusals.select(2);
    app.emit('admin.changed', state(false, 'everyone'));
    await app.settle();
    expect(refusals.rows).toHaveLength(3);
    app.emit('admin.changed', state(false, 'admin'));
    await app.settle();
    expect([refusals.rows.length, refusals.detail, refusals.chain.current, refusals.loaded]).toEqual([0, null, null, false]);
  });
});

describe('others at work', () => {
  test('new rows are announced and move nothing', async () => {
    const { app, rows, refusals } = await opened(3);
    rows.set(4, makeRefusal(4));
    app.emit('refusals.changed', { kind: 'added', seqs: [4] });
    await app.settle();
    expect([refusals.newer, refusals.rows[0]?.seq]).toEqual([1, 3]);
    await refusals.refresh();
    expect([refusals.newer, refusals.rows[0]?.seq]).toEqual([0, 4]);
  });

  test('the first row of an empty log appears by itself', async () => {
    const { app, rows, refusals } = await opened(0);
    rows.set(1, makeRefusal(1));
    app.emit('refusals.changed', { kind: 'added', seqs: [1] });
    await vi.waitFor(() => expect(refusals.rows).toHaveLength(1));
  });

  test('a review by somebody else changes the row and the open one; a removed row goes', async () => {
    const { app, put, rows, refusals } = await opened(3);
    await refusals.select(2);
    put(2, { review: { seq: 9, judgement: 'wrong', note: 'x', createdAt: 1 } });
    app.emit('refusals.changed', { kind: 'reviewed', seqs: [2] });
    await vi.waitFor(() => expect(refusals.detail?.review?.judgement).toBe('wrong'));
    expect(refusals.rows[1]?.review?.judgement).toBe('wrong');

    rows.delete(2);
    app.emit('refusals.changed', { kind: 'removed', seqs: [2] });
    await vi.waitFor(() => expect(refusals.rows.map((row) => row.seq)).toEqual([3, 1]));
    expect([refusals.selected, refusals.total]).toEqual([1, 2]);
  });

  test('many changes at once are read as a list', async () => {
    const { app, asked, refusals } = await opened(20);
    const before = asked.length;
    app.emit('refusals.changed', { kind: 'removed', seqs: [] });
    await app.settle();
    expect(asked.length).toBe(before + 1);
    expect(refusals.rows).toHaveLength(20);
  });
});

describe('reviewing', () => {
  test('walks the rows, across the end of a page', async () => {
    const { refusals } = await opened(150);
    await refusals.move(1);
    expect(refusals.selected).toBe(150);
    await refusals.move(1);
    await refusals.move(-5);
    expect(refusals.selected).toBe(150);
    await refusals.select(51);
    await refusals.move(1);
    expect(refusals.selected).toBe(50);
    await refusals.move(-Infinity);
    expect(refusals.selected).toBe(150);
  });

  test('keeps the row in its place, with where the search matched', async () => {
    const { put, refusals } = await opened(3);
    put(2, { snippet: 'a \uE000match\uE001' });
    await refusals.refresh();
    put(2, { snippet: null });
    await refusals.select(2);
    await refusals.review(2, 'wrong', 'asked by a nurse');
    expect(refusals.rows[1]).toMatchObject({
      seq: 2,
      review: { judgement: 'wrong', note: 'asked by a nurse' },
      snippet: 'a \uE000match\uE001',
    });
    expect(refusals.detail?.reviews).toHaveLength(1);
    await refusals.setBenign(2, true);
    expect(refusals.rows[1]?.benignAt).not.toBeNull();
    await refusals.setBenign(2, false);
    expect(refusals.detail?.benignAt).toBeNull();
  });

  test('a note that was begun survives looking at another row, and goes when it is saved', async () => {
    const { refusals } = await opened(3);
    refusals.keepNote(2, 'half a thought');
    await refusals.select(1);
    expect(refusals.noteOf(2, '')).toBe('half a thought');
    await refusals.review(2, 'unsure', 'half a thought');
    expect(refusals.noteOf(2, 'half a thought')).toBe('half a thought');
    expect(refusals.noteOf(2, 'saved')).toBe('saved');
  });

  test('an answer for a row that is no longer open is dropped', async () => {
    const log = smallLog(3);
    const get = log.handlers['refusals.get']!;
    const app = scriptedApp({
      ...log.handlers,
      'refusals.get': async (input) => {
        if (input.seq === 3) await new Promise((done) => setTimeout(done, 30));
        return get(input);
      },
    });
    const refusals = new Refusals(app.bridge);
    await refusals.open();
    const slow = refusals.select(3);
    await refusals.select(1);
    await slow;
    expect(refusals.detail?.seq).toBe(1);
  });

  test('removing a row opens the next; removing a text keeps the row', async () => {
    const { refusals } = await opened(3);
    await refusals.select(2);
    await refusals.remove(2, 'text');
    expect(refusals.detail).toMatchObject({ seq: 2, text: 'removed', prompt: null });
    await refusals.remove(2, 'row');
    expect([refusals.selected, refusals.rows.length]).toEqual([1, 2]);
  });
});

describe('an export', () => {
  const file = (over: Partial<RefusalExport> = {}): RefusalExport => ({
    exportId: '00000000-0000-7000-8000-000000000001',
    format: 'csv',
    state: 'running',
    done: 0,
    total: 5,
    bytes: 0,
    fileName: 'refusals.csv',
    path: null,
    startedAt: 1,
    secondsLeft: null,
    error: null,
    bundle: null,
    ...over,
  });
  const wish = { format: 'csv', filter: {}, includePrompts: true, includeReplies: false } as const;

  test('whose end overtakes the answer to its start has ended', async () => {
    const app = scriptedApp({
      'refusals.export.start': async () => {
        app.emit('refusals.export', file({ state: 'done', done: 5 }));
        await app.settle();
        return file();
      },
    });
    const { exports } = new Refusals(app.bridge);
    await exports.start(wish);
    expect(exports.current?.state).toBe('done');
    expect(exports.running).toBe(false);
  });

  test('comes over in pieces, byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 2500 }, (_, index) => (index * 7) % 256);
    const app = scriptedApp({
      'refusals.export.start': () => file({ state: 'done' }),
      'refusals.export.read': ({ offset }) => {
        const piece = bytes.slice(offset, offset + 1000);
        return {
          base64: Buffer.from(piece).toString('base64'),
          bytes: piece.length,
          total: bytes.length,
          done: offset + piece.length === bytes.length,
        };
      },
    });
    const { exports } = new Refusals(app.bridge);
    await exports.start(wish);
    const blob = await exports.fetch();
    expect(blob?.type).toBe('text/csv');
    const text = await new Promise<string>((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result as string);
      reader.readAsDataURL(blob!);
    });
    expect(text.split(',')[1]).toBe(Buffer.from(bytes).toString('base64'));
    expect(exports.fetching).toBeNull();
  });

  test('that fails to start says so, and can be tried again', async () => {
    let busy = true;
    const app = scriptedApp({
      'refusals.export.start': () => {
        if (busy) throw new SteadyError('busy', 'Another export runs.');
        return file();
      },
      'refusals.export.cancel': () => file({ state: 'cancelled' }),
    });
    const { exports } = new Refusals(app.bridge);
    await exports.start(wish);
    expect([exports.problem?.message, exports.current]).toEqual(['Another export runs.', null]);
    busy = false;
    await exports.start(wish);
    expect([exports.problem, exports.running]).toEqual([null, true]);
    await exports.cancel();
    expect(exports.current?.state).toBe('cancelled');
    exports.forget();
    expect(exports.current).toBeNull();
  });
});

describe('reports by the user', () => {
  test('are known again, and sent once', async () => {
    const report = vi.fn(({ messageId }: { messageId: string }) => ({ messageId, reportedAt: 1 }));
    const one = makeRefusal(1);
    const app = scriptedApp({ 'refusals.report': report, 'refusals.reported': () => ({ messageIds: [one.messageId] }) });
    const { reports } = new Refusals(app.bridge);
    await Promise.all([reports.learn(one.conversationId), reports.learn(one.conversationId)]);
    expect(reports.reported.has(one.messageId)).toBe(true);
    const other = makeRefusal(2).messageId;
    await Promise.all([reports.report(other, ''), reports.report(other, '')]);
    expect(report).toHaveBeenCalledTimes(1);
    expect([reports.reported.has(other), reports.sending.size]).toEqual([true, 0]);
  });
});

describe('days', () => {
  test('that were left out are filled in', () => {
    const day = (text: string, refused: number) => ({
      day: text,
      causes: { steered: refused, model: 0, both: 0, answered: 0 },
      refused,
      right: 0,
      wrong: refused,
      unsure: 0,
      wrongShare: 1,
      meanTopScore: 0.5,
    });
    // Over the end of a month, and over a night on which clocks change in much of the world.
    const all = everyDay([day('2026-10-24', 1), day('2026-10-27', 2), day('2026-11-01', 3)]);
    expect(all.map(({ at }) => new Date(at).toISOString().slice(5, 10)).join(' ')).toBe(
      '10-24 10-25 10-26 10-27 10-28 10-29 10-30 10-31 11-01',
    );
    expect(all.map(({ refused }) => refused)).toEqual([1, 0, 0, 2, 0, 0, 0, 0, 3]);
    expect(all[1]?.wrongShare).toBeNull();
    expect(everyDay([])).toEqual([]);
  });
});

describe('filters in words', () => {
  const day = (text: string) => fromDateField(text)!;
  test('each condition is a chip that can be lifted', () => {
    const chips = filterChips(
      {
        query: 'not a chip',
        from: day('2026-11-03'),
        to: startOfDay(day('2026-11-05'), 1),
        causes: ['steered', 'both'],
        reviews: ['none'],
        models: [SHA.model],
        profiles: ['none'],
        minScore: 0.5,
        reported: true,
      },
      FACETS,
    );
    expect(chips.map(({ label }) => label)).toEqual([
      '3 Nov 2026 – 5 Nov 2026',
      'Steered or Model and steering',
      'Not reviewed',
      'A model',
      'no profile',
      'Score from 0.5',
      'Reported by the user',
    ]);
    expect(tidyFilter({ from: 1, to: 2, ...chips[0]!.lift })).toEqual({});
  });

  test('dates survive the way into a field and back', () => {
    expect(toDateField(day('2026-03-29'))).toBe('2026-03-29');
    expect([fromDateField(''), fromDateField('2026-13'), fromDateField('0001-01-01')]).toEqual([undefined, undefined, undefined]);
    expect(filterChips({ from: day('2026-11-03'), to: startOfDay(day('2026-11-03'), 1) }, null)[0]?.label).toBe('3 Nov 2026');
  });
});
