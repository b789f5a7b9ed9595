/** What can go wrong in the middle of a calibration: each fault is named, and what was done stays. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import type { CalibrationProgressEvent } from '../../electron/contract/index.ts';
import { OWN_PROMPTS, TINY } from './calibration-support.ts';
import { killEngine, loadTestModel, modelPath, startTestApp, temporaryFolder } from './support.ts';

const SETTINGS = { budget: 'quick', seed: 3, name: 'Trial' } as const;

/** Resolves once the job has read `prompts` prompts' activations. */
function reached(app: SteadyApp, prompts: number): Promise<void> {
  return new Promise((resolve) => {
    const stop = app.onEvent((name, payload) => {
      const { stage, done } = payload as CalibrationProgressEvent;
      if (name !== 'calibration.progress' || stage !== 'extract' || done < prompts) return;
      stop();
      resolve();
    });
  });
}

test('the model file is removed half-way: the job fails with that, and goes on once it is back', async () => {
  const folder = temporaryFolder((task) => onTestFinished(task));
  const path = join(folder, 'model.gguf');
  copyFileSync(modelPath(), path);
  const { app } = await startTestApp((task) => onTestFinished(task), { calibrationLimits: TINY });
  await loadTestModel(app, { modelPath: path, contextSize: 1024 });
  const job = await app.calibration.startWith(OWN_PROMPTS, SETTINGS, { goOn: true });
  await reached(app, 16);
  rmSync(path);
  // The engine holds the file open; what comes after it does not find it.
  await killEngine(app.engine);
  await app.calibration.settled();
  expect(await app.calibration.job(job.id)).toMatchObject({
    status: 'failed',
    resumable: true,
    error: { code: expect.stringMatching(/^model-/) },
  });
  copyFileSync(modelPath(), path);
  await loadTestModel(app, { modelPath: path, contextSize: 1024 });
  await app.calibration.resume(job.id);
  // It goes on behind what was read before.
  await reached(app, 32);
  app.calibration.cancel(job.id);
  await app.calibration.settled();
  expect(await app.calibration.job(job.id)).toMatchObject({ status: 'cancelled' });
});

test('the engine dies half-way: it is started anew and the job goes on by itself', async () => {
  const { app } = await startTestApp((task) => onTestFinished(task), { calibrationLimits: TINY });
  await loadTestModel(app, { contextSize: 1024 });
  const job = await app.calibration.startWith(OWN_PROMPTS, SETTINGS, { goOn: true });
  await reached(app, 16);
  await killEngine(app.engine);
  await reached(app, 32);
  expect(app.protection.state.chatAllowed).toBe(false);
  app.calibration.cancel(job.id);
  await app.calibration.settled();
  expect(await app.calibration.job(job.id)).toMatchObject({ status: 'cancelled', error: null });
});

test('a model whose activations tell nothing apart: the job ends all the same, and its report says what that is worth', async () => {
  const { app } = await startTestApp((task) => onTestFinished(task), { calibrationLimits: TINY });
  await loadTestModel(app, { contextSize: 1024 });
  const job = await app.calibration.startWith(OWN_PROMPTS, SETTINGS, { goOn: true });
  await app.calibration.settled();
  const { status, warnings } = await app.calibration.job(job.id);
  expect(status).toBe('finished');
  expect(warnings.map(({ code }) => code)).toContain('weak-separation');
});

describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('a full disk', () => {
  test('is named, nothing is lost, and the job goes on once there is room', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'steady-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder], { stdio: 'pipe' });
    onTestFinished(() => {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    });
    const { app } = await startTestApp((task) => onTestFinished(task), { dataDir: folder, calibrationLimits: TINY });
    await loadTestModel(app, { contextSize: 1024 });
    const job = await app.calibration.startWith(OWN_PROMPTS, SETTINGS, { goOn: true });
    await reached(app, 16);
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(join(folder, 'filler'), Buffer.alloc(Number(bavail) * Number(bsize)));
    await app.calibration.settled();
    expect(await app.calibration.job(job.id)).toMatchObject({ status: 'failed', resumable: true, error: { code: 'disk-full' } });
    expect((await app.calibration.state()).jobs).toMatchObject([{ status: 'failed' }]);
    rmSync(join(folder, 'filler'));
    await app.calibration.resume(job.id);
    await reached(app, 32);
    app.calibration.cancel(job.id);
    await app.calibration.settled();
    expect(await app.calibration.job(job.id)).toMatchObject({ status: 'cancelled', error: null });
  });
});
