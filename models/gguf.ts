/**
 * Reads a GGUF file's header: metadata and where each tensor lies. Long arrays (a vocabulary) are stepped over, so this
 * takes milliseconds and never blocks the event loop, which a full parse of a modern vocabulary does.
 */
import { open } from 'node:fs/promises';
import { ByteReader } from './byte-reader.ts';

export type GgufValue = string | number | boolean | { readonly arrayLength: number };

export interface GgufTensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  /** ggml type number. */
  readonly type: number;
  /** From the start of the tensor data, in bytes. */
  readonly offset: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
  /** File offset at which the tensor data starts. */
  readonly dataOffset: number;
}

/** The file is not a GGUF file at all. */
export class NotGguf extends Error {}
/** The file is a GGUF file of a version that cannot be read. `version` as written. */
export class UnknownGgufVersion extends Error {
  readonly version: number;
  constructor(version: number) {
    super(`GGUF version ${version}`);
    this.version = version;
  }
}
/** The header contradicts itself. The message says where. */
export class MalformedGguf extends Error {}

const MAGIC = 'GGUF';
/** Sizes of the value types 0…12 that have a fixed one: u8 i8 u16 i16 u32 i32 f32 bool – – u64 i64 f64. */
const FIXED_SIZES = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8] as const;
const STRING = 8;
const ARRAY = 9;

const MAX_KEY_BYTES = 64 * 1024;
const MAX_STRING_BYTES = 16 * 1024 * 1024;
const MAX_METADATA = 100_000;
const MAX_TENSORS = 1_000_000;
const MAX_DIMENSIONS = 4;
const MAX_ALIGNMENT = 1024 * 1024;

/**
 * @throws NotGguf, UnknownGgufVersion, MalformedGguf; UnexpectedEnd where the file ends within its own header; the file
 *   system's own errors.
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size < MAGIC.length) throw new NotGguf();
    const reader = new ByteReader(handle, size);
    await reader.fill(4);
    if (reader.take(4).toString('latin1') !== MAGIC) throw new NotGguf();
    await reader.fill(4);
    const version = reader.take(4).readUInt32LE();
    if (version < 2 || version > 3) throw new UnknownGgufVersion(version);

    const tensorCount = await readCount(reader, MAX_TENSORS, 'tensors');
    const metadataCount = await readCount(reader, MAX_METADATA, 'metadata entries');
    const metadata = new Map<string, GgufValue>();
    for (let index = 0; index < metadataCount; index++) {
      const key = await readString(reader, MAX_KEY_BYTES);
      metadata.set(key, await readValue(reader, await readUint32(reader)));
    }
    const tensors: GgufTensor[] = [];
    for (let index = 0; index < tensorCount; index++) tensors.push(await readTensor(reader));

    const alignment = metadata.get('general.alignment') ?? 32;
    if (typeof alignment !== 'number' || alignment < 1 || alignment > MAX_ALIGNMENT) throw new MalformedGguf('its alignment is impossible');
    return { version, metadata, tensors, dataOffset: Math.ceil(reader.offset / alignment) * alignment };
  } finally {
    await handle.close();
  }
}

async function readTensor(reader: ByteReader): Promise<GgufTensor> {
  const name = await readString(reader, MAX_KEY_BYTES);
  const dimensionCount = await readUint32(reader);
  if (dimensionCount > MAX_DIMENSIONS) throw new MalformedGguf(`tensor ${name} has ${dimensionCount} dimensions`);
  const dimensions: number[] = [];
  for (let index = 0; index < dimensionCount; index++) dimensions.push(await readUint64(reader));
  return { name, dimensions, type: await readUint32(reader), offset: await readUint64(reader) };
}

async function readValue(reader: ByteReader, type: number): Promise<GgufValue> {
  if (type === STRING) return readString(reader, MAX_STRING_BYTES);
  if (type === ARRAY) return skipArray(reader);
  const size = FIXED_SIZES[type];
  if (size === undefined) throw new MalformedGguf(`it has a value of the unknown type ${type}`);
  await reader.fill(size);
  return fixedValue(reader.take(size), type);
}

function fixedValue(bytes: Buffer, type: number): number | boolean {
  switch (type) {
    case 0:
      return bytes.readUInt8();
    case 1:
      return bytes.readInt8();
    case 2:
      return bytes.readUInt16LE();
    case 3:
      return bytes.readInt16LE();
    case 4:
      return bytes.readUInt32LE();
    case 5:
      return bytes.readInt32LE();
    case 6:
      return bytes.readFloatLE();
    case 7:
      return bytes.readUInt8() !== 0;
    case 10:
      return Number(bytes.readBigUInt64LE());
    case 11:
      return Number(bytes.readBigInt64LE());
    default:
      return bytes.readDoubleLE();
  }
}

async function skipArray(reader: ByteReader): Promise<GgufValue> {
  const type = await readUint32(reader);
  const arrayLength = await readUint64(reader);
  if (type === STRING) {
    for (let index = 0; index < arrayLength; index++) {
      if (!reader.has(8)) await reader.fill(8);
      reader.skip(toNumber(reader.take(8).readBigUInt64LE()));
    }
  } else if (type === ARRAY) {
    throw new MalformedGguf('it has an array of arrays');
  } else {
    const size = FIXED_SIZES[type];
    if (size === undefined) throw new MalformedGguf(`it has an array of the unknown type ${type}`);
    reader.skip(size * arrayLength);
  }
  return { arrayLength };
}

async function readString(reader: ByteReader, maxBytes: number): Promise<string> {
  const length = await readUint64(reader);
  if (length > maxBytes) throw new MalformedGguf(`it has a text of ${length} bytes`);
  await reader.fill(length);
  return reader.take(length).toString('utf8');
}

async function readCount(reader: ByteReader, most: number, what: string): Promise<number> {
  const count = await readUint64(reader);
  if (count > most) throw new MalformedGguf(`it claims ${count} ${what}`);
  return count;
}

async function readUint32(reader: ByteReader): Promise<number> {
  await reader.fill(4);
  return reader.take(4).readUInt32LE();
}

async function readUint64(reader: ByteReader): Promise<number> {
  await reader.fill(8);
  return toNumber(reader.take(8).readBigUInt64LE());
}

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new MalformedGguf('it holds an impossible size');
  return Number(value);
}
