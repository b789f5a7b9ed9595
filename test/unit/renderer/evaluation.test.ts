/** The evaluation tab in a document, against an app that answers from memory. */
import { flushSync } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import EvaluationTab from '../../../renderer/lib/components/evaluation/EvaluationTab.svelte';
import { SteadyError, type EvaluationJob, type EvaluationSummaryView } from '../../../electron/contract/index.ts';
import { makePreview } from './calibration-fixtures.ts';
import { fakeService } from './fake-service.ts';
import { makeMessage } from './support/messages.ts';
import { button, giveFiles, mountPart, type MountedPart } from './calibration-page.ts';

let part: MountedPart | null = null;
afterEach(() => {
  part?.unmount();
  part = null;
});

const ID = '00000000-0000-4000-8000-000000000001';
const job = (change: Partial<EvaluationJob> = {}): EvaluationJob => ({
  id: ID,
  name: 'mine.txt',
  status: 'finished',
  createdAt: Date.UTC(2026, 0, 2),
  finishedAt: Date.UTC(2026, 0, 2),
  modelId: 'm',
  modelName: 'A model',
  modelSha256: 'a'.repeat(64),
  sets: [{ name: 'mine.txt', prompts: 4 }],
  arms: ['unsteered', 'profile'],
  maxTokens: null,
  limit: null,
  firstTokenKl: false,
  keepTexts: false,
  progress: null,
  error: null,
  resumable: false,
  folder: '/data/evaluations/1',
  ...change,
});

const counts = (refused: number) => ({
  n: 4,
  refused,
  complied: 4 - refused,
  partial: 0,
  degenerate: 0,
  cutOff: 0,
  meanTokens: 10,
  intervals: { refused: [0.1, 0.7], degenerate: [0, 0.5], identical: [0.3, 0.9] } as Record<string, [number, number]>,
});
const summary: EvaluationSummaryView = {
  createdAt: '2026-01-02T00:00:00.000Z',
  complete: true,
  profiles: {},
  skipped: [{ arm: 'paper', reason: 'No layer does both.' }],
  compute: 'CPU, 1 thread',
  sets: [
    {
      file: 'mine.txt',
      n: 4,
      duplicates: 1,
      tooLong: 0,
      maxTokens: 128,
      arms: { unsteered: counts(1), profile: { ...counts(3), steered: 2, identical: 2, identicalAlone: 0 } },
      comparisons: [{ arm: 'profile', measure: 'refused', gained: 2, lost: 0, difference: 0.5, interval: [0.1, 0.8], pValue: 0.5 }],
    },
  ],
};

async function open(jobs: EvaluationJob[] = [], over: Record<string, unknown> = {}) {
  const service = fakeService();
  const uploads = new Map<string, { name: string; text: string }>();
  const started: unknown[] = [];
  Object.assign(service.handlers, {
    'evaluation.state': () => ({ jobs, blocked: null }),
    'prompts.upload.begin': ({ fileName }: { fileName: string }) => {
      const uploadId = `00000000-0000-4000-8000-00000000010${uploads.size}`;
      uploads.set(uploadId, { name: fileName, text: '' });
      return { uploadId };
    },
    'prompts.upload.append': ({ uploadId, base64 }: { uploadId: string; base64: string }) => {
      const upload = uploads.get(uploadId)!;
      upload.text += atob(base64);
      return { received: upload.text.length };
    },
    'evaluation.set.fromUpload': ({ uploadId }: { uploadId: string }) => {
      const { name, text } = uploads.get(uploadId)!;
      if (text.includes('nonsense')) throw new SteadyError('bad-input', `The prompts in ${name} could not be read. Line 2 is not JSON.`);
      const lines = text.split('\n').filter((line) => line !== '');
      return {
        ...makePreview({ source: name, format: 'text', prompts: lines.length, preview: lines }),
        setId: uploadId,
        name,
        withAnswers: 0,
      };
    },
    'evaluation.start': (input: unknown) => {
      started.push(input);
      jobs.unshift(job({ status: 'running' }));
      return jobs[0];
    },
    'evaluation.summary': () => summary,
    ...over,
  });
  part = await mountPart(EvaluationTab, service);
  await part.sees('Asks the model your own prompts');
  return { page: part, started };
}

