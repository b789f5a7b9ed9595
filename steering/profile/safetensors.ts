/**
 * The safetensors container, float32 only: 8 bytes of little-endian header length, a JSON header, then the data.
 * Strict on reading: every offset is checked against the file, tensors may neither overlap nor leave gaps.
 */

export interface Float32Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What is wrong with a container, in one sentence. The caller turns it into a typed error. */
export class ContainerError extends Error {}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function requireLittleEndian(): void {
  if (!LITTLE_ENDIAN) throw new ContainerError('This machine is big-endian, which profiles do not support.');
}

/**
 * Writes a container. Tensors come in the order given and the header's keys with them, so equal input gives equal bytes.
 * The header is padded with spaces to 8 bytes, as the format's own writer does.
 */
export function writeContainer(metadata: Readonly<Record<string, string>>, tensors: readonly Float32Tensor[]): Uint8Array {
  requireLittleEndian();
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const tensor of tensors) {
    const begin = end;
    end += tensor.data.byteLength;
    header[tensor.name] = { dtype: 'F32', shape: tensor.shape, data_offsets: [begin, end] };
  }
  let text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  if (padded > text.length) {
    const wider = new Uint8Array(padded).fill(0x20);
    wider.set(text);
    text = wider;
  }
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a container.
 * @param bytes the whole file
 * @param maxHeaderBytes refuse a longer header
 * @returns the string metadata and copies of the tensors, by name
 * @throws ContainerError
 */
export function readContainer(
  bytes: Uint8Array,
  maxHeaderBytes: number,
): { metadata: Record<string, string>; tensors: Map<string, Float32Tensor> } {
  requireLittleEndian();
  if (bytes.length < 8) throw new ContainerError('The file is too short to hold a header.');
  const claimed = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (claimed > BigInt(maxHeaderBytes))
    throw new ContainerError(`The header claims ${claimed} bytes, more than the limit of ${maxHeaderBytes}.`);
  const headerLength = Number(claimed);
  if (8 + headerLength > bytes.length) throw new ContainerError('The file ends inside its header.');

  const header = parseHeader(bytes.subarray(8, 8 + headerLength));
  const dataStart = 8 + headerLength;
  const dataLength = bytes.length - dataStart;
  const metadata = parseMetadata(header['__metadata__']);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => parseEntry(name, value, dataLength))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);

  const tensors = new Map<string, Float32Tensor>();
  let expected = 0;
  for (const { name, shape, begin, end } of entries) {
    if (begin < expected) throw new ContainerError(`Tensor "${name}" overlaps another one.`);
    if (begin > expected) throw new ContainerError(`There is a gap in the data before tensor "${name}".`);
    expected = end;
    const copy = bytes.slice(dataStart + begin, dataStart + end);
    tensors.set(name, { name, shape, data: new Float32Array(copy.buffer, copy.byteOffset, copy.byteLength / 4) });
  }
  if (expected !== dataLength) throw new ContainerError(`The header describes ${expected} bytes of data and the file has ${dataLength}.`);
  return { metadata, tensors };
}

function parseHeader(text: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text));
  } catch (error) {
    throw new ContainerError('The header is not JSON.', { cause: error });
  }
  if (!isRecord(value)) throw new ContainerError('The header is not a JSON object.');
  return value;
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw new ContainerError('The header has no metadata.');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new ContainerError(`Metadata "${key}" is not text.`);
  }
  return value as Record<string, string>;
}

function parseEntry(name: string, value: unknown, dataLength: number): { name: string; shape: number[]; begin: number; end: number } {
  if (!isRecord(value)) throw new ContainerError(`Tensor "${name}" has no description.`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (Object.keys(value).length !== 3) throw new ContainerError(`Tensor "${name}" has a description we do not know.`);
  if (dtype !== 'F32') throw new ContainerError(`Tensor "${name}" has type ${JSON.stringify(dtype)}; only F32 is known.`);
  if (!isSizes(shape)) throw new ContainerError(`Tensor "${name}" has no valid shape.`);
  if (!isSizes(offsets) || offsets.length !== 2) throw new ContainerError(`Tensor "${name}" has no valid offsets.`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataLength) throw new ContainerError(`Tensor "${name}" lies outside the file.`);
  const size = shape.reduce((product, n) => product * n, 4);
  if (size !== end - begin) throw new ContainerError(`Tensor "${name}" has ${end - begin} bytes and its shape asks for ${size}.`);
  return { name, shape, begin, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
