/** Evaluations as the admin area runs them: in the app, on prompts that were handed in, with a real model. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import type { EvaluationJob } from '../../electron/contract/index.ts';
import { ownProfilePath } from '../../electron/protection/locate-profile.ts';
import { halfOpenProfile, loadTestModel, startEngine, startTestApp, target, temporaryFolder } from './support.ts';
import { countRefusals } from '../unit/store/helpers.ts';

const PROMPTS = [
  'Name three rivers.',
  'What is a tree?',
  'How far away is the moon?',
  'Why do cats purr?',
  'Who wrote Faust?',
  'What is rain?',
];
const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let dataDir: string;
let app: SteadyApp;

beforeAll(async () => {
  dataDir = temporaryFolder(cleanup);
  const { engine } = startEngine(cleanup);
  await engine.load(target());
  mkdirSync(join(dataDir, 'profiles'), { recursive: true });
  await halfOpenProfile(engine, PROMPTS, ownProfilePath(dataDir, target().modelSha256));
  await engine.close();
  ({ app } = await startTestApp(cleanup, { dataDir }));
  await loadTestModel(app);
});

async function handIn(name: string, text: string): Promise<string> {
  const bytes = Buffer.from(text);
  const { uploadId } = await app.handlers['prompts.upload.begin']({ fileName: name, bytes: bytes.length });
  await app.handlers['prompts.upload.append']({ uploadId, offset: 0, base64: bytes.toString('base64') });
  return (await app.handlers['evaluation.set.fromUpload']({ uploadId })).setId;
}

const input = (setIds: string[], change: object = {}) => ({
  setIds,
  arms: ['unsteered', 'profile'] as ('unsteered' | 'profile')[],
  maxTokens: 12,
  limit: null,
  firstTokenKl: false,
  keepTexts: false,
  ...change,
});

/** The job's next status that is not one of being at work. */
function ended(jobId: string): Promise<EvaluationJob> {
  return new Promise((resolve) => {
    const stop = app.onEvent((name, payload) => {
      const job = payload as EvaluationJob;
      if (name !== 'evaluation.changed' || job.id !== jobId || job.status === 'running' || job.status === 'cancelling') return;
      stop();
      resolve(job);
    });
  });
}

const start = async (setIds: string[], change: object = {}) => app.handlers['evaluation.start'](input(setIds, change));
const stateOf = async (jobId: string) => (await app.handlers['evaluation.state']({})).jobs.find(({ id }) => id === jobId)!;
const filesOf = (job: EvaluationJob) =>
  readdirSync(join(job.folder, 'out', 'replies')).map((name) => join(job.folder, 'out', 'replies', name));

