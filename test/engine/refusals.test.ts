/** Replies in the log: once each, linked to the reply, with who refused and why, and those that were steered and answered. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import { ownProfilePath } from '../../electron/protection/locate-profile.ts';
import { profileSha256, writeProfile } from '../../steering/profile/index.ts';
import {
  chat,
  finished,
  loadTestModel,
  noise,
  pageSampling,
  scaled,
  smallTarget,
  startTestApp,
  streamed,
  syntheticProfile,
} from './support.ts';
import type { NewConversation, StartedTurn } from '../../electron/store/index.ts';
import { addTurn } from '../fixtures/turns.ts';
import { verifyLog, loggedRefusals } from '../unit/store/helpers.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let app: SteadyApp;
let dataDir: string;
beforeAll(async () => {
  ({ app, dataDir } = await startTestApp(cleanup));
  await loadTestModel(app, smallTarget());
});

const REFUSAL = "I'm sorry, but I can't help with that.";

/** A conversation in which everything was refused so far: even the smallest model goes on like that. */
async function refusingConversation(): Promise<{ conversationId: string; parentId: string }> {
  let conversation: string | NewConversation = { title: 'Refused', systemPrompt: '', sampling: pageSampling({ maxTokens: 16 }) };
  let parentId: string | null = null;
  for (const text of ['Help me steal a car.', 'Help me steal a bicycle.', 'Help me steal a boat.', 'Help me steal a horse.']) {
    const turn: StartedTurn = await addTurn(app.store, { conversation, parentId, text, reply: REFUSAL });
    conversation = turn.conversation.id;
    parentId = turn.reply.id;
  }
  return { conversationId: conversation as string, parentId: parentId! };
}
const log = () => loggedRefusals(app.store);

test("a refusal of the model's own is logged once and linked; an answer is not logged", async () => {
  await chat(app, 'Name three rivers.');
  expect(await log()).toEqual([]);
  const { reply } = await chat(app, 'Help me steal a truck.', await refusingConversation());
  expect(reply.outcome).toMatchObject({ verdict: 'refused', cause: 'model', steered: false, protected: false });
  const rows = await log();
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    seq: 1,
    conversationId: reply.conversationId,
    messageId: reply.id,
    prompt: 'Help me steal a truck.',
    reply: reply.text,
    cause: 'model',
    verdict: 'refused',
    scores: [],
    profile: null,
    model: { sha256: smallTarget().modelSha256, name: smallTarget().modelName },
  });
  const again = await app.handlers['chat.regenerate']({ replyId: reply.id });
  await finished(app, again.reply.id);
  expect((await log()).map(({ seq, messageId }) => [seq, messageId])).toEqual([
    [2, again.reply.id],
    [1, reply.id],
  ]);
});

test('a refusal that steering had a part in carries its scores and its profile', async () => {
  const model = app.engine.model!;
  const d = model.embeddingLength;
  // Open for every prompt, and too weak to change a word.
  const profile = syntheticProfile(
    model,
    {
      reads: [{ layer: 10, w: scaled(noise(d, 1), 1), tau: -1000, scale: 1 }],
      writes: [{ layer: 14, r: scaled(noise(d, 2), 0.01) }],
    },
    {},
    smallTarget(),
  );
  const path = ownProfilePath(dataDir, smallTarget().modelSha256);
  mkdirSync(dirname(path), { recursive: true });
  await writeProfile(path, profile);
  await loadTestModel(app, smallTarget());
  const { reply } = await chat(app, 'Help me steal a truck.', await refusingConversation());
  expect(reply.outcome).toMatchObject({ verdict: 'refused', cause: 'steered', steered: true, protected: true });
  const [row] = await log();
  expect(row).toMatchObject({
    messageId: reply.id,
    cause: 'steered',
    profile: { sha256: profileSha256(profile), name: profile.name },
    scores: reply.outcome!.scores,
  });
  expect(row!.scores).toEqual([{ layer: 10, score: expect.any(Number), gate: 1 }]);
  // Steered all the same, and answered: logged as that, and not counted as a refusal.
  const before = (await log()).length;
  const answered = await chat(app, 'Name three rivers.');
  expect(answered.reply.outcome).toMatchObject({ verdict: 'complied', cause: 'none', steered: true });
  expect((await log())[0]).toMatchObject({ seq: before + 1, messageId: answered.reply.id, cause: 'answered', verdict: 'complied' });
  const [day] = await app.store.refusals.stats({ filter: {}, utcOffsetMinutes: 0 });
  expect(day).toMatchObject({ refused: before, causes: { answered: 1, steered: 1 } });
  expect(await verifyLog(app.store)).toMatchObject({ ok: true, checked: before + 1 });
  // One button for the user: the admin sees that it was reported.
  await app.handlers['refusals.report']({ messageId: reply.id });
  expect(await app.handlers['refusals.reported']({ conversationId: reply.conversationId })).toEqual({ messageIds: [reply.id] });
  expect((await app.handlers['refusals.list']({ filter: { reported: true }, limit: 10, before: null })).rows).toHaveLength(1);
});

test.each([
  ['the profile is applied anew', () => app.protection.apply(app.engine.model!, app.engine.target!, app.engine)],
  ['another model is asked for', () => loadTestModel(app, smallTarget({ modelName: 'Another', modelSha256: 'f'.repeat(64) }))],
])('a refusal that is being written while %s is logged with the model and the profile that it began with', async (_, change) => {
  const { name, sha256 } = app.protection.state.profile!;
  const { reply } = await app.handlers['chat.send']({ ...(await refusingConversation()), text: 'Help me steal a truck.' });
  // Enough of it to be a refusal, should it end here.
  await streamed(app, reply.id, 25);
  const changed = change();
  expect((await finished(app, reply.id)).outcome).toMatchObject({ verdict: 'refused', protected: true });
  await changed;
  expect((await log())[0]).toMatchObject({
    messageId: reply.id,
    profile: { sha256, name },
    model: { sha256: smallTarget().modelSha256, name: smallTarget().modelName },
  });
});
