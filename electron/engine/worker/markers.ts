/**
 * The tokens of a vocabulary that mean something besides their letters. llama.cpp takes the letters of a control token for text when it is
 * told to, but never those of a token that the vocabulary calls user-defined: a typed `<think>` or `<tool_call>` becomes the real one. Such
 * a text is therefore cut inside the marker before it is tokenized.
 *
 * Many user-defined tokens are no markers (runs of spaces, HTML tags): they stay whole.
 */
import type { LlamaModel, Token } from 'node-llama-cpp';

/** Markers by their looks: `<|…|>` in all its spellings, `[INST]`, `<start_of_turn>`, `<think>`. */
const LOOKS_LIKE_MARKER =
  /^(?:<[|｜/].*>|<.*[|｜]>|\[\/?[A-Z][A-Z_]+\]|<(?:start|end)_of_\w+>|<\/?(?:think|thinking|tool_call|tool_response|tools?)>)$/u;
/** `</td>` and its like begin as some markers do, and are HTML. */
const HTML_END = /^<\/[a-z][a-z0-9]*>$/;

const found = new WeakMap<LlamaModel, readonly string[]>();

/** Letters that would become a marker if a person typed them. Found once a model. */
export function typeableMarkers(model: LlamaModel): readonly string[] {
  const known = found.get(model);
  if (known !== undefined) return known;
  const template = model.fileInfo.metadata.tokenizer.chat_template ?? '';
  const texts: string[] = [];
  for (const token of model.iterateAllTokens()) {
    if (!model.getTokenAttributes(token).userDefined) continue;
    const text = model.detokenize([token], true).trim();
    if ([...text].length > 1 && (model.isEogToken(token) || isMarker(text, template))) texts.push(text);
  }
  found.set(model, texts);
  return texts;
}

function isMarker(text: string, template: string): boolean {
  if (/^\w+$|\s/.test(text)) return false;
  if (template.includes(text) && /[<[|｜]/u.test(text)) return true;
  return LOOKS_LIKE_MARKER.test(text) && (!HTML_END.test(text) || /^<\/(?:think|thinking|tool_call|tool_response|tools?)>$/.test(text));
}

/** The text in pieces of which none holds a marker: each one that stands in it is cut behind its first character. */
export function withoutMarkers(text: string, markers: readonly string[]): string[] {
  const cuts = new Set<number>();
  for (const marker of markers) {
    const first = String.fromCodePoint(marker.codePointAt(0)!).length;
    for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + 1)) cuts.add(at + first);
  }
  const pieces: string[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    pieces.push(text.slice(from, cut));
    from = cut;
  }
  return [...pieces, text.slice(from)];
}

/** Tokens of what a person or a model wrote: nothing in it becomes a marker. @param leading whether it begins the whole prompt */
export function tokenizeText(model: LlamaModel, text: string, leading: boolean): Token[] {
  const tokens: Token[] = [];
  withoutMarkers(text, typeableMarkers(model)).forEach((piece, index) => {
    for (const token of model.tokenize(piece, false, leading && index === 0 ? undefined : 'trimLeadingSpace')) tokens.push(token);
  });
  return tokens;
}

/** Whether a token stands for itself rather than for its letters. */
export function isMarkerToken(model: LlamaModel, token: Token): boolean {
  return model.isSpecialToken(token) || model.getTokenAttributes(token).userDefined;
}
