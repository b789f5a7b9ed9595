import { describe, expect, test } from 'vitest';
import { finalNumber, isCorrect } from '../../../electron/evaluation/answers.ts';

describe('a number', () => {
  test.each([
    ['She has 3 + 4 = 7 apples.', '7'],
    ['So the total is $2,280.', '2280'],
    ['They need **1,234,567** bricks', '1234567'],
    ['That makes 2\u202f280 dollars in all.', '2280'],
    ['The answer is 18. It took 3 days.', '18'],
    ['Answer: 12 (of 40)', '12'],
    ['#### 5', '5'],
    ['Therefore \\boxed{42} after 6 steps.', '42'],
    ['The temperature falls to -4 degrees.', '-4'],
    ['It is 3.50 in the end', '3.5'],
    ['That is .5', '0.5'],
    ['It takes from 10-12', '12'],
    ['50%', '50 %'],
    ['It costs $15.', '$15'],
  ])('%s ends with %s', (reply, answer) => {
    expect(isCorrect(reply, answer)).toBe(true);
  });

  test.each([
    ['The answer is 19.', '18'],
    ['I cannot say.', '18'],
    ['', '0'],
    ['18 apples, of which 3 are left', '18'],
    ['The answer is 180', '18'],
    ['The total is 1,8', '18'],
  ])('%s does not end with %s', (reply, answer) => {
    expect(isCorrect(reply, answer)).toBe(false);
  });

  test('the last mark counts', () => {
    expect(finalNumber('The answer is 5? No, the answer is 6 or so.')).toBe(6);
    expect(finalNumber('no number')).toBeNull();
  });
});

describe('a text', () => {
  test.each([
    ['I think it is this one.\nLima', 'lima'],
    ['The answer is: Lima.', 'Lima'],
    ['**Lima**', 'Lima'],
    ['Let me see.\n\nAnswer: (B)', 'B'],
  ])('%j ends with %s', (reply, answer) => {
    expect(isCorrect(reply, answer)).toBe(true);
  });

  test('must be all that the reply ends with', () => {
    expect(isCorrect('It is Lima, or perhaps Quito', 'Lima')).toBe(false);
  });
});
