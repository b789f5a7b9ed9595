/** What a GGUF file says of itself, and whether all of it is there. Reads the header only. */
import { stat } from 'node:fs/promises';
import { UnexpectedEnd } from './byte-reader.ts';
import { ModelError } from './errors.ts';
import { packedBytes } from './ggml-types.ts';
import { MalformedGguf, NotGguf, readGgufHeader, UnknownGgufVersion, type GgufHeader } from './gguf.ts';
import { formatBytes } from './text.ts';

export interface GgufInfo {
  readonly path: string;
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

/** `general.type` of files that are GGUF but no model one can chat with. */
const NOT_A_MODEL = new Set(['adapter', 'imatrix', 'mmproj', 'vocab']);

/**
 * Checks that a file is a whole GGUF model and says what it is. Takes milliseconds, whatever the file's size.
 * @throws ModelError `model-missing`, `model-not-gguf`, `model-damaged` (cut short, or its header is broken) or
 *   `model-unsupported` (a GGUF file, but of another version or kind).
 */
export async function inspectGguf(path: string): Promise<GgufInfo> {
  const bytes = await fileBytes(path);
  const header = await readHeader(path, bytes);
  const wanted = endOfData(header);
  if (wanted > bytes) {
    throw new ModelError('model-damaged', `The model file is cut short: ${path} has ${formatBytes(bytes)} of ${formatBytes(wanted)}.`, {
      hint: 'Download it again.',
      details: { path, bytes, expectedBytes: wanted },
    });
  }
  return describe(path, bytes, header);
}

async function fileBytes(path: string): Promise<number> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new ModelError('model-missing', `The model file cannot be opened: ${path}.`, {
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

/** File offset at which the last tensor ends. Types that are not known count as far as they start. */
function endOfData(header: GgufHeader): number {
  let end = header.tensors.length === 0 ? 0 : header.dataOffset;
  for (const tensor of header.tensors) {
    const size = packedBytes(tensor.type, weights(tensor.dimensions)) ?? 0;
    end = Math.max(end, header.dataOffset + tensor.offset + size);
  }
  return end;
}

function weights(dimensions: readonly number[]): number {
  return dimensions.reduce((product, dimension) => product * dimension, 1);
}

function describe(path: string, bytes: number, header: GgufHeader): GgufInfo {
  const text = (key: string) => {
    const value = header.metadata.get(key);
    return typeof value === 'string' ? value : null;
  };
  const number = (key: string) => {
    const value = header.metadata.get(key);
    return typeof value === 'number' ? value : null;
  };
  const unsupported = (what: string) =>
    new ModelError('model-unsupported', `This GGUF file ${what}: ${path}.`, {
      hint: 'Choose the file of a chat model.',
      details: { path },
    });

  const architecture = text('general.architecture');
  const kind = text('general.type');
  if (architecture === null) throw unsupported('does not say what model it is');
  if (architecture === 'clip' || (kind !== null && NOT_A_MODEL.has(kind))) throw unsupported('is an addition to a model, not a model');
  const blockCount = number(`${architecture}.block_count`);
  const embeddingLength = number(`${architecture}.embedding_length`);
  if (blockCount === null || embeddingLength === null) throw unsupported('is not a language model');

  const vocabulary = header.metadata.get('tokenizer.ggml.tokens');
  return {
    path,
    bytes,
    ggufVersion: header.version,
    architecture,
    name: text('general.name'),
    blockCount,
    embeddingLength,
    contextLength: number(`${architecture}.context_length`),
    vocabularySize: typeof vocabulary === 'object' ? vocabulary.arrayLength : null,
    parameters: header.tensors.reduce((sum, tensor) => sum + weights(tensor.dimensions), 0),
    tensorCount: header.tensors.length,
    chatTemplate: text('tokenizer.chat_template'),
    splitCount: Math.max(1, number('split.count') ?? 1),
  };
}
