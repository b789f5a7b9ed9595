/** Conversations of other programs: every branch, title, date and system prompt comes in; what cannot is named; twice adds nothing. */
import { describe, expect, test } from 'vitest';
import type { ImportReport } from '../../../electron/contract/index.ts';
import { ConversationImport } from '../../../electron/conversations/import.ts';
import { JsonElements } from '../../../electron/conversations/json-elements.ts';
import type { Store } from '../../../electron/store/index.ts';
import { temporaryStore } from '../store/helpers.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const S = AT / 1000;
const ISO = new Date(AT).toISOString();

const chatGptNode = (id: string, parent: string | null, role: string, parts: unknown[], more: Record<string, unknown> = {}) => ({
  [id]: {
    id,
    parent,
    children: [],
    message: {
      author: { role },
      create_time: S,
      content: { content_type: 'text', parts },
      metadata: { model_slug: role === 'assistant' ? 'gpt-x' : undefined },
      recipient: 'all',
      ...more,
    },
  },
});

const CHATGPT = {
  title: 'Trees',
  create_time: S,
  update_time: S + 60,
  conversation_id: 'aaaa-1',
  current_node: 'a2',
  mapping: {
    root: { id: 'root', parent: null, message: null },
    ...chatGptNode('s', 'root', 'system', ['']),
    ...chatGptNode('c', 's', 'user', [], {
      content: { content_type: 'user_editable_context', user_profile: 'I am Ada.', user_instructions: 'Be brief.' },
    }),
    ...chatGptNode('u1', 'c', 'user', [{ content_type: 'image_asset_pointer' }, 'What tree is this?']),
    ...chatGptNode('t', 'u1', 'assistant', [], { content: { content_type: 'thoughts', thoughts: [] } }),
    ...chatGptNode('call', 't', 'assistant', ['search("tree")'], { recipient: 'web' }),
    ...chatGptNode('tool', 'call', 'tool', ['result']),
    ...chatGptNode('a1', 'tool', 'assistant', ['An oak.']),
    ...chatGptNode('a2', 'u1', 'assistant', ['An elm.']),
  },
};

const CLAUDE = {
  uuid: 'bbbb-1',
  name: 'Birds',
  created_at: ISO,
  updated_at: ISO,
  chat_messages: [
    {
      uuid: 'h',
      sender: 'human',
      text: 'Read this.',
      created_at: ISO,
      attachments: [{ file_name: 'a.txt', extracted_content: 'An owl.' }],
      files: [{ file_name: 'b.png' }],
    },
    {
      uuid: 'a',
      sender: 'assistant',
      text: 'old',
      created_at: ISO,
      content: [{ type: 'thinking', thinking: 'hm' }, { type: 'tool_use' }, { type: 'text', text: 'It is about an owl.' }],
    },
  ],
};

const OPEN_WEBUI = {
  id: 'cccc-1',
  title: 'Rivers',
  created_at: S,
  updated_at: S,
  pinned: true,
  archived: false,
  chat: {
    title: 'Rivers',
    params: { system: 'Answer in German.' },
    history: {
      currentId: 'm3',
      messages: {
        m1: { id: 'm1', parentId: null, role: 'user', content: 'Name a river.', timestamp: S },
        m2: {
          id: 'm2',
          parentId: 'm1',
          role: 'assistant',
          content: '<details type="reasoning" done="true">\nhm\n</details>\nRhein.',
          model: 'q',
          timestamp: S,
        },
        m3: { id: 'm3', parentId: 'm1', role: 'assistant', content: 'Elbe.', model: 'q', timestamp: S },
      },
    },
  },
};

const step = (text: string) => ({
  type: 'multiStep',
  role: 'assistant',
  steps: [{ type: 'contentBlock', content: [{ type: 'text', text }] }],
});
const LM_STUDIO = {
  name: 'Hills',
  createdAt: AT,
  systemPrompt: 'Be kind.',
  messages: [
    { versions: [{ type: 'singleStep', role: 'user', content: [{ type: 'text', text: 'Name a hill.' }] }], currentlySelected: 0 },
    { versions: [step('Box Hill.'), step('Leith Hill.')], currentlySelected: 1 },
    { versions: [{ type: 'singleStep', role: 'user', content: [{ type: 'text', text: 'How high?' }] }], currentlySelected: 0 },
  ],
};