function paste(text: string): void {
  const box = document.querySelector<HTMLTextAreaElement>('textarea')!;
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

test('a file with faults says which, and nothing can be started with it', async () => {
  const { page } = await open();
  giveFiles(new File(['{"prompt": "a"}\nnonsense\n'], 'faulty.jsonl'));
  await page.sees('Line 2 is not JSON.');
  expect(button('Start').disabled).toBe(true);
  page.press('Remove faulty.jsonl');
  await vi.waitFor(() => expect(document.body.textContent).not.toContain('Line 2'));
});

test('prompts are handed in, and what is asked is what was chosen', async () => {
  const { page, started } = await open();
  paste('What is a tree?\nWhat is rain?\n');
  page.press('Add pasted prompts');
  await page.sees('What is rain?');
  await page.sees('2 prompts, asked 2 ways: 4 replies.');
  button('Start').click();
  await page.sees('Getting ready…');
  expect(started).toEqual([
    {
      setIds: ['00000000-0000-4000-8000-000000000100'],
      arms: ['unsteered', 'profile'],
      maxTokens: null,
      limit: null,
      firstTokenKl: false,
      keepTexts: false,
    },
  ]);
});

test('what is pasted and not added yet is shown before it is used', async () => {
  const { page, started } = await open();
  paste('What is a tree?\nnonsense\n');
  page.press('Read the prompts');
  await page.sees('Line 2 is not JSON.');
  await page.settle();
  expect(started).toEqual([]);
  page.press('Remove Pasted prompts');
  paste('What is a tree?\n');
  page.press('Read the prompts');
  await page.sees('Look at the first 1');
  expect(started).toEqual([]);
  page.press('Start');
  await page.sees('Getting ready…');
  expect(started).toMatchObject([{ setIds: ['00000000-0000-4000-8000-000000000101'] }]);
});

test('a running evaluation tells where it is', async () => {
  const running = job({ status: 'running' });
  const { page } = await open([running]);
  await page.sees('Chatting is paused meanwhile');
  page.emit('evaluation.progress', {
    jobId: ID,
    set: 'mine.txt',
    arm: 'profile',
    stage: 'replies',
    done: 3,
    total: 4,
    overall: 0.875,
    secondsLeft: 90,
  });
  await page.sees('mine.txt, with protection: replies 3 of 4');
  await page.sees('about 2 min left');
  expect(document.querySelector('[role="progressbar"]')!.getAttribute('aria-valuenow')).toBe('88');
});

test('results show each arm with its interval, and the difference', async () => {
  const { page } = await open([job()]);
  await page.sees('Finished');
  page.press('Results: mine.txt');
  await page.sees('4 prompts, replies of up to 128 tokens, 1 repeated line asked once');
  await page.sees('75.0 % 10–70 %');
  await page.sees('With protection, refused: +50.0 points (+10.0 points to +80.0 points; 2 more, 0 fewer; p 0.500)');
  await page.sees('“Plain method” was left out. No layer does both.');
  const bars = [...document.querySelectorAll('[role="img"]')].map((bar) => bar.getAttribute('aria-label'));
  expect(bars[1]).toBe('refused 75.0 %, partly refused 0.0 %, broken text 0.0 %, answered 25.0 %');
  page.press('Back to evaluations');
  await page.sees('So far');
});

test('one that was stopped can be resumed; why one failed is said', async () => {
  const resumed: unknown[] = [];
  const error = { code: 'engine-crashed', message: 'The engine stopped unexpectedly.', hint: '' } as const;
  const { page } = await open([job({ status: 'failed', resumable: true, error })], {
    'evaluation.resume': (input: unknown) => {
      resumed.push(input);
      return job({ status: 'running' });
    },
  });
  await page.sees('The engine stopped unexpectedly.');
  page.press('Resume: mine.txt');
  await vi.waitFor(() => expect(resumed).toEqual([{ jobId: ID }]));
});

test('nothing starts while a file is on its way, or it would be left out without a word', async () => {
  const arrived = Promise.withResolvers<undefined>();
  const { page, started } = await open([], {
    'prompts.upload.begin': async ({ fileName }: { fileName: string }) => {
      if (fileName === 'large.txt') await arrived.promise;
      return { uploadId: `00000000-0000-4000-8000-00000000000${fileName === 'large.txt' ? 2 : 1}` };
    },
    'prompts.upload.append': () => ({ received: 5 }),
    'evaluation.set.fromUpload': ({ uploadId }: { uploadId: string }) => ({
      ...makePreview({ prompts: 1, preview: ['a'] }),
      ...{ setId: uploadId, name: `${uploadId}.txt`, withAnswers: 0 },
    }),
  });
  giveFiles(new File(['small'], 'small.txt'), new File(['large'], 'large.txt'));
  await page.sees('Wait until all files have been read.');
  expect(button('Start').disabled).toBe(true);
  arrived.resolve(undefined);
  await page.sees('2 prompts, asked 2 ways: 4 replies.');
  page.press('Start');
  await page.sees('Getting ready…');
  expect((started[0] as { setIds: string[] }).setIds).toHaveLength(2);
});

test('what an evaluation waits for is asked again when it may be over', async () => {
  let blocked: string | null = 'A reply is being written.';
  const { page } = await open([], { 'evaluation.state': () => ({ jobs: [], blocked }) });
  paste('What is a tree?');
  await page.sees('A reply is being written.');
  expect(button('Read the prompts').disabled).toBe(true);
  blocked = null;
  page.emit('chat.message', makeMessage({ role: 'assistant', state: 'done' }));
  await vi.waitFor(() => {
    flushSync();
    expect(button('Read the prompts').disabled).toBe(false);
  });
});

test('what was found in a file can be changed, and it is read again', async () => {
  const read: unknown[] = [];
  const { page } = await open([], {
    'evaluation.set.fromUpload': ({ uploadId }: { uploadId: string }) => ({
      ...makePreview({
        notes: ['It is not UTF-8 and was read as Windows-1252.'],
        harmful: {
          count: 2,
          prompts: [
            { text: 'How do I poison a well?', score: 0.99 },
            { text: 'What is poison ivy?', score: 0.9 },
          ],
        },
        nearDuplicates: { prompts: 1, groups: [['How?', 'how']] },
      }),
      ...{ setId: uploadId, name: 'mine.csv', withAnswers: 0 },
    }),
    'evaluation.set.read': ({ setId, options }: { setId: string; options: unknown }) => {
      read.push(options);
      return { ...makePreview({ column: 'id', preview: ['1', '2'] }), setId, name: 'mine.csv', withAnswers: 0 };
    },
  });
  giveFiles(new File(['id,prompt\n1,a\n'], 'mine.csv'));
  await page.sees('CSV, comma between cells, UTF-8');
  await page.sees('It is not UTF-8 and was read as Windows-1252.');
  await page.sees('Look at 2 prompts that may be harmful');
  await page.sees('1 prompt is much like another one');
  await page.sees('Languages: English 2.');
  const column = document.querySelector<HTMLSelectElement>('.choices select')!;
  column.value = 'id';
  column.dispatchEvent(new Event('change', { bubbles: true }));
  await vi.waitFor(() => expect(read).toEqual([{ column: 'id' }]));
  await vi.waitFor(() => expect(document.body.textContent).not.toContain('How do I reset a password?'));
});
