/** Seeds of replies: drawn here, so that they can be stored and a reply written again as it was. */
import { randomInt } from 'node:crypto';

/** Without the highest, which llama.cpp takes for none. */
const FULL_SEED_RANGE = 0xffff_ffff;

export const drawSeed = (): number => randomInt(FULL_SEED_RANGE);

/** The seed for what follows `drawn` draws, or for the reply that is so many further on. */
export const laterSeed = (seed: number, drawn: number): number => (seed + drawn) % FULL_SEED_RANGE;
