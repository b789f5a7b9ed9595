/** Writes small GGUF files, right ones and wrong ones. */

/** Numbers are written as 64-bit floating point where they are no 32-bit integer. */
export type Value = string | number | boolean | readonly string[];

export interface SampleTensor {
  name: string;
  dimensions: number[];
  /** ggml type number. */
  type: number;
  offset: number;
}

export interface SampleOptions {
  version?: number;
  metadata?: Record<string, Value>;
  tensors?: SampleTensor[];
  /** Bytes of tensor data that are really there. */
  dataBytes?: number;
  /** What the header claims instead of the true counts. */
  claimedTensors?: bigint;
  claimedMetadata?: bigint;
}

/** What a small language model says of itself. */
export const SMALL_MODEL: Record<string, Value> = {
  'general.architecture': 'llama',
  'general.name': 'Sample',
  'llama.block_count': 2,
  'llama.embedding_length': 64,
  'llama.context_length': 512,
  'tokenizer.ggml.tokens': ['a', 'b', 'c'],
  'tokenizer.chat_template': '{{ messages }}',
};

/** Two tensors: 64×8 in F32 (2,048 bytes), then 64×4 in Q4_K's 256-weight block (144 bytes). */
export const SMALL_TENSORS: SampleTensor[] = [
  { name: 'token_embd.weight', dimensions: [64, 8], type: 0, offset: 0 },
  { name: 'blk.0.attn_q.weight', dimensions: [64, 4], type: 12, offset: 2048 },
];
export const SMALL_DATA_BYTES = 2048 + 144;

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const uint64 = (value: number | bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string) => Buffer.concat([uint64(Buffer.byteLength(value)), Buffer.from(value)]);

function value(of: Value): Buffer {
  if (typeof of === 'string') return Buffer.concat([uint32(8), text(of)]);
  if (typeof of === 'boolean') return Buffer.concat([uint32(7), Buffer.from([Number(of)])]);
  if (typeof of === 'number' && of !== of >>> 0) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(of);
    return Buffer.concat([uint32(12), bytes]);
  }
  if (typeof of === 'number') return Buffer.concat([uint32(4), uint32(of)]);
  return Buffer.concat([uint32(9), uint32(8), uint64(of.length), ...of.map(text)]);
}

/** The bytes of a GGUF file. */
export function sampleGguf(options: SampleOptions = {}): Buffer {
  const metadata = Object.entries(options.metadata ?? SMALL_MODEL);
  const tensors = options.tensors ?? SMALL_TENSORS;
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(options.version ?? 3),
    uint64(options.claimedTensors ?? tensors.length),
    uint64(options.claimedMetadata ?? metadata.length),
    ...metadata.flatMap(([key, of]) => [text(key), value(of)]),
    ...tensors.flatMap((tensor) => [
      text(tensor.name),
      uint32(tensor.dimensions.length),
      ...tensor.dimensions.map(uint64),
      uint32(tensor.type),
      uint64(tensor.offset),
    ]),
  ]);
  const padding = Buffer.alloc((32 - (header.length % 32)) % 32);
  return Buffer.concat([header, padding, Buffer.alloc(options.dataBytes ?? SMALL_DATA_BYTES, 7)]);
}
