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
