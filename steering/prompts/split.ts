/** Which prompts and which wrapper families are used to train, to tune and to test. */
import { createHash } from 'node:crypto';
import type { Wrapper } from './records.ts';

export type Split = 'train' | 'validation' | 'test';

/**
 * Wrapper families that training never sees. Those of `validation` let the tuner choose for what is new; those of
 * `test` are seen by neither, so that what is reported of them is what a stranger's wrapper would meet.
 */
export const HELD_OUT_FAMILIES = {
  validation: ['authority', 'game'],
  test: ['nested-scenes', 'past-tense'],
} as const satisfies Record<Exclude<Split, 'train'>, readonly string[]>;

/** The split of an id: 70 % train, 15 % validation, 15 % test, by its SHA-256, so that it never moves. */
export function splitOf(id: string): Split {
  const share = createHash('sha256').update(id).digest().readUInt32BE(0) / 0x1_0000_0000;
  return share < 0.7 ? 'train' : share < 0.85 ? 'validation' : 'test';
}

/** The split that alone may use this family, or null where every split may. */
export function heldOutFor(family: string): Exclude<Split, 'train'> | null {
  if ((HELD_OUT_FAMILIES.validation as readonly string[]).includes(family)) return 'validation';
  if ((HELD_OUT_FAMILIES.test as readonly string[]).includes(family)) return 'test';
  return null;
}

/** How many of training's templates stand in where a split has none of a family's own. */
const STAND_INS = 2;

/**
 * The wrappers a split may use. Training takes those whose id falls to it. Validation and test take their own held-out
 * families, and of every other family the templates that fall to them, which training never uses; where there are none,
 * the family's first two.
 */
export function wrappersOf(split: Split, wrappers: readonly Wrapper[]): Wrapper[] {
  const families = Map.groupBy(wrappers, (w) => w.family);
  return [...families].flatMap(([family, members]) => {
    const owner = heldOutFor(family);
    if (owner !== null) return owner === split ? members : [];
    const own = members.filter((w) => splitOf(w.id) === split);
    return own.length > 0 ? own : members.slice(0, STAND_INS);
  });
}
