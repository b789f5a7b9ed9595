/** The whole app, killed in mid-reply again and again: the database opens and no finished reply is lost. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../electron/store/index.ts';

const KILLS = 20;
const CHILD = join(import.meta.dirname, 'killed-app-child.ts');

/** Runs the app until some replies were finished and one is being written, kills it, and answers what it finished. */
function runAndKill(dataDir: string, after: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [CHILD, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const finished = new Map<string, number>();
  let pending = '';
  let written = 0;
  return new Promise((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (pending + chunk.toString()).split('\n');
      pending = lines.pop()!;
      for (const line of lines) {
        const [word, id, length] = line.split(' ');
        if (word === 'done') finished.set(id!, Number(length));
        else written++;
      }
      if (written >= after) child.kill('SIGKILL');
    });
    child.once('exit', () => resolve(finished));
  });
}

test(`${KILLS} kills in mid-reply lose no finished reply`, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'steady-killed-'));
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      // A different point of a reply each time.
      const finished = await runAndKill(dataDir, 10 + kill * 3);
      const store = await openStore({ path: join(dataDir, 'steady.db') });
      try {
        expect(await store.integrityCheck()).toEqual({ ok: true, problems: [] });
        for (const [id, length] of finished) {
          const message = await store.messages.get(id);
          expect(message.state).toBe('done');
          expect(message.text).toHaveLength(length);
        }
        expect(await store.messages.recoverInterrupted()).toBeLessThanOrEqual(1);
      } finally {
        await store.close();
      }
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
