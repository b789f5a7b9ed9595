import { expect, test } from 'vitest';
import { explainProtection, PROTECTION_OFF, protectionReason } from '../../../electron/contract/index.ts';

test('every reason for which protection is off has its sentence and its explanation', () => {
  expect(Object.keys(PROTECTION_OFF).sort()).toEqual([...protectionReason.options].sort());
  for (const reason of protectionReason.options) {
    expect(PROTECTION_OFF[reason].message).toMatch(/\.$/);
    expect(explainProtection({ status: 'off', reason, chatAllowed: false })).toMatch(/\.$/);
  }
});

test('where chat is held up by a job, the state itself says all there is to say', () => {
  expect(explainProtection({ status: 'pending', reason: null, chatAllowed: false })).toBe('');
  expect(explainProtection({ status: 'pending', reason: null, chatAllowed: true })).toContain('a moment');
});
