/** What may be a passphrase: enough that a person can type and see. */
import { expect, test } from 'vitest';
import { checkNewPassphrase } from '../../../electron/admin/passphrase.ts';

const badInput = expect.objectContaining({ code: 'bad-input' }) as Error;

test.each([
  ['NUL characters', '\0'.repeat(9)],
  ['a NUL within', 'correct\0horse battery'],
  ['other control characters', '\u0007\u001b\u007f\u0085'.repeat(4)],
  ['spaces', ' '.repeat(20)],
  ['characters of no width', '\u200b\u200d\u2060\ufeff'.repeat(4)],
  ['fillers that show nothing', '\u3164\u115f'.repeat(8)],
  ['halves of pairs', '\ud800'.repeat(9)],
  ['seven letters and much that shows nothing', `sevenle${'\u200b'.repeat(50)}`],
  ['seven letters between spaces', '   sevenle   '],
  ['more than is hashed', 'x'.repeat(1025)],
])('%s: no passphrase', (_, passphrase) => {
  expect(() => checkNewPassphrase(passphrase)).toThrow(badInput);
});

test.each([
  'correct horse battery',
  'Straßenbahnhaltestelle',
  'пароль-пароль',
  '合言葉合言葉合言葉',
  '👩\u200d🚀👩\u200d🚀👩\u200d🚀👩\u200d🚀',
  '12345678',
])('%s may be one', (passphrase) => {
  expect(() => checkNewPassphrase(passphrase)).not.toThrow();
});
