/** SIGKILL in the middle of logging, and of exporting: the chain is valid, no row is lost, no half file has a whole one's name. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { verifyBundle } from '../../../../electron/store/refusals/export/bundle/verify.ts';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { rounds } from '../../../fixtures/rounds.ts';
import { entry, seeded, temporaryFolder, openedLog } from './helpers.ts';

const KILLS = rounds(8);

/** Runs the child until it has said `lines` lines and `delayMs` more have passed; answers what it said. */
async function runAndKill(args: string[], lines: number, delayMs: number): Promise<Record<string, unknown>[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.split('\n').length > lines) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  return said
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function open(path: string) {
  const db = await openDatabase(path);
  return { db, log: openedLog(db), close: () => db.close() };
}

test(`${KILLS} kills while logging`, async () => {
  const path = join(temporaryFolder(onTestFinished), 'steady.db');
  const random = seeded(4);
  const safe = new Map<number, string>();
  for (let kill = 0; kill < KILLS; kill++) {
    for (const { seq, hash, removed } of await runAndKill(['log', path], 2 + random(12), random(8))) {
      if (typeof seq === 'number') safe.set(seq, hash as string);
      for (const gone of (removed ?? []) as number[]) safe.set(gone, 'removed');
    }
    const { db, log, close } = await open(path);
    try {
      expect(await log.verifyChain()).toMatchObject({ ok: true, faults: [] });
      const rows = new Map(
        db.prepare('SELECT r.seq, l.hash FROM refusals r JOIN refusal_log l ON l.seq = r.seq').raw().all() as [number, string][],
      );
      for (const [seq, hash] of safe) {
        // A removal that the child had no time to tell of is no loss: the chain says that it was one.
        if (hash !== 'removed' && rows.has(seq)) expect(rows.get(seq)).toBe(hash);
        else expect(rows.has(seq)).toBe(false);
      }
    } finally {
      close();
    }
  }
  expect(safe.size).toBeGreaterThan(KILLS);
}, 900_000);

test(`${KILLS} kills while exporting`, async () => {
  const folder = temporaryFolder(onTestFinished);
  const path = join(folder, 'steady.db');
  const { log, close } = await open(path);
  for (let i = 0; i < 400; i++) log.append(entry({ prompt: 'x'.repeat(2000) }));
  close();
  const random = seeded(5);
  const out = join(folder, 'out');
  let halfWritten = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await runAndKill(['export', path, out], 1 + random(2), random(60));
    if (existsSync(`${out}.bundle`)) expect(await verifyBundle(`${out}.bundle`)).toMatchObject({ ok: true, refusals: 400 });
    if (existsSync(`${out}.csv`)) expect(readFileSync(`${out}.csv`, 'utf8').split('\r\n')).toHaveLength(402);
    if (existsSync(`${out}.jsonl`)) expect(readFileSync(`${out}.jsonl`, 'utf8').split('\n')).toHaveLength(401);
    for (const name of readdirSync(folder)) {
      if (name.startsWith('out') && name.includes('.partial-')) halfWritten++;
      if (name.startsWith('out')) rmSync(join(folder, name));
    }
    const again = await open(path);
    expect(await again.log.verifyChain()).toMatchObject({ ok: true });
    again.close();
  }
  // Some were really hit in the middle.
  expect(halfWritten).toBeGreaterThan(0);
}, 900_000);
