/** Profiles whose bytes are changed on purpose. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { decodeProfile } from '../../../steering/profile/index.ts';

/** The file with its header changed and everything else as it was. */
export function rebuildHeader(bytes: Uint8Array, change: (header: Record<string, any>) => unknown): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  change(header);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const result = new Uint8Array(8 + text.length + bytes.length - 8 - length);
  new DataView(result.buffer).setBigUint64(0, BigInt(text.length), true);
  result.set(text, 8);
  result.set(bytes.subarray(8 + length), 8 + text.length);
  return result;
}

/** The file with its metadata changed and the checksum made to match, so that only the change can be at fault. */
export function rebuild(bytes: Uint8Array, change: (metadata: Record<string, any>) => unknown): Uint8Array {
  return rebuildHeader(bytes, (header) => {
    const meta = JSON.parse(header['__metadata__'].steady);
    change(meta);
    const text = JSON.stringify(meta);
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    header['__metadata__'] = {
      sha256: createHash('sha256')
        .update(text)
        .update(bytes.subarray(8 + length))
        .digest('hex'),
      steady: text,
    };
  });
}

/** It is refused as damaged, in a sentence with those words. */
export function expectDamaged(bytes: Uint8Array, words = ''): void {
  try {
    decodeProfile(bytes);
  } catch (error) {
    expect(error).toMatchObject({ name: 'SteeringError', code: 'profile-damaged' });
    expect((error as Error).message.toLowerCase()).toContain(words.toLowerCase());
    return;
  }
  expect.fail(`not refused (expected "${words}")`);
}
