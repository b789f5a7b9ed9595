/** A data folder with a refusal log in it, written through the store as the app writes it. */
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { heatByte, lengthBytes, type HeatedReading, type LoggedCause } from '../../electron/contract/index.ts';
import { openDatabase } from '../../electron/store/database/database.ts';
import { createRefusals } from '../../electron/store/refusals/log.ts';
import { openStore, type RefusalEntry, type Store } from '../../electron/store/index.ts';
import { addTurn, newConversation } from '../fixtures/turns.ts';

const MODEL = { sha256: 'b'.repeat(64), name: 'A model' };
const RARE_MODEL = { sha256: 'c'.repeat(64), name: 'Another model' };
const PROFILE = { sha256: 'a'.repeat(64), name: 'Shipped profile' };
const HOUR_MS = 3_600_000;
const CAUSES = ['steered', 'steered', 'model', 'steered', 'both', 'answered'] as const satisfies readonly LoggedCause[];
const PROMPTS = [
  'How do I kill a process that does not answer?',
  'Which household chemicals must never be mixed, for a safety leaflet?',
  'Write a story in which a thief regrets what he did.',
  'How do locks work, and why are some hard to pick?',
  'What does a nurse have to know about opioid doses?',
];

/** A reading in which a few words stand out, one of them most. */
function readingOf(prompt: string, refused: boolean): HeatedReading {
  const parts = prompt.match(/\s*\S+/gu) ?? [];
  const standing = parts.findIndex((part) => /kill|mixed|thief|locks|opioid/u.test(part));
  const scores = parts.map((_, at) => (at === standing ? 1.6 : Math.abs(at - standing) === 1 ? 0.4 : ((at * 7) % 12) / 4 - 3.5));
  const u = refused ? 1.3 : -0.7;
  return {
    tokens: parts.length + 1,
    text: [0, parts.length],
    u,
    probes: [{ probe: 0, u: 1.6, at: Math.max(standing, 0), confirmed: true }],
    second: u,
    heat: {
      first: 0,
      start: 0,
      lengths: Buffer.from(lengthBytes([...parts.map(({ length }) => length), 0])).toString('base64'),
      scores: Buffer.from(Uint8Array.from([...scores, -1], heatByte)).toString('base64'),
    },
  };
}

function entry(row: number, count: number, now: number): RefusalEntry {
  const cause = CAUSES[row % CAUSES.length]!;
  const open = cause === 'model' ? 0 : 1;
  const model = row % 50 === 7 ? RARE_MODEL : MODEL;
  return {
    conversationId: randomUUID(),
    messageId: randomUUID(),
    prompt: `${PROMPTS[row % PROMPTS.length]!} (${row})`,
    reply: cause === 'answered' ? 'Here is what is known in general.' : 'I cannot help with that.',
    cause,
    verdict: cause === 'answered' ? 'complied' : 'refused',
    scores: [6, 7, 8, 9, 10].map((layer) => ({
      layer,
      score: open * (0.9 - Math.abs(8 - layer) / 4) + (row % 10) / 100,
      gate: open * Math.max(0, 1 - Math.abs(8 - layer) / 2),
    })),
    // Some rows are from before readings were kept.
    reading: row % 11 === 3 ? null : readingOf(`${PROMPTS[row % PROMPTS.length]!} (${row})`, cause !== 'model'),
    profileSha256: PROFILE.sha256,
    profileName: PROFILE.name,
    modelSha256: model.sha256,
    modelName: model.name,
    createdAt: now - (count - row) * HOUR_MS,
    storeText: row % 17 !== 4,
  };
}

/** The number of the last row is `count`; row n was logged before row n + 1, an hour apart. */
export async function seedLog(dataDir: string, count: number): Promise<void> {
  const db = await openDatabase(join(dataDir, 'steady.db'));
  try {
    const refusals = createRefusals(db);
    const now = Date.now();
    for (let from = 1; from <= count; from += 5000) {
      db.transaction(() => {
        for (let row = from; row < Math.min(from + 5000, count + 1); row++) refusals.within.append(entry(row, count, now));
      }).immediate();
    }
    refusals.within.recordHead();
  } finally {
    db.close();
  }
}

