/**
 * Puts a request into a wrapper. Placeholders, all of the request after the wrapper's encoding:
 *   {request}           as it is
 *   {bare}              first letter small, no mark at the end: fits into a sentence
 *   {quoted}            as a JSON string, quotes included; {quoted1} {quoted2}: its two halves
 *   {slug}              a function name: lower case, words joined with underscores
 *   {part1} {part2} …   its halves, or its thirds where the template has a {part3}; cut between words
 *   {noise}             fragments without meaning, the same for the same request
 */
import { encode } from './encodings.ts';
import { unit } from './random.ts';
import type { Turn, Wrapper } from './records.ts';

const PLACEHOLDER = /\{(request|bare|quoted[12]?|slug|part[123]|noise)\}/g;

const FRAGMENTS =
  'Pro ]( )); \\+ += <!-- ;; {/ ==> :// ## Sure_ulant textt iNex tilde ottom Varia clarsi Tutorial ---- \\" [{ whe quatre rewritten Begin ?? || inversely >>> uma plea format}}'.split(
    ' ',
  );

/** What a wrapped request is sent as. `text` is the last user message; `turns`, where given, the whole conversation. */
export interface Wrapped {
  text: string;
  turns?: Turn[];
  system?: string;
}

/** The request cut between words into so many parts of about the same number of words; short requests are cut within. */
export function cut(request: string, parts: number): string[] {
  const words = request.split(' ');
  if (words.length < parts) {
    const size = Math.ceil(request.length / parts);
    return Array.from({ length: parts }, (_, i) => request.slice(i * size, (i + 1) * size));
  }
  return Array.from({ length: parts }, (_, i) =>
    words.slice(Math.round((i * words.length) / parts), Math.round(((i + 1) * words.length) / parts)).join(' '),
  );
}

function bare(request: string): string {
  const body = request.replace(/[.!?。？！]+$/u, '');
  // "I", "I'm" and initialisms keep their capital.
  return /^(I\b|[A-Z]{2})/.test(body) ? body : body.charAt(0).toLowerCase() + body.slice(1);
}

function slug(request: string): string {
  const words = request.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['task'];
  const name = words.slice(0, 12).join('_');
  return /^\p{N}/u.test(name) ? `task_${name}` : name;
}

function noise(request: string, turnIndex: number): string {
  const count = 8 + Math.floor(unit(`noise|${request}`) * 8);
  return Array.from({ length: count }, (_, i) => FRAGMENTS[Math.floor(unit(`noise|${request}|${turnIndex}|${i}`) * FRAGMENTS.length)]).join(
    ' ',
  );
}

/** Fills one template text. */
function fill(template: string, request: string): string {
  const halves = cut(request, 2);
  const parts = template.includes('{part3}') ? cut(request, 3) : halves;
  let noises = 0;
  return template.replace(PLACEHOLDER, (_, name: string) => {
    if (name === 'request') return request;
    if (name === 'bare') return bare(request);
    if (name === 'slug') return slug(request);
    if (name === 'noise') return noise(request, noises++);
    if (name === 'quoted') return JSON.stringify(request);
    const index = Number(name.at(-1)) - 1;
    return name.startsWith('quoted') ? JSON.stringify(halves[index] ?? '') : (parts[index] ?? '');
  });
}

/** The request inside the wrapper, ready to be sent. */
export function applyWrapper(wrapper: Wrapper, request: string): Wrapped {
  const written = encode(request, wrapper.encode);
  const system = wrapper.system === undefined ? {} : { system: wrapper.system };
  if (wrapper.turns !== undefined) {
    const turns = wrapper.turns.map(({ role, text }) => ({ role, text: fill(text, written) }));
    return { text: turns.at(-1)?.text ?? '', turns, ...system };
  }
  return { text: fill(wrapper.text ?? '{request}', written), ...system };
}
