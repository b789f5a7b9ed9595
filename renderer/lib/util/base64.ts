/** Base64 of bytes, in portions that a call's arguments can hold. */
export function toBase64(bytes: Uint8Array): string {
  const portions: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) portions.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(portions.join(''));
}
