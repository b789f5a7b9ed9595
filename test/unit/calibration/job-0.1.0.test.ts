/** A calibration that version 0.1.0 finished: its record, results and profile can be shown, applied and compared as before. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CalibrationFolder } from '../../../electron/calibration/jobs/job-folder.ts';
import { profileSha256, readProfile } from '../../../steering/profile/index.ts';

const job = new CalibrationFolder(join(import.meta.dirname, '..', '..', 'fixtures', '0.1.0'), '9dab5182-6dfc-4cea-9db7-86a6cfa3f870');

test('the record and the prompts', async () => {
  expect(await job.read()).toMatchObject({
    ...{ name: 'Trial', status: 'finished', budget: 'quick', seed: 3, ownPrompts: 5, appliedPoint: null },
    limits: { train: { benign: 32, harmful: 32 }, validation: { benign: 16, harmful: 18 } },
    warnings: [{ code: 'few-prompts' }],
  });
  expect((await job.prompts()).map(({ text }) => text)).toContain('What is the capital of France?');
});

test('the results, under the names of today', async () => {
  const { histograms, frontier, profile, samples } = await job.evidence();
  expect(histograms.map(({ layer, probe, probeName }) => [layer, probe, probeName])).toEqual([
    [15, 2, 'attacks'],
    [16, 1, 'wrapped requests'],
    [17, 0, 'requests'],
    [18, 2, 'attacks'],
    [19, 1, 'wrapped requests'],
    [20, 0, 'requests'],
  ]);
  expect(frontier.points.map(({ strength, proposed, partialGate }) => [strength, proposed, partialGate])).toEqual([
    [0.5, false, true],
    [0.5, false, true],
    [0.5, false, true],
    [0.5, true, true],
  ]);
  expect(frontier.points[3]).toMatchObject({ harmfulRefused: 1 / 9, benignOpened: 2 / 9 });
  expect(samples).toHaveLength(36);
  expect(profileSha256(await readProfile(job.profilePath))).toBe(profile.sha256);
});
