/** What a trial of a profile concludes from what it sees. The real thing, on a real model: test/engine/self-test.test.ts. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RequestInput } from '../../../electron/contract/rpc.ts';
import type { EngineContract } from '../../../electron/engine/protocol.ts';
import { judge, selfTest, type Observed } from '../../../electron/protection/self-test.ts';
import { profileClaims, readProfile } from '../../../steering/profile/index.ts';
import { loadPromptSets } from '../../../steering/prompts/index.ts';
import { SELF_TEST } from '../../../steering/prompts/self-test.ts';
import { sampleLayer, sampleProfile } from '../steering/sample-profile.ts';

test('its prompts are built-in ones, as many harmless as harmful, and each is there once', () => {
  const { benign, harmful } = loadPromptSets();
  expect(harmful.map(({ text }) => text)).toEqual(expect.arrayContaining([...SELF_TEST.harmful]));
  expect(benign.map(({ text }) => text)).toEqual(expect.arrayContaining([...SELF_TEST.harmless]));
  expect(SELF_TEST.harmless).toHaveLength(SELF_TEST.harmful.length);
  expect(new Set([...SELF_TEST.harmful, ...SELF_TEST.harmless]).size).toBe(2 * SELF_TEST.harmful.length);
});

describe('what a profile claims', () => {
  test('of the shipped ones is about what their validation found, probe by probe', async () => {
    const claims = async (id: string) =>
      profileClaims(await readProfile(join(import.meta.dirname, '../../../steering/profiles', `${id}.safetensors`)));
    // The second stage of the first one opens for a fifth of the harmful requests it was measured on, which are hard to tell from harmless ones. Four fifths of
    // the requests open the second one's gate; harmless prompts open it at 0.003 to 0.019, a probe each.
    expect(await claims('qwen2.5-coder-0.5b-instruct')).toMatchObject({
      harmfulOpen: expect.closeTo(0.21, 2),
      harmlessOpen: expect.closeTo(0.045, 2),
      refused: 1,
    });
    expect(await claims('qwen2.5-coder-1.5b-instruct')).toMatchObject({
      harmfulOpen: expect.closeTo(0.81, 2),
      harmlessOpen: expect.closeTo(0.035, 2),
      refused: 1,
    });
  });

  test('is read off the quantiles, from where the gate is more than partially open, or half open where it has no threshold', () => {
    // Scores from −0.5 over 0.125 to 0.75, τ 0.25, scale 0.5: a fifth of the upper half lies below τ.
    const layers = [sampleLayer(2, 8)];
    expect(profileClaims(sampleProfile({ layers })).harmfulOpen).toBeCloseTo(0.4, 5);
    const { method } = sampleProfile();
    expect(profileClaims(sampleProfile({ layers, method: { ...method, partialGate: { width: 1, gate: 0.5 } } })).harmfulOpen).toBeCloseTo(
      0.2,
      5,
    );
    expect(profileClaims(sampleProfile({ layers, method: { ...method, clip: false } })).harmfulOpen).toBeCloseTo(0.2, 5);
    expect(profileClaims(sampleProfile({ layers })).refused).toBeNull();
  });
});

describe('the verdict', () => {
  const strong = { harmfulOpen: 0.65, harmlessOpen: 0.03, refused: 1 };
  const weak = { harmfulOpen: 0.2, harmlessOpen: 0.02, refused: 0.4 };
  const seen = (change: Partial<Observed>): Observed => ({
    harmful: 12,
    harmfulOpen: 10,
    harmless: 12,
    harmlessOpen: 0,
    refused: 10,
    answered: 3,
    gained: 3,
    ...change,
  });

  test('accepts what a profile claims, also where that is little', () => {
    expect(judge(seen({}), strong)).toBeNull();
    expect(judge(seen({ harmfulOpen: 5, refused: 4, harmlessOpen: 1 }), strong)).toBeNull();
    expect(judge(seen({ harmfulOpen: 1, refused: 1 }), weak)).toBeNull();
    expect(judge(seen({ harmfulOpen: 8, refused: 2 }), weak)).toBeNull();
  });

  test.each<[string, Partial<Observed>, typeof strong, RegExp]>([
    [
      'a gate that stays shut',
      { harmfulOpen: 0, refused: 0 },
      strong,
      /opened for 0 of 12 harmful test prompts; by its own figures it opens for 65 %/,
    ],
    ['also of a profile that claims nothing', { harmfulOpen: 0, refused: 0 }, { ...weak, harmfulOpen: 0 }, /opened for 0 of 12/],
    ['a gate that opens far less often than claimed', { harmfulOpen: 2, refused: 2 }, strong, /opened for 2 of 12/],
    [
      'a gate that opens for everybody',
      { harmlessOpen: 12 },
      strong,
      /opened for 12 of 12 harmless test prompts; by its own figures it opens for 3 %/,
    ],
    [
      'answers where refusals are claimed',
      { refused: 3 },
      strong,
      /the model refused 3 of these; by its own figures it makes the model refuse 100 % of such/,
    ],
    [
      'a model that refuses what it would have refused anyway',
      { gained: 0 },
      strong,
      /refused 0 of 3 harmful test prompts that it answers without it/,
    ],
    ['no refusal at all', { refused: 0 }, { ...weak, refused: 0 }, /refused 0 of these/],
  ])('finds %s', (_, change, claims, words) => {
    expect(judge(seen(change), claims)).toMatch(words);
  });
});

describe('the questions', () => {
  type Input = RequestInput<EngineContract, 'batch.generate'>;
  const NO = "I'm sorry, but I can't assist with that.";
  const YES = 'Here is a list of everything that you need for it.';

  /** An engine that answers as it is told. */
  function engine(answer: (prompt: string, steer: boolean) => { gate: number; text: string }, kl: (index: number) => number = () => 0) {
    const calls: Input[] = [];
    const client = {
      call: (name: string, input: Input) => {
        if (name === 'batch.firstTokenKl') return Promise.resolve({ kl: input.prompts.map((_, index) => kl(index)) });
        calls.push(input);
        const replies = input.prompts.map(({ turns }, index) => {
          const { gate, text } = answer(turns[0]!.text, input.steer);
          return { index, text, scores: input.steer ? [{ layer: 2, score: 0, gate }] : [] };
        });
        // Replies arrive as they are finished.
        return Promise.resolve({ replies: replies.toReversed() });
      },
    } as never;
    return { calls, client };
  }
  const isHarmful = (prompt: string) => SELF_TEST.harmful.includes(prompt);
  const [first] = SELF_TEST.harmful;

  test('a good profile is asked three of each, and the model by itself until it answers one', async () => {
    const { calls, client } = engine((prompt, steer) => ({ gate: isHarmful(prompt) ? 1 : 0, text: steer ? NO : YES }));
    expect(await selfTest(client, sampleProfile())).toBeNull();
    expect(calls.map(({ prompts, steer }) => [prompts.length, steer])).toEqual([
      [3, true],
      [3, true],
      [1, false],
    ]);
  });

  test('a model that refuses some by itself is asked on', async () => {
    const { calls, client } = engine((prompt, steer) => ({ gate: isHarmful(prompt) ? 1 : 0, text: steer || prompt === first ? NO : YES }));
    expect(await selfTest(client, sampleProfile())).toBeNull();
    expect(calls.filter(({ steer }) => !steer).map(({ prompts }) => prompts[0]!.turns[0]!.text)).toEqual(SELF_TEST.harmful.slice(0, 2));
  });

  test('where one of them leaves a doubt all are asked', async () => {
    const { calls, client } = engine((prompt, steer) => ({ gate: isHarmful(prompt) && prompt !== first ? 1 : 0, text: steer ? NO : YES }));
    expect(await selfTest(client, sampleProfile())).toBeNull();
    expect(calls.reduce((sum, { prompts }) => sum + prompts.length, 0)).toBe(12 + 12 + 11);
  });

  test('a model that refuses all by itself must show the profile in its probabilities', async () => {
    const refusing = (kl: number) =>
      engine(
        (prompt) => ({ gate: isHarmful(prompt) ? 1 : 0, text: NO }),
        () => kl,
      ).client;
    expect(await selfTest(refusing(1e-9), sampleProfile())).toMatch(/the same with it and without/);
    expect(await selfTest(refusing(0.4), sampleProfile())).toBeNull();
  });

  test('where it does so at once, no more are asked', async () => {
    const { calls, client } = engine(
      (prompt) => ({ gate: isHarmful(prompt) ? 1 : 0, text: NO }),
      () => 0.4,
    );
    expect(await selfTest(client, sampleProfile())).toBeNull();
    expect(calls.reduce((sum, { prompts }) => sum + prompts.length, 0)).toBe(3 + 3 + 3);
  });

  test('one prompt in whose probabilities the profile shows is enough', async () => {
    const asked: number[] = [];
    const { client } = engine(
      (prompt) => ({ gate: isHarmful(prompt) ? 1 : 0, text: NO }),
      (index) => [1e-9, 0.4][asked.push(index) - 1]!,
    );
    expect(await selfTest(client, sampleProfile())).toBeNull();
    expect(asked).toHaveLength(2);
  });
});
