/** Chat templates with what real ones bring: training marks, filters, dates; and those that use what nobody knows. */
import { describe, expect, test } from 'vitest';
import type { ChosenTemplate } from '../../../electron/contract/index.ts';
import { CHATML } from '../../../electron/engine/worker/template-family.ts';
import { templateDate } from '../../../electron/engine/worker/template-date.ts';
import { usableTemplate } from '../../../electron/engine/worker/usable-template.ts';

const TOKENS = { bos: '<s>', eos: '</s>' };
const KNOWN = new Set(['<|im_start|>', '<|start_header_id|>', '<start_of_turn>', '<|assistant|>']);
const usable = (source: string | null) => usableTemplate(source, TOKENS, (text) => KNOWN.has(text));

/** The text of a conversation with one reply in it. */
function chatOf(source: string | null, systemPrompt = ''): string {
  const turns = [
    { role: 'user' as const, text: 'Hello' },
    { role: 'assistant' as const, text: 'Hi!' },
    { role: 'user' as const, text: 'Bye' },
  ];
  return usable(source)
    .template.segment({ systemPrompt, turns, startedAt: Date.UTC(2025, 1, 3) })
    .flatMap(({ pieces }) => pieces.map(({ text }) => text))
    .join('');
}

/** ChatML with something more, written where a reply is. */
const chatml = (content: string, before = '') =>
  `${before}{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}${content}{{ '<|im_end|>\n' }}{% endfor %}` +
  `{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;
const PLAIN = chatOf(CHATML);

describe('what real templates use', () => {
  test.each([
    ['marks for training', chatml("{% generation %}{{ message['content'] }}{% endgeneration %}")],
    ['marks that cut white space', chatml("{%- generation -%}{{ message['content'] }}{%- endgeneration -%}")],
    ['the filter safe', chatml("{{ message['content'] | safe }}")],
    ['safe among other filters', chatml("{{ message['content'] | trim | safe }}")],
  ])('%s: the chat reads as with a plain template', (_, source) => {
    const { note, source: used } = usable(source);
    expect({ note, used }).toEqual({ note: null, used: source });
    expect(chatOf(source)).toBe(PLAIN);
  });

  test('the day, as the conversation began', () => {
    const source = chatml("{{ message['content'] }}", "{{ 'Today is ' + strftime_now('%d %B %Y') + '.' }}");
    expect(chatOf(source)).toBe(`Today is 03 February 2025.${PLAIN}`);
    expect(templateDate('%-d/%-m/%y %e %H:%M:%S %Q', Date.UTC(2025, 1, 3))).toBe('3/2/25  3 00:00:00 %Q');
    expect(templateDate('%Y', 8_640_000_000_000_001)).toBe('2024');
  });
});

describe('what nobody knows', () => {
  test.each([
    ['a statement', chatml("{% include 'x' %}{{ message['content'] }}"), '{% include %}'],
    ['a filter', chatml("{{ message['content'] | rot13 }}"), '“rot13”'],
    ['a function', chatml("{{ lipsum() }}{{ message['content'] }}"), 'a function'],
    [
      'a filter that only replies go through',
      chatml("{% if message['role'] == 'assistant' %}{{ message['content'] | rot13 }}{% else %}{{ message['content'] }}{% endif %}"),
      '“rot13”',
    ],
    ['messages that are left out', chatml('nothing'), 'leaves out'],
  ])('%s: named, and the template of the family is used', (_, source, named) => {
    const { note, source: used } = usable(source);
    expect(used).toBe(CHATML);
    expect(note).toContain(named);
    expect(note).toContain('(ChatML)');
    expect(chatOf(source)).toBe(PLAIN);
  });

  test('without a family that is known it is an error that names the construct', () => {
    const source = "{% for message in messages %}<turn>{% include 'x' %}{{ message['content'] }}{% endfor %}";
    expect(() => usable(source)).toThrow(
      expect.objectContaining({ code: 'model-unsupported', message: expect.stringContaining('{% include %}') as string }) as Error,
    );
    // The family's own words must be control tokens of this model, or they would be letters to it.
    expect(() => usableTemplate(chatml("{% include 'x' %}"), TOKENS, () => false)).toThrow(/include/);
  });

  test('what a template says itself is passed on, on one line', () => {
    expect(() => usable("{{ raise_exception('Only\n\nwith tools.') }}")).toThrow(
      "The model's chat template does not work: Only with tools.",
    );
  });
});

describe('the built-in templates', () => {
  const broken = (marker: string) => `${marker}{% include 'x' %}`;
  test.each([
    ['<|im_start|>', '<|im_start|>system\nBe brief.<|im_end|>\n' + PLAIN],
    [
      '<|start_header_id|>',
      '<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>' +
        '<|start_header_id|>assistant<|end_header_id|>\n\nHi!<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>' +
        '<|start_header_id|>assistant<|end_header_id|>\n\n',
    ],
    [
      '<start_of_turn>',
      '<s><start_of_turn>user\nBe brief.\n\nHello<end_of_turn>\n<start_of_turn>model\nHi!<end_of_turn>\n' +
        '<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n',
    ],
    [
      '<|assistant|>',
      '<|system|>\nBe brief.<|end|>\n<|user|>\nHello<|end|>\n<|assistant|>\nHi!<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n',
    ],
  ])('%s', (marker, text) => {
    expect(chatOf(broken(marker), 'Be brief.')).toBe(text);
  });

  test('a model without a template gets the one that its vocabulary knows, else ChatML', () => {
    const without = (known: string) => usableTemplate(null, TOKENS, (text) => text === known);
    expect(without('<start_of_turn>').source).toContain('<start_of_turn>model');
    expect(without('<|start_header_id|>').source).toContain('<|eot_id|>');
    expect(without('nothing')).toMatchObject({ source: CHATML, note: null });
  });

  test('where several would do, ChatML is taken, and no word is said about it', () => {
    expect(usable(null)).toMatchObject({ source: CHATML, note: null });
  });
});

describe('a template that a person chose', () => {
  const choose = (own: string | null, chosen: ChosenTemplate, knows = (text: string) => KNOWN.has(text)) =>
    usableTemplate(own, TOKENS, knows, chosen);

  test('is used instead of the model’s own, also where there is none or it does not work', () => {
    const source = chatml("{{ message['content'] }}", 'Chosen. ');
    for (const own of [CHATML, null, "{% include 'x' %}"]) expect(choose(own, { source })).toMatchObject({ source, note: null });
    const gemma = choose(CHATML, { family: 'gemma' }).source;
    expect(gemma).toContain('<start_of_turn>');
    expect(choose(null, { family: 'chatml' }).source).toBe(CHATML);
  });

  test('that does not work is an error, and no other is tried', () => {
    const bad = ["{% include 'x' %}", chatml('nothing'), '{% if %}', 'no message at all'];
    for (const source of bad) {
      expect(() => choose(CHATML, { source })).toThrow(expect.objectContaining({ code: 'model-unsupported' }) as Error);
    }
  });

  test('of a family whose words are letters to the model is an error', () => {
    expect(() => choose(CHATML, { family: 'llama-3' }, (text) => text === '<|im_start|>')).toThrow(
      /Llama 3: <\|start_header_id\|> is no token/,
    );
  });
});