describe('an evaluation in the app', () => {
  let job: EvaluationJob;

  test('runs by itself while chat waits, and puts protection back', async () => {
    expect(app.protection.state).toMatchObject({ status: 'on' });
    const setId = await handIn('mine.txt', `${PROMPTS.join('\n')}\n`);
    job = await start([setId]);
    expect(job).toMatchObject({ name: 'mine.txt', status: 'running', sets: [{ name: 'mine.txt', prompts: 6 }], resumable: false });
    const done = ended(job.id);
    expect(app.protection.state).toMatchObject({ status: 'pending', chatAllowed: false });
    await expect(app.handlers['models.load']({ modelId: 'smollm2-135m-instruct' })).rejects.toMatchObject({ code: 'busy' });
    await expect(start([setId])).rejects.toMatchObject({ code: 'busy' });
    expect((await app.handlers['evaluation.state']({})).blocked).toContain('running');
    expect(await done).toMatchObject({ status: 'finished', error: null });
    expect(app.protection.state).toMatchObject({ status: 'on', chatAllowed: true });
  });

  test('counts each arm, and answers with the report', async () => {
    const summary = await app.handlers['evaluation.summary']({ jobId: job.id });
    expect(summary).toMatchObject({ complete: true, sets: [{ file: 'mine.txt', n: 6 }] });
    const { unsteered, profile } = summary.sets[0]!.arms;
    for (const arm of [unsteered!, profile!]) expect(arm.refused + arm.complied + arm.partial + arm.degenerate).toBe(6);
    expect(profile!.steered).toBeGreaterThan(0);
    expect(profile!.steered).toBeLessThan(6);
    const { fileName, html } = await app.handlers['evaluation.report']({ jobId: job.id });
    expect(fileName).toBe('mine.txt.html');
    expect(html).toContain('mine.txt');
  });

  test('keeps no reply, and writes no conversation and no refusal', async () => {
    for (const file of filesOf(job)) expect(readFileSync(file, 'utf8')).not.toContain('"text"');
    expect(await app.store.conversations.list({ limit: 10, before: null })).toEqual([]);
    expect(await countRefusals(app.store)).toBe(0);
  });

  test('keeps replies where that is asked for', async () => {
    const kept = await start([await handIn('kept.txt', 'What is a tree?\n')], { keepTexts: true, arms: ['unsteered'] });
    await ended(kept.id);
    expect(filesOf(kept).some((file) => readFileSync(file, 'utf8').includes('"text"'))).toBe(true);
    await app.handlers['evaluation.discard']({ jobId: kept.id });
    await expect(app.handlers['evaluation.summary']({ jobId: kept.id })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('an evaluation that is stopped', () => {
  const many = Array.from({ length: 40 }, (_, at) => `Tell me about number ${at}.`).join('\n');

  test('can be resumed, and comes to what it would have come to', async () => {
    const whole = await start([await handIn('whole.txt', many)], { arms: ['unsteered'] });
    await ended(whole.id);

    const cut = await start([await handIn('whole.txt', many)], { arms: ['unsteered'] });
    const stopped = ended(cut.id);
    await new Promise<void>((resolve) => {
      const stop = app.onEvent((name, payload) => {
        if (name !== 'evaluation.progress' || (payload as { done: number }).done < 17) return;
        stop();
        resolve();
      });
    });
    expect(await app.handlers['evaluation.cancel']({ jobId: cut.id })).toMatchObject({ status: 'cancelling' });
    expect(await stopped).toMatchObject({ status: 'cancelled', resumable: true });
    expect(app.protection.state).toMatchObject({ status: 'on' });

    const resumed = ended(cut.id);
    await app.handlers['evaluation.resume']({ jobId: cut.id });
    expect(await resumed).toMatchObject({ status: 'finished' });
    const [first, second] = [whole, cut].map(({ id }) => app.handlers['evaluation.summary']({ jobId: id }));
    expect((await second!).sets).toEqual((await first!).sets);
    await expect(app.handlers['evaluation.resume']({ jobId: cut.id })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('by an engine that dies goes on with the next one', async () => {
    const job = await start([await handIn('crash.txt', many)], { arms: ['unsteered'] });
    const end = ended(job.id);
    await new Promise<void>((resolve) => {
      const stop = app.onEvent((name) => {
        if (name !== 'evaluation.progress') return;
        stop();
        resolve();
      });
    });
    process.kill(app.engine.pid!, 'SIGKILL');
    expect(await end).toMatchObject({ status: 'finished' });
    expect((await app.handlers['evaluation.summary']({ jobId: job.id })).sets[0]!.n).toBe(40);
  });

  test('by an engine that dies while first tokens are compared goes on with the next one as well', async () => {
    const setId = await handIn('first.txt', PROMPTS.join('\n'));
    const job = await start([setId], { firstTokenKl: true });
    const end = ended(job.id);
    await new Promise<void>((resolve) => {
      const stop = app.onEvent((name, payload) => {
        if (name !== 'evaluation.progress' || (payload as { stage: string }).stage !== 'first-token') return;
        stop();
        process.kill(app.engine.pid!, 'SIGKILL');
        resolve();
      });
    });
    expect(await end).toMatchObject({ status: 'finished', error: null });
    const { profile } = (await app.handlers['evaluation.summary']({ jobId: job.id })).sets[0]!.arms;
    expect(profile!.firstTokenKl).toBeGreaterThan(0);
  });

  test('by the end of the app is interrupted, not lost', async () => {
    const job = await start([await handIn('end.txt', many)]);
    await app.close();
    ({ app } = await startTestApp(cleanup, { dataDir }));
    expect(await stateOf(job.id)).toMatchObject({ status: 'interrupted', resumable: true });
  });
});

describe('what cannot be evaluated', () => {
  test('no model, no profile, no prompts any more', async () => {
    const setId = await handIn('a.txt', 'What is a tree?\n');
    await expect(start([setId])).rejects.toMatchObject({ code: 'model-not-loaded' });
    await expect(start(['00000000-0000-4000-8000-000000000000'])).rejects.toMatchObject({ code: 'model-not-loaded' });
    await loadTestModel(app);
    await expect(start(['00000000-0000-4000-8000-000000000000'])).rejects.toMatchObject({ code: 'not-found' });
  });
});
