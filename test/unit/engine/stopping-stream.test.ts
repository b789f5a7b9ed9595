/** Replies that end before a text: never a piece of it shown, never a piece of anything else kept back for good. */
import type { Token } from 'node-llama-cpp';
import { expect, test } from 'vitest';
import { StoppingStream } from '../../../electron/engine/worker/stopping-stream.ts';

/** A stream of given pieces, one a token; `last` is what it held back to its end. */
function pieces(before: string, texts: readonly string[], last = '') {
  let text = before;
  return {
    get text() {
      return text;
    },
    push: (token: Token) => {
      text += texts[token]!;
      return texts[token]!;
    },
    end: () => {
      text += last;
      return last;
    },
  };
}

function run(texts: readonly string[], stops: readonly string[], { before = '', last = '' } = {}) {
  const stream = new StoppingStream(pieces(before, texts, last), stops);
  const shown: string[] = [];
  for (const token of texts.keys()) {
    shown.push(stream.push(token as Token));
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

test('what a stream held back to its end counts, and so does the text that it goes on from', () => {
  expect(run(['a '], ['END'], { before: 'said: ', last: 'END' })).toEqual({ text: 'said: a ', shown: 'a ', stoppedBy: 'END' });
});
