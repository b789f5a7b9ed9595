/** A file's text, whatever of the known formats it is in. Runs in a worker thread: what a file costs is bounded from outside as well. */
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Archive, BadArchive } from '../archives/archive.ts';
import { isXlsx } from '../archives/xlsx.ts';
import { MAX_DOCUMENT_BYTES, type DocumentKind } from '../contract/documents.ts';
import { isDocx, readDocx } from './formats/docx.ts';
import { isEpub, readEpub } from './formats/epub.ts';
import { htmlToText } from './formats/html.ts';
import { readPdf } from './formats/pdf.ts';
import { isPptx, readPptx } from './formats/pptx.ts';
import { readSheets } from './formats/sheets.ts';
import { decodeText } from './formats/text.ts';
import { TextSink } from './text-sink.ts';
import { UnreadableDocument } from './unreadable.ts';

export interface ReadDocument {
  kind: DocumentKind;
  text: string;
  /** Sentences for a person about what was left out. */
  notes: string[];
}

/** How files begin that hold no text, and what they are. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['d0cf11e0', 'It is a file of an older office program, or one with a password. Save it as DOCX, XLSX, PPTX or PDF without a password.'],
  ['1f8b', 'It is compressed with gzip. Unpack it first.'],
  ['89504e47', 'It is a picture. The model reads text only.'],
  ['ffd8ff', 'It is a picture. The model reads text only.'],
  ['47494638', 'It is a picture. The model reads text only.'],
];

/** @throws UnreadableDocument */
export async function readDocument(path: string, name: string): Promise<ReadDocument> {
  const file = await stat(path);
  if (!file.isFile()) throw new UnreadableDocument('It is no file.');
  if (file.size > MAX_DOCUMENT_BYTES) throw new UnreadableDocument('It has more than 64 MiB.');
  const bytes = await readFile(path);
  const begin = bytes.subarray(0, 8).toString('hex');
  const foreign = FOREIGN.find(([magic]) => begin.startsWith(magic));
  if (foreign !== undefined) throw new UnreadableDocument(foreign[1]);
  const sink = new TextSink();
  const notes: string[] = [];
  const kind = await readInto(bytes, name, sink, notes);
  const text = sink.text();
  if (sink.isFull) notes.push('It is very long: what comes after the first four million characters was left out.');
  if (text !== '') return { kind, text, notes };
  throw new UnreadableDocument(kind === 'pdf' ? 'It holds no text; it may be a scan, which is a picture of text.' : 'It holds no text.');
}

async function readInto(bytes: Buffer, name: string, sink: TextSink, notes: string[]): Promise<DocumentKind> {
  if (bytes.subarray(0, 1024).includes('%PDF-')) {
    await readPdf(new Uint8Array(bytes), sink, notes);
    return 'pdf';
  }
  if (bytes.subarray(0, 2).toString('latin1') === 'PK') return readArchive(bytes, sink, notes);
  const text = await decodeText(name, bytes);
  if (/^\.x?html?$/.test(extname(name).toLowerCase())) {
    htmlToText(text, sink);
    return 'html';
  }
  sink.push(text);
  return 'text';
}

async function readArchive(bytes: Uint8Array, sink: TextSink, notes: string[]): Promise<DocumentKind> {
  let archive: Archive | null = null;
  try {
    archive = await Archive.open({ content: bytes });
    if (isDocx(archive)) {
      await readDocx(archive, sink);
      return 'docx';
    }
    if (isXlsx(archive)) {
      await readSheets(archive, sink, notes);
      return 'xlsx';
    }
    if (isPptx(archive)) {
      await readPptx(archive, sink, notes);
      return 'pptx';
    }
    if (isEpub(archive)) {
      await readEpub(archive, sink);
      return 'epub';
    }
  } catch (cause) {
    throw cause instanceof BadArchive ? new UnreadableDocument(cause.message, { cause }) : cause;
  } finally {
    archive?.close();
  }
  throw new UnreadableDocument('It is a ZIP archive. Attach the files in it one by one.');
}
