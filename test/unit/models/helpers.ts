/** What the model tests share: temporary folders and catalogue entries for made-up files. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CatalogueEntry, ModelSource } from '../../../models/catalogue.ts';

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-models-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Bytes that pass for the start of a model file. No two calls agree. */
export function modelBytes(length: number): Buffer {
  const bytes = randomBytes(length);
  bytes.write('GGUF', 'latin1');
  return bytes;
}

export const HUB_SOURCE: ModelSource = { kind: 'hub', repository: 'maker/model', revision: 'abc123', file: 'sample model.gguf' };

/** A catalogue entry for those bytes. */
export function sampleEntry(bytes: Buffer, sources: readonly ModelSource[] = [HUB_SOURCE]): CatalogueEntry {
  return {
    id: 'sample',
    name: 'Sample',
    description: 'For a test.',
    fileName: `sample-${sha256(bytes).slice(0, 12)}.gguf`,
    bytes: bytes.length,
    sha256: sha256(bytes),
    licence: 'MIT',
    sources,
  };
}

/** Address of a hub that refuses connections: a port of this machine that was free a moment ago. */
export async function unreachableHub(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
