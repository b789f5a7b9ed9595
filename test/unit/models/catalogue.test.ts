import { describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING, sampling } from '../../../electron/contract/index.ts';
import { CATALOGUE, catalogueEntry, DEFAULT_MODEL_ID, hubBase, hubUrl } from '../../../models/catalogue.ts';

describe('the catalogue', () => {
  test.each(CATALOGUE)('$id is pinned to the byte', (entry) => {
    expect(entry.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(entry.bytes).toBeGreaterThan(1_000_000);
    expect(entry.fileName).toMatch(/^[\w.-]+\.gguf$/);
    expect(entry.licence).not.toBe('');
    expect(entry.sources.length).toBeGreaterThan(0);
    for (const source of entry.sources) {
      if (source.kind === 'hub') {
        expect(source.revision).toMatch(/^[0-9a-f]{40}$/);
        continue;
      }
      expect(source.parts.reduce((sum, part) => sum + part.memberBytes, 0)).toBe(entry.bytes);
      for (const part of source.parts) {
        expect(part.requirement).toMatch(/^[a-z0-9-]+==[\d.]+$/);
        expect(part.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(part.memberBytes).toBeGreaterThan(0);
      }
    }
  });

  test('no id, file or hash is there twice', () => {
    for (const field of ['id', 'fileName', 'sha256'] as const) {
      expect(new Set(CATALOGUE.map((entry) => entry[field])).size).toBe(CATALOGUE.length);
    }
  });

  test('what a maker recommends is within what can be set, and the default model has it', () => {
    for (const { sampling: recommended } of CATALOGUE) {
      if (recommended !== undefined) expect(sampling.parse({ ...DEFAULT_SAMPLING, ...recommended })).toMatchObject(recommended);
    }
    expect(catalogueEntry(DEFAULT_MODEL_ID).sampling).toEqual({ temperature: 0.7, topP: 0.8, topK: 20, minP: 0, repeatPenalty: 1.1 });
  });

  test('the default model can be had where the hub is blocked', () => {
    expect(catalogueEntry(DEFAULT_MODEL_ID).sources.map((source) => source.kind)).toEqual(['hub', 'wheels']);
  });

  test('an unknown id is an error that names the known ones', () => {
    expect(() => catalogueEntry('gpt-9')).toThrow(
      expect.objectContaining({ code: 'not-found', hint: expect.stringContaining(DEFAULT_MODEL_ID) }),
    );
  });

  test('the hub can be replaced by a mirror', () => {
    const source = { kind: 'hub', repository: 'maker/model', revision: 'r', file: 'a b.gguf' } as const;
    expect(hubUrl(source, hubBase({ STEADY_HUB: 'http://mirror.test/base/' }))).toBe(
      'http://mirror.test/base/maker/model/resolve/r/a%20b.gguf',
    );
  });
});
