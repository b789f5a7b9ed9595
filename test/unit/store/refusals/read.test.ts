/** Pages, filters, search and numbers of the refusal log. */
import { beforeAll, afterAll, expect, test } from 'vitest';
import type { RefusalFilter } from '../../../../electron/contract/index.ts';
import { entry, openLog, type Log } from './helpers.ts';

const cleanups: (() => void)[] = [];
afterAll(() => cleanups.reverse().forEach((task) => task()));

const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 1, 12);
const CONVERSATION = '01890a5d-ac96-774b-bcce-b302099a8057';
let log: Log;
beforeAll(async () => {
  ({ log } = await openLog((task) => cleanups.push(task)));
  log.append(entry({ prompt: 'How to bake bread', reply: 'No.', createdAt: START }));
  log.append(
    entry({
      prompt: 'Brot backen',
      reply: 'Nein.',
      createdAt: START + DAY,
      cause: 'model',
      scores: [],
      profileSha256: null,
      profileName: null,
    }),
  );
  log.append(
    entry({
      prompt: 'パンを焼く',
      reply: 'いいえ',
      createdAt: START + DAY,
      cause: 'both',
      verdict: 'partial',
      modelSha256: 'c'.repeat(64),
      modelName: 'Other',
    }),
  );
  log.append(
    entry({
      prompt: 'Bread - again',
      reply: 'Of course.',
      createdAt: START + 2 * DAY,
      cause: 'answered',
      verdict: 'complied',
      conversationId: CONVERSATION,
    }),
  );
  log.append(
    entry({
      prompt: '100% C++ & "quotes"',
      reply: 'x'.repeat(1000),
      createdAt: START + 3 * DAY,
      scores: [{ layer: 3, score: 2.5, gate: 1 }],
    }),
  );
  log.append(entry({ prompt: 'Kept by its hash', createdAt: START + 3 * DAY + 1, storeText: false }));
  log.review(1, 'wrong', 'Harmless.');
  log.review(2, 'right', '');
  log.review(3, 'unsure', '');
  log.addBenign(1);
  log.report(log.get(4).messageId);
});

const seqs = (filter: RefusalFilter) => log.page({ filter, limit: 50, before: null }).rows.map(({ seq }) => seq);

test.each<[string, RefusalFilter, number[]]>([
  ['nothing', {}, [6, 5, 4, 3, 2, 1]],
  ['from', { from: START + DAY }, [6, 5, 4, 3, 2]],
  ['from and to', { from: START, to: START + DAY }, [1]],
  ['model', { models: ['c'.repeat(64)] }, [3]],
  ['profile', { profiles: ['a'.repeat(64)] }, [6, 5, 4, 3, 1]],
  ['no profile', { profiles: ['none'] }, [2]],
  ['any profile', { profiles: ['none', 'a'.repeat(64)] }, [6, 5, 4, 3, 2, 1]],
  ['causes', { causes: ['model', 'both'] }, [3, 2]],
  ['steered but answered', { causes: ['answered'] }, [4]],
  ['verdict', { verdicts: ['partial'] }, [3]],
  ['score', { minScore: 1 }, [5]],
  ['score range', { minScore: 0.9, maxScore: 1 }, [6, 4, 3, 1]],
  ['reviews', { reviews: ['wrong', 'none'] }, [6, 5, 4, 1]],
  ['reported', { reported: true }, [4]],
  ['benign', { benign: true }, [1]],
  ['conversation', { conversationId: CONVERSATION }, [4]],
  ['an empty list', { causes: [] }, []],
  ['a word', { query: 'bread' }, [4, 1]],
  ['a word of the reply', { query: 'nein' }, [2]],
  ['an unfinished word', { query: 'brea' }, [4, 1]],
  ['words of prompt and reply', { query: 'bread course' }, [4]],
  ['a script without spaces', { query: '焼く' }, [3]],
  ['signs', { query: 'c++ "quotes"' }, [5]],
  ['a sign alone', { query: '%' }, [5]],
  ['a hyphen between words', { query: 'bread - again' }, [4]],
  ['a query and a filter', { query: 'bread', causes: ['steered'] }, [1]],
  ['no match', { query: 'xylophone' }, []],
])('filter: %s', (_, filter, expected) => {
  expect(seqs(filter)).toEqual(expected);
  expect(log.page({ filter, limit: 1, before: null, withTotal: true }).total).toBe(expected.length);
  // Page by page it is the same.
  const paged: number[] = [];
  for (let before: number | null = null; ;) {
    const { rows } = log.page({ filter, limit: 1, before });
    if (rows.length === 0) break;
    paged.push(rows[0]!.seq);
    before = rows[0]!.seq;
  }
  expect(paged).toEqual(expected);
});