/** As a file of a version that did not write question and reply at once may hold it. */
async function seedUnanswered({ transfer }: Store): Promise<string> {
  const id = randomUUID();
  const createdAt = Date.now() - HOUR_MS;
  const question = {
    id: randomUUID(),
    conversationId: id,
    parentId: null,
    role: 'user',
    text: 'Say hello.',
    state: 'done',
    createdAt,
  } as const;
  const nothing = { modelName: null, outcome: null, stats: null, error: null, seed: null };
  const place = { pinned: false, archived: false, folderId: null, tags: [] };
  const times = { createdAt, updatedAt: createdAt };
  await transfer.insert({
    conversation: { id, ...newConversation('A message without a reply'), ...times, ...place, activeLeafId: question.id },
    messages: [{ ...question, ...nothing }],
  });
  return id;
}

/** A conversation whose last turn was refused and logged, and one whose last message never got a reply. */
export async function seedConversations(dataDir: string): Promise<{ refused: string; unanswered: string }> {
  const store = await openStore({ path: join(dataDir, 'steady.db') });
  try {
    const turn = { conversation: newConversation('A refused request'), parentId: null, text: PROMPTS[0]!, modelName: MODEL.name };
    const { conversation, userMessage: asked, reply } = await store.messages.startTurn(turn);
    const refusal = {
      ...entry(1, 1, Date.now()),
      conversationId: conversation.id,
      messageId: reply.id,
      prompt: asked.text,
      reading: readingOf(asked.text, true),
    };
    await store.messages.finish(reply.id, {
      state: 'done',
      text: refusal.reply,
      outcome: { verdict: 'refused', cause: 'steered', steered: true, protected: true, scores: refusal.scores, reading: refusal.reading },
      stats: null,
      error: null,
      refusal: { ...refusal, cause: 'steered' },
    });
    return { refused: conversation.id, unanswered: await seedUnanswered(store) };
  } finally {
    await store.close();
  }
}

/** A reply in which nearly everything that Markdown has stands once, some of it wider than the page. */
const RICH_REPLY = [
  '# Bread\n\nA *plain* loaf, **step by step**, with `flour` and [a book](https://example.com).',
  '- [x] weigh the flour\n- [ ] knead\n  - [ ] wait\n\n1. one\n2. two\n\n> Bake it hot.\n>\n> > Hotter.',
  `| ${Array.from({ length: 14 }, (_, column) => `Column number ${column + 1}`).join(' | ')} |\n|${'---|'.repeat(14)}\n|${' some grams |'.repeat(14)}`,
  '| a | b |\n|--:|:-:|\n| 1 | 2 |',
  '```ts\n// how long it rests\nconst minutes: number = rest(/dough/u, "warm", { until: true }); // long\n```',
  '```py\n# until it has doubled\ndef rest(dough, warm=True):\n    return 45 * dough\n```',
  `$$\\sum_{i=1}^{n} ${Array.from({ length: 60 }, (_, term) => `x_{${term}}`).join(' + ')}$$`,
  '- a list with code\n\n  ```sh\n  # in it\n  ls\n  ```\n\nH<sub>2</sub>O, press <kbd>Enter</kbd>.\n\n---\n\nDone.',
].join('\n\n');

/** A conversation whose reply is rich Markdown. Returns its id. */
export async function seedRichReply(dataDir: string): Promise<string> {
  const store = await openStore({ path: join(dataDir, 'steady.db') });
  try {
    const turn = { conversation: newConversation('Bread'), text: 'How do I bake bread?', reply: RICH_REPLY, modelName: MODEL.name };
    const { conversation } = await addTurn(store, turn);
    return conversation.id;
  } finally {
    await store.close();
  }
}
