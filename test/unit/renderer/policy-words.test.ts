import { expect, test } from 'vitest';
import { policyFromText, policyText } from '../../../renderer/lib/components/admin/policy-words.ts';

test('keys and folders are texts: one a line, and empty is none', () => {
  const key = `RW${'a'.repeat(54)}`;
  expect(policyFromText('signingKeys', ` ${key} \n\n ${key}\n`, true)).toEqual({ signingKeys: [key, key] });
  expect(policyFromText('logWitness', ' /mnt/witness ', false)).toEqual({ logWitness: '/mnt/witness' });
  expect(policyFromText('signingKeys', ' \n', true)).toEqual({ signingKeys: null });
  expect([policyText([key, key]), policyText('/mnt'), policyText(null)]).toEqual([`${key}\n${key}`, '/mnt', '']);
});
