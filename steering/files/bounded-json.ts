/**
 * JSON from files that anybody may have written. `JSON.parse` itself takes any depth, but what walks over the value
 * afterwards (a schema, `JSON.stringify`) is recursive and would run out of stack.
 */

/** Deep enough for every file of ours (the deepest has 8 levels). */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]); // [ {
const CLOSING = new Set([0x5d, 0x7d]); // ] }

/**
 * The value of a JSON text; a byte order mark before it is passed over.
 * @throws SyntaxError for what is no JSON, or holds lists and objects more than `maxDepth` levels deep
 */
export function parseBoundedJson(text: string, maxDepth: number = MAX_DEPTH): unknown {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (isDeeper(json, maxDepth)) throw new SyntaxError(`its lists and objects are nested more than ${maxDepth} levels deep`);
  return JSON.parse(json) as unknown;
}

/** Whether brackets outside of strings are open more than `maxDepth` at once. One pass, whatever the text. */
function isDeeper(json: string, maxDepth: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (OPENING.has(code)) {
      if (++depth > maxDepth) return true;
    } else if (CLOSING.has(code)) depth--;
  }
  return false;
}