test('a row of a list has its review, its beginning and what matched; the whole row has everything', () => {
  const [row] = log.page({ filter: { query: 'bread', reviews: ['wrong'] }, limit: 5, before: null }).rows;
  expect(row).toMatchObject({ review: { judgement: 'wrong', note: 'Harmless.' }, topScore: 0.91, topGate: 0.5, text: 'stored' });
  expect(row!.snippet).toContain('\uE000bread\uE001');
  expect(log.page({ filter: { query: '焼く' }, limit: 5, before: null }).rows[0]!.snippet).toContain('\uE000焼く\uE001');
  expect(log.page({ filter: { query: '-' }, limit: 5, before: null }).rows[0]!.snippet).toContain('Bread \uE000-\uE001 again');
  expect(log.page({ filter: {}, limit: 2, before: null }).rows[1]!.reply).toHaveLength(400);
  expect(log.get(5).reply).toHaveLength(1000);
  expect(log.get(6)).toMatchObject({ text: 'hashed', prompt: null });
});

test('facets count what there is', () => {
  expect(log.facets()).toEqual({
    total: 6,
    models: [
      { value: 'b'.repeat(64), name: 'A model', count: 5 },
      { value: 'c'.repeat(64), name: 'Other', count: 1 },
    ],
    profiles: [
      { value: 'a'.repeat(64), name: 'A profile', count: 5 },
      { value: 'none', name: '', count: 1 },
    ],
    causes: { steered: 3, model: 1, both: 1, answered: 1 },
    verdicts: { refused: 4, complied: 1, partial: 1, degenerate: 0 },
    reviews: { right: 1, wrong: 1, unsure: 1, none: 3 },
    reported: 1,
    benign: 1,
    firstAt: START,
    lastAt: START + 3 * DAY + 1,
    minScore: 0.91,
    maxScore: 2.5,
  });
});

test('numbers by day, in the time zone that is asked for; what was answered is no refusal', () => {
  const days = log.stats({ filter: {}, utcOffsetMinutes: 0 });
  expect(days.map(({ day, refused, right, wrong, unsure }) => [day, refused, right, wrong, unsure])).toEqual([
    ['2026-03-01', 1, 0, 1, 0],
    ['2026-03-02', 2, 1, 0, 1],
    ['2026-03-03', 0, 0, 0, 0],
    ['2026-03-04', 2, 0, 0, 0],
  ]);
  expect(days[0]).toMatchObject({ wrongShare: 1, meanTopScore: 0.91 });
  expect(days[1]).toMatchObject({ wrongShare: 0, meanTopScore: 0.91, causes: { steered: 0, model: 1, both: 1, answered: 0 } });
  expect(days[2]).toMatchObject({ wrongShare: null, meanTopScore: null, causes: { answered: 1 } });
  expect(days[3]!.meanTopScore).toBeCloseTo((2.5 + 0.91) / 2);
  expect(log.stats({ filter: { query: 'bread' }, utcOffsetMinutes: 13 * 60 }).map(({ day }) => day)).toEqual(['2026-03-02', '2026-03-04']);
});
