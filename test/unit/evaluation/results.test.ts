import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evaluationRecord, RecordFile } from '../../../electron/evaluation/results.ts';
import { folder, record } from './helpers.ts';

test('records are there again when the file is opened again, the last of each', () => {
  const path = join(folder(), 'deeper', 'records.jsonl');
  const file = new RecordFile(path, evaluationRecord);
  file.append([record('a'), record('b')]);
  file.append([record('a', { verdict: 'refused' })]);
  const again = new RecordFile(path, evaluationRecord);
  expect(again.get('a')!.verdict).toBe('refused');
  expect(again.get('b')).toEqual(record('b'));
  expect(again.get('c')).toBeUndefined();
});

test('a line that a kill cut short is not there, and spoils none behind it', () => {
  const path = join(folder(), 'records.jsonl');
  new RecordFile(path, evaluationRecord).append([record('a')]);
  appendFileSync(path, JSON.stringify(record('b')).slice(0, 40));
  const file = new RecordFile(path, evaluationRecord);
  expect(file.get('b')).toBeUndefined();
  file.append([record('c')]);
  file.append([record('d')]);
  const again = new RecordFile(path, evaluationRecord);
  expect(['a', 'b', 'c', 'd'].map((hash) => again.get(hash) !== undefined)).toEqual([true, false, true, true]);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(5);
});

test('what is no record is not there', () => {
  const path = join(folder(), 'records.jsonl');
  appendFileSync(path, '{"hash": "a"}\nnull\nnonsense\n');
  expect(new RecordFile(path, evaluationRecord).get('a')).toBeUndefined();
});
