import { SteadyError } from '../contract/index.ts';

/** @param fault what is wrong with it, in sentences */
export function unreadable(name: string, fault: string, details?: Record<string, unknown>): SteadyError {
  return new SteadyError('bad-input', `The prompts in ${name} could not be read. ${fault}`, {
    hint: 'Use a TXT, CSV or JSONL file with one prompt a line, a table (XLSX, ODS, DOCX, TSV), a JSON list, a Markdown list, or a ZIP of these.',
    ...(details === undefined ? {} : { details }),
  });
}
