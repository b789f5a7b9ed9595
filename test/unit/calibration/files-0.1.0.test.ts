/** What version 0.1.0 left on disk: a calibration goes on from it, and finds the same values in it. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { extractRows } from '../../../electron/calibration/extract.ts';
import { labelReplies } from '../../../electron/calibration/labels.ts';
import { promptKey, RowCache } from '../../../electron/calibration/row-cache.ts';
import type { EngineSupervisor } from '../../../electron/engine/supervisor.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', '0.1.0');
const MODEL = 'a'.repeat(64);
const KEY = { modelSha256: MODEL, chatTemplateSha256: 'b'.repeat(64), layers: [7, 9], tokenLayers: [9], tokensEach: 8, width: 4 };
const PROMPTS = [
  { systemPrompt: '', turns: [{ role: 'user' as const, text: 'p0' }] },
  { systemPrompt: '', turns: [{ role: 'user' as const, text: 'p1' }] },
  {
    systemPrompt: 'Be brief.',
    turns: [
      { role: 'user' as const, text: 'p2' },
      { role: 'assistant' as const, text: 'a2' },
      { role: 'user' as const, text: 'q2' },
    ],
  },
];
/** Fails whatever is asked: everything must be on disk. */
const engine = {
  pid: 1,
  target: { modelSha256: MODEL },
  call: () => Promise.reject(new Error('The engine was asked.')),
} as unknown as EngineSupervisor;

/** A copy, so that nothing here can change the files. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-0.1.0-'));
  cpSync(FIXTURES, path, { recursive: true });
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('its rows are found, and come back to the last bit', () => {
  const cache = new RowCache(join(folder(), 'calibration'), KEY);
  const keys = PROMPTS.map(promptKey);
  const single = (n: number, from: number) => Array.from({ length: 4 }, (_, i) => Math.fround(n * 10 + from + i + 0.1));
  expect([...cache.layerRows(keys, 7)]).toEqual([0, 1, 2].flatMap((n) => single(n, 0)));
  expect([...cache.layerRows(keys, 9)]).toEqual([0, 1, 2].flatMap((n) => single(n, 4)));
  const { rows, counts } = cache.tokenRows(keys, 9);
  expect(counts).toEqual([1, 2, 3]);
  // As 16-bit floats round n·100 + i/2 + 0.3.
  const half = (n: number) => Array.from({ length: (n + 1) * 4 }, (_, i) => new Float16Array([n * 100 + i / 2 + 0.3])[0]!);
  expect([...rows]).toEqual([0, 1, 2].flatMap(half));
  cache.close();
});

test('its rows, order and verdicts spare the engine the work', async () => {
  const path = folder();
  const control = { signal: new AbortController().signal, onProgress: () => undefined, folder: join(path, 'work') };
  const order = readFileSync(join(path, 'work', 'extract-c2217bec40f3f7fe.json'), 'utf8');
  const cache = new RowCache(join(path, 'calibration'), KEY);
  await extractRows(engine, cache, PROMPTS, control);
  cache.close();
  expect(readFileSync(join(path, 'work', 'extract-c2217bec40f3f7fe.json'), 'utf8')).toBe(order);
  const labels = join(path, 'calibration', `labels-${MODEL.slice(0, 16)}.json`);
  expect(await labelReplies(engine, labels, PROMPTS, control, { steer: false, stage: 'labels' })).toEqual([
    'refused',
    'complied',
    'complied',
  ]);
});
