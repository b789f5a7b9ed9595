/** An evaluation's prompts and results for other programs: promptfoo, lm-evaluation-harness, or plain JSON lines. */
import type { EvaluationExportFormat } from '../contract/index.ts';
import { askedOf } from '../prompt-files/entry.ts';
import type { FoundPrompt } from './prompt-results.ts';

export interface ExportedFile {
  fileName: string;
  text: string;
}

export interface ExportedSet {
  /** Its name in file names and tasks: letters, digits, underscores. */
  name: string;
  found: readonly FoundPrompt[];
  maxTokens: number;
}

export function exportSets(sets: readonly ExportedSet[], format: EvaluationExportFormat): ExportedFile[] {
  return sets.flatMap((set) => FORMATS[format](set));
}

const FORMATS: Record<EvaluationExportFormat, (set: ExportedSet) => ExportedFile[]> = {
  jsonl: ({ name, found }) => [{ fileName: `${name}.jsonl`, text: lines(found.map(record)) }],
  promptfoo: (set) => [{ fileName: `${set.name}.promptfooconfig.json`, text: `${JSON.stringify(promptfoo(set), null, 2)}\n` }],
  'lm-eval': (set) => [
    { fileName: `${set.name}.yaml`, text: lmEval(set) },
    { fileName: `${set.name}.jsonl`, text: lines(set.found.map(record)) },
  ],
};

/** A prompt in the shape that the field uses, with what was found beside it. */
function record({ item, arms }: FoundPrompt): Record<string, unknown> {
  const { systemPrompt, turns } = item.prompt;
  return {
    prompt: askedOf(item.prompt),
    messages: [
      ...(systemPrompt === '' ? [] : [{ role: 'system', content: systemPrompt }]),
      ...turns.map(({ role, text }) => ({ role, content: text })),
    ],
    ...(item.answer === null ? {} : { answer: item.answer }),
    verdicts: Object.fromEntries(Object.entries(arms).map(([arm, { verdict }]) => [arm, verdict])),
  };
}

/** A test a prompt: a right answer where there is one, else whether it is refused as it was with protection. */
function promptfoo({ name, found }: ExportedSet): Record<string, unknown> {
  return {
    description: name,
    // A list of messages as JSON is taken as a conversation.
    prompts: ['{{messages}}'],
    providers: [],
    tests: found.map((one) => {
      const { answer, messages } = record(one);
      const verdict = one.arms.profile?.verdict ?? one.arms.unsteered?.verdict;
      return {
        vars: { messages: JSON.stringify(messages) },
        assert:
          answer !== undefined
            ? [{ type: 'contains', value: answer }]
            : verdict === 'refused'
              ? [{ type: 'is-refusal' }]
              : verdict === 'complied'
                ? [{ type: 'not-is-refusal' }]
                : [],
      };
    }),
  };
}

/** A task that reads the file beside it. The prompt is the last request; chat templates and system prompts are the harness's. */
function lmEval({ name, found, maxTokens }: ExportedSet): string {
  const answers = found.some(({ item }) => item.answer !== null);
  return [
    `task: ${name}`,
    'dataset_path: json',
    'dataset_kwargs:',
    '  data_files:',
    `    test: ${name}.jsonl`,
    'test_split: test',
    'output_type: generate_until',
    'doc_to_text: "{{prompt}}"',
    `doc_to_target: ${answers ? '"{{answer}}"' : '""'}`,
    'generation_kwargs:',
    '  do_sample: false',
    `  max_gen_toks: ${maxTokens}`,
    '  until: []',
    'metric_list:',
    `  - metric: ${answers ? 'exact_match' : 'bypass'}`,
    '',
  ].join('\n');
}

const lines = (records: readonly unknown[]): string => records.map((one) => `${JSON.stringify(one)}\n`).join('');
