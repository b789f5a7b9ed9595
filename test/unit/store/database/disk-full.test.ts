import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../../../electron/store/index.ts';
import { addConversation, countRefusals, done, failure, refusal, startReply, temporaryFolder, verifyLog } from '../helpers.ts';

/** A folder with room for `megabytes`, or the reason why there is none. */
function smallDisk(megabytes: number): string {
  const folder = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

function whyNot(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting a small disk needs root on Linux';
  try {
    const probe = join('/tmp', `steady-mount-${process.pid}`);
    execFileSync('mkdir', ['-p', probe]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { stdio: 'pipe' });
    execFileSync('umount', [probe]);
    rmSync(probe, { recursive: true });
    return null;
  } catch {
    return 'this machine does not allow mounting';
  }
}
const reason = whyNot();

/** Leaves no free block. */
function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail > 0) writeFileSync(join(folder, 'filler'), Buffer.alloc(Number(bavail) * Number(bsize)));
}

describe.skipIf(reason !== null)(`a full disk${reason ? ` (skipped: ${reason})` : ''}`, () => {
  test('is reported, loses nothing that was saved, and is over once there is room', async () => {
    const folder = smallDisk(4);
    const path = join(folder, 'steady.db');
    const store = await openStore({ path });
    onTestFinished(() => store.close());
    const { conversation, answer } = await startReply(store);
    await store.messages.appendText(answer.id, 0, 'Saved before. ');
    fill(folder);

    // The log may have some room left inside the file; use that up too.
    const saved: string[] = [];
    let error: unknown;
    for (let i = 0; i < 2000 && !error; i++) {
      const text = `Message ${i} ${'x'.repeat(5000)}`;
      await store.messages.startTurn({ conversation: conversation.id, parentId: null, text, modelName: null }).then(
        ({ userMessage }) => saved.push(userMessage.id),
        (reason: unknown) => (error = reason),
      );
    }
    expect(error).toEqual(failure('disk-full'));
    const last = { ...done('Saved before. And after.'), refusal: refusal(conversation.id, answer.id, { reply: 'x'.repeat(50_000) }) };
    await expect(store.messages.finish(answer.id, last)).rejects.toEqual(failure('disk-full'));
    expect(await store.messages.get(answer.id)).toMatchObject({ state: 'streaming', text: 'Saved before. ' });
    expect(await countRefusals(store)).toBe(0);

    rmSync(join(folder, 'filler'), { force: true });
    expect(await store.messages.finish(answer.id, last)).toMatchObject({ state: 'done', text: last.text });
    for (const id of saved) expect((await store.messages.get(id)).text).toHaveLength(5000 + `Message ${saved.indexOf(id)} `.length);
    expect(await store.integrityCheck()).toEqual({ ok: true, problems: [] });
    expect(await verifyLog(store)).toMatchObject({ ok: true, checked: 1 });
  });

  test('when opening: says so, and opens once there is room', async () => {
    const folder = smallDisk(2);
    const path = join(folder, 'steady.db');
    const first = await openStore({ path });
    const { id } = await addConversation(first, 'Kept');
    await first.close();
    fill(folder);
    await expect(openStore({ path })).rejects.toEqual(failure('disk-full'));
    await expect(openStore({ path: join(folder, 'new.db') })).rejects.toEqual(failure('disk-full'));
    rmSync(join(folder, 'filler'));
    const again = await openStore({ path });
    expect((await again.conversations.get(id)).title).toBe('Kept');
    await again.close();
  });
});
