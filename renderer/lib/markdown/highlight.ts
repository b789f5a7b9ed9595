/**
 * Code in colour, line by line: a line's tokens depend on the lines before it only, so code that grows at its end is
 * never tokenised twice. Colours are classes (`tok-keyword` …), never inline styles.
 */
import type { GrammarState, HighlighterCore, TokensResult } from 'shiki/core';
import { findLanguage } from './languages.ts';

export interface Span {
  readonly text: string;
  /** Empty for plain text. */
  readonly className: string;
}
export type Line = readonly Span[];

/** Longer lines are left plain: minified code would hold up the page. */
const LONGEST_LINE = 2_000;
/**
 * For one line. A language's first line compiles its expressions, beside a model that has all the cores: with the
 * library's half a second it was given up half-way, and stayed in the wrong colours.
 */
const TIME_LIMIT_MS = 5_000;
const THEME = 'steady';
const VARIABLE = '--tok-';

let core: Promise<HighlighterCore> | null = null;

function loadCore(): Promise<HighlighterCore> {
  core ??= Promise.all([import('shiki/core'), import('shiki/engine/javascript')]).then(
    ([{ createCssVariablesTheme, createHighlighterCore }, { createJavaScriptRegexEngine }]) =>
      createHighlighterCore({
        themes: [createCssVariablesTheme({ name: THEME, variablePrefix: VARIABLE, fontStyle: false })],
        langs: [],
        engine: createJavaScriptRegexEngine({ forgiving: true }),
      }),
  );
  return core;
}

/** `var(--tok-token-keyword)` → `tok-keyword`. */
function classOf(color: string | undefined): string {
  const name = /^var\(--tok-token-([\w-]+)\)$/.exec(color ?? '')?.[1];
  return name === undefined ? '' : `tok-${name}`;
}

/** Highlights one piece of code of one language as it grows. */
export class CodeHighlighter {
  readonly #core: HighlighterCore;
  readonly #language: string;
  /** Finished lines: their text, tokens, and the grammar's state behind them. */
  #texts: string[] = [];
  #lines: Line[] = [];
  #states: (GrammarState | undefined)[] = [];

  constructor(highlighter: HighlighterCore, language: string) {
    this.#core = highlighter;
    this.#language = language;
  }

  /** The code's lines. Lines that did not change are the same objects as before. */
  update(code: string): readonly Line[] {
    const texts = code.split('\n');
    let same = 0;
    while (same < this.#texts.length && this.#texts[same] === texts[same]) same++;
    this.#texts = texts;
    this.#lines = this.#lines.slice(0, same);
    this.#states = this.#states.slice(0, same);
    for (const text of texts.slice(same)) {
      const { line, state } = this.#tokenise(text, this.#states.at(-1));
      this.#lines.push(line);
      this.#states.push(state);
    }
    return this.#lines.slice();
  }

  #tokenise(text: string, before: GrammarState | undefined): { line: Line; state: GrammarState | undefined } {
    if (text.length > LONGEST_LINE) return { line: [{ text, className: '' }], state: before };
    let result: TokensResult;
    try {
      result = this.#core.codeToTokens(text, {
        lang: this.#language,
        theme: THEME,
        tokenizeTimeLimit: TIME_LIMIT_MS,
        ...(before === undefined ? {} : { grammarState: before }),
      });
    } catch {
      // A grammar that some line is too much for, such as one of brackets only.
      return { line: [{ text, className: '' }], state: before };
    }
    const line = result.tokens.flat().map((token) => ({ text: token.content, className: classOf(token.color) }));
    return { line, state: result.grammarState };
  }
}

/** A highlighter for a language as a code fence names it; null if it is not one of ours or cannot be fetched. */
export async function createHighlighter(name: string): Promise<CodeHighlighter | null> {
  const language = findLanguage(name);
  if (language === null) return null;
  try {
    const highlighter = await loadCore();
    if (!highlighter.getLoadedLanguages().includes(language.name)) await highlighter.loadLanguage(language.load);
    const loaded = language.name === 'fortran' ? 'fortran-free-form' : language.name;
    return new CodeHighlighter(highlighter, loaded);
  } catch (error) {
    console.error(`Code in ${name} stays plain.`, error);
    return null;
  }
}
