/**
 * Residual rows on disk, so that a calibration that was interrupted goes on where it was. One set of files a model,
 * chat template and choice of layers: an index with a line a prompt, the rows of last tokens behind one another, and the
 * rows of several tokens a prompt. A record counts once its index line is whole, and its line is written after its rows,
 * so a kill costs at most the batch under way.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
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
import type { Prompt } from '../../prompts/index.ts';
import { promptKey } from '../port.ts';
import { fromFloat16, toFloat16 } from './float16.ts';

export interface RowCacheKey {
  modelSha256: string;
  chatTemplateSha256: string;
  layers: readonly number[];
  /** Those of `layers` at which rows of several tokens are kept. */
  tokenLayers: readonly number[];
  /** The most tokens a prompt. */
  tokensEach: number;
  /** d */
  width: number;
}

/** What is kept of one prompt. */
export interface PromptRows {
  /** The last token: [layers × d]. */
  rows: Float32Array;
  /** Several tokens: [token layers × tokens × d]. */
  tokenRows: Float32Array;
}

/** Rows of several tokens of some prompts at one layer, the prompts' one after another. */
export interface TokenRows {
  /** [Σ counts × d] */
  rows: Float32Array;
  /** Tokens of each prompt, in the order asked. */
  counts: readonly number[];
}

const KEY_LENGTH = 64;
const COUNT_LENGTH = 8;
const LINE_LENGTH = KEY_LENGTH + 1 + COUNT_LENGTH + 1;
const LINE = /^[0-9a-f]{64} [ 0-9]{7}[0-9]\n$/;

interface Place {
  record: number;
  /** The first of its token rows, counted in tokens. */
  token: number;
  tokens: number;
}

export class RowCache {
  /** A name for what is cached here: model, chat template, layers, tokens and width. */
  readonly name: string;
  /** Whose rows they are. */
  readonly modelSha256: string;
  readonly layers: readonly number[];
  readonly tokenLayers: readonly number[];
  readonly tokensEach: number;
  readonly width: number;
  readonly #rows: number;
  readonly #tokens: number;
  readonly #index: number;
  readonly #known = new Map<string, Place>();
  readonly #recordBytes: number;
  readonly #tokenBytes: number;
  #tokenCount = 0;
  #whole = false;

