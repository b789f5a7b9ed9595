/** Archives of other programs: the files that hold conversations come out whole, the others are passed over. */
import { Blob as NodeBlob } from 'node:buffer';
import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { isZip, JanFolders, readZip } from '../../../renderer/lib/export/archives.ts';

/** Not the browser's of these tests, which cannot be read piece by piece. */
const blob = (part: string | Uint8Array<ArrayBuffer>) => new NodeBlob([part]) as unknown as Blob;
const zip = (files: Record<string, string>) =>
  blob(zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))) as Uint8Array<ArrayBuffer>);

test('conversations come out, whatever the archive is called and however its files are numbered', async () => {
  const long = `[${'"ü€😀",'.repeat(40_000)}1]`;
  const file = zip({
    'export/conversations-000.json': long,
    'conversations.json': '[2]',
    'user.json': '{"secret":1}',
    'chat.html': '<p>',
    'threads/a/thread.json': '{"id":"a"}',
    'picture.png': 'png',
  });
  expect(await isZip(file)).toBe(true);
  expect(await isZip(blob('[1]'))).toBe(false);
  const found = new Map<string, string>();
  const ended: string[] = [];
  await readZip(file, (name, piece, last) => {
    found.set(name, (found.get(name) ?? '') + piece);
    if (last) ended.push(name);
    return Promise.resolve();
  });
  expect([...found.keys()].toSorted()).toEqual(['conversations.json', 'export/conversations-000.json', 'threads/a/thread.json']);
  expect(found.get('export/conversations-000.json')).toBe(long);
  expect(ended).toHaveLength(3);
});

test('of Jan two files make a conversation, in either order', () => {
  const jan = new JanFolders();
  expect(jan.take('t/1/messages.jsonl', '{"id":1}\n{"i', false)).toBe(null);
  expect(jan.take('t/2/thread.json', '{"id":"two"}', true)).toBe(null);
  expect(jan.take('t/1/messages.jsonl', 'd":2}\n', true)).toBe(null);
  expect(JSON.parse(jan.take('t/1/thread.json', '{"id":"one"}', true)!)).toEqual({
    thread: { id: 'one' },
    messages: [{ id: 1 }, { id: 2 }],
  });
  expect(JSON.parse(jan.take('t/2/messages.jsonl', '', true)!)).toEqual({ thread: { id: 'two' }, messages: [] });
});