const JAN = {
  thread: {
    id: 'jan_1',
    object: 'thread',
    title: 'Lakes',
    created: S,
    updated: S,
    assistants: [{ instructions: 'Be exact.', model: { id: 'm' } }],
  },
  messages: [
    { id: '1', role: 'user', content: [{ type: 'text', text: { value: 'Name a lake.', annotations: [] } }], created_at: S },
    { id: '2', role: 'assistant', content: [{ type: 'text', text: { value: 'Bodensee.', annotations: [] } }], created_at: S },
  ],
};

const LLAMA_CPP = {
  conv: { id: 'dddd-1', name: 'Stones', lastModified: AT, currNode: '3' },
  messages: [
    { id: '0', type: 'root', role: 'system', content: '', parent: null, timestamp: AT },
    { id: '1', type: 'text', role: 'system', content: 'Be dry.', parent: '0', timestamp: AT },
    { id: '2', type: 'text', role: 'user', content: 'Name a stone.', parent: '1', timestamp: AT },
    { id: '3', type: 'text', role: 'assistant', content: 'Granite.', parent: '2', timestamp: AT, model: 'q' },
    { id: '4', type: 'text', role: 'assistant', content: 'Slate.', parent: '2', timestamp: AT, model: 'q' },
  ],
};

async function importInto(store: Store, text: string, piece = 97): Promise<ImportReport> {
  const importing = new ConversationImport(store.transfer);
  for (let at = 0; at < text.length; at += piece) await importing.write(text.slice(at, at + piece));
  return importing.finish();
}

/** Each branch from its first message to its last, and what the conversation says of itself. */
async function shown(store: Store) {
  const [{ id } = { id: '' }] = await store.conversations.list({ limit: 1, before: null });
  const { conversation, messages } = await store.conversations.open(id);
  const leaves = messages.filter(({ id: leaf }) => !messages.some(({ parentId }) => parentId === leaf));
  const branches: string[][] = [];
  for (const leaf of leaves) branches.push((await store.messages.path(leaf.id)).map(({ text }) => text));
  const active = messages.find(({ id: leaf }) => leaf === conversation.activeLeafId)?.text;
  const { title, systemPrompt, createdAt } = conversation;
  return { title, systemPrompt, createdAt, branches: branches.toSorted(), active };
}

describe.each([
  [
    "ChatGPT's list",
    [CHATGPT],
    {
      title: 'Trees',
      systemPrompt: 'I am Ada.\n\nBe brief.',
      createdAt: AT,
      branches: [
        ['What tree is this?', 'An elm.'],
        ['What tree is this?', 'An oak.'],
      ],
      active: 'An elm.',
    },
    { pictures: 1, files: 0, tools: 2, thoughts: 1 },
  ],
  [
    "Claude's list",
    [CLAUDE],
    {
      title: 'Birds',
      systemPrompt: '',
      createdAt: AT,
      branches: [['a.txt:\n\nAn owl.', 'It is about an owl.']],
      active: 'It is about an owl.',
    },
    { pictures: 0, files: 1, tools: 1, thoughts: 1 },
  ],
  [
    "Open WebUI's list",
    [OPEN_WEBUI],
    {
      title: 'Rivers',
      systemPrompt: 'Answer in German.',
      createdAt: AT,
      branches: [
        ['Name a river.', 'Elbe.'],
        ['Name a river.', 'Rhein.'],
      ],
      active: 'Elbe.',
    },
    { pictures: 0, files: 0, tools: 0, thoughts: 1 },
  ],
  [
    'a conversation of LM Studio',
    LM_STUDIO,
    {
      title: 'Hills',
      systemPrompt: 'Be kind.',
      createdAt: AT,
      branches: [
        ['Name a hill.', 'Box Hill.'],
        ['Name a hill.', 'Leith Hill.', 'How high?'],
      ],
      active: 'How high?',
    },
    { pictures: 0, files: 0, tools: 0, thoughts: 0 },
  ],
  [
    'a thread of Jan',
    JAN,
    { title: 'Lakes', systemPrompt: 'Be exact.', createdAt: AT, branches: [['Name a lake.', 'Bodensee.']], active: 'Bodensee.' },
    { pictures: 0, files: 0, tools: 0, thoughts: 0 },
  ],
  [
    "llama.cpp's page",
    LLAMA_CPP,
    {
      title: 'Stones',
      systemPrompt: 'Be dry.',
      createdAt: AT,
      branches: [
        ['Name a stone.', 'Granite.'],
        ['Name a stone.', 'Slate.'],
      ],
      active: 'Granite.',
    },
    { pictures: 0, files: 0, tools: 0, thoughts: 0 },
  ],
])('%s', (_, file, expected, leftOut) => {
  test('comes in whole, and a second time adds nothing; deleted, it comes back', async () => {
    const { store } = await temporaryStore();
    expect(await importInto(store, JSON.stringify(file))).toMatchObject({ conversations: 1, known: 0, faultCount: 0, leftOut });
    expect(await shown(store)).toEqual(expected);
    expect(await importInto(store, JSON.stringify(file, null, 2))).toMatchObject({ conversations: 0, known: 1, faultCount: 0 });
    const all = await store.conversations.list({ limit: 10, before: null });
    expect(all).toHaveLength(1);
    await store.conversations.delete(all[0]!.id);
    expect(await importInto(store, JSON.stringify(file))).toMatchObject({ conversations: 1, known: 0 });
    expect(await store.conversations.list({ limit: 10, before: null })).toHaveLength(1);
  });
});

