/** What of which documents a prompt has: short ones whole, of long ones the passages that have words of the question. */
import type { AttachedDocument, DocumentUse, Measure } from '../contract/index.ts';
import type { DocumentStore, FoundPassage } from '../store/index.ts';

/** Of the room that the question leaves, documents get this much; the rest is for what came before. */
const DOCUMENT_SHARE = 0.75;
/** Passages of long documents get this much, and no more than so many are put in. */
const PASSAGE_SHARE = 0.5;
const MOST_PASSAGES = 16;
/** Passages that are counted to choose from. */
const MOST_CANDIDATES = 40;
/** Tokens that names and frames take, of each document. */
const FRAME_TOKENS = 40;
/** No tokenizer puts more characters into a token, over a whole document; one with more than this for each token of room is not counted. */
const MOST_UNITS_A_TOKEN = 12;

export interface ReadingInput {
  question: string;
  /** That came with this message. */
  attached: readonly AttachedDocument[];
  /** Of earlier messages, of which only passages were read. */
  earlier: readonly AttachedDocument[];
  store: Pick<DocumentStore, 'read' | 'search'>;
  /** Counts texts, in front of a reply as long as the conversation's settings allow. */
  measure(texts: string[]): Promise<Measure>;
}

/** Depends on the documents, the question, the model's tokenizer and the room only. */
export async function planReading({ question, attached, earlier, store, measure }: ReadingInput): Promise<DocumentUse[]> {
  const { room, tokens } = await measure([question]);
  const free = Math.max(0, room - tokens);
  const sizes = new Map<string, number>();
  for (const { id, length } of attached) {
    const counted = length <= free * MOST_UNITS_A_TOKEN;
    sizes.set(id, counted ? (await measure([await store.read(id, 0, length)])).texts[0]! + FRAME_TOKENS : Infinity);
  }
  // The shortest first, so that one long one does not push out the others.
  const whole = new Set<string>();
  let used = 0;
  for (const { id } of attached.toSorted((a, b) => sizes.get(a.id)! - sizes.get(b.id)!)) {
    if (used + sizes.get(id)! > free * DOCUMENT_SHARE) break;
    used += sizes.get(id)!;
    whole.add(id);
  }
  const long = [...attached.filter(({ id }) => !whole.has(id)), ...earlier];
  const budget = Math.min(free * PASSAGE_SHARE, free * DOCUMENT_SHARE - used);
  const passages = long.length === 0 ? [] : await choose(long, question, budget, { store, measure });
  return [
    ...attached.filter(({ id }) => whole.has(id)).map(({ id }): DocumentUse => ({ documentId: id, passages: null })),
    ...long.flatMap(({ id }): DocumentUse[] => {
      const own = passages.filter(({ documentId }) => documentId === id).toSorted((a, b) => a.start - b.start);
      // One that came with the message is named even where nothing of it fits, so that the page can say so.
      if (own.length === 0 && !attached.some((document) => document.id === id)) return [];
      return [{ documentId: id, passages: own.map(({ start, length }) => ({ start, length })) }];
    }),
  ];
}

/** The best passages that fit. */
async function choose(
  documents: readonly AttachedDocument[],
  question: string,
  budget: number,
  { store, measure }: Pick<ReadingInput, 'store' | 'measure'>,
): Promise<FoundPassage[]> {
  const found = await store.search({ documentIds: documents.map(({ id }) => id), query: question, limit: MOST_CANDIDATES });
  if (found.length === 0) return [];
  const { texts } = await measure(found.map(({ text }) => text));
  const chosen: FoundPassage[] = [];
  let left = budget - FRAME_TOKENS * documents.length;
  for (const [index, passage] of found.entries()) {
    if (chosen.length >= MOST_PASSAGES) break;
    if (texts[index]! > left) continue;
    left -= texts[index]!;
    chosen.push(passage);
  }
  return chosen;
}
