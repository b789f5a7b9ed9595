/** The lock against other processes: real files, and a real process that is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockJobs } from '../../../electron/jobs/lock.ts';

function lockPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'steady-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'made-when-needed', 'running');
}
const options = { article: 'A calibration', onLost: () => undefined };

test('one at a time; the next one comes in once it is given back', async () => {
  const path = lockPath();
  const first = await lockJobs(path, options);
  await expect(lockJobs(path, { ...options, patienceMs: 0 })).rejects.toMatchObject({
    code: 'busy',
    message: 'A calibration is running in another copy of Steady with the same data folder.',
  });
  const waiting = lockJobs(path, options);
  await first.release();
  await (await waiting).release();
});

test('the lock of a process that was killed is taken over', async () => {
  const path = lockPath();
  const source = `import { lockJobs } from ${JSON.stringify(join(import.meta.dirname, '../../../electron/jobs/lock.ts'))};
    await lockJobs(${JSON.stringify(path)}, { article: 'A job', onLost() {} });
    process.stdout.write('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await lockJobs(path, options)).release();
}, 60_000);
