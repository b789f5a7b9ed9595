/** The whole app killed in the middle of replies, time and again in the same folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../electron/store/index.ts';
import { rounds } from '../fixtures/rounds.ts';
import { temporaryFolder } from './support.ts';

/** Each of the four moments below. */
const KILLS = 4 * rounds(1);
/** A reply is flushed every half second; the write and a busy machine take their time too. */
const MOST_LOST_MS = 1000;

interface Fact {
  kind: 'delta' | 'ready' | 'sent' | 'finished';
  replyId: string;
  engine: number;
  at: number;
  offset: number;
  delta: string;
  state: string;
  text: string;
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Runs the app until it has streamed for `ms` milliseconds in a reply of its second kind, then kills it. */
async function runAndKill(dataDir: string, ms: number): Promise<{ facts: Fact[]; killedAt: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'app-child.ts'), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const facts: Fact[] = [];
  let killedAt = 0;
  for await (const line of createInterface(child.stdout)) {
    facts.push(JSON.parse(line) as Fact);
    const sent = facts.filter(({ kind }) => kind === 'sent').length;
    const streaming = facts.find(
      ({ kind, replyId }) => kind === 'delta' && replyId === facts.findLast((fact) => fact.kind === 'sent')?.replyId,
    );
    if (killedAt === 0 && sent >= 2 && streaming !== undefined) {
      killedAt = -1;
      void delay(ms).then(() => {
        killedAt = Date.now();
        child.kill('SIGKILL');
      });
    }
  }
  if (child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  // The engine notices that its app is gone, and goes too.
  const engine = facts.find(({ kind }) => kind === 'ready')!.engine;
  for (let waited = 0; isAlive(engine); waited += 50) {
    expect(waited).toBeLessThan(10_000);
    await delay(50);
  }
  return { facts, killedAt };
}

test('the database opens and is whole, nothing finished is lost, and at most a second of what streamed', async () => {
  const dataDir = temporaryFolder((task) => onTestFinished(task));
  const finished = new Map<string, string>();
  const cut = new Map<string, string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const { facts, killedAt } = await runAndKill(dataDir, [50, 300, 700, 1300][kill % 4]!);
    for (const { kind, replyId, text, state } of facts) {
      if (kind !== 'finished') continue;
      expect(state).toBe('done');
      finished.set(replyId, text);
    }
    const sent = facts.filter(({ kind }) => kind === 'sent').map(({ replyId }) => replyId);
    const open = sent.find((id) => !finished.has(id))!;
    const streamed = (until: number) =>
      facts
        .filter((fact) => fact.kind === 'delta' && fact.replyId === open && fact.at <= until)
        .reduce((text, { delta }) => text + delta, '');

    const store = await openStore({ path: join(dataDir, 'steady.db') });
    try {
      expect(await store.messages.recoverInterrupted()).toBe(1);
      for (const [id, text] of finished) expect(await store.messages.get(id)).toMatchObject({ state: 'done', text, error: null });
      const reply = await store.messages.get(open);
      expect(reply).toMatchObject({ state: 'stopped', error: { message: expect.stringMatching(/before this reply was finished/) } });
      expect(streamed(Infinity).startsWith(reply.text)).toBe(true);
      expect(reply.text.length).toBeGreaterThanOrEqual(streamed(killedAt - MOST_LOST_MS).length);
      for (const [id, text] of cut) expect((await store.messages.get(id)).text).toBe(text);
      cut.set(open, reply.text);
      expect(await store.integrityCheck()).toEqual({ ok: true, problems: [] });
    } finally {
      await store.close();
    }
  }
  expect(finished.size).toBeGreaterThanOrEqual(KILLS);
  // The late kills did find text that had been kept.
  expect([...cut.values()].filter((text) => text.length > 20).length).toBeGreaterThanOrEqual(KILLS / 4);
});
