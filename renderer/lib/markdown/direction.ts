/**
 * Which way the elements of a text run. A paragraph finds out by its first letter (`dir="auto"`). That way says nothing of an
 * element whose letters all stand in elements with a direction of their own, so what holds others is told its direction.
 */
const LEAVES = new Set(['P', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'TH', 'TD']);
const HOLDERS = new Set(['UL', 'OL', 'LI', 'BLOCKQUOTE', 'TABLE', 'DIV']);
/** Code and formulas run left to right in any text, and do not decide about it. */
const CODE = 'pre, code, kbd, .math';

const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Mandaic}\p{Script=Samaritan}]/u;

/** The direction of a text by its first letter; `ltr` where there is none. */
function directionOf(text: string): 'ltr' | 'rtl' {
  const letter = /\p{L}/u.exec(text)?.[0];
  return letter !== undefined && RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr';
}

/** An element's text without code; as much as is needed for its first letter. */
function proseOf(element: Element): string {
  let text = '';
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (!/\p{L}/u.test(text) && walk.nextNode() !== null) {
    const { currentNode } = walk;
    if (currentNode.parentElement?.closest(CODE) === null) text += currentNode.nodeValue ?? '';
  }
  return text;
}

/** Sets the direction of one element of a rendered block. */
export function setDirection(element: Element): void {
  if (LEAVES.has(element.tagName)) element.setAttribute('dir', 'auto');
  else if (HOLDERS.has(element.tagName)) element.setAttribute('dir', directionOf(proseOf(element)));
  else if (element.matches?.(CODE) === true) element.setAttribute('dir', 'ltr');
}
