/** What jobs do among themselves and with other processes; engine and protection are fakes, the folders are real. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { SteadyError } from '../../../electron/contract/index.ts';
import type { EngineSupervisor } from '../../../electron/engine/supervisor.ts';
import { AppEvents } from '../../../electron/events.ts';
import { EngineJobs, type EngineJobsOptions, type JobRecord } from '../../../electron/jobs/engine-jobs.ts';
import { JobFolder } from '../../../electron/jobs/job-folder.ts';
import type { ProtectionService } from '../../../electron/protection/protection-service.ts';

type Options = EngineJobsOptions<JobRecord, JobFolder<JobRecord>, null>;

/** Jobs that go on until they are cancelled, and how often their lock was taken and given back. */
function openJobs(change: Partial<Options> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'steady-jobs-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const kind = { noun: 'job', root, schema: z.custom<JobRecord>() };
  const folderOf = (id: string) => new JobFolder(kind, id);
  const release = vi.fn(async () => undefined);
  const lock = vi.fn(async () => ({ release }));
  const jobs = new EngineJobs<JobRecord, JobFolder<JobRecord>, null>({
    kind,
    article: 'A job',
    engine: { call: async () => ({}), model: null, target: null } as unknown as EngineSupervisor,
    protection: { hold: () => () => undefined } as unknown as ProtectionService,
    events: new AppEvents(),
    folderOf,
    loadModel: async () => undefined,
    requireModel: async () => undefined,
    requireFree: () => undefined,
    lock,
    work: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled')))),
    onChange: () => undefined,
    ...change,
  });
  onTestFinished(() => jobs.close());
  /** A job that lies on disk. */
  const add = async (): Promise<{ folder: JobFolder<JobRecord>; record: JobRecord }> => {
    const model = { modelId: 'a', modelSha256: 'f'.repeat(64) };
    const record = { id: randomUUID(), status: 'cancelled', createdAt: 0, finishedAt: null, error: null, ...model };
    const folder = folderOf(record.id);
    await folder.write(record);
    return { folder, record };
  };
  return { jobs, add, lock, release };
}

test('a job is removed under the lock, so that no other process is at it', async () => {
  const { jobs, add, lock, release } = openJobs();
  const { folder, record } = await add();
  release.mockImplementation(async () => void expect(folder.exists).toBe(false));
  await jobs.discard(record.id);
  expect(lock).toHaveBeenCalledOnce();
  expect(release).toHaveBeenCalledOnce();
});

test('while another process has the lock, nothing is removed', async () => {
  const { jobs, add, lock } = openJobs();
  const { folder, record } = await add();
  lock.mockRejectedValueOnce(new SteadyError('busy', 'Another Steady is at it.'));
  await expect(jobs.discard(record.id)).rejects.toMatchObject({ code: 'busy' });
  expect(folder.exists).toBe(true);
  await jobs.discard(record.id);
  expect(folder.exists).toBe(false);
});

test('while a job runs here another can be removed: the lock is ours already, and stays', async () => {
  const { jobs, add, lock, release } = openJobs();
  const other = await add();
  const running = await jobs.begin(add);
  await expect(jobs.discard(running.id)).rejects.toMatchObject({ code: 'busy' });
  await jobs.discard(other.record.id);
  expect(other.folder.exists).toBe(false);
  expect(lock).toHaveBeenCalledOnce();
  expect(release).not.toHaveBeenCalled();
  jobs.cancel(running.id);
  await jobs.settled();
  expect(release).toHaveBeenCalledOnce();
});

test('a job that is being gone on with, and does not run yet, is not removed', async () => {
  const loading = Promise.withResolvers<undefined>();
  const engine = { call: async () => ({}), model: null, target: { modelSha256: 'f'.repeat(64) } } as unknown as EngineSupervisor;
  const { jobs, add } = openJobs({ engine, loadModel: () => loading.promise });
  const { folder, record } = await add();
  const resumed = jobs.resume(record.id);
  await expect(jobs.discard(record.id)).rejects.toMatchObject({ code: 'busy' });
  loading.resolve(undefined);
  expect(await resumed).toMatchObject({ status: 'running' });
  expect(folder.exists).toBe(true);
});

test('a job is not gone on with on another model, such as a file that was replaced', async () => {
  const engine = { call: async () => ({}), model: {}, target: { modelSha256: 'e'.repeat(64) } } as unknown as EngineSupervisor;
  const { jobs, add } = openJobs({ engine });
  const { folder, record } = await add();
  await expect(jobs.resume(record.id)).rejects.toMatchObject({ code: 'conflict' });
  expect(await folder.read()).toMatchObject({ status: 'cancelled' });
});

test.each([
  ['is written', true],
  ['cannot be written', false],
])('where the record of a finished job %s, what it worked with goes: %s', async (_, writable) => {
  const tidy = vi.fn(async () => undefined);
  const { jobs, add } = openJobs({ work: async () => undefined, tidy });
  await jobs.begin(async () => {
    const made = await add();
    if (!writable) made.folder.write = () => Promise.reject(new Error('ENOSPC'));
    return made;
  });
  await jobs.settled();
  expect(tidy).toHaveBeenCalledTimes(writable ? 1 : 0);
  expect((await jobs.records())[0]).toMatchObject({ status: 'finished' });
});
