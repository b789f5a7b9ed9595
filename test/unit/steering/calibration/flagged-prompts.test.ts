/** Harmful prompts among the admin's are named, and only they. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CalibrationPrompts } from '../../../../steering/calibration/prompts.ts';
import { RowCache } from '../../../../steering/calibration/rows/row-cache.ts';
import { findFlaggedPrompts } from '../../../../steering/calibration/screening/flagged-prompts.ts';
import type { Prompt } from '../../../../steering/prompts/index.ts';
import { normal } from '../random.ts';

const WIDTH = 24;
const LAYERS = [4, 5];
const TOKENS = 6;
/** Benign tokens vary widely in these directions, and hardly in the others. */
const BUSY = 16;
/** The direction of harm, in which benign tokens hardly vary. */
const HARM = 20;

const text = (kind: string, n: number): Prompt => ({ id: `${kind}-${n}`, text: `${kind} ${n}`, kind, language: 'en' });
const many = (kind: string, count: number): Prompt[] => Array.from({ length: count }, (_, n) => text(kind, n));
/** How far a prompt's worst token leans towards harm. A quarter of the harmful ones are milder than what is named. */
const harmOf = ({ id }: Prompt): number => (id.startsWith('pasted') ? 6 : id.startsWith('harm') ? 4 : 0);

/** A cache with made-up rows: one token of a harmful prompt leans towards harm. */
function cacheOf(sets: CalibrationPrompts): RowCache {
  const path = mkdtempSync(join(tmpdir(), 'steady-flagged-'));
  const random = normal(7);
  const cache = new RowCache(path, {
    modelSha256: 'a'.repeat(64),
    chatTemplateSha256: 'b'.repeat(64),
    layers: LAYERS,
    tokenLayers: LAYERS,
    tokensEach: TOKENS,
    width: WIDTH,
  });
  onTestFinished(() => {
    cache.close();
    rmSync(path, { recursive: true, force: true });
  });
  for (const part of [sets.train, sets.validation]) {
    for (const prompt of [...part.benign, ...part.harmful, ...part.own]) {
      const tokenRows = Float32Array.from({ length: TOKENS * LAYERS.length * WIDTH }, (_, at) => {
        const direction = at % WIDTH;
        const token = Math.floor(at / WIDTH) % TOKENS; // [layers × tokens × d]
        return random() * (direction < BUSY ? 3 : 0.2) + (token === 2 && direction === HARM ? harmOf(prompt) : 0);
      });
      cache.addAll([[prompt, { rows: tokenRows.slice(-LAYERS.length * WIDTH), tokenRows }]]);
    }
  }
  return cache;
}

const sets: CalibrationPrompts = {
  train: {
    benign: many('plain', 150),
    harmful: many('harm', 80),
    own: [...many('own', 20), text('pasted', 1)],
    pairs: { harmless: [], harmful: [] },
  },
  validation: {
    benign: many('held', 100),
    harmful: many('harm-held', 40),
    own: [...many('own-held', 20), text('pasted', 2)],
    pairs: { harmless: [], harmful: [] },
  },
};

test('of forty-two prompts of an admin the two harmful ones are found, far from the benign', async () => {
  const found = await findFlaggedPrompts({ cache: cacheOf(sets), sets, layers: LAYERS });
  expect(found.map(({ prompt }) => prompt.id).sort()).toEqual(['pasted-1', 'pasted-2']);
  for (const { score } of found) expect(score).toBeGreaterThan(3);
  expect(found[0]!.score).toBeGreaterThanOrEqual(found[1]!.score);
});

test('an admin without prompts, or sets without a measure, have none flagged', async () => {
  const none: CalibrationPrompts = { train: { ...sets.train, own: [] }, validation: { ...sets.validation, own: [] } };
  const cache = cacheOf(sets);
  expect(await findFlaggedPrompts({ cache, sets: none, layers: LAYERS })).toEqual([]);
  const unmeasured: CalibrationPrompts = { train: sets.train, validation: { ...sets.validation, harmful: [] } };
  expect(await findFlaggedPrompts({ cache, sets: unmeasured, layers: LAYERS })).toEqual([]);
});
