import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EvaluationItem, EvaluationSet } from '../../../electron/evaluation/prompt-set.ts';
import type { EvaluationRecord } from '../../../electron/evaluation/results.ts';

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-evaluation-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file with this content, gone with the test. */
export function fileWith(content: string | Uint8Array, name = 'set.jsonl'): string {
  const path = join(folder(), name);
  writeFileSync(path, content);
  return path;
}

export function record(hash: string, change: Partial<EvaluationRecord> = {}): EvaluationRecord {
  return {
    hash,
    verdict: 'complied',
    steered: false,
    scores: [],
    finishReason: 'end',
    generatedTokens: 10,
    replySha256: `reply to ${hash}`,
    ...change,
  };
}

export function setOf(hashes: readonly string[]): EvaluationSet {
  const items = hashes.map((hash, at): EvaluationItem => ({
    line: at + 1,
    hash,
    answer: null,
    prompt: { systemPrompt: '', turns: [{ role: 'user', text: hash }] },
  }));
  return { file: 'sets/a set.jsonl', items, duplicates: 0, notes: [] };
}
