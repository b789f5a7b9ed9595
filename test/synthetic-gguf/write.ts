/** Writes a GGUF file as a stream: whatever its size, no more than a piece of it is in memory. */
import { open, rename, rm, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { tensorsOf, type Shape, type Tensor } from './shapes.ts';
import { bytesOf, TYPE_IDS, Values } from './values.ts';
import { vocabularyOf, type Dialect, type Vocabulary } from './vocabulary.ts';

const ALIGNMENT = 32;
const VERSION = 3;

/** GGUF's numbers for the types of metadata. */
const KINDS = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, array: 9 } as const;

export type Value =
  | { kind: 'u32' | 'i32' | 'f32'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'text'; value: string }
  | { kind: 'texts'; value: readonly string[] }
  | { kind: 'i32s'; value: readonly number[] }
  | { kind: 'bools'; value: readonly boolean[] };

interface ModelFile {
  metadata: readonly [string, Value][];
  tensors: readonly Tensor[];
  path: string;
  seed: number;
  onProgress?: ((writtenBytes: number, totalBytes: number) => void) | undefined;
}

export interface WriteOptions {
  shapeName: string;
  shape: Shape;
  path: string;
  seed: number;
  /** Absent: ChatML without further markers. */
  dialect?: Dialect;
  onProgress?: (writtenBytes: number, totalBytes: number) => void;
}

/** A model of that shape, with random weights. Answers the file's size in bytes. @throws as `writeModel` does */
export function writeSyntheticModel({ shapeName, shape, path, seed, dialect, onProgress }: WriteOptions): Promise<number> {
  return writeModel({ metadata: metadataOf(shapeName, shape, seed, dialect), tensors: tensorsOf(shape), path, seed, onProgress });
}

/**
 * Writes the file, under another name until it is whole. Answers its size in bytes.
 * @throws Error where the disk has no room for it
 */
export async function writeModel({ metadata, tensors, path, seed, onProgress }: ModelFile): Promise<number> {
  const header = headerOf(metadata, tensors);
  const total = header.length + tensors.reduce((sum, tensor) => sum + aligned(bytesOf(tensor)), 0);
  const { bavail, bsize } = await statfs(dirname(resolve(path)));
  if (bavail * bsize < total) throw new Error(`The file takes ${gib(total)}, and the disk has ${gib(bavail * bsize)} left.`);
  const partial = `${path}.part`;
  const file = await open(partial, 'w');
  try {
    let written = 0;
    const write = async (bytes: Buffer) => {
      for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
      written += bytes.length;
    };
    await write(header);
    const values = new Values(seed, tensors);
    for (const tensor of tensors) {
      for (const piece of values.pieces(tensor)) await write(piece);
      await write(Buffer.alloc(aligned(written) - written));
      onProgress?.(written, total);
    }
    await file.close();
    await rename(partial, path);
    return written;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function headerOf(metadata: ModelFile['metadata'], tensors: ModelFile['tensors']): Buffer {
  const parts = [Buffer.from('GGUF'), u32(VERSION), u64(tensors.length), u64(metadata.length)];
  for (const [key, value] of metadata) parts.push(text(key), encoded(value));
  let offset = 0;
  for (const tensor of tensors) {
    parts.push(text(tensor.name), u32(tensor.dims.length), ...tensor.dims.map(u64), u32(TYPE_IDS[tensor.type]), u64(offset));
    offset += aligned(bytesOf(tensor));
  }
  const bytes = Buffer.concat(parts);
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
}

function metadataOf(shapeName: string, shape: Shape, seed: number, dialect?: Dialect): [string, Value][] {
  const { architecture, of, blocks, width, feedForward, heads, keyValueHeads, vocabulary, ropeBase, contextLength } = shape;
  const u = (value: number): Value => ({ kind: 'u32', value });
  const f = (value: number): Value => ({ kind: 'f32', value });
  const s = (value: string): Value => ({ kind: 'text', value });
  return [
    ['general.architecture', s(architecture)],
    ['general.name', s(`Synthetic ${shapeName} (random weights, for speed only)`)],
    ['general.description', s(`The shape of ${of} with random weights. It says nothing sensible; made to measure speed.`)],
    ['general.file_type', u(15)],
    ['general.quantization_version', u(2)],
    ['steady.synthetic', { kind: 'bool', value: true }],
    ['steady.synthetic.seed', u(seed)],
    [`${architecture}.block_count`, u(blocks)],
    [`${architecture}.context_length`, u(contextLength)],
    [`${architecture}.embedding_length`, u(width)],
    [`${architecture}.feed_forward_length`, u(feedForward)],
    [`${architecture}.attention.head_count`, u(heads)],
    [`${architecture}.attention.head_count_kv`, u(keyValueHeads)],
    [`${architecture}.attention.layer_norm_rms_epsilon`, f(1e-5)],
    [`${architecture}.rope.freq_base`, f(ropeBase)],
    [`${architecture}.rope.dimension_count`, u(width / heads)],
    [`${architecture}.vocab_size`, u(vocabulary)],
    ...tokenizerOf(vocabulary, dialect),
  ];
}

/** A vocabulary, or the one of that size (with a dialect), as metadata. */
export function tokenizerOf(vocabulary: number | Vocabulary, dialect?: Dialect): [string, Value][] {
  const { tokens, types, merges, ids, template } = typeof vocabulary === 'number' ? vocabularyOf(vocabulary, dialect) : vocabulary;
  const u = (value: number): Value => ({ kind: 'u32', value });
  const s = (value: string): Value => ({ kind: 'text', value });
  return [
    ['tokenizer.ggml.model', s('gpt2')],
    ['tokenizer.ggml.pre', s('qwen2')],
    ['tokenizer.ggml.tokens', { kind: 'texts', value: tokens }],
    ['tokenizer.ggml.token_type', { kind: 'i32s', value: types }],
    ['tokenizer.ggml.merges', { kind: 'texts', value: merges }],
    ['tokenizer.ggml.bos_token_id', u(ids.end)],
    ['tokenizer.ggml.eos_token_id', u(ids.turnEnd)],
    ['tokenizer.ggml.padding_token_id', u(ids.end)],
    ['tokenizer.ggml.add_bos_token', { kind: 'bool', value: false }],
    ['tokenizer.chat_template', s(template)],
  ];
}

function encoded(value: Value): Buffer {
  switch (value.kind) {
    case 'u32':
      return Buffer.concat([u32(KINDS.u32), u32(value.value)]);
    case 'i32':
      return Buffer.concat([u32(KINDS.i32), i32(value.value)]);
    case 'f32': {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value.value);
      return Buffer.concat([u32(KINDS.f32), bytes]);
    }
    case 'bool':
      return Buffer.concat([u32(KINDS.bool), Buffer.from([value.value ? 1 : 0])]);
    case 'text':
      return Buffer.concat([u32(KINDS.text), text(value.value)]);
    case 'texts':
      return Buffer.concat([u32(KINDS.array), u32(KINDS.text), u64(value.value.length), ...value.value.map(text)]);
    case 'i32s':
      return Buffer.concat([u32(KINDS.array), u32(KINDS.i32), u64(value.value.length), ...value.value.map(i32)]);
    case 'bools':
      return Buffer.concat([u32(KINDS.array), u32(KINDS.bool), u64(value.value.length), Buffer.from(value.value.map(Number))]);
  }
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
}
