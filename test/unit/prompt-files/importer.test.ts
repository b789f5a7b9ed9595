/** Files of prompts as admins have them: each kind is read for what it is, and what is found out is said. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPrompts, type ReadPromptsOptions } from '../../../electron/calibration/benign-sets/read-prompts.ts';
import { askedOf } from '../../../electron/prompt-files/entry.ts';
import { readPromptFile, type ReadPromptFileOptions } from '../../../electron/prompt-files/read.ts';
import { fromBytes } from '../../../electron/prompt-files/source.ts';
import { zipOf } from '../../fixtures/zip.ts';

const bytes = (content: string | Uint8Array) => (typeof content === 'string' ? new TextEncoder().encode(content) : content);
const read = (name: string, content: string | Uint8Array, options?: ReadPromptsOptions) => readPrompts(name, bytes(content), options);
const fixture = (name: string) => read(name, readFileSync(join(import.meta.dirname, '../../fixtures/prompt-files', name)));
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

async function conversations(name: string, content: string, options: ReadPromptFileOptions = {}) {
  const { entries } = await readPromptFile(fromBytes(name, bytes(content)), { conversations: true, ...options });
  return Array.fromAsync(entries);
}

describe('CSV', () => {
  test.each([
    [
      'semicolons, and sentences with commas',
      'a.csv',
      'prompt;kind\nHow do I bake bread, quickly?;food\nWhat is 1,5 times 2?;math\n',
      ';',
      'prompt',
      ['How do I bake bread, quickly?', 'What is 1,5 times 2?'],
    ],
    ['quoted cells', 'a.csv', 'Frage;Art\n"Wie backe ich Brot; schnell?";Essen\n', ';', 'Frage', ['Wie backe ich Brot; schnell?']],
    ["Excel's first line", 'a.csv', 'sep=;\nprompt;kind\nHow, then?;x\n', ';', 'prompt', ['How, then?']],
    ["Excel's first line, Windows line ends", 'a.csv', 'sep=|\r\nid|q\r\n1|How, then; really?\r\n', '|', 'q', ['How, then; really?']],
    [
      'a column with another name',
      'a.csv',
      'id,user_message\n1,How do I bake bread?\n2,What is a fjord?\n',
      ',',
      'user_message',
      ['How do I bake bread?', 'What is a fjord?'],
    ],
    ['questions and answers', 'a.csv', 'question,answer\nWhat is a fjord?,An inlet of the sea\n', ',', 'question', ['What is a fjord?']],
    ['answers first', 'a.csv', 'answer,question\nAn inlet of the sea,What is a fjord?\n', ',', 'question', ['What is a fjord?']],
    ['tabs', 'a.tsv', 'id\tprompt\n1\tHow do I bake bread, quickly?\n', '\t', 'prompt', ['How do I bake bread, quickly?']],
    [
      'tabs under another name',
      'a.csv',
      'id\tprompt\n1\tHow do I bake bread, quickly?\n',
      '\t',
      'prompt',
      ['How do I bake bread, quickly?'],
    ],
    [
      'single quotation marks',
      'a.csv',
      "'prompt','kind'\n'How, then?','x'\n'It''s what?','y'\n",
      ',',
      'prompt',
      ['How, then?', "It's what?"],
    ],
    [
      'names that nobody knows',
      'a.csv',
      'Spalte1;Feld2\nWie backe ich ein Brot?;x\nWas kostet ein Fahrrad heute?;y\n',
      ';',
      'Spalte1',
      ['Wie backe ich ein Brot?', 'Was kostet ein Fahrrad heute?'],
    ],
    [
      'no header',
      'a.csv',
      'How do I bake bread?,food\nWhat is a fjord?,geography\n',
      ',',
      'Column 1',
      ['How do I bake bread?', 'What is a fjord?'],
    ],
    [
      'no header, prompts behind',
      'a.csv',
      '1,How do I bake bread?\n2,What is a fjord?\n',
      ',',
      'Column 2',
      ['How do I bake bread?', 'What is a fjord?'],
    ],
    [
      'one column, and sentences with commas',
      'a.csv',
      'prompt\nBake bread, quickly\nHello\nOne, two, three\n',
      null,
      'prompt',
      ['Bake bread, quickly', 'Hello', 'One, two, three'],
    ],
    ['Chinese', 'a.csv', '编号,问题\n1,怎么烤面包？\n2,峡湾是什么？\n', ',', '问题', ['怎么烤面包？', '峡湾是什么？']],
    [
      'cells of a spreadsheet, pasted',
      'Pasted text',
      'How do I bake bread?\tfood\nWhat is a fjord?\tgeography\n',
      '\t',
      'Column 1',
      ['How do I bake bread?', 'What is a fjord?'],
    ],
  ])('%s', async (_, name, content, delimiter, column, prompts) => {
    expect(await read(name, content)).toMatchObject({ delimiter, column, prompts, badLines: [] });
  });

  test('what a person says goes before what is found out', async () => {
    const content = 'question;answer\nWhat is a fjord?;An inlet\n';
    expect((await read('a.csv', content, { column: 'ANSWER' })).prompts).toEqual(['An inlet']);
    expect((await read('a.csv', content, { column: '2' })).prompts).toEqual(['An inlet']);
    expect((await read('a.csv', content, { header: false })).prompts).toEqual(['question', 'What is a fjord?']);
    expect((await read('a.csv', 'a|b;c\nd|e;f\n', { delimiter: '|', header: false })).prompts).toEqual(['a', 'd']);
    await expect(read('a.csv', content, { column: 'nothing' })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('It has "question", "answer".'),
    });
  });
});

describe('encodings', () => {
  const content = 'prompt;Art\nWie backe ich ein schönes Brot?;Küche\nWas heißt „früher“?;Sprache\n'.replace(/[„“]/g, "'");

  test('Windows-1252 is read, and said', async () => {
    const { prompts, encoding, notes } = await read('a.csv', latin1(content));
    expect(prompts[0]).toBe('Wie backe ich ein schönes Brot?');
    expect(encoding).toBe('windows-1252');
    expect(notes[0]).toMatch(/not UTF-8 and was read as Windows-1252/);
  });

  test('any other is read where a person says so', async () => {
    // "Как испечь хлеб?" in KOI8-R.
    const koi8 = Uint8Array.of(0xeb, 0xc1, 0xcb, 0x20, 0xc9, 0xd3, 0xd0, 0xc5, 0xde, 0xd8, 0x20, 0xc8, 0xcc, 0xc5, 0xc2, 0x3f);
    expect(await read('a.txt', koi8, { encoding: 'KOI8-R' })).toMatchObject({
      prompts: ['Как испечь хлеб?'],
      encoding: 'koi8-r',
      notes: [],
    });
    expect((await read('a.txt', latin1('für'), { encoding: 'latin1' })).prompts).toEqual(['für']);
    expect((await read('a.txt', latin1('für'), { encoding: 'cp1252' })).prompts).toEqual(['für']);
    expect((await read('a.txt', new Uint8Array(Buffer.from('one\ntwö', 'utf16le')), { encoding: 'utf-16le' })).prompts).toEqual([
      'one',
      'twö',
    ]);
    await expect(read('a.txt', 'x', { encoding: 'klingon' })).rejects.toMatchObject({
      code: 'bad-input',
      hint: expect.stringContaining('windows-1252'),
    });
  });
});

describe('JSON', () => {
  test.each([
    ['a list over many lines', 'a.json', '[\n  {"prompt": "one, two"},\n  {"prompt": "three"}\n]\n', 'prompt', ['one, two', 'three']],
    ['a list in one line', 'a.json', '[{"prompt":"one [a]"},{"prompt":"say \\"}]\\""}]', 'prompt', ['one [a]', 'say "}]"']],
    ['a list of texts', 'a.json', '[\n "one",\n "two"\n]', null, ['one', 'two']],
    [
      'a list inside an object',
      'a.json',
      '{\n"version": 1,\n"data": [{"question": "one"}, {"question": "two"}]}',
      'question',
      ['one', 'two'],
    ],
    ['objects one after another', 'a.json', '{\n"prompt": "one"\n}\n{\n"prompt": "two"}', 'prompt', ['one', 'two']],
    ['lines under the name of a list', 'a.json', '{"prompt": "one"}\n{"prompt": "two"}', 'prompt', ['one', 'two']],
    ['messages', 'a.jsonl', '{"messages":[{"role":"user","content":"How?"}]}', 'messages', ['How?']],
    [
      'messages with a reply',
      'a.jsonl',
      '{"messages":[{"role":"system","content":"s"},{"role":"user","content":"How?"},{"role":"assistant","content":"So."}]}',
      'messages',
      ['How?'],
    ],
    [
      'messages in parts',
      'a.jsonl',
      '{"messages":[{"role":"user","content":[{"type":"text","text":"How?"},{"type":"image_url","image_url":{"url":"x"}}]}]}',
      'messages',
      ['How?'],
    ],
    [
      'ShareGPT',
      'a.jsonl',
      '{"conversations":[{"from":"human","value":"How?"},{"from":"gpt","value":"So."},{"from":"human","value":"Why?"}]}',
      'conversations',
      ['Why?'],
    ],
    [
      'instructions',
      'a.jsonl',
      '{"instruction":"Translate.","input":""}\n{"instruction":"Translate.","input":"Brot"}',
      'instruction',
      ['Translate.', 'Translate.\n\nBrot'],
    ],
    ['questions', 'a.jsonl', '{"question":"How?","answer":"So."}', 'question', ['How?']],
    ['a prompt that is a conversation', 'a.jsonl', '{"prompt":[{"role":"user","content":"How?"}]}', 'prompt', ['How?']],
    ['a field with another name', 'a.jsonl', '{"id":"1","user_message":"How do I bake bread?"}', 'user_message', ['How do I bake bread?']],
  ])('%s', async (_, name, content, column, prompts) => {
    expect(await read(name, content)).toMatchObject({ column, prompts, badLines: [] });
  });

  test('another field where a person says so', async () => {
    expect((await read('a.jsonl', '{"prompt":"one","title":"two"}', { column: 'title' })).prompts).toEqual(['two']);
  });

  test('a fault of one member names its line and costs no other', async () => {
    const { prompts, badLines } = await read('a.json', '[\n{"prompt": "one"},\n{"prompt": 7},\n{"prompt": x},\n{"prompt": "two"}\n]');
    expect(prompts).toEqual(['one', 'two']);
    expect(badLines.map(({ line }) => line)).toEqual([3, 4]);
  });

  test('a file that ends in the middle is refused', async () => {
    await expect(read('a.json', '[{"prompt": "one"}, {"prompt": "tw')).rejects.toThrow(/ends in the middle/);
  });

  test('for evaluation a conversation keeps what came before, and every request can be one', async () => {
    const content = JSON.stringify({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'How?' },
        { role: 'assistant', content: null, tool_calls: [] },
        { role: 'tool', content: '4' },
        { role: 'assistant', content: 'So.' },
        { role: 'user', content: 'Why?' },
        { role: 'assistant', content: 'Because.' },
      ],
    });
    const [last] = await conversations('a.jsonl', content);
    expect(last).toMatchObject({ systemPrompt: 'Be brief.', turns: [{ text: 'How?' }, { text: 'So.' }, { text: 'Why?' }] });
    const every = await conversations('a.jsonl', content, { turns: 'every' });
    expect(every.map((entry) => 'turns' in entry && [entry.turns.length, askedOf(entry)])).toEqual([
      [1, 'How?'],
      [3, 'Why?'],
    ]);
  });

  test('for evaluation the answer of a worked solution is what stands behind its mark', async () => {
    expect(await conversations('a.jsonl', '{"question":"2+2?","answer":"Two and two.\\n#### 4"}')).toMatchObject([{ answer: '4' }]);
    expect(await conversations('a.jsonl', `{"question":"Why?","answer":"${'Because. '.repeat(50)}"}`)).toMatchObject([{ answer: null }]);
  });
});

describe('Markdown', () => {
  test.each([
    [
      'items',
      '# Title\n\nAbout.\n\n- How do I bake bread?\n* What is\n  a fjord?\n1. [ ] One\n',
      ['How do I bake bread?', 'What is\na fjord?', 'One'],
    ],
    ['no list', '# Title\n\nHow do I bake bread?\nWhat is a fjord?\n', ['How do I bake bread?', 'What is a fjord?']],
    ['a table', '| id | prompt |\n| --- | :-- |\n| 1 | How \\| why? |\n', ['How | why?']],
  ])('%s', async (_, content, prompts) => {
    expect((await read('a.md', content)).prompts).toEqual(prompts);
  });

  test('what is left out is counted', async () => {
    expect((await read('a.md', 'About.\nMore.\n- One\n')).notes).toEqual(['2 lines beside the lists were left out.']);
  });
});

describe('office files, as other programs write them', () => {
  test.each([
    ['openpyxl.xlsx', 'xlsx', 'user_message', ['How do I bake bread?', 'Wie backe ich Brot; schnell?', 'What is 1,5 times 2?']],
    ['xlsxwriter.xlsx', 'xlsx', 'Frage', ['Wie backe ich Brot?', 'Was kostet ein Fahrrad?', 'Wie spät ist es?']],
    ['odfpy.ods', 'ods', 'user_message', ['How do I bake bread?', 'Wie backe ich Brot; schnell?', 'What is 1,5 times 2?']],
    ['table.docx', 'docx', 'user_message', ['How do I bake bread?', 'Wie backe ich Brot; schnell?', 'What is 1,5 times 2?']],
    ['list.docx', 'docx', null, ['How do I bake bread?', 'What is 1,5 times 2?']],
  ])('%s', async (name, format, column, prompts) => {
    expect(await fixture(name)).toMatchObject({ format, column, prompts, encoding: null });
  });

  test('sheets that are hidden or have no such column are left out, and said', async () => {
    const { notes } = await fixture('openpyxl.xlsx');
    expect(notes).toEqual(['1 hidden sheet was left out.', '“Notes” was left out: it has no column “user_message”.']);
  });

  test('what is in a file counts, not its name', async () => {
    const content = readFileSync(join(import.meta.dirname, '../../fixtures/prompt-files/openpyxl.xlsx'));
    expect(await read('prompts.csv', content)).toMatchObject({ format: 'xlsx', column: 'user_message' });
  });

  test('older and other files are named for what they are', async () => {
    await expect(read('a.xls', Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1))).rejects.toThrow(/older office program/);
    await expect(read('a.pdf', '%PDF-1.7')).rejects.toThrow(/PDF/);
  });
});

describe('a ZIP', () => {
  test('of several kinds is read file by file, and what cannot be read is named', async () => {
    const content = zipOf([
      { name: 'a/one.csv', content: 'id;prompt\n1;From a table\n' },
      { name: 'two.jsonl', content: '{"messages":[{"role":"user","content":"From a chat"}]}\nnot json\n' },
      { name: 'three.xlsx', content: readFileSync(join(import.meta.dirname, '../../fixtures/prompt-files/openpyxl.xlsx')) },
      { name: 'picture.png', content: 'x' },
      { name: '__MACOSX/._one.csv', content: 'x' },
      { name: 'inner.zip', content: zipOf([{ name: 'a.txt', content: 'x' }]) },
    ]);
    const { format, prompts, badLines, notes } = await read('all.zip', content);
    expect(format).toBe('zip');
    expect(prompts).toEqual([
      'From a table',
      'From a chat',
      'How do I bake bread?',
      'Wie backe ich Brot; schnell?',
      'What is 1,5 times 2?',
    ]);
    expect(badLines).toEqual([{ line: 2, fault: 'is not JSON.', file: 'two.jsonl' }]);
    expect(notes[0]).toBe('Not read: picture.png, inner.zip.');
  });

  test('inside a file with another name is not opened', async () => {
    const content = zipOf([
      { name: 'a.txt', content: zipOf([{ name: 'b.txt', content: 'deep' }]) },
      { name: 'c.txt', content: 'fine' },
    ]);
    const { prompts, notes } = await read('all.zip', content);
    expect(prompts).toEqual(['fine']);
    expect(notes[0]).toMatch(/a\.txt was left out\..*archive inside an archive/);
  });
});

describe('files that mean harm', () => {
  const workbook = '<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>';
  const relations = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>';
  const book = (sheet: string, claimedBytes?: number) =>
    zipOf([
      { name: 'xl/workbook.xml', content: workbook },
      { name: 'xl/_rels/workbook.xml.rels', content: relations },
      { name: 'xl/worksheets/sheet1.xml', content: sheet, ...(claimedBytes === undefined ? {} : { claimedBytes }) },
    ]);
  const bad = (why: RegExp) => expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(why) as string });
  const CELL = (text: string, at: string) => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`;

  test('the pieces are a sheet', async () => {
    expect(
      (
        await read(
          'a.xlsx',
          book(
            `<worksheet><sheetData><row r="1">${CELL('prompt', 'A1')}</row><row r="2">${CELL('How?', 'A2')}</row></sheetData></worksheet>`,
          ),
        )
      ).prompts,
    ).toEqual(['How?']);
  });

  test('a bomb, and one that lies about its size', async () => {
    const spaces = `<worksheet><sheetData>${' '.repeat(1_000_000)}</sheetData></worksheet>`;
    await expect(read('a.xlsx', book(spaces, 70 * 1024 * 1024))).rejects.toThrow(bad(/too large/));
    await expect(read('a.xlsx', book(spaces, 1000))).rejects.toThrow(bad(/damaged/));
    const { notes } = await read(
      'a.zip',
      zipOf([
        { name: 'a.txt', content: 'a', claimedBytes: 2 ** 31 },
        { name: 'b.txt', content: 'fine' },
      ]),
    );
    expect(notes).toEqual(['a.txt was left out. a.txt in it is too large: up to 64 MiB of a file are unpacked, and 256 MiB in all.']);
  });

  test('entities, own and foreign', async () => {
    const external = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row r="1">${CELL('&e;', 'A1')}</row></sheetData></worksheet>`;
    await expect(read('a.xlsx', book(external))).rejects.toThrow(bad(/document type/));
    const laughs = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>`;
    await expect(read('a.xlsx', book(laughs))).rejects.toThrow(bad(/document type/));
    await expect(read('a.xlsx', book('<worksheet>&nothing;</worksheet>'))).rejects.toThrow(bad(/not well formed/));
  });

  test('a sheet without end, sideways and down', async () => {
    const far = `<worksheet><sheetData><row r="1">${CELL('prompt', 'A1')}${CELL('x', 'XFD1')}</row><row r="1048576">${CELL('How?', 'A1048576')}${CELL('x', 'ZZZ1048576')}</row></sheetData></worksheet>`;
    expect((await read('a.xlsx', book(far))).prompts).toEqual(['How?']);
    const repeated = zipOf([
      { name: 'mimetype', content: 'application/vnd.oasis.opendocument.spreadsheet' },
      {
        name: 'content.xml',
        content:
          '<t:table t:name="S"><t:table-row><t:table-cell t:number-columns-repeated="9999999"><p>prompt</p></t:table-cell></t:table-row><t:table-row t:number-rows-repeated="9999999"><t:table-cell t:number-columns-repeated="9999999"><p>How<s c="9999999"/>?</p></t:table-cell></t:table-row></t:table>',
      },
    ]);
    const { prompts, columns } = await read('a.ods', repeated, { header: false });
    expect(prompts.at(-1)).toMatch(/^How +\?$/);
    expect(columns).toHaveLength(512);
  });

  test('elements in elements, and a path that leads out of the archive', async () => {
    await expect(read('a.xlsx', book(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`))).rejects.toThrow(bad(/nested too deeply/));
    const outside = zipOf([
      { name: 'xl/workbook.xml', content: workbook },
      { name: 'xl/_rels/workbook.xml.rels', content: relations.replace('worksheets/sheet1.xml', '../../../../etc/passwd') },
    ]);
    await expect(read('a.xlsx', outside)).rejects.toThrow(bad(/no prompts/));
  });

  test('columns without end in a CSV, and brackets without end in JSON', async () => {
    expect((await read('a.csv', `prompt,${'x,'.repeat(100_000)}\nHow?,${'y,'.repeat(100_000)}\n`)).prompts).toEqual(['How?']);
    await expect(read('a.json', `[${'['.repeat(1_000_000)}`)).rejects.toThrow(bad(/middle/));
    await expect(read('a.json', `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`)).rejects.toThrow(bad(/Line 1/));
  });
});
