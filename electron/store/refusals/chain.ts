/** How the rows of the refusal log are tied together. Whoever checks an export needs this file's rules and nothing else. */
import { createHash, randomBytes } from 'node:crypto';

/** What the first row names as the hash before it. */
export const GENESIS = '0'.repeat(64);

/** What a row of the log is about. */
export const ENTRY_KINDS = ['refusal', 'review', 'report', 'benign', 'tombstone', 'migration', 'head'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

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

/** SHA-256 (hex) of the UTF-8 bytes of `text`. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** 32 random bytes (hex), so that a hash cannot be tried against guesses of a short text once the salt is gone. */
export function newSalt(): string {
  return randomBytes(32).toString('hex');
}

/** What a row holds instead of a text: SHA-256 of the salt (hex), a line feed and the text. */
export function textHash(salt: string, text: string): string {
  return sha256Hex(`${salt}\n${text}`);
}

/** A link of the chain. It can be checked without `body`, which may have been removed. */
export interface ChainLink {
  seq: number;
  kind: EntryKind;
  /** Number of the refusal that the row is about (its own for a refusal); null for a row about several or none. */
  about: number | null;
  /** SHA-256 of the body's canonical JSON. */
  bodyHash: string;
}

/** A row's hash: SHA-256 of number, hash before, kind, `about` and body hash, each on a line of its own. */
export function entryHash({ seq, kind, about, bodyHash }: ChainLink, prevHash: string): string {
  return sha256Hex(`${seq}\n${prevHash}\n${kind}\n${about ?? ''}\n${bodyHash}`);
}

/** A row of the log's first version, whose hash covered the texts themselves. */
export interface FirstVersionRow {
  seq: number;
  conversationId: string;
  messageId: string;
  prompt: string;
  reply: string;
  cause: string;
  verdict: string;
  scores: unknown;
  profileSha256: string | null;
  modelSha256: string;
  modelName: string;
  createdAt: number;
  prevHash: string;
}

/** Version 1: SHA-256 of the row's canonical JSON, `prevHash` included and `hash` left out. */
export function firstVersionHash(row: FirstVersionRow): string {
  return sha256Hex(canonicalJson(row));
}

/** An event of the admin area as its hash covers it. */
export interface ChainedEvent {
  seq: number;
  at: number;
  kind: string;
  detail: string;
}

/** Of the admin area's events: SHA-256 of the event's canonical JSON with the hash before (`GENESIS` for the first). */
export function adminEventHash({ seq, at, kind, detail }: ChainedEvent, prevHash: string): string {
  return sha256Hex(canonicalJson({ seq, at, kind, detail, prevHash }));
}
