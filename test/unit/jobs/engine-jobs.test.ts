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
import { EngineLease } from '../../../electron/jobs/engine-lease.ts';
import { JobFolder } from '../../../electron/jobs/job-folder.ts';
import type { ProtectionService } from '../../../electron/protection/protection-service.ts';

type Progress = { secondsLeft: number | null };
type Options = EngineJobsOptions<JobRecord, JobFolder<JobRecord>, Progress>;

/** Jobs that go on until they are cancelled, and how often their lock was taken and given back. */
function openJobs(change: Partial<Options> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'steady-jobs-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const kind = { noun: 'job', root, lock: join(root, 'running'), schema: z.custom<JobRecord>() };
  const folderOf = (id: string) => new JobFolder(kind, id);
  const lease = new EngineLease();
  const release = vi.fn(async () => undefined);
  const lock = vi.fn(async () => ({ release }));
  const jobs = new EngineJobs<JobRecord, JobFolder<JobRecord>, Progress>({
    kind,
    article: 'A job',
    engine: { call: async () => ({}), model: null, target: null } as unknown as EngineSupervisor,
    lease,
    protection: {} as ProtectionService,
    events: new AppEvents(),
    folderOf,
    loadModel: async () => undefined,
    requireModel: async () => undefined,
    lock,
    work: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled')))),
    onChange: () => undefined,
    onProgress: () => undefined,
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
  return { jobs, add, lease, lock, release };
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

test('a job has the engine from its beginning to its end, and says how long it will still take', async () => {
  let report: ((progress: Progress) => void) | undefined;
  const ended = Promise.withResolvers<void>();
  const onProgress = vi.fn();
  const { jobs, add, lease } = openJobs({
    onProgress,
    work: (job) => {
      report = (progress) => job.report(progress);
      return ended.promise;
    },
  });
  const record = await jobs.begin(() => {
    expect(lease.holder?.what).toBe('A job is running');
    return add();
  });
  report!({ secondsLeft: 600 });
  expect(onProgress).toHaveBeenCalledWith({ secondsLeft: 600 });
  expect(jobs.now(record).progress).toEqual({ secondsLeft: 600 });
  await expect(jobs.begin(add)).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringContaining('about 10 minutes left') as string,
  });
  ended.resolve();
  await jobs.settled();
  expect(lease.holder).toBeNull();
});

test.each([
  ['cannot begin', { lock: () => Promise.reject(new SteadyError('busy', 'Another Steady is at it.')) }],
  ['fails', { work: () => Promise.reject(new Error('full')) }],
  ['loses its engine', { work: () => Promise.reject(new SteadyError('engine-crashed', 'The engine stopped.')) }],
  [
    'finds its engine gone when the profile is put back',
    { engine: { call: () => Promise.reject(new SteadyError('engine-crashed', 'Gone.')) } as never },
  ],
])('a job that %s gives the engine back before that is told', async (_, change) => {
  const held: unknown[] = [];
  const { jobs, add, lease } = openJobs({ work: async () => undefined, onChange: () => held.push(lease.holder), ...change });
  await jobs.begin(add).catch(() => undefined);
  await jobs.settled();
  expect(lease.holder).toBeNull();
  if (held.length > 0) expect(held.at(-1)).toBeNull();
  lease.acquire({ what: 'Another is running', hint: '' });
});

test('while a reply is being written no job begins, and nothing of it stays', async () => {
  const { jobs, add, lease, lock } = openJobs();
  const reply = lease.share({ what: 'A reply is being written', hint: 'Wait for it.' });
  const prepare = vi.fn(add);
  await expect(jobs.begin(prepare)).rejects.toMatchObject({ code: 'busy', hint: 'Wait for it.' });
  expect(prepare).not.toHaveBeenCalled();
  expect(lock).not.toHaveBeenCalled();
  reply.release();
  await jobs.begin(prepare);
});
