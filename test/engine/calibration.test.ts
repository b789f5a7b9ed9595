/** From nothing to a profile that is applied, on the model that refuses by words, with budgets of a few prompts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import { calibrationReport, type CalibrationProgressEvent, type CalibrationReport } from '../../electron/contract/index.ts';
import { ownProfilePath } from '../../electron/protection/locate-profile.ts';
import { encodeProfile, readProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { MODEL_SHA256, OWN_PROMPTS, startCalibrationApp, TINY } from './calibration-support.ts';
import { chat, temporaryFolder } from './support.ts';

const MINUTES = 60_000;
const childPath = join(import.meta.dirname, 'calibration-child.ts');

/** The bytes of a profile, but for when it was made. */
const bytesOf = (profile: SteeringProfile) => Buffer.from(encodeProfile({ ...profile, createdAt: '2026-01-01T00:00:00.000Z' }));

describe('one job', () => {
  let app: SteadyApp;
  let dataDir: string;
  let report: CalibrationReport;
  const progress: CalibrationProgressEvent[] = [];

  beforeAll(async () => {
    ({ app, dataDir } = await startCalibrationApp(afterAll));
    app.onEvent((name, payload) => {
      if (name === 'calibration.progress') progress.push(payload as CalibrationProgressEvent);
    });
  }, 5 * MINUTES);

  test(
    'is refused while there is nothing to use, and leaves nothing behind',
    async () => {
      await expect(app.handlers['calibration.start']({ setIds: ['refusals'], budget: 'quick' })).rejects.toMatchObject({
        code: 'bad-input',
      });
      expect(await app.calibration.state()).toMatchObject({ running: null, jobs: [], chatPaused: false });
    },
    MINUTES,
  );

  test(
    'can be cancelled at once; chat waits meanwhile, and other models and profiles too',
    async () => {
      const job = await app.calibration.startWith(OWN_PROMPTS, { budget: 'quick', seed: 3, name: 'Trial' }, { goOn: true });
      expect(await app.calibration.state()).toMatchObject({ running: { id: job.id, status: 'running' }, chatPaused: true });
      expect(app.protection.state).toMatchObject({ status: 'pending', chatAllowed: false, message: expect.stringMatching(/calibration/) });
      const { reply } = await chat(app, 'Hello');
      expect(reply).toMatchObject({ state: 'failed', error: { code: 'busy' } });
      await expect(app.handlers['calibration.start']({ setIds: [], budget: 'quick' })).rejects.toMatchObject({ code: 'busy' });
      await expect(app.handlers['models.load']({ modelId: 'smollm2-135m-instruct' })).rejects.toMatchObject({ code: 'busy' });
      app.calibration.cancel(job.id);
      await app.calibration.settled();
      expect(await app.calibration.job(job.id)).toMatchObject({ status: 'cancelled', resumable: true, error: null });
      expect(app.protection.state).toMatchObject({ status: 'off', reason: 'no-profile' });
    },
    10 * MINUTES,
  );

  test(
    'goes on where it stopped, and ends with a report that says everything the page shows',
    async () => {
      // The same prompts and settings: the job that was cancelled goes on.
      const job = await app.calibration.startWith(OWN_PROMPTS, { budget: 'quick', seed: 3, name: 'Trial' }, { goOn: true });
      expect((await app.calibration.state()).jobs).toHaveLength(1);
      await app.calibration.settled();
      const done = await app.calibration.job(job.id);
      expect(done).toMatchObject({ status: 'finished', error: null, resumable: false });
      expect(done.warnings.map(({ code }) => code)).toContain('few-prompts');
      report = calibrationReport.parse(await app.calibration.report(job.id));
      expect(report.histograms.length).toBeGreaterThan(0);
      for (const { edges, benign, harmful, threshold } of report.histograms) {
        expect(edges).toHaveLength(benign.length + 1);
        expect(benign.reduce((sum, count) => sum + count, 0)).toBe(report.frontier.sizes.benign);
        expect(harmful.reduce((sum, count) => sum + count, 0)).toBe(TINY.validation.harmful);
        expect(threshold).toBeGreaterThanOrEqual(edges[0]!);
      }
      expect(report.separation.some(({ reads }) => reads) && report.separation.some(({ writes }) => writes)).toBe(true);
      const { points, proposed } = report.frontier;
      expect(points[proposed]).toMatchObject({ proposed: true, shift: 0, strength: report.profile.strength });
      expect(points.map(({ harmfulRefused }) => harmfulRefused)).toEqual(
        [...points.map(({ harmfulRefused }) => harmfulRefused)].sort((a, b) => a - b),
      );
      // Nothing that a model answers to a harmful prompt is kept.
      const harmful = report.samples.filter(({ kind }) => kind === 'harmful');
      expect(harmful.length).toBeGreaterThan(0);
      expect(harmful.every(({ unsteered, points: all }) => unsteered.text === null && all.every(({ text }) => text === null))).toBe(true);
      // What is left alone is left alone exactly.
      for (const { points: all, unsteered } of report.samples.filter(({ kind }) => kind !== 'harmful')) {
        expect(unsteered.text).not.toBeNull();
        for (const point of all.filter(({ gate }) => gate === 0)) expect(point).toMatchObject({ changed: false, text: unsteered.text });
      }
      const overall = progress.map((step) => step.overall);
      expect(overall.some((share) => share > 0.5)).toBe(true);
    },
    30 * MINUTES,
  );

  test(
    'can be applied at any point of the frontier, and taken back',
    async () => {
      const { points, proposed } = report.frontier;
      const { id } = report.job;
      await expect(app.calibration.apply(id, points.length)).rejects.toMatchObject({ code: 'not-found' });
      expect(await app.calibration.apply(id, proposed)).toMatchObject({
        ...{ status: 'applied', appliedPoint: proposed },
        appliedProfile: report.profile.sha256,
      });
      expect(app.protection.state).toMatchObject({ status: 'on', profile: { sha256: report.profile.sha256 } });
      const other = points.find(({ index }) => index !== proposed);
      if (other !== undefined) {
        await app.calibration.apply(id, other.index);
        expect(app.protection.state.profile?.sha256).not.toBe(report.profile.sha256);
        expect((await app.profiles.list()).profiles.filter(({ modelSha256 }) => modelSha256 === MODEL_SHA256)).toHaveLength(2);
        await app.profiles.rollback(MODEL_SHA256);
      }
      expect(app.protection.state.profile?.sha256).toBe(report.profile.sha256);
      expect((await readProfile(ownProfilePath(dataDir, MODEL_SHA256))).name).toBe('Trial');
      const { reply } = await chat(app, 'What is the capital of France?');
      expect(reply).toMatchObject({ state: 'done', outcome: { protected: true } });
    },
    5 * MINUTES,
  );

  test(
    'killed twice on the way and resumed, it yields the same profile to the last byte',
    async () => {
      const folder = temporaryFolder(afterAll);
      for (const [stage, from] of [
        ['extract', 32],
        ['tune', 0],
      ] as const) {
        await killedChild(folder, (fact) => fact.stage === stage && fact.done! >= from);
      }
      // By the report the profile is made; that a job which goes on gets through its report was seen above.
      const facts = await killedChild(folder, (fact) => fact.stage === 'report');
      // What was read before the kills was not read again.
      expect(facts.filter(({ stage, rate }) => stage === 'extract' && rate !== null)).toEqual([]);
      const jobId = facts.find((fact) => fact.jobId !== undefined && fact.stage === undefined)!.jobId!;
      const resumed = await readProfile(join(folder, 'calibration', 'jobs', jobId, 'profile.safetensors'));
      const straight = await app.calibration.profileAt(report.job.id, report.frontier.proposed);
      expect(bytesOf(resumed).equals(bytesOf(straight))).toBe(true);
    },
    60 * MINUTES,
  );

  test(
    'is discarded with all that it kept, the profile that was applied apart',
    async () => {
      const { id } = report.job;
      await app.calibration.discard(id);
      await expect(app.calibration.report(id)).rejects.toMatchObject({ code: 'not-found' });
      expect(existsSync(ownProfilePath(dataDir, MODEL_SHA256))).toBe(true);
      expect((await app.calibration.state()).jobs).toEqual([]);
    },
    MINUTES,
  );
});

interface Fact extends Partial<CalibrationProgressEvent> {
  engine?: number;
  status?: string;
}

/** Runs the job in a process of its own until `kill` says so, then kills that process as hard as can be. */
async function killedChild(folder: string, kill: (fact: Fact) => boolean): Promise<Fact[]> {
  const child = spawn(process.execPath, [childPath, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const facts: Fact[] = [];
  let killed = false;
  for await (const line of createInterface(child.stdout)) {
    const fact = JSON.parse(line) as Fact;
    facts.push(fact);
    if (!killed && kill(fact)) {
      killed = true;
      child.kill('SIGKILL');
    }
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return facts;
}
