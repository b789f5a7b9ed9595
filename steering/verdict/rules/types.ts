/** What one rule says about one sentence. */

/**
 * decline      the writer says it will not do what was asked
 * apology      an apology that may open a refusal
 * limit        something the program cannot do at all, whoever asks (browse, feel, see the time): no safety refusal
 * lecture      judges the request (illegal, unethical, harmful) instead of answering it
 * redirect     offers something else, or sends the reader elsewhere
 * clarify      asks the user for more
 * help         opens an answer
 * filler       neither helps nor declines
 */
export type RuleKind = 'decline' | 'apology' | 'limit' | 'lecture' | 'redirect' | 'clarify' | 'help' | 'filler';

export interface Rule {
  readonly kind: RuleKind;
  /** Points; 2 decline points in an early sentence make a refusal. */
  readonly points: number;
  /** Short name that ends up in the reason. */
  readonly name: string;
  /** Tested on one normalised sentence (lower case, straight apostrophes). No global flag. */
  readonly pattern: RegExp;
}

/** One row of a language's table. */
export function rule(kind: RuleKind, points: number, name: string, pattern: RegExp): Rule {
  return { kind, points, name, pattern };
}

/** Joins alternatives into one non-capturing group. */
export function any(...alternatives: string[]): string {
  return `(?:${alternatives.join('|')})`;
}