test('what is no conversation is named among those that are, and alone is no file of conversations', async () => {
  const { store } = await temporaryStore();
  const report = await importInto(store, JSON.stringify([CHATGPT, { some: 'thing' }, 7, CLAUDE]));
  expect(report).toMatchObject({ conversations: 2, faultCount: 2 });
  expect(report.faults.map(({ index }) => index)).toEqual([2, 3]);
  await expect(importInto(store, '[{"some":"thing"}]')).rejects.toMatchObject({ code: 'bad-input' });
  expect(await importInto(store, `${JSON.stringify([CHATGPT]).slice(0, -1)},{"mapp`)).toMatchObject({ faultCount: 1 });
});

test.each([
  ['in a circle', { mapping: { a: { parent: 'b', message: null }, b: { parent: 'a', message: null } }, id: 'x' }, /circle/],
  ['without messages', { mapping: {}, id: 'y' }, /no messages/],
])('a conversation %s is left out by name', async (_, broken, message) => {
  const { store } = await temporaryStore();
  const report = await importInto(store, JSON.stringify([broken, CLAUDE]));
  expect(report).toMatchObject({ conversations: 1, faultCount: 1 });
  expect(report.faults[0]!.message).toMatch(message);
});

test('ten thousand replies in a row are one, and many branches that repeat a long one are too much', async () => {
  const { store } = await temporaryStore();
  const long = (count: number, parentOf: (index: number) => string | null, text: string) => ({
    conv: { id: `${count}${text.length}`, name: 'long', lastModified: AT, currNode: null },
    messages: [
      { id: 'u', role: 'user', content: 'Hi', parent: null },
      ...Array.from({ length: count }, (_, index) => ({ id: `${index}`, role: 'assistant', content: text, parent: parentOf(index) })),
    ],
  });
  const row = await importInto(store, JSON.stringify(long(10_000, (index) => (index === 0 ? 'u' : `${index - 1}`), 'x')), 100_000);
  expect(row).toMatchObject({ conversations: 1, messages: 2 });
  const star = await importInto(store, JSON.stringify([long(5_000, (index) => (index === 0 ? 'u' : '0'), 'y'.repeat(10_000))]), 1_000_000);
  expect(star).toMatchObject({ conversations: 0, faultCount: 1 });
});

test('the elements of a list come out one by one, wherever its text is cut', () => {
  const text = ' [ {"a":"],[\\""} , [1,[2]],"s", 3 ,{}]\n';
  for (let size = 1; size <= text.length; size++) {
    const elements = new JsonElements(1000);
    const found: unknown[] = [];
    for (let at = 0; at < text.length; at += size)
      for (const element of elements.push(text.slice(at, at + size))) found.push(JSON.parse(element!));
    expect(found).toEqual([{ a: '],["' }, [1, [2]], 's', 3, {}]);
    expect(elements.ended).toBe(true);
  }
  expect([...new JsonElements(10).push('["12345678901234567890","a"]')]).toEqual([null, '"a"']);
});
