/**
 * The refusal log for spreadsheets (RFC 4180 with what Excel, LibreOffice and Numbers want of it): UTF-8 with a byte order
 * mark, CRLF, no cell that a program takes for a formula, none longer than a cell may be.
 */
import type { ExportRow } from './rows.ts';

export const CSV_START = '\uFEFF';
/** Excel's limit is 32,767 characters; what is longer would spill into the next rows. */
const MAX_CELL = 32_000;
/**
 * What may begin a formula, full-width forms included, also behind white space: at the start of a cell, and wherever one begins for a program
 * that splits at semicolons, tabs or line ends whatever the quotes say (Excel, where the list separator is not a comma).
 */
const FORMULA = /(^|[;\t\n])([^\S\t\n]*)(?=[=+\-@＝＋－＠|%])/gu;
/** What would be taken off the start of a cell, and what stands behind it then taken for a formula. */
const SPLIT = /^(?=[\t\n])/u;

/** A text as one quoted cell. An apostrophe in front tells a spreadsheet that it is text. */
export function csvText(value: string | null): string {
  if (value === null || value === '') return '';
  // NUL ends a cell for some programs; lone carriage returns end a row for others.
  const clean = value.replaceAll('\0', '\uFFFD').replace(/\r\n?/g, '\n');
  const short =
    clean.length > MAX_CELL ? `${clean.slice(0, MAX_CELL).replace(/[\uD800-\uDBFF]$/, '')}… [cut, ${clean.length} characters]` : clean;
  const safe = short.replace(FORMULA, "$1'$2").replace(SPLIT, "'");
  return `"${safe.replaceAll('"', '""')}"`;
}

const csvNumber = (value: number | null): string => (value === null ? '' : String(value));
/** As spreadsheets know a date and time. */
const csvTime = (value: number | null): string => (value === null ? '' : new Date(value).toISOString().slice(0, 19).replace('T', ' '));

const COLUMNS: readonly [title: string, cell: (row: ExportRow) => string][] = [
  ['Number', ({ seq }) => csvNumber(seq)],
  ['Time (UTC)', ({ createdAt }) => csvTime(createdAt)],
  ['Cause', ({ cause }) => csvText(cause)],
  ['Verdict', ({ verdict }) => csvText(verdict)],
  ['Review', ({ review }) => csvText(review?.judgement ?? null)],
  ['Note', ({ review }) => csvText(review?.note ?? null)],
  ['Reviewed (UTC)', ({ review }) => csvTime(review?.createdAt ?? null)],
  ['Reported by the user (UTC)', ({ reportedAt }) => csvTime(reportedAt)],
  ['In the benign set since (UTC)', ({ benignAt }) => csvTime(benignAt)],
  ['Model', ({ modelName }) => csvText(modelName)],
  ['Profile', ({ profileName }) => csvText(profileName)],
  ['Highest score', ({ topScore }) => csvNumber(topScore)],
  ['Widest gate', ({ topGate }) => csvNumber(topGate)],
  ['Scores (layer:score:gate)', ({ scores }) => csvText(scores.map(({ layer, score, gate }) => `${layer}:${score}:${gate}`).join(' '))],
  ['Reading of the whole prompt (0: threshold)', ({ reading }) => csvNumber(reading?.u ?? null)],
  ['Second stage', ({ reading }) => csvNumber(reading?.second ?? null)],
  [
    'Probes (number:reading:token)',
    ({ reading }) => csvText(reading?.probes.map(({ probe, u, at }) => `${probe}:${u}:${at}`).join(' ') ?? null),
  ],
  ['Text', ({ text }) => csvText(text)],
  ['Prompt', ({ prompt }) => csvText(prompt)],
  ['Reply', ({ reply }) => csvText(reply)],
  ['Conversation', ({ conversationId }) => csvText(conversationId)],
  ['Message', ({ messageId }) => csvText(messageId)],
  ['Model SHA-256', ({ modelSha256 }) => csvText(modelSha256)],
  ['Profile SHA-256', ({ profileSha256 }) => csvText(profileSha256)],
  ['Prompt hash', ({ promptHash }) => csvText(promptHash)],
  ['Reply hash', ({ replyHash }) => csvText(replyHash)],
  ['Hash before', ({ prevHash }) => csvText(prevHash)],
  ['Hash', ({ hash }) => csvText(hash)],
  ['Asked through', ({ source }) => csvText(source)],
];

export const csvHeader = (): string => `${COLUMNS.map(([title]) => csvText(title)).join(',')}\r\n`;
export const csvLine = (row: ExportRow): string => `${COLUMNS.map(([, cell]) => cell(row)).join(',')}\r\n`;
