/** A ZIP of prompt files: each is read as it would be by itself. */
import { basename, extname } from 'node:path/posix';
import { SteadyError } from '../../contract/index.ts';
import { BadArchive, type Archive } from '../../archives/archive.ts';
import type { ParsedLine } from '../entry.ts';
import { NOTHING_FOUND, type ArchiveFormat, type PromptFile } from './format.ts';

/** Endings that are looked into. */
const READABLE = new Set(
  ['txt', 'text', 'csv', 'tsv', 'tab', 'jsonl', 'ndjson', 'json', 'md', 'markdown', 'xlsx', 'ods', 'docx', ''].map((ending) =>
    ending === '' ? '' : `.${ending}`,
  ),
);
/** More files than anyone looks through. */
const MAX_FILES = 100;
const NAMED_FILES = 5;

export const zip: ArchiveFormat = {
  kind: 'archive',
  name: 'zip',
  holds: () => true,
  async open(archive, _options, openMember) {
    const open = async (name: string) => openMember(name, await archive.readAll(name));
    const notes: string[] = [];
    const inside = archive.members.map(({ name }) => name).filter((name) => !/(?:^|\/)(?:\.|__MACOSX\/)/.test(name));
    const readable = inside.filter((name) => READABLE.has(extname(name).toLowerCase())).slice(0, MAX_FILES);
    const others = inside.filter((name) => !readable.includes(name));
    if (others.length > 0) notes.push(`Not read: ${list(others)}.`);
    const files: { name: string; columns: string[] | null; column: string | null; conversations: boolean }[] = [];
    for (const name of readable) {
      try {
        const { columns, column, conversations, entries, close } = await open(name);
        await entries.return(undefined);
        close();
        files.push({ name, columns, column, conversations });
      } catch (error) {
        if (!(error instanceof BadArchive) && !(error instanceof SteadyError && error.code === 'bad-input')) throw error;
        notes.push(`${basename(name)} was left out. ${error.message}`);
      }
    }
    const columns = [...new Set(files.flatMap((file) => file.columns ?? []))];
    return {
      ...NOTHING_FOUND,
      columns: columns.length === 0 ? null : columns,
      column: files.find(({ column }) => column !== null)?.column ?? null,
      conversations: files.some(({ conversations }) => conversations),
      notes,
      batches: entriesOf(archive, files, open, notes),
    };
  },
};

async function* entriesOf(
  archive: Archive,
  files: readonly { name: string }[],
  open: (name: string) => Promise<PromptFile>,
  notes: string[],
): AsyncGenerator<ParsedLine[]> {
  for (const { name } of files) {
    archive.again();
    const file = await open(name);
    try {
      let batch: ParsedLine[] = [];
      for await (const entry of file.entries) {
        batch.push('fault' in entry ? { ...entry, file: name } : entry);
        if (batch.length < 256) continue;
        yield batch;
        batch = [];
      }
      yield batch;
      notes.push(...file.notes.map((note) => `${basename(name)}: ${note}`));
    } finally {
      file.close();
    }
  }
}

function list(names: readonly string[]): string {
  const more = names.length - NAMED_FILES;
  return `${names
    .slice(0, NAMED_FILES)
    .map((name) => basename(name))
    .join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
