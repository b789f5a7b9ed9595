/**
 * Residual rows on disk, so that a calibration that was interrupted goes on where it was. One pair of files a model,
 * chat template and choice of layers: an index with a line a prompt, and the rows behind one another. A record counts
 * once its index line is whole, and its line is written after its row, so a kill costs at most the batch under way.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { EnginePrompt } from '../engine/protocol.ts';

export interface RowCacheKey {
  modelSha256: string;
  chatTemplateSha256: string;
  layers: readonly number[];
  /** d */
  width: number;
}

const KEY_LENGTH = 64;
const LINE_LENGTH = KEY_LENGTH + 1;
const LINE = /^[0-9a-f]{64}\n$/;

/** SHA-256 (hex) of a prompt as the model gets it. */
export function promptKey(prompt: EnginePrompt): string {
  return createHash('sha256')
    .update(JSON.stringify([prompt.systemPrompt, prompt.turns.map(({ role, text }) => [role, text])]))
    .digest('hex');
}

export class RowCache {
  /** A name for what is cached here: model, chat template, layers and width. */
  readonly name: string;
  readonly layers: readonly number[];
  readonly width: number;
  readonly #rows: number;
  readonly #index: number;
  readonly #known = new Map<string, number>();
  readonly #recordBytes: number;

  /** Opens (or starts) the cache in `folder`. */
  constructor(folder: string, key: RowCacheKey) {
    mkdirSync(folder, { recursive: true });
    const identity = JSON.stringify([key.modelSha256, key.chatTemplateSha256, key.layers, key.width]);
    const name = createHash('sha256').update(identity).digest('hex').slice(0, 24);
    this.name = name;
    this.layers = key.layers;
    this.width = key.width;
    this.#recordBytes = key.layers.length * key.width * Float32Array.BYTES_PER_ELEMENT;
    const rowsPath = join(folder, `${name}.f32`);
    const indexPath = join(folder, `${name}.idx`);
    const lines = existsSync(indexPath) ? readFileSync(indexPath, 'latin1') : '';
    this.#rows = openSync(rowsPath, existsSync(rowsPath) ? 'r+' : 'w+');
    this.#index = openSync(indexPath, existsSync(indexPath) ? 'r+' : 'w+');
    const complete = Math.min(Math.floor(lines.length / LINE_LENGTH), Math.floor(fstatSync(this.#rows).size / this.#recordBytes));
    for (let i = 0; i < complete; i++) {
      const line = lines.slice(i * LINE_LENGTH, (i + 1) * LINE_LENGTH);
      const prompt = line.slice(0, KEY_LENGTH);
      // What a power cut left behind is no record, and nothing behind it is either.
      if (!LINE.test(line) || this.#known.has(prompt)) break;
      this.#known.set(prompt, i);
    }
    const whole = this.#known.size;
    ftruncateSync(this.#index, whole * LINE_LENGTH);
    ftruncateSync(this.#rows, whole * this.#recordBytes);
  }

  has(key: string): boolean {
    return this.#known.has(key);
  }

  /**
   * Adds prompts' rows, [layers × d] each; those that are there already stay as they are.
   * @throws the file system's own error, ENOSPC among them; the records before it stay
   */
  addAll(entries: readonly (readonly [key: string, rows: Float32Array])[]): void {
    const fresh = new Map(entries.filter(([key]) => !this.#known.has(key)));
    let at = this.#known.size;
    for (const rows of fresh.values()) {
      writeWhole(this.#rows, new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength), at++ * this.#recordBytes);
    }
    // The rows must be on the disk before the index says so.
    fdatasyncSync(this.#rows);
    for (const key of fresh.keys()) {
      writeWhole(this.#index, Buffer.from(`${key}\n`, 'latin1'), this.#known.size * LINE_LENGTH);
      this.#known.set(key, this.#known.size);
    }
  }

  /** Adds one prompt's rows [layers × d]. */
  add(key: string, rows: Float32Array): void {
    this.addAll([[key, rows]]);
  }

  /** One layer's rows of several prompts, [keys × d] in the order asked. */
  layerRows(keys: readonly string[], layer: number): Float32Array {
    const slot = this.layers.indexOf(layer);
    const result = new Float32Array(keys.length * this.width);
    const bytes = new Uint8Array(result.buffer);
    const length = this.width * Float32Array.BYTES_PER_ELEMENT;
    keys.forEach((key, index) => {
      const at = this.#known.get(key);
      if (at === undefined || slot < 0) throw new Error('These rows were not extracted.');
      readSync(this.#rows, bytes, index * length, length, at * this.#recordBytes + slot * length);
    });
    return result;
  }

  close(): void {
    closeSync(this.#rows);
    closeSync(this.#index);
  }
}

/** A full disk writes less than it was given before it complains. */
function writeWhole(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, position + done);
}
