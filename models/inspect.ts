/** What a GGUF file says of itself, and whether all of it is there. Reads the header only. */
import { stat } from 'node:fs/promises';
import { UnexpectedEnd } from './byte-reader.ts';
import { ModelError } from './errors.ts';
import { packedBytes } from './ggml-types.ts';
import { MalformedGguf, NotGguf, readGgufHeader, UnknownGgufVersion, type GgufHeader } from './gguf.ts';
import { notAChatModel } from './kinds.ts';
import { partsOf, requirePart } from './split.ts';
import { formatBytes } from './text.ts';

export interface GgufInfo {
  readonly path: string;
  /** Every file of the model, the first one first: `path` alone for nearly all. */
  readonly paths: readonly string[];
  /** Of all files. */
  readonly bytes: number;
  readonly ggufVersion: number;
  /** Such as `qwen2`. */
  readonly architecture: string;
  /** The name its maker gave it; null where there is none. */
  readonly name: string | null;
  readonly blockCount: number;
  readonly embeddingLength: number;
  /** The context it was trained with, in tokens; null where the file does not say. */
  readonly contextLength: number | null;
  readonly vocabularySize: number | null;
  /** Weights in all. */
  readonly parameters: number;
  readonly tensorCount: number;
  /** Jinja source; null where the file has none, and then chatting is guesswork. */
  readonly chatTemplate: string | null;
  /** How many files the model is split into; 1 for nearly all. */
  readonly splitCount: number;
}

/** One file of a model. */
interface Part {
  readonly path: string;
  readonly bytes: number;
  readonly header: GgufHeader;
}

/** More than any model has; what a file claims beyond is no model's. */
const MAX_BLOCKS = 10_000;
const MAX_WIDTH = 1_000_000;
const MAX_CONTEXT = 2 ** 31 - 1;
/** Names are shown in lists, and architectures begin the names of other keys. In characters. */
const MAX_NAME = 200;

/**
 * Checks that a file is a whole GGUF model, with all its parts, and says what it is. Takes milliseconds, whatever its size.
 * @throws ModelError `model-missing` (also for one of its parts), `model-not-gguf`, `model-damaged` (cut short, or its header
 *   is broken) or `model-unsupported` (a GGUF file, but of another version or kind, or not the first part).
 */
export async function inspectGguf(path: string): Promise<GgufInfo> {
  const first = await readPart(path);
  const paths = partsOf(path, first.header);
  const parts = [first];
  for (const [index, other] of paths.entries()) {
    if (index === 0) continue;
    const part = await readPart(other, `Part ${index + 1} of ${paths.length} of the model is missing`);
    requirePart(other, part.header, { part: index + 1, count: paths.length });
    parts.push(part);
  }
  return describe(parts);
}

async function readPart(path: string, missing?: string): Promise<Part> {
  const bytes = await fileBytes(path, missing);
  const header = await readHeader(path, bytes);
  const wanted = endOfData(path, header);
  if (wanted > bytes) {
    throw new ModelError('model-damaged', `The model file is cut short: ${path} has ${formatBytes(bytes)} of ${formatBytes(wanted)}.`, {
      hint: 'Download it again.',
      details: { path, bytes, expectedBytes: wanted },
    });
  }
  return { path, bytes, header };
}

async function fileBytes(path: string, missing = 'The model file cannot be opened'): Promise<number> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new ModelError('model-missing', `${missing}: ${path}.`, {
      hint: 'Check that the file is there and that you may read it.',
      details: { path },
      cause,
    });
  });
  if (found.isFile()) return found.size;
  throw new ModelError('model-not-gguf', `This is not a file: ${path}.`, { hint: 'Choose a GGUF file (.gguf).', details: { path } });
}

async function readHeader(path: string, bytes: number): Promise<GgufHeader> {
  try {
    return await readGgufHeader(path);
  } catch (cause) {
    const details = { path, bytes };
    if (cause instanceof NotGguf) {
      const message = bytes === 0 ? `The file is empty: ${path}.` : `This is not a GGUF model file: ${path}.`;
      throw new ModelError('model-not-gguf', message, { hint: 'Steady opens GGUF files (.gguf).', details, cause });
    }
    if (cause instanceof UnknownGgufVersion) {
      throw new ModelError('model-unsupported', `The file is GGUF of a version that cannot be read (${cause.version}): ${path}.`, {
        hint: 'Look for a newer conversion of the model.',
        details,
        cause,
      });
    }
    if (cause instanceof UnexpectedEnd) {
      throw new ModelError('model-damaged', `The model file is cut short: ${path} ends within its own header.`, {
        hint: 'Download it again.',
        details,
        cause,
      });
    }
    if (cause instanceof MalformedGguf) {
      throw new ModelError('model-damaged', `The model file is damaged: ${path} (${cause.message}).`, {
        hint: 'Download it again.',
        details,
        cause,
      });
    }
    throw new ModelError('model-missing', `The model file cannot be read: ${path}.`, {
      hint: 'Check that you may read it.',
      details,
      cause,
    });
  }
}

