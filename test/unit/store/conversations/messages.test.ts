import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { exportedConversation, type Reasoning } from '../../../../electron/contract/index.ts';
import { toMarkdown } from '../../../../electron/conversations/markdown.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../../../electron/store/index.ts';
import { rounds } from '../../../fixtures/rounds.ts';
import { countRefusals, done, failure, loggedRefusals, refusal, seedOf, startReply, temporaryFolder, temporaryStore } from '../helpers.ts';

describe('a reply that streams', () => {
  test('takes each piece once, whatever is sent again', async () => {
    const { store } = await temporaryStore();
    const { answer } = await startReply(store);
    const append = (offset: number, delta: string) => store.messages.appendText(answer.id, offset, delta);
    expect(await append(0, 'One 👋 ')).toBe(7);
    expect(await append(0, 'One 👋 ')).toBe(7);
    expect(await append(4, '👋 two')).toBe(10);
    expect(await append(10, '')).toBe(10);
    await expect(append(11, 'gap')).rejects.toEqual(failure('conflict'));
    expect(await store.messages.get(answer.id)).toMatchObject({ text: 'One 👋 two', state: 'streaming' });
  });

  test('ends once, with all that is known about it, and takes no more text', async () => {
    const { store } = await temporaryStore();
    const { answer } = await startReply(store);
    const outcome = {
      verdict: 'refused',
      cause: 'both',
      steered: true,
      protected: true,
      scores: [{ layer: 7, score: 0.5, gate: 1 }],
    } as const;
    const stats = {
      promptTokens: 10,
      cachedTokens: 4,
      generatedTokens: 3,
      timeToFirstTokenMs: 12.5,
      tokensPerSecond: null,
      contextUsed: 13,
      contextSize: 4096,
      droppedTurns: 0,
    };
    const finished = await store.messages.finish(answer.id, {
      state: 'done',
      text: 'All of it',
      outcome: { ...outcome, scores: [...outcome.scores] },
      stats,
      error: null,
      seed: 4_294_967_295,
    });
    expect(finished).toEqual({ ...answer, state: 'done', text: 'All of it', outcome, stats });
    expect(await store.messages.get(answer.id)).toEqual(finished);
    expect(await seedOf(store, answer.id)).toBe(4_294_967_295);
    await expect(store.messages.finish(answer.id, done('again'))).rejects.toEqual(failure('conflict'));
    await expect(store.messages.appendText(answer.id, 9, ' more')).rejects.toEqual(failure('conflict'));
  });

  test('and its refusal row are written together or not at all', async () => {
    const { store } = await temporaryStore();
    const { conversation, answer } = await startReply(store);
    const entry = refusal(conversation.id, answer.id);
    const broken = { ...entry, modelSha256: 'not a hash' };
    await expect(store.messages.finish(answer.id, { ...done('No.'), refusal: broken })).rejects.toEqual(failure('bad-input'));
    expect((await store.messages.get(answer.id)).state).toBe('streaming');
    expect(await countRefusals(store)).toBe(0);
    await store.messages.finish(answer.id, { ...done('No.'), refusal: entry });
    const { profileSha256, modelSha256, modelName, ...kept } = entry;
    const named = { profile: expect.objectContaining({ sha256: profileSha256 }), model: { sha256: modelSha256, name: modelName } };
    expect(await loggedRefusals(store)).toEqual([expect.objectContaining({ ...kept, ...named })]);
  });
});

const KILLS = rounds(8);
const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
interface Fact {
  id: string;
  text: string;
  finished: boolean;
}

