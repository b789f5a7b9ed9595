/** Replies that end before a text: never a piece of it shown, never a piece of anything else kept back for good. */
import { expect, test } from 'vitest';
import { StoppingStream } from '../../../electron/engine/worker/stopping-stream.ts';

function run(texts: readonly string[], stops: readonly string[], before = '') {
  const stream = new StoppingStream(before, stops);
  const shown: string[] = [];
  for (const text of texts) {
    shown.push(stream.push(text));
    if (stream.stoppedBy !== null) break;
  }
  shown.push(stream.end());
  return { text: stream.text, shown: shown.join(''), stoppedBy: stream.stoppedBy };
}

test.each([
  ['in one piece', ['a b', ' END c'], ['END'], 'a b ', 'END'],
  ['over several', ['a E', 'N', 'D c'], ['END'], 'a ', 'END'],
  ['the first that comes', ['one two three'], ['three', 'two'], 'one ', 'two'],
  ['of two at one place the one named first', ['xab'], ['ab', 'a'], 'x', 'ab'],
  ['at the very beginning', ['END'], ['END'], '', 'END'],
  ['only what looks like one', ['a EN', 'E E', 'N'], ['END'], 'a ENE EN', null],
  ['none at all', ['a', 'b'], [], 'ab', null],
  ['a repeated beginning', ['aa', 'ab'], ['aab'], 'a', 'aab'],
])('%s', (_, texts, stops, text, stoppedBy) => {
  expect(run(texts, stops)).toEqual({ text, shown: text, stoppedBy });
});

test('the text that it goes on from is shown no second time', () => {
  expect(run(['a ', 'END'], ['END'], 'said: ')).toEqual({ text: 'said: a ', shown: 'a ', stoppedBy: 'END' });
});
