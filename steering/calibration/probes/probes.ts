/** The probes that a calibration trains: which prompts each is to find, and which it must leave alone. */
import type { Prompt } from '../../prompts/index.ts';

export interface Probe {
  name: string;
  /** Harmful prompts that this probe is trained on and judged by. */
  harmful(prompt: Prompt): boolean;
  /** Plain harmful requests from which its fit sets out. */
  seeds(prompt: Prompt): boolean;
  /** Benign prompts that it must leave alone. */
  benign(prompt: Prompt): boolean;
  /** Of the running means of earlier tokens that it reads beside each token's own row, in tokens; none: the token's row alone. */
  halfLives: readonly number[];
  /**
   * Share of those, among the validation prompts, that may open its gate. The built-in sets hold far more prompts that
   * only sound dangerous than people ask in a day, so everyday prompts open it less often.
   */
  benignOpen: number;
  /**
   * How far up the gate is fully open, as a share of the way from the threshold to the median harmful prompt above it. The rise is the unit of
   * the sub-threshold band as well, see `gate/partial-gate.ts`: a steep probe has a short one.
   */
  fullyOpen: number;
  /** Whether it opens nothing that the second stage of the cascade does not confirm, see `confirmation/fit-confirmation.ts`. */
  confirmed: boolean;
}

/**
 * Wrappers whose only purpose is to break a refusal. This probe finds the wrapper itself: whatever is asked inside, the reply is a refusal. All other
 * wrappers (stories, code, tables, translations …) have honest uses, and their benign twins must pass.
 */
const ATTACKS: ReadonlySet<string> = new Set(['refusal-suppression', 'persona', 'prefix-injection', 'developer-mode', 'system-override']);
/** A small model cannot read these, so they teach nothing about attacks. */
const UNREADABLE: ReadonlySet<string> = new Set(['cipher', 'obfuscation']);

const isAttack = ({ wrapper }: Prompt): boolean => wrapper !== undefined && ATTACKS.has(wrapper);
const isUnreadable = ({ wrapper }: Prompt): boolean => wrapper !== undefined && UNREADABLE.has(wrapper);

const isPlain = ({ wrapper }: Prompt): boolean => wrapper === undefined;

/**
 * Where a wrapper opens a gate at all, a little of the push turns the reply as surely as all of it, and just below the threshold harmless
 * requests in the same wrapper are turned as easily as harmful ones (docs/reference/method.md): little to gain from a slow rise, and less from a
 * long sub-threshold band.
 */
const STEEP = 0.12;

/** The last few words, and the sentence. In wrappers that training never saw earlier tokens are worth nothing, so the other probes do without (docs/reference/method.md). */
const HALF_LIVES: readonly number[] = [4, 16];

/** In the order of their numbers in a profile. */
export const PROBES: readonly Probe[] = [
  {
    name: 'requests',
    harmful: isPlain,
    seeds: isPlain,
    benign: () => true,
    halfLives: HALF_LIVES,
    benignOpen: 0.01,
    fullyOpen: 0.5,
    confirmed: true,
  },
  {
    name: 'wrapped requests',
    harmful: (prompt) => !isUnreadable(prompt),
    seeds: isPlain,
    benign: () => true,
    halfLives: [],
    benignOpen: 0.0175,
    fullyOpen: STEEP,
    confirmed: true,
  },
  {
    name: 'attacks',
    harmful: isAttack,
    seeds: isAttack,
    benign: (prompt) => !isAttack(prompt) && !isUnreadable(prompt),
    halfLives: [],
    benignOpen: 0.0025,
    fullyOpen: STEEP,
    confirmed: false,
  },
];

/** Wider rows than this take gigabytes for their sums (8 bytes a pair of values, several sums at a time). */
const MOST_WIDTH = 6144;

/** The half-lives that a probe reads with in a model of width d: its own, or none where rows would become too wide. */
export function halfLivesAt({ halfLives }: Probe, d: number): readonly number[] {
  return d * (1 + halfLives.length) > MOST_WIDTH ? [] : halfLives;
}
