/** What version 0.1.0 left on disk: a calibration goes on from it, and finds the same values in it. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ModelPort } from '../../../../steering/calibration/port.ts';
import { labelReplies } from '../../../../steering/calibration/replies/label-replies.ts';
import { extractRows } from '../../../../steering/calibration/rows/extract-rows.ts';
import { RowCache } from '../../../../steering/calibration/rows/row-cache.ts';
import type { Prompt } from '../../../../steering/prompts/index.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', '..', 'fixtures', '0.1.0');
const MODEL = 'a'.repeat(64);
const KEY = { modelSha256: MODEL, chatTemplateSha256: 'b'.repeat(64), layers: [7, 9], tokenLayers: [9], tokensEach: 8, width: 4 };
const plain = (text: string): Prompt => ({ id: `p-${text}`, text, kind: 'test', language: 'en' });
const PROMPTS: Prompt[] = [
  plain('p0'),
  plain('p1'),
  {
    ...plain('q2'),
    system: 'Be brief.',
    turns: [
      { role: 'user', text: 'p2' },
      { role: 'assistant', text: 'a2' },
      { role: 'user', text: 'q2' },
    ],
  },
];
const asked = () => Promise.reject(new Error('The model was asked.'));
/** Fails whatever is asked: everything must be on disk. */
const port: ModelPort = {
  model: {
    ...{ name: 'Tiny', sha256: MODEL, architecture: 'llama', embeddingLength: 4, layerCount: 12 },
    ...{ chatTemplateSha256: KEY.chatTemplateSha256, steerableLayers: [] },
  },
  capture: asked,
  generate: asked,
  applyProfile: asked,
};

/** A copy, so that nothing here can change the files. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-0.1.0-'));
  cpSync(FIXTURES, path, { recursive: true });
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('its rows are found, and come back to the last bit', () => {
  const cache = new RowCache(join(folder(), 'calibration'), KEY);
  const single = (n: number, from: number) => Array.from({ length: 4 }, (_, i) => Math.fround(n * 10 + from + i + 0.1));
  expect([...cache.layerRows(PROMPTS, 7)]).toEqual([0, 1, 2].flatMap((n) => single(n, 0)));
  expect([...cache.layerRows(PROMPTS, 9)]).toEqual([0, 1, 2].flatMap((n) => single(n, 4)));
  const { rows, counts } = cache.tokenRows(PROMPTS, 9);
  expect(counts).toEqual([1, 2, 3]);
  // As 16-bit floats round n·100 + i/2 + 0.3.
  const rounded = (n: number) => Array.from({ length: (n + 1) * 4 }, (_, i) => new Float16Array([n * 100 + i / 2 + 0.3])[0]!);
  expect([...rows]).toEqual([0, 1, 2].flatMap(rounded));
  cache.close();
});

test('its rows, order and verdicts spare the model the work', async () => {
  const path = folder();
  const control = { signal: new AbortController().signal, onProgress: () => undefined, folder: join(path, 'work') };
  const order = readFileSync(join(path, 'work', 'extract-c2217bec40f3f7fe.json'), 'utf8');
  const cache = new RowCache(join(path, 'calibration'), KEY);
  await extractRows(port, cache, PROMPTS, control);
  cache.close();
  expect(readFileSync(join(path, 'work', 'extract-c2217bec40f3f7fe.json'), 'utf8')).toBe(order);
  const labels = join(path, 'calibration', `labels-${MODEL.slice(0, 16)}.json`);
  expect(await labelReplies(port, labels, PROMPTS, control, { steer: false, stage: 'labels' })).toEqual([
    'refused',
    'complied',
    'complied',
  ]);
});
