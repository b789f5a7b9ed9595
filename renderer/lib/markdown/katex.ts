/**
 * Formulas. KaTeX is fetched when the first one appears. It lays glyphs out with inline styles, which the page's policy
 * forbids in markup but not through the style object: the styles travel in an attribute of our own and are set one by one.
 */
import type katexModule from 'katex';

let katex: typeof katexModule | null = null;
let loading: Promise<void> | null = null;

/** Whether formulas can be set without waiting. */
export function katexReady(): boolean {
  return katex !== null;
}

export function loadKatex(): Promise<void> {
  loading ??= Promise.all([import('katex'), import('katex/dist/katex.min.css')]).then(([module]) => {
    katex = module.default;
  });
  return loading;
}

/** KaTeX descends with the groups of a formula; one that nests deeper than this is none. */
const MAX_GROUPS = 50;

function nestsTooDeep(tex: string): boolean {
  let depth = 0;
  for (const character of tex) {
    if ('{[('.includes(character) && ++depth > MAX_GROUPS) return true;
    if ('}])'.includes(character)) depth--;
  }
  return false;
}

/** Sets `tex` inside `element`. TeX that is faulty or nests too deep is shown as it is. Needs `loadKatex` to have ended. */
export function renderMath(element: HTMLElement, tex: string, display: boolean): void {
  if (katex === null || nestsTooDeep(tex)) return;
  let html: string;
  try {
    html = katex.renderToString(tex, {
      displayMode: display,
      throwOnError: false,
      trust: false,
      strict: 'ignore',
      maxSize: 50,
      maxExpand: 1000,
    });
  } catch (error) {
    // KaTeX keeps only its own errors to itself.
    console.error('A formula stays as it is written.', error);
    return;
  }
  // KaTeX escapes quotes in text, so ` style="` only ever is an attribute.
  element.innerHTML = html.replaceAll(' style="', ' data-style="');
  for (const styled of element.querySelectorAll<HTMLElement | SVGElement>('[data-style]')) {
    styled.style.cssText = styled.dataset['style'] ?? '';
    styled.removeAttribute('data-style');
  }
}
