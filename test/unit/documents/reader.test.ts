/** Documents of every format, in the worker thread that reads them in the app; and files that were made to hurt. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MAX_DOCUMENT_BYTES } from '../../../electron/contract/documents.ts';
import { DocumentReader } from '../../../electron/documents/reader.ts';
import { zipOf } from '../../fixtures/zip.ts';
import { temporaryFolder } from '../store/helpers.ts';
import { docxOf, epubOf, paragraph, pdfOf, pptxOf, xlsxOf } from './files.ts';

const reader = new DocumentReader();
function read(name: string, content: Uint8Array | string, using = reader) {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, content);
  return using.read(path, name);
}

describe('a document', () => {
  const row = '<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>';
  const hidden = '<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>unseen</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>';
  test.each<[string, Uint8Array | string, { kind: string; text: string; notes?: string[] }]>([
    ['notes.txt', '\uFEFFGrüße\r\n\r\n\r\n\r\nan alle', { kind: 'text', text: 'Grüße\n\nan alle' }],
    ['old.txt', Buffer.from('Grüße', 'latin1'), { kind: 'text', text: 'Grüße' }],
    ['wide.txt', Buffer.from([0xff, 0xfe, 0x68, 0, 0x69, 0]), { kind: 'text', text: 'hi' }],
    ['a.csv', 'a,b\n1,2', { kind: 'text', text: 'a,b\n1,2' }],
    ['a.json', '{"a": [1]}', { kind: 'text', text: '{"a": [1]}' }],
    [
      'page.html',
      '<head><title>T</title></head><h2>Head</h2><p>One <b>two</b><script>alert(1)</script></p><ul><li>x<li>y</ul><div style="display: none">unseen<p>too</p></div><p>end',
      { kind: 'html', text: '## Head\n\nOne two\n\n- x\n- y\n\nend' },
    ],
    ['paper.pdf', pdfOf(['First page', 'Second page']), { kind: 'pdf', text: 'First page\n\nSecond page' }],
    [
      'letter.docx',
      docxOf(`${paragraph('Title', 'Heading1')}${paragraph('Text &amp; more')}${row}${hidden}`),
      { kind: 'docx', text: '# Title\n\nText & more\n\na \tb\n\nseen' },
    ],
    ['table.xlsx', xlsxOf(), { kind: 'xlsx', text: '# Prices\n\napple\t\t3', notes: ['1 hidden sheet was left out.'] }],
    ['talk.pptx', pptxOf(), { kind: 'pptx', text: '# Slide 1\n\nFirst\n\n# Slide 2\n\nSecond', notes: ['1 hidden slide was left out.'] }],
    ['book.epub', epubOf(), { kind: 'epub', text: '# One\n\nCall me & come.\n\nThe end.' }],
  ])('%s is read', async (name, content, expected) => {
    const { text, ...rest } = await read(name, content);
    expect({ ...rest, text: text.replace(/[ \t]+\n/g, '\n').replace(/a \tb\t?/, 'a \tb') }).toEqual({ notes: [], ...expected });
  });

  test.each<[string, Uint8Array | string, RegExp]>([
    ['shot.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d]), /“shot\.png” could not be read\. It is a picture/],
    ['old.doc', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /older office program/],
    ['many.zip', zipOf([{ name: 'a.txt', content: 'a' }]), /ZIP archive/],
    ['blank.txt', ' \n ', /holds no text/],
    ['scan.pdf', pdfOf(['']), /may be a scan/],
    ['broken.pdf', '%PDF-1.7\nnothing', /damaged PDF/],
    ['broken.docx', Buffer.from('PK\u0003\u0004nothing'), /damaged ZIP/],
    ['binary.txt', new Uint8Array([0x61, 0, 1, 2, 0x62]), /no text/],
  ])('%s is not, and the reason is said', async (name, content, message) => {
    await expect(read(name, content)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringMatching(message) });
  });
});

describe('a hostile document', () => {
  test('that unpacks to more than is allowed is refused before it fills the memory', async () => {
    const zeros = Buffer.alloc(80 * 1024 * 1024, 0x20);
    const bomb = zipOf([{ name: 'word/document.xml', content: zeros }]);
    expect(bomb.length).toBeLessThan(200_000);
    await expect(read('bomb.docx', bomb)).rejects.toMatchObject({ message: expect.stringMatching(/too large/) });
    const liar = zipOf([{ name: 'word/document.xml', content: zeros, claimedBytes: 100 }]);
    await expect(read('liar.docx', liar)).rejects.toMatchObject({ code: 'bad-input' });
  });

  test('with entities of its own, or of other files, is refused', async () => {
    const entities = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>';
    await expect(read('e.docx', docxOf(paragraph('&b;&x;'), entities))).rejects.toMatchObject({
      message: expect.stringMatching(/document type/),
    });
  });

  test('whose pages go round in a circle, or are claimed without number, ends', async () => {
    await expect(read('circle.pdf', pdfOf(['x'], { kids: '2 0 R', pages: 1 }))).rejects.toMatchObject({ code: 'bad-input' });
    const { text } = await read('endless.pdf', pdfOf(['only page'], { pages: 2_000_000_000 }));
    expect(text).toBe('only page');
  });

  test('nested without end is refused', async () => {
    expect((await read('deep.html', `${'<div>'.repeat(1000)}end`)).text).toBe('end');
    await expect(read('deeper.html', '<div>'.repeat(200_000))).rejects.toMatchObject({ message: expect.stringMatching(/nested/) });
    await expect(read('deep.docx', docxOf('<w:p>'.repeat(1000)))).rejects.toMatchObject({ message: expect.stringMatching(/nested/) });
  });

  test('is cut where it is longer than what is kept', async () => {
    const { text, notes } = await read('long.txt', 'word '.repeat(900_000));
    expect(text.length).toBeLessThanOrEqual(4_000_000);
    expect(notes).toEqual([expect.stringMatching(/very long/)]);
  });

  test('that takes too long is given up, and the next one is read', async () => {
    const hasty = new DocumentReader({ timeoutMs: 1 });
    await expect(read('slow.txt', 'x', hasty)).rejects.toMatchObject({ message: expect.stringMatching(/too long/) });
    expect(await read('next.txt', 'fine')).toMatchObject({ text: 'fine' });
  });

  test('that takes too much memory is given up', async () => {
    const small = new DocumentReader({ memoryMb: 8 });
    await expect(read('big.html', '<p>a</p>'.repeat(3_000_000), small)).rejects.toMatchObject({ code: 'bad-input' });
  });
});

test('what is larger than an attachment may be is not read, nor what is no file', async () => {
  const path = join(temporaryFolder(), 'huge.txt');
  writeFileSync(path, '');
  truncateSync(path, MAX_DOCUMENT_BYTES + 1);
  await expect(reader.read(path, 'huge.txt')).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('64 MiB') as string,
  });
  await expect(reader.read(temporaryFolder(), 'folder')).rejects.toMatchObject({ code: 'bad-input' });
});
