/** `steady prompts`: what is read from a file of prompts, before anything is done with it. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { readPromptsFrom, type PromptReading } from '../calibration/benign-sets/read-prompts.ts';
import { formatOptionsOf, withPromptFileOptions, type PromptFileOptions } from './prompt-file-options.ts';
import { inLine } from './terminal.ts';

const SHOWN_PROMPTS = 20;
const SHOWN_BAD_LINES = 10;

export function promptsCommand(): Command {
  const read = withPromptFileOptions(
    new Command('read')
      .description('show what is read from a file of prompts: its format, the column, every prompt, and what is left out')
      .argument('<file>', 'TXT, CSV, TSV, JSON, JSONL, Markdown, XLSX, ODS, DOCX, or a ZIP of these'),
  )
    .option('--json', 'print one object')
    .action(async (file: string, options: PromptFileOptions & { json?: boolean }) => {
      const reading = await readPromptsFrom(file, basename(file), formatOptionsOf(options));
      process.stdout.write(options.json === true ? `${JSON.stringify(asJson(reading))}\n` : `${asText(file, reading)}\n`);
    });
  return new Command('prompts').description('look at files of prompts').addCommand(read.exitOverride());
}

function asJson({ format, encoding, delimiter, column, columns, prompts, badLines, notes }: PromptReading): Record<string, unknown> {
  return { format, encoding, delimiter, column, columns, prompts, badLines, notes };
}

function asText(file: string, reading: PromptReading): string {
  const { format, encoding, delimiter, column, columns, prompts, badLines, badLineCount, notes } = reading;
  const about = [
    format.toUpperCase(),
    ...(encoding === null ? [] : [encoding]),
    ...(delimiter === null ? [] : [`cells separated by ${delimiter === '\t' ? 'tabs' : `“${delimiter}”`}`]),
  ];
  return [
    `${basename(file)}: ${about.join(', ')}`,
    ...(column === null ? [] : [`Prompts from “${inLine(column)}”, of ${(columns ?? []).map((name) => `“${inLine(name)}”`).join(', ')}`]),
    ...notes,
    ...badLines
      .slice(0, SHOWN_BAD_LINES)
      .map(({ line, fault, file: inside }) => `${inside === undefined ? '' : `${inLine(inside)}: `}Line ${line} ${inLine(fault)}`),
    ...(badLineCount > SHOWN_BAD_LINES ? [`… and ${badLineCount - SHOWN_BAD_LINES} more.`] : []),
    `${prompts.length} ${prompts.length === 1 ? 'prompt' : 'prompts'}:`,
    ...prompts.slice(0, SHOWN_PROMPTS).map((prompt) => `  ${inLine(prompt.replaceAll('\n', ' '))}`),
    ...(prompts.length > SHOWN_PROMPTS ? [`  … and ${prompts.length - SHOWN_PROMPTS} more.`] : []),
  ].join('\n');
}
