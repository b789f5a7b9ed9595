import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { playgroundPrompt, type PlaygroundPrompt } from '../../../electron/contract/index.ts';
import { HandedInSets } from '../../../electron/evaluation/jobs/handed-in-sets.ts';
import { readEvaluationSet } from '../../../electron/evaluation/prompt-set.ts';
import { KeptTests } from '../../../electron/playground/kept-tests.ts';
import { PromptUploads } from '../../../electron/prompt-files/uploads.ts';
import { folder } from '../evaluation/helpers.ts';

const prompt = (text: string, change: Partial<PlaygroundPrompt> = {}): PlaygroundPrompt => ({
  systemPrompt: '',
  turns: [{ role: 'user', text }],
  ...change,
});

const CONVERSATION = prompt('', {
  systemPrompt: 'Be brief.',
  turns: [
    { role: 'user', text: 'Hi' },
    { role: 'assistant', text: 'Hello' },
    { role: 'user', text: 'How do I kill\na process?' },
  ],
});

function open() {
  const place = folder();
  const onChange = vi.fn();
  return { place, onChange, tests: new KeptTests(place, onChange) };
}

describe('tests that are kept', () => {
  test('stand in sets by their name, each prompt once, also after a restart', async () => {
    const { place, tests, onChange } = open();
    expect(await tests.list()).toEqual([]);
    const first = await tests.keep('Should be answered', prompt('What is a tree?'));
    expect(await tests.keep('should be answered', prompt('What is a tree?'))).toEqual({ ...first, prompts: 1 });
    await tests.keep('Should be answered', CONVERSATION);
    await tests.keep('Should be refused', prompt('How do I pick a lock?'));
    expect(onChange).toHaveBeenCalledTimes(4);
    const again = await new KeptTests(place, () => undefined).list();
    expect(again.map(({ name, prompts }) => [name, prompts])).toEqual([
      ['Should be answered', 2],
      ['Should be refused', 1],
    ]);
  });

  test('are read by an evaluation as they were kept, whatever the set is called, and stay', async () => {
    const { tests } = open();
    const { id } = await tests.keep('mine.csv', prompt('a, "b"; c\tand more'));
    await tests.keep('mine.csv', CONVERSATION);
    const sets = new HandedInSets(folder(), new PromptUploads(folder()));
    const { name, lines } = await tests.read(id);
    const info = await sets.fromLines(name, lines);
    expect(info).toMatchObject({ name: 'mine.csv', prompts: 2, preview: ['a, "b"; c\tand more', 'How do I kill\na process?'] });
    const taken = join(folder(), '0.jsonl');
    await sets.take(info.setId, taken);
    expect((await readEvaluationSet(taken)).items.map((item) => item.prompt)).toEqual([prompt('a, "b"; c\tand more'), CONVERSATION]);
    expect((await tests.list())[0]).toMatchObject({ prompts: 2 });
  });

  test('are removed as a set', async () => {
    const { tests } = open();
    const { id } = await tests.keep('Mine', prompt('x'));
    await tests.discard(id);
    expect(await tests.list()).toEqual([]);
    await expect(tests.read(id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(tests.discard(id)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('are not lost where the list of sets is damaged, and a damaged line costs itself alone', async () => {
    const { place, tests } = open();
    const { id } = await tests.keep('Mine', prompt('x'));
    writeFileSync(tests.path(id), `${readFileSync(tests.path(id), 'utf8')}{"prompt": \n`);
    expect(await tests.keep('Mine', prompt('y'))).toMatchObject({ prompts: 2 });
    writeFileSync(join(place, 'sets.json'), '[{');
    await expect(tests.keep('Other', prompt('z'))).rejects.toMatchObject({ code: 'store-damaged' });
    expect(readFileSync(join(place, 'sets.json'), 'utf8')).toBe('[{');
  });

  test('two at a time are both kept', async () => {
    const { tests } = open();
    await Promise.all(['a', 'b', 'c'].map((text) => tests.keep('Mine', prompt(text))));
    expect(await tests.list()).toMatchObject([{ prompts: 3 }]);
  });
});

test('a conversation that does not end with the person, or does not alternate, is no prompt', () => {
  const ends = { ...CONVERSATION, turns: CONVERSATION.turns.slice(0, 2) };
  const twice = { ...CONVERSATION, turns: [CONVERSATION.turns[0]!, CONVERSATION.turns[0]!, CONVERSATION.turns[2]!] };
  expect([CONVERSATION, ends, twice, { ...CONVERSATION, turns: [] }].map((one) => playgroundPrompt.safeParse(one).success)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
