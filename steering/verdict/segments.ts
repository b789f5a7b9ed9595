/**
 * Cuts a reply into the pieces the rules look at: sentences, list items and code blocks, in order.
 *
 * Speech inside quotation marks is dropped, because a character or a quoted example that declines is not the model declining; where nothing
 * else is left, the quotation is the reply and is kept.
 */

export type SegmentKind = 'sentence' | 'item' | 'code';

export interface Segment {
  readonly kind: SegmentKind;
  /** Lower case, straight apostrophes, no Markdown. For code: empty. */
  readonly text: string;
  /** Words (for scripts without spaces: characters / 2), code lines for code. */
  readonly size: number;
}

const ITEM = /^\s*(?:[-*+•–▪]\s+|\(?\d{1,3}[.)、．:]\s*|[a-h][.)]\s+|step\s+\d+\b[:.]?\s*|第[一二三四五六七八九十\d]+[步、]\s*)/iu;
const SPEAKER =
  /^\s*(?:[[(【<][^\])】>\n]{1,30}[\])】>]\s*:?\s*|(?:assistant|ai|chatbot|chatgpt|gpt|answer|response|reply|output|aim|niccolo|machiavelli|antwort|respuesta|réponse|回答|答)\s*[:：]\s*)/iu;
/** Announces words that are not the writer's own: what follows on the line is left out like a quotation. */
const ANNOUNCED =
  /\b(you (?:can|could|might|may) (?:also )?(?:say|write|reply|answer|respond)|translat(?:ion|ed|es)|(?:try|practi[sc]e) saying|for example|for instance|like this|here(?:'s| is) (?:a|an|one|the|your|my) [^.:\n]{0,40}(?:refusal|reply|message|e-?mail|letter|draft|example|version|template|sentence|note))\b[^.:\n]{0,24}:\s.*$/gmu;
const SENTENCE_END = /(?<=[.!?…؟।]["')\]]?)\s+|(?<=[。！？])/u;
/** A clause that turns: "I'm sorry, but …", "I can't do that; however, …". */
const TURN =
  /[,;:—–-]\s+(?=(?:but|however|instead|though i can|aber|pero|mais|mas|però|ma|но|однако)(?:\s|,))|[,，、](?=(?:但是?|不过|然而|可是))/u;
const CJK = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/gu;

/** Straight apostrophes and quotes, ordinary spaces, no invisible characters, lower case. */
export function plain(text: string): string {
  return text
    .replace(/[´`]/g, "'") // NFKC would make a space and an accent of it
    .normalize('NFKC')
    .replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, '')
    .replace(/[‘’‛ʼ′]/g, "'")
    .replace(/[“”„‟«»「」『』″]/g, '"')
    .replace(/[^\S\n]+/g, ' ')
    .toLowerCase();
}

/** Words of a text, counting two characters of a script without spaces as one word. */
export function sizeOf(text: string): number {
  const dense = text.match(CJK)?.length ?? 0;
  const words = text.replace(CJK, ' ').match(/[\p{L}\p{M}\p{N}]+(?:'[\p{L}]+)?/gu)?.length ?? 0;
  return words + dense / 2;
}

/** Drops "Assistant:" and the like at the start. */
export function withoutSpeaker(text: string): string {
  return text.replace(SPEAKER, '');
}

/** Segments of a reply in order. The caller bounds the length of `reply`. */
export function segmentsOf(reply: string): Segment[] {
  const out: Segment[] = [];
  // Fences are found in the raw text: `plain` turns back ticks into apostrophes.
  const parts = reply.split(/^[^\S\n]*(?:```|~~~)[^\n]*$/mu);
  parts.forEach((part, i) => {
    if (i % 2 === 1) {
      const lines = part.split('\n').filter((line) => line.trim() !== '').length;
      if (lines > 0) out.push(...fenced(part, lines));
    } else {
      prose(part, out);
    }
  });
  return out;
}

/** A fence around prose ("```\nI'm sorry, but …\n```") is not code. */
function fenced(part: string, lines: number): Segment[] {
  const looksLikeCode = /[{};=<>]|^\s*(?:#|\/\/|import |def |from |\$ )/mu.test(part);
  if (looksLikeCode || sizeOf(part) < 4) return [{ kind: 'code', text: '', size: lines * 4 }];
  const out: Segment[] = [];
  prose(part, out);
  return out;
}

function prose(raw: string, out: Segment[]): void {
  const text = plain(raw.replace(/(?<!\p{L})`[^`\n]+`(?!\p{L})/gu, (code) => (/[a-z]'[a-z]/iu.test(code) ? code.slice(1, -1) : ' code ')));
  const spoken = withoutQuotes(text);
  // All in quotes: the model said it in quotes.
  const kept = sizeOf(spoken) * 5 < sizeOf(text) ? text.replace(/"/g, ' ').replace(ANNOUNCED, '$1') : spoken;
  for (const line of kept.split('\n')) {
    let rest = line.replace(/^[\s>#|]+/u, '');
    let item = ITEM.test(rest);
    rest = rest.replace(ITEM, '');
    // Bold and italics after the list marker has been read.
    rest = rest.replace(/\*+|__+|~~/gu, '').replace(SPEAKER, '');
    for (const sentence of rest.split(SENTENCE_END)) {
      for (const clause of sentence.split(TURN)) {
        const piece = clause.trim();
        const size = sizeOf(piece);
        if (size === 0) continue;
        out.push({ kind: item ? 'item' : 'sentence', text: piece, size });
      }
      item &&= true;
    }
  }
}

/** Drops what stands between quotation marks; an unclosed quotation is dropped to the end of its line unless the line opens with it. */
function withoutQuotes(text: string): string {
  return text
    .replace(/"[^"\n]{1,800}"/gu, ' ')
    .split('\n')
    .map((line) => {
      const open = line.indexOf('"');
      return open < 0 || line.slice(0, open).trim() === '' ? line : line.slice(0, open);
    })
    .join('\n')
    .replace(SINGLE_QUOTED, '$1 ')
    .replace(ANNOUNCED, '$1');
}

/** 'Speech in single quotes', told from apostrophes by the letters around them. */
const SINGLE_QUOTED = /(^|[\s(,:])'(?=[\p{L}¡¿])(?:[^'\n]|(?<=\p{L})'(?=\p{L})){1,400}(?:[.,!?…]'(?=$|[\s).,;])|'(?=$|[\s).,;:!?]))/gmu;
