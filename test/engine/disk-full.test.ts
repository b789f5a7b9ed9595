/** A disk that fills up while a reply streams. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Notice } from '../../electron/contract/index.ts';
import { chat, finished, loadTestModel, pageSampling, startTestApp, streamed } from './support.ts';

/** A folder with room for `megabytes`; throws where it cannot be had. */
function mountSmall(megabytes: number): { folder: string; unmount(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'steady-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
  return {
    folder,
    unmount: () => {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function whyNot(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting a small disk needs root on Linux';
  try {
    mountSmall(1).unmount();
    return null;
  } catch {
    return 'this machine does not allow mounting';
  }
}
const reason = whyNot();

/** Leaves no free block. */
function fill(folder: string, name = 'filler'): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail > 0) writeFileSync(join(folder, name), Buffer.alloc(Number(bavail) * Number(bsize)));
}

describe.skipIf(reason !== null)(`a full disk${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test('the reply is marked or kept, the app says why and goes on, and works again once there is room', async () => {
    const { folder, unmount } = mountSmall(6);
    onTestFinished(unmount);
    const { app, dataDir } = await startTestApp((task) => onTestFinished(task), { dataDir: folder });
    await loadTestModel(app);
    const before = await chat(app, 'Name three rivers.');
    const notices: Notice[] = [];
    app.onEvent((name, payload) => {
      if (name === 'app.notice') notices.push(payload as Notice);
    });

    // As long as fits: it streams for some seconds.
    const sampling = pageSampling({ maxTokens: 1500 });
    const { conversation, userMessage, reply } = await app.handlers['chat.send']({
      conversationId: null,
      parentId: null,
      text: 'Tell me a very long story about a dog and its many friends.',
      sampling,
    });
    await streamed(app, reply.id, 20);
    fill(folder);
    // What streams from now on reaches the disk all the same: a kill would not lose it.
    const filledAt = (await app.store.messages.get(reply.id)).text.length;
    await expect
      .poll(async () => (await app.store.messages.get(reply.id)).text.length, { timeout: 60_000, interval: 20 })
      .toBeGreaterThan(filledAt + 200);
    expect(notices).toEqual([expect.objectContaining({ message: expect.stringMatching(/disk is full/i) })]);
    expect(existsSync(join(folder, 'disk-reserve-text'))).toBe(false);
    expect((await app.store.messages.get(reply.id)).state).toBe('streaming');

    fill(folder, 'more');
    // The log may have some room of its own left; use that up too.
    let full: unknown;
    for (let at = 0; at < 500 && full === undefined; at++) {
      const conversation = { title: 'x'.repeat(100), systemPrompt: 'x'.repeat(5000), sampling };
      await app.store.messages
        .startTurn({ conversation, parentId: null, text: 'x', modelName: null })
        .catch((error: unknown) => (full = error));
    }
    expect(full).toMatchObject({ code: 'disk-full' });
    const cut = await finished(app, reply.id);
    expect(cut).toMatchObject({ state: 'failed', error: { code: 'disk-full' } });
    expect(cut.text.length).toBeGreaterThan(20);
    // Said, and not over and over while it streamed.
    expect(notices.filter(({ message }) => /disk is full/i.test(message)).length).toBeGreaterThanOrEqual(1);
    expect(notices.length).toBeLessThanOrEqual(2);
    for (const { message } of notices) expect(message).toMatch(/disk is full/i);

    // Nothing new can be said, what was said can be read.
    await expect(chat(app, 'Hello')).rejects.toMatchObject({ code: 'disk-full' });
    expect((await app.handlers['conversations.open']({ id: before.conversationId })).messages).toHaveLength(2);
    expect(app.engine.state.status).toBe('ready');

    for (const name of ['filler', 'more']) rmSync(join(folder, name), { force: true });
    expect((await chat(app, 'Hello')).reply.state).toBe('done');
    // The reply that could not be stored is, now that it can.
    await expect
      .poll(() => app.store.messages.get(reply.id), { timeout: 20_000, interval: 200 })
      .toMatchObject({ state: 'done', text: cut.text, error: null, outcome: { verdict: expect.any(String) } });
    const next = await chat(app, 'Go on.', { conversationId: conversation.id, parentId: reply.id });
    expect(next.reply.state).toBe('done');
    await app.close();

    const { app: later } = await startTestApp((task) => onTestFinished(task), { dataDir });
    expect(await later.store.integrityCheck()).toEqual({ ok: true, problems: [] });
    expect((await later.handlers['conversations.open']({ id: conversation.id })).messages.map(({ id, state }) => [id, state])).toEqual([
      [userMessage.id, 'done'],
      [reply.id, 'done'],
      [next.userMessage.id, 'done'],
      [next.reply.id, 'done'],
    ]);
    await later.close();
  });
});
