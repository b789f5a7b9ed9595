/** How the rows of the refusal log are tied together. Whoever checks an export needs this file's rules and nothing else. */
import { createHash } from 'node:crypto';
import type { RefusalRow } from './interface.ts';

/** What the first row names as the hash before it. */
export const GENESIS = '0'.repeat(64);

/**
 * JSON with object keys in code-unit order and no white space; numbers and strings as ECMAScript writes them (the rules
 * of RFC 8785).
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** SHA-256 (hex) of the UTF-8 bytes of a row's canonical JSON, `prevHash` included and `hash` left out. */
export function rowHash(row: Omit<RefusalRow, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(row), 'utf8').digest('hex');
}
