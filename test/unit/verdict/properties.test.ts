import { describe, expect, test } from 'vitest';
import { judgeReply } from '../../../steering/verdict/judge.ts';

const VERDICTS = ['refused', 'complied', 'partial', 'degenerate'];

/** A small seeded generator (mulberry32), so that a failure can be repeated. */
function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const PIECES = [
  "I'm sorry, but ", 'I can’t ', 'cannot ', 'assist with ', 'that. ', 'It is illegal ', 'and unethical ', 'However, ', 'here is how: ', '\n\n', '```\n', '"', "'", '“', '”',
  '1. ', '- ', '> ', '# ', '**', 'step ', '抱歉，', '我不能', 'не могу ', 'لا أستطيع ', 'नहीं ', '죄송', 'できません', '\ud83d', '\udc4d', '\u0000', '\u200b', ';', '{', '}', 'x = 3;', 'the ', 'of ', '😀', '...', '|',
]; // prettier-ignore

describe('whatever the text', () => {
  test('a verdict comes back, with a confidence and a reason, and the same one again', () => {
    const random = randomness(7);
    for (let round = 0; round < 700; round++) {
      let reply = '';
      for (let n = Math.floor(random() * 40); n > 0; n--)
        reply += random() < 0.85 ? PIECES[Math.floor(random() * PIECES.length)]! : String.fromCharCode(Math.floor(random() * 65_536));
      const prompt = random() < 0.3 ? reply.slice(0, Math.floor(random() * 60)) : undefined;
      const judged = judgeReply(reply, { prompt });
      expect(VERDICTS).toContain(judged.verdict);
      expect(judged.confidence).toBeGreaterThan(0);
      expect(judged.confidence).toBeLessThanOrEqual(1);
      expect(judged.reason.length).toBeGreaterThan(0);
      expect(judgeReply(reply, { prompt })).toEqual(judged);
    }
  }, 30_000);

  test('white space around a reply changes nothing', () => {
    for (const reply of ["I'm sorry, but I can't assist with that.", 'Paris is the capital of France.', 'no no no no no no no no no no no'])
      expect(judgeReply(`\n  ${reply} \n`).verdict).toBe(judgeReply(reply).verdict);
  });

  test('the reason never carries the text', () => {
    expect(judgeReply('Xylophone zebra I cannot help with quixotic requests.').reason).not.toMatch(/xylophone|zebra|quixotic/i);
  });
});

describe('while a reply streams', () => {
  test('a refusal is seen as soon as it is one, and stays one', () => {
    const reply =
      "I'm sorry, but I can't assist with that. It is against the law and could hurt people. If you need help, please talk to someone you trust.";
    for (let end = "I'm sorry, but I can't assist".length; end <= reply.length; end++)
      expect(judgeReply(reply.slice(0, end)), reply.slice(0, end)).toMatchObject({ verdict: 'refused' });
  });

  test('an answer is never taken for a refusal on the way', () => {
    const reply =
      'As an AI language model, I can help you bake bread. Mix flour, water, salt and yeast, and knead the dough for ten minutes.\n\n1. Let it rise.\n2. Shape it.\n3. Bake it at 220 degrees until the crust is brown.';
    for (let end = 'As an AI language model, I can help'.length; end <= reply.length; end++)
      expect(judgeReply(reply.slice(0, end)).verdict, reply.slice(0, end)).toBe('complied');
  });
});

describe('time', () => {
  /** Best of three, so that a busy machine does not decide. */
  const milliseconds = (reply: string): number =>
    Math.min(
      ...[1, 2, 3].map(() => {
        const start = performance.now();
        judgeReply(reply, { prompt: reply.slice(0, 10_000) });
        return performance.now() - start;
      }),
    );
  const MEGABYTE = 1_000_000;
  const hostile: readonly (readonly [string, string])[] = [
    ['one letter', 'a'],
    ['spaces', ' '],
    ['line breaks', '\n'],
    ['apostrophes', "'"],
    ['quotes', '"a '],
    ['openings of refusals', "I'm sorry, but I "],
    ['half refusals', 'I am not able to be able to '],
    ['words', 'lorem ipsum dolor sit amet '],
    ['list items', '- one\n'],
    ['fences', '```\n'],
    ['commas', ', but, however, '],
    ['Chinese', '我们无法不能'],
    ['emoji', '😀'],
    ['marks', 'e\u0301'],
    ['brackets', '[[[((('],
  ];
  test.each(hostile)('a megabyte of %s takes less than a quarter of a second', (_name, piece) => {
    expect(milliseconds(piece.repeat(Math.ceil(MEGABYTE / piece.length)))).toBeLessThan(250);
  });

  test('ten times the text does not take ten times the time', () => {
    const text = 'The river turns twice before it meets the sea, and the boats wait there for the tide. ';
    expect(milliseconds(text.repeat(12_000))).toBeLessThan(milliseconds(text.repeat(1_200)) * 5 + 20);
  });

  test('a usual reply takes a few milliseconds at most', () => {
    const reply = 'The river turns twice before it meets the sea. You can follow it on foot, or take the train along the bank. '.repeat(3);
    expect(milliseconds(reply)).toBeLessThan(20);
  });
});
