import { describe, expect, test } from 'vitest';
import { newKeyPair, readPublicKey, readSecretKey, signBytes, verifySignature } from '../../../electron/signing/minisign.ts';

/** Written by minisign 0.11: a pair of keys, and two signatures of these bytes. */
const BYTES = Buffer.from('A profile, or so.\n');
const KEY = 'RWTSu1jRQyyxGxaFhyfcvGkRWOag22sON76ysrNItgQ9RiglNR7NsAxH';
const SECRET = `untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0rtY0UMssRtOP9cMKbz1rDOFPmaQx1WLOQjnw5LQJP5tdHI2G2epRxaFhyfcvGkRWOag22sON76ysrNItgQ9RiglNR7NsAxHAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
`;
const PREHASHED = `untrusted comment: signature from minisign secret key
RUTSu1jRQyyxG93iFr9r4qPIcBTLkXTmlCrJVjIhi4gZ7roWMwLP2CsaE6n+mqYV/q0YaSMNkl38ktfKUgy1jZRL5GE0FPRjAQU=
trusted comment: for a test
k86hSUHBfLzOFbWWqY5gzjjgHnkV7hXQd7o1i23+f9lLmqZ3Z1NiU3hUWIF8iTt69TqeIjWnlx4fjsrgd3yYCA==
`;
const LEGACY = `untrusted comment: signature from minisign secret key
RWTSu1jRQyyxGxRpNCHmKxjwDZaU/zJIdnAhyHHOVK5aRS5W3Yi5ZQyg5LIRMYiC1F3j0tetNUhwTBdJRIolI0UDl8rku3ACmgQ=
trusted comment: legacy form
qRqMYt+uj+j31g6feN6JwhEnrDzMn4L9bIOsR41fIhd5vnHPyxvzohQLFtCtCev2UxHB8Gl1zgF7HJJK7h1rCg==
`;

describe('signatures of minisign', () => {
  test('are believed in both forms, by the right key, also among others', () => {
    const other = newKeyPair().key;
    expect(verifySignature(BYTES, PREHASHED, [KEY])).toBe('for a test');
    expect(verifySignature(BYTES, LEGACY, [other, 'no key', KEY])).toBe('legacy form');
    expect(verifySignature(BYTES, PREHASHED.replaceAll('\n', '\r\n'), [KEY])).toBe('for a test');
    expect(verifySignature(BYTES, PREHASHED, [other])).toBeNull();
    expect(verifySignature(BYTES, PREHASHED, [])).toBeNull();
  });

  test('do not fit other bytes, another comment, or another mark', () => {
    expect(verifySignature(Buffer.from('A profile, or so!\n'), PREHASHED, [KEY])).toBeNull();
    expect(verifySignature(BYTES, PREHASHED.replace('for a test', 'for a toast'), [KEY])).toBeNull();
    expect(verifySignature(BYTES, PREHASHED.replace('AQU=', 'AQY='), [KEY])).toBeNull();
    // The key's number alone says nothing.
    const forged = newKeyPair();
    const ours = signBytes(BYTES, { ...readSecretKey(forged.secret), keyId: readPublicKey(KEY).keyId }, 'x');
    expect(verifySignature(BYTES, ours, [KEY])).toBeNull();
    for (const text of [
      '',
      'x',
      'x'.repeat(20_000),
      '\n\n\n',
      PREHASHED.split('\n').slice(0, 2).join('\n'),
      PREHASHED.replace('RUTS', 'RVTS'),
    ]) {
      expect(verifySignature(BYTES, text, [KEY])).toBeNull();
    }
  });
});

describe('keys', () => {
  test('of minisign sign here, and new ones have its format', () => {
    expect(verifySignature(BYTES, signBytes(BYTES, readSecretKey(SECRET), 'by Steady'), [KEY])).toBe('by Steady');
    const pair = newKeyPair();
    expect(pair.key).toMatch(/^RW[A-Za-z0-9+/]{54}$/);
    expect(pair.public.split('\n')[1]).toBe(pair.key);
    const signature = signBytes(BYTES, readSecretKey(pair.secret), 'two\nlines');
    expect(verifySignature(BYTES, signature, [pair.key])).toBe('two lines');
  });

  test('with a password, damaged, or none at all are refused in a sentence', () => {
    const packed = Buffer.from(SECRET.split('\n')[1]!, 'base64');
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(packed);
      bytes[at] = value;
      return `untrusted comment: x\n${bytes.toString('base64')}\n`;
    };
    expect(() => readSecretKey(changed(2, 0x53))).toThrow(/has a password/);
    expect(() => readSecretKey(changed(70, packed[70]! ^ 1))).toThrow(/damaged/);
    expect(() => readSecretKey('')).toThrow(/no secret key/);
    expect(() => readPublicKey(KEY.slice(0, 40))).toThrow(RangeError);
  });
});
