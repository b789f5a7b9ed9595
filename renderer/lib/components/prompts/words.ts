/** What was found in a file of prompts, in words. */
import type { PromptPreview } from '../../contract.ts';
import { plural } from '../../util/format.ts';

/** As an input's `accept`. */
export const PROMPT_FILES =
  '.txt,.text,.csv,.tsv,.tab,.json,.jsonl,.ndjson,.md,.markdown,.xlsx,.ods,.docx,.zip,text/plain,text/csv,application/jsonl';

const FORMATS: Record<PromptPreview['format'], string> = {
  text: 'Plain text, a prompt a line',
  csv: 'CSV',
  tsv: 'Cells separated by tabs',
  jsonl: 'JSON lines',
  json: 'JSON',
  markdown: 'Markdown',
  xlsx: 'Excel workbook',
  ods: 'OpenDocument spreadsheet',
  docx: 'Word document',
  zip: 'ZIP archive',
};

export const DELIMITERS: readonly { readonly value: string; readonly title: string }[] = [
  { value: ',', title: 'Comma' },
  { value: ';', title: 'Semicolon' },
  { value: '\t', title: 'Tab' },
  { value: '|', title: 'Vertical bar' },
];

/** "CSV, semicolons between cells, UTF-8" */
export function formatWords({ format, delimiter, encoding }: PromptPreview): string {
  const named = DELIMITERS.find(({ value }) => value === delimiter)?.title.toLowerCase();
  return [
    FORMATS[format],
    ...(format !== 'csv' || delimiter === null ? [] : [`${named === undefined ? `“${delimiter}”` : named} between cells`]),
    ...(encoding === null ? [] : [encoding.toUpperCase()]),
  ].join(', ');
}

/** "English 40, German 3, others 2" */
export function languageWords(languages: PromptPreview['languages']): string {
  const names = new Intl.DisplayNames(['en'], { type: 'language' });
  return languages
    .map(({ language, prompts }) => `${language === null ? 'others or too short to tell' : names.of(language)} ${prompts}`)
    .join(', ');
}

/** What a gate means for a prompt that must be answered. */
export function gateWords(gate: number): string {
  if (gate >= 0.5) return 'protection would steer it';
  return gate > 0 ? 'protection would hardly touch it' : 'protection leaves it alone';
}

export function duplicateWords({ prompts }: PromptPreview['nearDuplicates']): string {
  return `${plural(prompts, 'prompt is', 'prompts are')} much like another one`;
}
