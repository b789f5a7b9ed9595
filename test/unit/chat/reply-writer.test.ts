/** A reply that streams while the disk is full, over a real store on a real small disk. */
import { execFileSync } from 'node:child_process';
import { existsSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DiskReserve } from '../../../electron/chat/disk-reserve.ts';
import { ReplyWriter } from '../../../electron/chat/reply-writer.ts';
import { openStore } from '../../../electron/store/index.ts';
import { done, startReply, temporaryFolder } from '../store/helpers.ts';

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A disk of a few megabytes; null where this machine does not allow mounting one. */
function smallDisk(): string | null {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

function fill(folder: string, name: string): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, name), Buffer.alloc(Number(bavail) * Number(bsize)));
}

describe.skipIf(!canMount)('on a full disk', () => {
  test('text reaches it with the room of the reserve, which is said once; without a reserve the next piece waits for room', async (context) => {
    const folder = smallDisk();
    if (folder === null) return context.skip('this machine does not allow mounting');
    const store = await openStore({ path: join(folder, 'steady.db') });
    onTestFinished(() => store.close());
    const reserve = new DiskReserve(join(folder, 'reserve'));
    const { answer } = await startReply(store);
    const errors: unknown[] = [];
    const writer = new ReplyWriter(store.messages, answer.id, reserve, (error) => errors.push(error));
    fill(folder, 'filler');
    let text = '';
    const push = (piece: string) => {
      writer.push(piece);
      text += piece;
    };
    const stored = async () => (await store.messages.get(answer.id)).text;

    // More than the log has room for in pages that it holds already.
    push('x'.repeat(20_000));
    await vi.waitFor(async () => expect(await stored()).toBe(text), { timeout: 20_000, interval: 50 });
    expect(existsSync(join(folder, 'reserve'))).toBe(false);
    expect(errors).toEqual([expect.objectContaining({ code: 'disk-full' })]);
    push('y'.repeat(20_000));
    await vi.waitFor(async () => expect(await stored()).toBe(text), { timeout: 20_000, interval: 50 });

    fill(folder, 'more');
    push('z'.repeat(20_000));
    await writer.close();
    await expect(writer.finish(done(text))).rejects.toMatchObject({ code: 'disk-full' });
    expect(await stored()).toBe(text.replaceAll('z', ''));
    expect(errors).toHaveLength(1);
  });

  test('a short reply ends with the room of the reserve', async (context) => {
    const folder = smallDisk();
    if (folder === null) return context.skip('this machine does not allow mounting');
    const store = await openStore({ path: join(folder, 'steady.db') });
    onTestFinished(() => store.close());
    const reserve = new DiskReserve(join(folder, 'reserve'));
    const { answer } = await startReply(store);
    const errors: unknown[] = [];
    const writer = new ReplyWriter(store.messages, answer.id, reserve, (error) => errors.push(error));
    fill(folder, 'filler');
    const text = 'x'.repeat(20_000);
    writer.push(text);
    expect(await writer.finish(done(text))).toMatchObject({ state: 'done', text });
    expect(errors).toHaveLength(1);
  });
});

test('text that is taken back is gone from the store at once, and what follows is stored from the beginning', async () => {
  const store = await openStore({ path: join(temporaryFolder(), 'steady.db') });
  onTestFinished(() => store.close());
  const { answer } = await startReply(store);
  const errors: unknown[] = [];
  const writer = new ReplyWriter(store.messages, answer.id, new DiskReserve(join(temporaryFolder(), 'reserve')), (error) =>
    errors.push(error),
  );
  const stored = async () => (await store.messages.get(answer.id)).text;
  writer.push('What nobody should read');
  await vi.waitFor(async () => expect(await stored()).toBe('What nobody should read'), { timeout: 20_000, interval: 50 });
  writer.restart();
  await writer.close();
  expect(await stored()).toBe('');
  writer.push('No.');
  await vi.waitFor(async () => expect(await stored()).toBe('No.'), { timeout: 20_000, interval: 50 });
  await writer.finish(done('No.'));
  expect(errors).toEqual([]);
  await expect(store.messages.takeBackText(answer.id)).rejects.toMatchObject({ code: 'conflict' });
  expect(await stored()).toBe('No.');
});