/**
 * File offset at which the last tensor ends. Types that are not known count as far as they start.
 * @throws ModelError `model-damaged` for sizes that no file can have
 */
function endOfData(path: string, header: GgufHeader): number {
  let end = header.tensors.length === 0 ? 0 : header.dataOffset;
  for (const tensor of header.tensors) {
    const size = packedBytes(tensor.type, weights(tensor.dimensions)) ?? 0;
    end = Math.max(end, header.dataOffset + tensor.offset + size);
  }
  if (Number.isSafeInteger(end)) return end;
  throw damagedHeader(path, 'it holds a tensor of an impossible size');
}

function weights(dimensions: readonly number[]): number {
  return dimensions.reduce((product, dimension) => product * dimension, 1);
}

const damagedHeader = (path: string, why: string) =>
  new ModelError('model-damaged', `The model file is damaged: ${path} (${why}).`, { hint: 'Download it again.', details: { path } });

function describe(parts: readonly Part[]): GgufInfo {
  const { path, header } = parts[0]!;
  const sum = (of: (part: Part) => number) => parts.reduce((total, part) => total + of(part), 0);
  const tensorCount = sum((part) => part.header.tensors.length);
  const unsupported = (what: string) =>
    new ModelError('model-unsupported', `This GGUF file ${what}: ${path}.`, {
      hint: 'Choose the file of a chat model.',
      details: { path },
    });
  const other = notAChatModel(header, tensorCount);
  if (other !== null) throw unsupported(other);
  const values = new Metadata(path, header);
  const architecture = values.text('general.architecture') ?? '';
  const blockCount = values.count(`${architecture}.block_count`, MAX_BLOCKS);
  const embeddingLength = values.count(`${architecture}.embedding_length`, MAX_WIDTH);
  if (blockCount === null || embeddingLength === null) throw unsupported('is not a language model');
  const claimed = values.count('split.tensors.count', Number.MAX_SAFE_INTEGER);
  if (parts.length > 1 && claimed !== null && claimed !== tensorCount) {
    throw damagedHeader(path, `its parts hold ${tensorCount} tensors together, and it should have ${claimed}`);
  }
  const vocabulary = header.metadata.get('tokenizer.ggml.tokens');
  const template = header.metadata.get('tokenizer.chat_template');
  return {
    path,
    paths: parts.map((part) => part.path),
    bytes: sum((part) => part.bytes),
    ggufVersion: header.version,
    architecture,
    name: values.text('general.name'),
    blockCount,
    embeddingLength,
    contextLength: values.count(`${architecture}.context_length`, MAX_CONTEXT),
    vocabularySize: typeof vocabulary === 'object' ? vocabulary.arrayLength : null,
    parameters: sum((part) => part.header.tensors.reduce((total, { dimensions }) => total + weights(dimensions), 0)),
    tensorCount,
    chatTemplate: typeof template === 'string' ? template : null,
    splitCount: parts.length,
  };
}

/** The values of a header, each within what a model can have. */
class Metadata {
  readonly #path: string;
  readonly #values: GgufHeader['metadata'];

  constructor(path: string, { metadata }: GgufHeader) {
    this.#path = path;
    this.#values = metadata;
  }

  /** A name to show: one line of a length that fits. Null where there is none. */
  text(key: string): string | null {
    const value = this.#values.get(key);
    if (typeof value !== 'string') return null;
    const shown = value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
    return shown === '' ? null : [...shown.slice(0, 2 * MAX_NAME)].slice(0, MAX_NAME).join('');
  }

  /** A number of things; null where there is none. @throws ModelError `model-damaged` for a number that it cannot be */
  count(key: string, most: number): number | null {
    const value = this.#values.get(key);
    if (typeof value !== 'number') return null;
    if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
    throw damagedHeader(this.#path, `${key.slice(0, MAX_NAME)} is ${value}`);
  }
}
