/** A small refusal log behind the real contract. */
import { randomUUID } from 'node:crypto';
import {
  SteadyError,
  type ChainState,
  type Handlers,
  type PageContract,
  type Refusal,
  type RefusalDetail,
  type RefusalFacets,
  type Review,
} from '../../../../electron/contract/index.ts';

export const SHA = { model: 'a'.repeat(64), profile: 'b'.repeat(64), row: 'c'.repeat(64) };
/** Noon, so that no time zone moves it to another day. */
const START = new Date(2026, 10, 20, 12).getTime();

export function makeRefusal(seq: number, over: Partial<Refusal> = {}): Refusal {
  return {
    seq,
    createdAt: START + seq * 60_000,
    conversationId: randomUUID(),
    messageId: randomUUID(),
    cause: 'steered',
    verdict: 'refused',
    topScore: 0.8,
    topGate: 1,
    model: { sha256: SHA.model, name: 'A model' },
    profile: { sha256: SHA.profile, name: 'A profile' },
    source: null,
    text: 'stored',
    prompt: `Prompt ${seq}`,
    reply: 'I cannot help with that.',
    snippet: null,
    review: null,
    reportedAt: null,
    benignAt: null,
    benignOverride: false,
    ...over,
  };
}

export function detailOf(row: Refusal, reviews: Review[] = row.review === null ? [] : [row.review]): RefusalDetail {
  return {
    ...row,
    scores: [
      { layer: 7, score: 0.8, gate: 1 },
      { layer: 6, score: 0.1, gate: 0 },
    ],
    reading: null,
    reviews,
    reportNote: null,
    promptHash: SHA.row,
    replyHash: SHA.row,
    hash: SHA.row,
    prevHash: SHA.row,
    removed: null,
    conversationExists: true,
  };
}

export const FACETS: RefusalFacets = {
  total: 3,
  models: [{ value: SHA.model, name: 'A model', count: 3 }],
  profiles: [{ value: SHA.profile, name: 'A profile', count: 3 }],
  causes: { steered: 3, model: 0, both: 0, answered: 0 },
  verdicts: { refused: 3, complied: 0, partial: 0, degenerate: 0 },
  reviews: { right: 0, wrong: 0, unsure: 0, none: 3 },
  reported: 0,
  benign: 0,
  firstAt: START,
  lastAt: START,
  minScore: 0.8,
  maxScore: 0.8,
};

export const CHAIN: ChainState = {
  status: 'ok',
  checked: 3,
  total: 3,
  headSeq: 3,
  head: SHA.row,
  faults: [],
  checkedAt: START,
  message: 'Every row follows the one before.',
};

/** Handlers over rows that can be looked at and changed; `asked` holds the filters of the lists that were asked for. */
export function smallLog(count: number) {
  const rows = new Map(Array.from({ length: count }, (_, index) => [index + 1, makeRefusal(index + 1)]));
  const asked: unknown[] = [];
  const put = (seq: number, changes: Partial<Refusal>): Refusal => {
    const row = rows.get(seq);
    if (row === undefined) throw new SteadyError('not-found', 'There is no such row.');
    const next = { ...row, ...changes };
    rows.set(seq, next);
    return next;
  };
  const handlers: Partial<Handlers<PageContract>> = {
    'refusals.list': ({ filter, limit, before, withTotal }) => {
      asked.push(filter);
      const fitting = [...rows.values()]
        .sort((a, b) => b.seq - a.seq)
        .filter((row) => filter.query === undefined || row.prompt?.includes(filter.query));
      const page = fitting.filter((row) => before === null || row.seq < before).slice(0, limit);
      return { rows: page, total: withTotal === true ? fitting.length : null };
    },
    'refusals.get': ({ seq }) => detailOf(put(seq, {})),
    'refusals.facets': () => FACETS,
    'refusals.chain': () => CHAIN,
    'refusals.verify': () => ({ ...CHAIN, checkedAt: CHAIN.checkedAt! + 1 }),
    'refusals.review': ({ seq, judgement, note }) =>
      put(seq, {
        review: { seq: 1000 + seq, judgement, note, createdAt: START },
        benignAt: judgement === 'wrong' ? START : null,
        benignOverride: false,
      }),
    'refusals.benignSet.add': ({ seq }) => put(seq, { benignAt: START, benignOverride: rows.get(seq)?.review?.judgement === 'right' }),
    'refusals.benignSet.remove': ({ seq }) => put(seq, { benignAt: null, benignOverride: false }),
    'refusals.remove': ({ seq, what }) => {
      if (what === 'row') rows.delete(seq);
      else put(seq, { text: 'removed', prompt: null, reply: null });
      return {};
    },
  };
  return { rows, asked, handlers, put };
}
