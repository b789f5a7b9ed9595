/** One button from no profile to one: begun, followed, applied where it helps, stopped and gone on with, and said why where it came to nothing. */
import { beforeEach, expect, test } from 'vitest';
import { ModelProtector, type Calibrations } from '../../../electron/calibration/protect-model.ts';
import { protectHandlers } from '../../../electron/calibration/handlers.ts';
import type { CalibrationJob, CalibrationReport, ProtectState } from '../../../electron/contract/index.ts';
import { AppEvents } from '../../../electron/events.ts';
import { MODEL_SHA, makeJob, makeReport } from '../renderer/calibration-fixtures.ts';
import { fixedPolicies } from '../../fixtures/policies.ts';

const MODEL = { name: 'SmolLM2 135M Instruct', sha256: MODEL_SHA };
const NAME = 'SmolLM2 135M Instruct, protected on first use';

let events: AppEvents;
let told: ProtectState[];
let jobs: CalibrationJob[];
let asked: unknown[];
let applied: number[];
/** Ends the job that runs. */
let end: (change: Partial<CalibrationJob>) => void;
let report: CalibrationReport;

function calibrations(): Calibrations {
  let ended: Promise<void> = Promise.resolve();
  return {
    startWith: (texts, settings, options) => {
      asked.push([texts, settings, options]);
      const job = makeJob({ name: settings.name!, budget: settings.budget });
      const { promise, resolve } = Promise.withResolvers<void>();
      ended = promise;
      end = (change) => {
        jobs = [{ ...job, ...change }];
        resolve();
      };
      jobs = [job];
      return Promise.resolve(job);
    },
    estimate: () =>
      Promise.resolve({
        ...{ modelId: 'smol', modelName: MODEL.name, speed: { promptTokensPerSecond: 1, replyTokensPerSecond: 1 } },
        budgets: (['standard', 'quick'] as const).map((budget, index) => ({
          ...{ budget, builtInPrompts: 1, ownPrompts: 0, alreadyRead: 0 },
          seconds: 100 - index * 60,
        })),
      }),
    state: () => Promise.resolve({ jobs }),
    settled: () => ended,
    job: (jobId) => Promise.resolve(jobs.find(({ id }) => id === jobId)!),
    report: () => Promise.resolve(report),
    apply: (jobId, point) => {
      applied.push(point);
      return Promise.resolve(jobs.find(({ id }) => id === jobId)!);
    },
    cancel: (jobId) => jobs.find(({ id }) => id === jobId)!,
  };
}

let protector: ModelProtector;
beforeEach(() => {
  [told, jobs, asked, applied] = [[], [], [], []];
  report = makeReport();
  events = new AppEvents();
  events.on('protect.changed', (state) => told.push(state));
  protector = new ModelProtector({ calibrations: calibrations(), loadedModel: () => MODEL, events });
});

test('a quick calibration with the built-in prompts runs, and its proposed setting is applied', async () => {
  expect(await protector.estimate()).toEqual({ seconds: 40 });
  const [first, second] = await Promise.all([protector.start(), protector.start()]);
  expect(first).toEqual(second);
  expect(first.running).toEqual({ modelName: MODEL.name, overall: 0, secondsLeft: null, stopping: false });
  // Begun once, however often the button is pressed.
  expect(asked).toEqual([[[], { budget: 'quick', name: NAME }, { goOn: true }]]);
  events.emit('calibration.progress', {
    ...{ jobId: jobs[0]!.id, stage: 'extract', done: 1, total: 2, rate: 1 },
    ...{ overall: 0.5, secondsLeft: 20 },
  });
  await expect.poll(() => told.at(-1)?.running).toMatchObject({ overall: 0.5, secondsLeft: 20 });
  end({ status: 'finished' });
  expect(await protector.settled()).toBeNull();
  expect(applied).toEqual([report.frontier.proposed]);
  expect(told.at(-1)).toEqual({ running: null, resumable: false, problem: null });
});

test('stopped, it can be gone on with', async () => {
  await protector.start();
  expect((await protector.stop()).running).toMatchObject({ stopping: true });
  end({ status: 'cancelled', resumable: true });
  expect(await protector.settled()).toBeNull();
  expect(applied).toEqual([]);
  expect(told.at(-1)).toEqual({ running: null, resumable: true, problem: null });
  await expect(protector.stop()).rejects.toMatchObject({ code: 'not-found' });
  // What somebody calibrates in the admin area is theirs.
  jobs = [makeJob({ name: 'Mine', status: 'cancelled', resumable: true })];
  expect((await protector.state()).resumable).toBe(false);
});

test('what helps nothing is not applied, and a failure is said', async () => {
  const { frontier } = report;
  const points = frontier.points.map((point) => ({ ...point, harmfulRefused: frontier.unsteered.harmfulRefused }));
  report = { ...report, frontier: { ...frontier, points } };
  await protector.start();
  end({ status: 'finished' });
  expect(await protector.settled()).toMatchObject({ code: 'calibration-failed' });
  expect(applied).toEqual([]);
  expect((await protector.state()).problem).toMatchObject({ message: expect.stringContaining('No protection') as string });
  await protector.start();
  expect((await protector.state()).problem).toBeNull();
  end({ status: 'failed', error: { code: 'disk-full', message: 'The disk is full.', hint: '' } });
  expect(await protector.settled()).toMatchObject({ code: 'disk-full' });
});

test('where the policies leave it to the admin, all but the state is refused', async () => {
  const handlers = protectHandlers({ protector, policies: fixedPolicies({ protectModels: 'admin' }) });
  await expect(handlers['protect.state']({})).resolves.toMatchObject({ running: null });
  for (const name of ['protect.estimate', 'protect.start', 'protect.stop'] as const) {
    await expect((async () => handlers[name]({}))()).rejects.toMatchObject({ code: 'policy' });
  }
  expect(asked).toEqual([]);
});