  /** Opens (or starts) the cache in `folder`. Many may look, and one at a time may write. */
  constructor(folder: string, key: RowCacheKey) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const identity = JSON.stringify([key.modelSha256, key.chatTemplateSha256, key.layers, key.tokenLayers, key.tokensEach, key.width]);
    const name = createHash('sha256').update(identity).digest('hex').slice(0, 24);
    this.name = name;
    this.modelSha256 = key.modelSha256;
    this.layers = key.layers;
    this.tokenLayers = key.tokenLayers;
    this.tokensEach = key.tokensEach;
    this.width = key.width;
    this.#recordBytes = key.layers.length * key.width * Float32Array.BYTES_PER_ELEMENT;
    this.#tokenBytes = key.tokenLayers.length * key.width * Float16Array.BYTES_PER_ELEMENT;
    const indexPath = join(folder, `${name}.idx`);
    const lines = existsSync(indexPath) ? readFileSync(indexPath, 'latin1') : '';
    this.#rows = openFile(join(folder, `${name}.f32`));
    this.#tokens = openFile(join(folder, `${name}.f16`));
    this.#index = openFile(indexPath);
    const records = Math.floor(fstatSync(this.#rows).size / this.#recordBytes);
    const tokens = this.#tokenBytes === 0 ? 0 : Math.floor(fstatSync(this.#tokens).size / this.#tokenBytes);
    for (let i = 0; i < Math.min(Math.floor(lines.length / LINE_LENGTH), records); i++) {
      const line = lines.slice(i * LINE_LENGTH, (i + 1) * LINE_LENGTH);
      const key = line.slice(0, KEY_LENGTH);
      const count = Number(line.slice(KEY_LENGTH + 1, -1));
      // What a power cut left behind is no record, and nothing behind it is either.
      if (!LINE.test(line) || this.#known.has(key) || this.#tokenCount + count > tokens) break;
      this.#note(key, count);
    }
  }

  has(prompt: Prompt): boolean {
    return this.#known.has(promptKey(prompt));
  }

  /**
   * Adds prompts' rows; those that are there already stay as they are.
   * @throws the file system's own error, ENOSPC among them; the records before it stay
   */
  addAll(entries: readonly (readonly [prompt: Prompt, kept: PromptRows])[]): void {
    this.#cutBroken();
    const fresh = new Map(entries.filter(([prompt]) => !this.has(prompt)).map(([prompt, kept]) => [promptKey(prompt), kept]));
    let record = this.#known.size;
    let token = this.#tokenCount;
    for (const { rows, tokenRows } of fresh.values()) {
      writeAll(this.#rows, bytesOf(rows), record++ * this.#recordBytes);
      writeAll(this.#tokens, bytesOf(toFloat16(tokenRows)), token * this.#tokenBytes);
      token += this.#tokensIn(tokenRows);
    }
    // The rows must be on the disk before the index says so.
    fdatasyncSync(this.#rows);
    fdatasyncSync(this.#tokens);
    for (const [key, { tokenRows }] of fresh) {
      const count = this.#tokensIn(tokenRows);
      const line = `${key} ${String(count).padStart(COUNT_LENGTH)}\n`;
      writeAll(this.#index, Buffer.from(line, 'latin1'), this.#known.size * LINE_LENGTH);
      this.#note(key, count);
    }
  }

  /** One layer's rows of several prompts' last tokens, [prompts × d] in the order asked. */
  layerRows(prompts: readonly Prompt[], layer: number): Float32Array {
    const slot = this.layers.indexOf(layer);
    const result = new Float32Array(prompts.length * this.width);
    const bytes = bytesOf(result);
    const length = this.width * Float32Array.BYTES_PER_ELEMENT;
    prompts.forEach((prompt, index) => {
      const at = this.#place(prompt, slot).record;
      readSync(this.#rows, bytes, index * length, length, at * this.#recordBytes + slot * length);
    });
    return result;
  }

  /** One layer's rows of several tokens of several prompts. */
  tokenRows(prompts: readonly Prompt[], layer: number): TokenRows {
    const slot = this.tokenLayers.indexOf(layer);
    const places = prompts.map((prompt) => this.#place(prompt, slot));
    const counts = places.map(({ tokens }) => tokens);
    const kept = new Float16Array(counts.reduce((sum, count) => sum + count, 0) * this.width);
    const bytes = bytesOf(kept);
    let at = 0;
    for (const { token, tokens } of places) {
      const length = tokens * this.width * Float16Array.BYTES_PER_ELEMENT;
      readSync(this.#tokens, bytes, at, length, token * this.#tokenBytes + slot * length);
      at += length;
    }
    return { rows: fromFloat16(kept), counts };
  }

  /** How many tokens' rows are kept of a prompt. */
  tokensOf(prompt: Prompt): number {
    return this.#place(prompt, 0).tokens;
  }

  /** Whether token rows of the whole prompt are kept, rather than of a thinned-out one. */
  isWhole(prompt: Prompt): boolean {
    const place = this.#known.get(promptKey(prompt));
    return place !== undefined && place.tokens < this.tokensEach;
  }

  close(): void {
    closeSync(this.#rows);
    closeSync(this.#tokens);
    closeSync(this.#index);
  }

  /**
   * Drops what a cut-off job left behind the last whole record. Only who writes may do so, and one process at a time
   * writes; others open the cache while it does, to see what is there.
   */
  #cutBroken(): void {
    if (this.#whole) return;
    ftruncateSync(this.#index, this.#known.size * LINE_LENGTH);
    ftruncateSync(this.#rows, this.#known.size * this.#recordBytes);
    ftruncateSync(this.#tokens, this.#tokenCount * this.#tokenBytes);
    this.#whole = true;
  }

  #tokensIn(tokenRows: Float32Array): number {
    return this.tokenLayers.length === 0 ? 0 : tokenRows.length / (this.tokenLayers.length * this.width);
  }

  #note(key: string, tokens: number): void {
    this.#known.set(key, { record: this.#known.size, token: this.#tokenCount, tokens });
    this.#tokenCount += tokens;
  }

  #place(prompt: Prompt, slot: number): Place {
    const place = this.#known.get(promptKey(prompt));
    if (place === undefined || slot < 0) throw new Error('These rows were not extracted.');
    return place;
  }
}

function openFile(path: string): number {
  // Never emptied: another process may be writing it.
  return openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
}

function bytesOf(values: Float32Array | Float16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A full disk writes less than it was given before it complains. */
function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, position + done);
}
