/** Malformed messages: random JSON, and frames that look almost right. The same seed gives the same messages. */

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', '__lookupGetter__'];
const FRAME_NAMES = [...NAMES, 'request', 'event', '$call', '$close', '$functions', '$rejectPendingCalls', 'then', '', 'x'.repeat(10_000)];

export function fuzzer(seed: number, requests: readonly string[]) {
  let state = seed >>> 0;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)]!;

  function value(depth: number): unknown {
    const kind = Math.floor(next() * (depth > 0 ? 11 : 8));
    if (kind === 0) return null;
    if (kind === 1) return next() < 0.5;
    if (kind === 2) return pick([0, -1, 1.5, 1e308, -1e308, Number.MAX_SAFE_INTEGER, 2 ** 31, 2 ** 53]);
    if (kind === 3)
      return pick(['', 'a', '\u0000', '\uD800', 'x'.repeat(100_000), '<|im_end|>', "'; DROP TABLE messages; --", '../../etc/passwd']);
    if (kind === 4) return pick(NAMES);
    if (kind === 5) return '018f0000-0000-7000-8000-000000000000';
    if (kind === 6) return pick(requests);
    if (kind === 7) return {};
    if (kind === 8) return Array.from({ length: Math.floor(next() * 5) }, () => value(depth - 1));
    // `JSON.parse` alone makes an own property of "__proto__".
    const entries = Array.from({ length: Math.floor(next() * 5) }, () => [pick([...NAMES, ...FIELDS]), value(depth - 1)] as const);
    return JSON.parse(`{${entries.map(([name, field]) => `${JSON.stringify(name)}:${JSON.stringify(field)}`).join(',')}}`);
  }

  return {
    value: () => value(3),
    /** Anything at all on the wire. */
    message(): unknown {
      const kind = next();
      if (kind < 0.15) return value(3);
      if (kind < 0.25) return { t: pick(['q', 's', 'x', 7, null]), i: value(1), m: value(1), a: value(2), r: value(1), e: value(1) };
      const m = kind < 0.5 ? pick(FRAME_NAMES) : 'request';
      const a = next() < 0.1 ? value(2) : [next() < 0.6 ? pick(requests) : value(1), value(3)];
      return { t: 'q', ...(next() < 0.8 ? { i: `fuzz-${Math.floor(next() * 1e9)}` } : {}), m, a, ...(next() < 0.2 ? { o: true } : {}) };
    },
  };
}

const FIELDS = [
  'id',
  'replyId',
  'conversationId',
  'parentId',
  'text',
  'prompt',
  'turns',
  'sampling',
  'modelPath',
  'path',
  'query',
  'limit',
  'steer',
  'layers',
];
