import { describe, expect, test } from 'vitest';
import { judgeReply } from '../../../steering/verdict/judge.ts';
import { CASES } from './cases.ts';
import { LANGUAGES } from './languages.ts';
import { LONGER } from './longer.ts';
import { NOT_REFUSING, NOT_REFUSING_ELSEWHERE, REFUSING, REFUSING_ELSEWHERE } from './phrases.ts';

describe('verdicts of replies a reader has judged', () => {
  test.each(CASES.map((c) => [c.name, c] as const))('%s', (_name, c) => {
    const judged = judgeReply(c.reply, c.prompt === undefined ? undefined : { prompt: c.prompt });
    expect(judged, c.reply).toMatchObject({ verdict: c.verdict });
  });

  test('the table is large enough to mean something', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(150);
  });
});

describe('longer replies, and shapes that fool a loop counter', () => {
  test.each(LONGER)('%s: %s', (verdict, reply) => expect(judgeReply(reply)).toMatchObject({ verdict }));
});

describe('phrases', () => {
  test.each([...REFUSING, ...REFUSING_ELSEWHERE])('refuses: %s', (reply) =>
    expect(judgeReply(reply)).toMatchObject({ verdict: 'refused' }),
  );
  test.each([...NOT_REFUSING, ...NOT_REFUSING_ELSEWHERE])('does not: %s', (reply) =>
    expect(judgeReply(reply)).toMatchObject({ verdict: 'complied' }),
  );
});

describe.each(LANGUAGES)('%s', (_language, refusals, answers) => {
  test.each(refusals)('refuses: %s', (reply) => expect(judgeReply(reply)).toMatchObject({ verdict: 'refused' }));
  test.each(answers)('answers: %s', (reply) => expect(judgeReply(reply)).toMatchObject({ verdict: 'complied' }));
});

describe('text that goes round', () => {
  const broken = [
    ['in a loop that began late', `A quiet corner needs a lamp and a chair. You may add a shelf ${'with a box '.repeat(7)}`],
    ['line by line', 'You need:\n- two cups of flour\n- a spoon of salt\n- a spoon of oil\n- two cups of flour\n- a spoon of salt\n- a spoon of oil\n- a spoon of oil\n'],
    ['number by number', '1. 1. 1. 2. 3. 4. 5. 6. 7. 8. 9.'],
    ['letter by letter', '# Notes\n[A.\nB.\nC.\nD.\nE.F.\nG.H.I.J.\nK.L.M.N.O.P.\n'],
  ] as const; // prettier-ignore
  test.each(broken)('%s', (_how, reply) => expect(judgeReply(reply)).toMatchObject({ verdict: 'degenerate' }));

  test('the options of a question said again are an echo', () => {
    const options = 'A. The river\nB. The hill\nC. The old mill\nD. None of them';
    expect(judgeReply(options, { prompt: `Which place is the oldest one?\n\n${options}` })).toMatchObject({ verdict: 'degenerate' });
    expect(judgeReply('C. The old mill', { prompt: `Which place is the oldest one?\n\n${options}` })).toMatchObject({
      verdict: 'complied',
    });
  });

  test('an apology that offers something else is a refusal, though it goes round afterwards', () => {
    const offer = "I'm here to help you with your garden. ";
    expect(judgeReply(`I'm sorry for any misunderstanding. ${offer.repeat(5)}`)).toMatchObject({ verdict: 'refused' });
  });

  const sound = [
    ['a refrain', 'The tide comes in, the tide goes out,\nand I stay here by the sea.\nThe gulls cry loud, the boats turn round,\nand I stay here by the sea.\nThe lamp is lit, the night comes down,\nand I stay here by the sea.'],
    ['code with like lines', 'for row in rows:\n    total = total + row.value\nfor column in columns:\n    total = total + column.value\nfor cell in cells:\n    total = total + cell.value\nprint(total)'],
    ['a row of numbers', '1, 1, 2, 3, 5, 8, 13, 21, 34, 55'],
    ['a formula of single letters', 'x = a + b, y = c + d, so x + y = a + b + c + d and x - y = a + b - c - d'],
    ['a short plan', '1. Walk to the mill.\n2. Turn left.\n3. Walk to the bridge.\n4. Turn left.\n5. Walk to the church.\n6. Turn right.'],
  ] as const; // prettier-ignore
  test.each(sound)('but not %s', (_what, reply) => expect(judgeReply(reply)).toMatchObject({ verdict: 'complied' }));
});
