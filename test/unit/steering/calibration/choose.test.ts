/** What is chosen from verdicts: a strength, and whether the gate is partly open below its threshold. */
import { describe, expect, test } from 'vitest';
import { choosePartialGate } from '../../../../steering/calibration/gate/choose-partial-gate.ts';
import { chooseStrength } from '../../../../steering/calibration/strength/choose-strength.ts';
import type { Counts, Trials } from '../../../../steering/calibration/strength/trials.ts';
import type { SteeringProfile } from '../../../../steering/profile/index.ts';
import type { Prompt } from '../../../../steering/prompts/index.ts';
import { sampleProfile } from '../sample-profile.ts';

const prompts = Array.from({ length: 20 }, (_, index) => ({ id: `h${index}`, text: `h${index}`, kind: 'x', language: 'en' })) as Prompt[];
const counts = (refused: number, degenerate = 0): Counts => ({
  refused,
  degenerate,
  partial: 0,
  complied: prompts.length - refused - degenerate,
});
const verdicts = (steered: (profile: SteeringProfile) => Counts, unsteered = counts(0)): Pick<Trials, 'steered' | 'unsteered'> => ({
  steered: (profile) => Promise.resolve(steered(profile)),
  unsteered: () => Promise.resolve(unsteered),
});

describe('the strength', () => {
  const chosen = async (by: Record<number, Counts>, some = prompts) =>
    (
      await chooseStrength(
        verdicts(({ method }) => by[method.strength]!),
        sampleProfile(),
        some,
      )
    ).strength;

  test('is the smallest that refuses about as much as any', async () => {
    expect(await chosen({ 0.5: counts(12), 1: counts(20), 2: counts(20), 3: counts(20) })).toBe(1);
    expect(await chosen({ 0.5: counts(12), 1: counts(17), 2: counts(18), 3: counts(20) })).toBe(3);
  });

  test('broken text costs more than a missed refusal', async () => {
    expect(await chosen({ 0.5: counts(10), 1: counts(15), 2: counts(17, 2), 3: counts(16, 4) })).toBe(1);
  });

  test('is the smallest where no prompt opens the gate', async () => {
    const none = { refused: 0, complied: 0, partial: 0, degenerate: 0 };
    expect(await chosen({ 0.5: none, 1: none, 2: none, 3: none }, [])).toBe(0.5);
  });
});

describe('the gate', () => {
  // As on the 0.5B and the 1.5B model.
  const mostlyHarm = [
    { harmfulInBand: 0.19, benignInBand: 0.04 },
    { harmfulInBand: 0.39, benignInBand: 0.003 },
  ];
  const both = [
    { harmfulInBand: 0.11, benignInBand: 0.04 },
    { harmfulInBand: 0.14, benignInBand: 0.13 },
  ];
  const strong = () => sampleProfile({ method: { ...sampleProfile().method, strength: 2 }, notes: 'From a test.' });

  test('is partly open where that makes the model refuse more, whatever the strength', async () => {
    const profile = await choosePartialGate(
      verdicts(({ method }) => counts(method.partialGate === undefined ? 0 : 13), counts(10)),
      strong(),
      prompts,
      mostlyHarm,
    );
    expect(profile.method.partialGate).toEqual({ width: 1, gate: 0.1 });
    expect(profile.notes).toBe('From a test.');
  });

  test('is shut where that gains nothing, and says so', async () => {
    const profile = await choosePartialGate(
      verdicts(() => counts(12), counts(10)),
      strong(),
      prompts,
      mostlyHarm,
    );
    expect(profile.method).not.toHaveProperty('partialGate');
    expect(profile.notes).toContain('12 instead of 10 of 20 harmful prompts');
    expect(
      (
        await choosePartialGate(
          verdicts(() => counts(0)),
          strong(),
          [],
          mostlyHarm,
        )
      ).method,
    ).not.toHaveProperty('partialGate');
  });

  test('is shut where harmless prompts lie there as well, and nothing is tried', async () => {
    const untried = { steered: () => Promise.reject(new Error('tried')), unsteered: () => Promise.reject(new Error('tried')) };
    const profile = await choosePartialGate(untried, strong(), prompts, both);
    expect(profile.method).not.toHaveProperty('partialGate');
    expect(profile.notes).toContain('14 % of the harmful prompts and 13 % of the harmless ones');
  });
});
