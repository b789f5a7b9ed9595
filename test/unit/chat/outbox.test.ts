/** A disk that stays full until the app ends: a refused reply and its row of the log are stored with the room of the reserve. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DiskReserve, RESERVE_BYTES } from '../../../electron/chat/disk-reserve.ts';
import { Outbox } from '../../../electron/chat/outbox.ts';
import { openStore } from '../../../electron/store/index.ts';
import { done, loggedRefusals, startReply, verifyLog } from '../store/helpers.ts';
import { entry, temporaryFolder } from '../store/refusals/helpers.ts';

function mountSmall(folder: string, megabytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
}

function whyNot(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting a small disk needs root on Linux';
  const tasks: (() => void)[] = [];
  try {
    const probe = temporaryFolder((task) => tasks.push(task));
    mountSmall(probe, 1);
    execFileSync('umount', [probe]);
    return null;
  } catch {
    return 'this machine does not allow mounting';
  } finally {
    for (const task of tasks) task();
  }
}
const reason = whyNot();

describe.skipIf(reason !== null)(`a full disk${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test('until the end: the reserve takes what is left', async () => {
    const folder = temporaryFolder(onTestFinished);
    mountSmall(folder, 6);
    onTestFinished(() => void execFileSync('umount', ['-l', folder]));
    const path = join(folder, 'steady.db');
    const store = await openStore({ path });
    const reserve = new DiskReserve(join(folder, 'disk-reserve'));
    const { conversation, answer } = await startReply(store);
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(join(folder, 'filler'), Buffer.alloc(Number(bavail) * Number(bsize)));
    // The log may have some room of its own left; use that up too.
    for (let full = false, at = 0; !full && at < 500; at++) {
      await startReply(store, 'x'.repeat(5000)).catch(() => (full = true));
    }
    const finish = { ...done('I cannot help with that.'), refusal: entry({ conversationId: conversation.id, messageId: answer.id }) };
    await expect(store.messages.finish(answer.id, finish)).rejects.toMatchObject({ code: 'disk-full' });

    const outbox = new Outbox(store.messages);
    const stored: string[] = [];
    outbox.add(answer.id, finish, ({ id }) => stored.push(id));
    expect(await outbox.close(reserve)).toEqual({ replies: 0, refusals: 0 });
    expect(stored).toEqual([answer.id]);
    await store.close();

    rmSync(join(folder, 'filler'));
    const again = await openStore({ path });
    onTestFinished(() => again.close());
    expect(await again.messages.get(answer.id)).toMatchObject({ state: 'done' });
    expect(await loggedRefusals(again)).toMatchObject([{ messageId: answer.id, cause: 'steered' }]);
    expect(await verifyLog(again)).toMatchObject({ ok: true });
  });

  test('so full that not even the reserve helps: it says what is lost', async () => {
    const outbox = new Outbox({ finish: () => Promise.reject(Object.assign(new Error('full'), { code: 'SQLITE_FULL' })) } as never);
    const reserve = new DiskReserve(join(temporaryFolder(onTestFinished), 'disk-reserve'));
    outbox.add('a', { ...done(''), refusal: entry() }, () => undefined);
    outbox.add('b', done(''), () => undefined);
    expect(await outbox.close(reserve)).toEqual({ replies: 2, refusals: 1 });
  });
});

test('the reserve holds its room, is made once, and goes when it is needed', () => {
  const path = join(temporaryFolder(onTestFinished), 'disk-reserve');
  const reserve = new DiskReserve(path);
  expect(existsSync(path)).toBe(true);
  new DiskReserve(path).release();
  expect(existsSync(path)).toBe(false);
  reserve.release();
  expect(RESERVE_BYTES).toBeLessThan(2 ** 20);
});
