/** The playground: what is typed is read once it pauses, replies come as they are written, and words say what came of them. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import './support/browser.ts';
import {
  SteadyError,
  type Handlers,
  type PageContract,
  type PlaygroundReading,
  type PlaygroundReply,
} from '../../../electron/contract/index.ts';
import { keptWords, replyWords, strengthWords, thresholdWords } from '../../../renderer/lib/components/playground/words.ts';
import { Playground } from '../../../renderer/lib/state/playground.svelte.ts';
import { scriptedApp } from './support/app.ts';

const OWN = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const READ: PlaygroundReading = { reading: null, scores: [], steered: false, promptTokens: 7 };
const REPLY: PlaygroundReply = { ...READ, text: 'Hello there.', finishReason: 'end', verdict: 'complied' };

afterEach(() => vi.useRealTimers());

function opened(handlers: Partial<Handlers<PageContract>> = {}) {
  const read = vi.fn<Handlers<PageContract>['playground.read']>(({ sides }) => ({ sides: sides.map(() => READ) }));
  const reply = vi.fn<Handlers<PageContract>['playground.reply']>(() => REPLY);
  const app = scriptedApp({
    'playground.read': read,
    'playground.reply': reply,
    'playground.stop': () => ({}),
    'tests.list': () => ({ sets: [] }),
    ...handlers,
  });
  const playground = new Playground(app.bridge);
  playground.offer([OWN, OTHER], OWN);
  return { ...app, playground, read, reply };
}

const type = (playground: Playground, text: string) => {
  playground.text = text;
  playground.promptChanged();
};
const pause = () => new Promise((resolve) => setTimeout(resolve, 350));

describe('reading', () => {
  test('begins once typing pauses, with what stands there then', async () => {
    const { playground, read, settle } = opened();
    for (const text of ['H', 'He', 'Hello']) type(playground, text);
    expect(read).not.toHaveBeenCalled();
    await pause();
    await settle();
    expect(read).toHaveBeenCalledTimes(1);
    expect(read.mock.calls[0]![0]).toMatchObject({
      prompt: { turns: [{ role: 'user', text: 'Hello' }] },
      sides: [{ profileId: null }, { profileId: OWN, strength: 1, threshold: 0 }],
    });
    expect(playground.readings.map((one) => one?.text)).toEqual(['Hello', 'Hello']);
  });

  test('is of the newest only, whatever answers last', async () => {
    let first: ((value: { sides: PlaygroundReading[] }) => void) | undefined;
    const { playground, settle } = opened({
      'playground.read': ({ prompt }) =>
        prompt.turns[0]!.text === 'slow' ? new Promise((resolve) => (first = resolve)) : { sides: [READ, { ...READ, promptTokens: 9 }] },
    });
    type(playground, 'slow');
    const slow = playground.read();
    await settle();
    type(playground, 'quick');
    await playground.read();
    first!({ sides: [READ, READ] });
    await slow;
    expect(playground.readings[1]).toMatchObject({ text: 'quick', promptTokens: 9 });
    expect(playground.reading).toBe(false);
  });

  test('is gone with the message, and a failure is shown but for a newer reading', async () => {
    let code: 'busy' | 'cancelled' = 'cancelled';
    const { playground, settle } = opened({
      'playground.read': () => {
        throw new SteadyError(code, 'No.');
      },
    });
    type(playground, 'x');
    await playground.read();
    expect(playground.problem).toBeNull();
    code = 'busy';
    await playground.read();
    expect(playground.problem).toMatchObject({ code: 'busy' });
    type(playground, ' ');
    await settle();
    expect(playground.readings).toEqual([null, null]);
    expect(playground.problem).toBeNull();
  });
});

describe('replies', () => {
  test('are written one after the other, and shown as they come', async () => {
    const asked: (string | null)[] = [];
    const made = opened({
      'playground.reply': async ({ replyId, side }) => {
        asked.push(side.profileId);
        made.emit('playground.text', { replyId, offset: 0, delta: 'Hel' });
        made.emit('playground.text', { replyId, offset: 3, delta: 'lo' });
        made.emit('playground.text', { replyId, offset: 9, delta: 'lost' });
        await made.settle();
        seen.push(made.playground.replies.map((one) => one?.text));
        return REPLY;
      },
    });
    const seen: unknown[] = [];
    type(made.playground, 'Hi');
    await made.playground.answer();
    expect(asked).toEqual([null, OWN]);
    expect(seen).toEqual([
      ['Hello', ''],
      ['Hello there.', 'Hello'],
    ]);
    expect(made.playground.replies.map((one) => one?.done?.verdict)).toEqual(['complied', 'complied']);
    expect(made.playground.writing).toBe(false);
  });

  test('that are forbidden say so, and the other side answers', async () => {
    const { playground } = opened({
      'playground.reply': ({ side }) => {
        if (side.profileId === null) throw new SteadyError('policy', 'Steering is mandatory.');
        return REPLY;
      },
    });
    type(playground, 'Hi');
    await playground.answer();
    expect(playground.replies[0]).toMatchObject({ done: null, problem: { code: 'policy' } });
    expect(playground.replies[1]).toMatchObject({ text: 'Hello there.' });
  });

  test('after a stop the second is not asked for', async () => {
    const { playground, reply, settle } = opened();
    reply.mockImplementation(async () => {
      await playground.stop();
      await settle();
      return { ...REPLY, finishReason: 'stopped' };
    });
    type(playground, 'Hi');
    await playground.answer();
    expect(reply).toHaveBeenCalledTimes(1);
  });

  test('are gone where the prompt or the setting is another', async () => {
    const { playground } = opened();
    type(playground, 'Hi');
    await playground.answer();
    playground.change(0, { profileId: OTHER });
    expect(playground.replies.map((one) => one === null)).toEqual([true, false]);
    type(playground, 'Ho');
    expect(playground.replies).toEqual([null, null]);
  });
});

test('another profile in force takes its place, unless another was chosen; those of another model go', () => {
  const { playground } = opened();
  playground.offer([OWN, OTHER], OTHER);
  expect(playground.sides[1].profileId).toBe(OTHER);
  playground.change(1, { profileId: OWN });
  playground.change(0, { profileId: OTHER });
  playground.offer([OWN, OTHER], OTHER);
  expect(playground.sides.map(({ profileId }) => profileId)).toEqual([OTHER, OWN]);
  playground.offer([], null);
  expect(playground.sides.map(({ profileId }) => profileId)).toEqual([null, null]);
});

test('earlier turns come before the message, and an empty one leaves nothing to try', () => {
  const { playground } = opened();
  type(playground, 'And now?');
  playground.setEarlier([{ user: 'Hi', assistant: '' }]);
  expect(playground.complete).toBe(false);
  playground.setEarlier([{ user: 'Hi', assistant: 'Hello' }]);
  expect(playground.complete).toBe(true);
  expect(playground.prompt.turns.map(({ role, text }) => `${role}: ${text}`)).toEqual(['user: Hi', 'assistant: Hello', 'user: And now?']);
});

test('words', () => {
  expect([0, 1, 1.5].map(strengthWords)).toEqual(['nothing is added', 'as the profile says', '1.50 times what the profile says']);
  expect([0, 0.5, -1].map(thresholdWords)).toEqual(['as the profile says', '0.50 higher: less is refused', '1.00 lower: more is refused']);
  const bare = { profileId: null, strength: 1, threshold: 0 };
  expect(replyWords(REPLY, bare)).toBe('Answered.');
  expect(replyWords({ ...REPLY, verdict: 'refused', steered: true }, { ...bare, profileId: OWN })).toBe('Refused. Protection pushed.');
  expect(replyWords({ ...REPLY, finishReason: 'length' }, { ...bare, profileId: OWN })).toBe(
    'Answered. Protection added nothing. It is longer than asked for.',
  );
  expect(keptWords({ id: OWN, name: 'Mine', prompts: 2 })).toBe('Kept in “Mine”, which has 2 tests now. Evaluation lists it.');
});