/** Starts the writing child; `facts` grows with what it says is safe. */
function startWriter(path: string) {
  const child = spawn(process.execPath, [CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const facts: Fact[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => facts.push(JSON.parse(line) as Fact));
  const ended = new Promise<void>((resolve) => lines.on('close', resolve));
  const said = async (count: number) => {
    while (facts.length < count && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { facts, said, kill };
}

describe('recovery', () => {
  test('leaves alone what another live process writes, and stops it once that process is gone', async () => {
    const path = join(temporaryFolder(), 'steady.db');
    const writer = startWriter(path);
    await writer.said(3);
    const { store } = await temporaryStore(path);
    const mine = await startReply(store);
    expect(await store.messages.recoverInterrupted()).toBe(0);
    await writer.said(writer.facts.length + 3);
    await writer.kill();
    expect(await store.messages.recoverInterrupted()).toBeLessThanOrEqual(1);
    expect((await store.messages.get(mine.answer.id)).state).toBe('streaming');
    const [writing] = await store.conversations.list({ limit: 1, before: (await store.conversations.get(mine.conversation.id)).updatedAt });
    for (const { state } of writing ? (await store.conversations.open(writing.id)).messages : []) expect(state).not.toBe('streaming');
    expect(readdirSync(dirname(path)).filter((name) => name.includes('.writer-'))).toHaveLength(1);
  });

  test('another store of the same process is alive too, until it is closed', async () => {
    const { store, path } = await temporaryStore();
    const other = await openStore({ path });
    const { answer } = await startReply(other);
    await other.messages.appendText(answer.id, 0, 'Half of ');
    expect(await store.messages.recoverInterrupted()).toBe(0);
    await other.close();
    expect(await store.messages.recoverInterrupted()).toBe(1);
    const message = await store.messages.get(answer.id);
    expect(message).toMatchObject({ state: 'stopped', text: 'Half of ', error: { code: 'engine-crashed' } });
    expect(await store.conversations.search({ query: 'half', limit: 5 })).toHaveLength(1);
  });

  test(`${KILLS} kills while writing: the database is whole and nothing that was safe is missing`, async () => {
    const path = join(temporaryFolder(), 'steady.db');
    const finished = new Map<string, string>();
    let interrupted = 0;
    for (let round = 0; round < KILLS; round++) {
      const writer = startWriter(path);
      // A reply takes nine lines; some kills come before its end, others in a later one.
      await writer.said(3 + 3 * (round % 8));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      await writer.kill();
      expect(writer.facts.length).toBeGreaterThan(0);
      const store = await openStore({ path });
      expect(await store.integrityCheck()).toEqual({ ok: true, problems: [] });
      interrupted += await store.messages.recoverInterrupted();
      for (const fact of writer.facts) if (fact.finished) finished.set(fact.id, fact.text);
      for (const [id, text] of finished) expect(await store.messages.get(id)).toMatchObject({ state: 'done', text });
      const last = writer.facts.at(-1) as Fact;
      const kept = await store.messages.get(last.id);
      expect(kept.text.startsWith(last.text)).toBe(true);
      expect(['done', 'stopped']).toContain(kept.state);
      await store.close();
    }
    expect(interrupted).toBeGreaterThanOrEqual(KILLS / 4);
    expect(finished.size).toBeGreaterThanOrEqual(KILLS / 2);
  }, 900_000);
});

test('a reply of a conversation deleted meanwhile can still be finished', async () => {
  const { store } = await temporaryStore();
  const { conversation, answer } = await startReply(store);
  await store.conversations.delete(conversation.id);
  await store.messages.finish(answer.id, done('Late'));
  await store.conversations.restore(conversation.id);
  expect((await store.conversations.open(conversation.id)).messages.at(-1)).toMatchObject({ id: answer.id, text: 'Late' });
  await expect(store.messages.startReply(answer.id, null)).rejects.toEqual(failure('bad-input'));
});

describe('what a model thought before it replied', () => {
  const thought: Reasoning = { text: 'They ask about trees.', tokens: 5, milliseconds: 120, state: 'ended' };

  test('is written beside the reply as it streams, and stands apart from it at the end', async () => {
    const { store } = await temporaryStore();
    const { answer } = await startReply(store);
    expect(await store.messages.appendText(answer.id, 0, 'They ask', 'reasoning')).toBe(8);
    expect(await store.messages.appendText(answer.id, 6, 'sk about', 'reasoning')).toBe(14);
    await expect(store.messages.appendText(answer.id, 20, 'x', 'reasoning')).rejects.toEqual(failure('conflict'));
    await store.messages.appendText(answer.id, 0, 'A plant');
    expect(await store.messages.get(answer.id)).toMatchObject({
      text: 'A plant',
      reasoning: { text: 'They ask about', tokens: null, milliseconds: null, state: 'open' },
    });
    expect(await store.messages.finish(answer.id, { ...done('A plant.'), reasoning: thought })).toMatchObject({
      text: 'A plant.',
      reasoning: thought,
    });
  });

  test('is neither found by a search nor in Markdown, and goes through an export and back', async () => {
    const { store } = await temporaryStore();
    const { conversation, answer } = await startReply(store);
    await store.messages.finish(answer.id, { ...done('A plant.'), reasoning: thought });
    await store.conversations.update(conversation.id, { reasoning: 'off' });
    expect(await store.conversations.search({ query: 'about trees', limit: 5 })).toEqual([]);
    const exported = await store.transfer.read(conversation.id);
    expect([...toMarkdown(exported)].join('')).toContain('A plant.');
    expect([...toMarkdown(exported)].join('')).not.toContain('They ask');
    const { store: other } = await temporaryStore();
    await other.transfer.insert(exportedConversation.parse(JSON.parse(JSON.stringify(exported))));
    const again = await other.transfer.read(conversation.id);
    expect(again.messages).toEqual(exported.messages);
    expect(again.conversation.reasoning).toBe('off');
  });

  test('that was stopped before any reply can go on', async () => {
    const { store } = await temporaryStore();
    const { answer } = await startReply(store);
    const open: Reasoning = { ...thought, state: 'open' };
    await store.messages.finish(answer.id, { ...done(''), state: 'stopped', reasoning: open });
    expect((await store.messages.resumeReply(answer.id, 'A model')).reply).toMatchObject({ state: 'streaming', text: '', reasoning: open });
  });

  test('is chosen for a conversation, and given back to the model', async () => {
    const { store } = await temporaryStore();
    const { conversation } = await startReply(store);
    expect(conversation.reasoning).toBeUndefined();
    expect((await store.conversations.update(conversation.id, { reasoning: 'high' })).reasoning).toBe('high');
    expect((await store.conversations.update(conversation.id, { reasoning: null })).reasoning).toBeUndefined();
  });
});
