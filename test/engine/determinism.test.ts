/** A reply depends on the conversation, the profile and the seed only, whatever the cache holds. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineTurn, GenerationResult } from '../../electron/engine/protocol.ts';
import { readProfile, writeProfile } from '../../steering/profile/index.ts';
import { ask, assistant, generate, halfOpenProfile, startEngine, target, temporaryFolder, user, type TestEngine } from './support.ts';

/** 20 conversations of 3 turns. */
const CONVERSATIONS = [
  ['Name three rivers.', 'Which is longest?', 'Thanks!'],
  ['What is a tree?', 'And a bush?', 'Name two trees.'],
  ['Say hello in French.', 'And in German.', 'In Japanese?'],
  ['What is 7 times 8?', 'Add 4 to it.', 'Halve that.'],
  ['Why is the sky blue?', 'Shorter, please.', 'As a haiku.'],
  ['I am Ada.', 'What is my name?', 'Spell it backwards.'],
  ['Give me a recipe for soup.', 'Without salt.', 'How long does it take?'],
  ['Wie geht es dir?', 'Erzähl mir etwas.', 'Danke, das reicht.'],
  ['Write a line of Python.', 'Now in C.', 'Explain it.'],
  ['🙂🙃', 'What did I send?', '👩‍👩‍👧'],
  ['Tell a joke.', 'Another one.', 'Explain the joke.'],
  ['What year is it?', 'Are you sure?', 'Why?'],
  ['List five colours.', 'Only warm ones.', 'Sort them.'],
  ['How do planes fly?', 'What is lift?', 'Who found that out?'],
  ['Translate "cat" into Spanish.', 'And "dog".', 'Both plural.'],
  ['yes', 'no', 'maybe'],
  ['Recommend a book.', 'A shorter one.', 'Who wrote it?'],
  ['What is <b>bold</b>?', 'And `code`?', '1 < 2 && 3 > 2?'],
  ['Plan a day in Rome.', 'It rains.', 'Only churches.'],
  ['你好', '你是谁？', '谢谢'],
] as const;
const FIRSTS = CONVERSATIONS.map(([first]) => first);

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

type Told = Pick<GenerationResult, 'text' | 'scores' | 'steered'>[];
const told = ({ text, scores, steered }: GenerationResult) => ({ text, scores, steered });

describe.each([
  ['one pass', 1, 20],
  ['two passes', 2, 5],
] as const)('with a profile of %s', (_, passes, count) => {
  const conversations = CONVERSATIONS.slice(0, count);
  let first: TestEngine;
  const warm: Told[] = [];
  /** The conversation up to the given turn, with the replies that were given. */
  const turnsOf = (index: number, turn: number): EngineTurn[] =>
    CONVERSATIONS[index]!.slice(0, turn + 1).flatMap((text, at) =>
      at < turn ? [user(text), assistant(warm[index]![at]!.text)] : [user(text)],
    );
  const reply = (on: TestEngine, index: number, turn: number) =>
    generate(on.engine, ask(...turnsOf(index, turn)), { steer: true, sampling: { maxTokens: 8 } });

  beforeAll(async () => {
    first = startEngine(cleanup);
    const path = join(temporaryFolder(cleanup), 'profile.safetensors');
    await first.engine.load(target());
    const made = await halfOpenProfile(first.engine, FIRSTS, path);
    await writeProfile(path, { ...made, method: { ...made.method, passes } });
    expect((await readProfile(path)).method.passes).toBe(passes);
    first.profile.path = path;
    await first.engine.load(target());
  });

  test('from a warm cache every turn prefills its own new tokens alone', async () => {
    for (const [index] of conversations.entries()) {
      warm[index] = [];
      let before: GenerationResult | null = null;
      for (let turn = 0; turn < 3; turn++) {
        const result = await reply(first, index, turn);
        // The reply before it is settled, so that the prompt and the reply are there, each as one segment.
        if (before !== null) {
          expect(result.cachedTokens).toBeGreaterThanOrEqual(before.promptTokens);
          // The new message and what the template puts around it; the model's tokens are single bytes.
          expect(result.promptTokens - result.cachedTokens).toBeLessThan(60);
        }
        warm[index].push(told(result));
        before = result;
      }
    }
    const steered = warm.flat().filter((turn) => turn.steered).length;
    expect(steered).toBeGreaterThan(count / 4);
    expect(steered).toBeLessThan(2.75 * count);
    expect(warm.flat().every(({ scores }) => scores.length === 1)).toBe(true);
  });

  test('the same when it is asked for once more, and after jumping between conversations', async () => {
    for (const [index] of conversations.entries()) {
      // The last turns of the even ones, then a middle turn of each odd one: the cache never holds what comes next.
      const turn = index % 2 === 0 ? 2 : 1;
      expect(told(await reply(first, index, turn))).toEqual(warm[index]![turn]);
      if (index % 5 === 0) expect(told(await reply(first, index, turn))).toEqual(warm[index]![turn]);
    }
  });

  test('the same after an edit and back', async () => {
    for (const index of [1, 4]) {
      await generate(first.engine, ask(...turnsOf(index, 1).slice(0, 2), user('Never mind, something else.')), { steer: true });
      await generate(first.engine, ask(user('A wholly different beginning.')), { steer: true });
      expect(told(await reply(first, index, 2))).toEqual(warm[index]![2]);
    }
  });

  test('the same after unsteered replies and after the profile was applied again', async () => {
    const unsteered = await generate(first.engine, ask(...turnsOf(3, 2)), { steer: false });
    expect(unsteered).toMatchObject({ steered: false, protected: false, scores: [], cachedTokens: 0 });
    expect(told(await reply(first, 3, 2))).toEqual(warm[3]![2]);
    await first.engine.call('steering.apply', { profilePath: first.profile.path, modelSha256: target().modelSha256, strength: null });
    const again = await reply(first, 3, 2);
    expect(again.cachedTokens).toBe(0);
    expect(told(again)).toEqual(warm[3]![2]);
  });

  test('the same in a new process, from nothing', async () => {
    await first.engine.close();
    const second = startEngine(cleanup);
    second.profile.path = first.profile.path;
    await second.engine.load(target());
    // The last turns: whole conversations are evaluated at once.
    for (const [index] of conversations.entries()) expect(told(await reply(second, index, 2))).toEqual(warm[index]![2]);
    await second.engine.close();
  });
});
