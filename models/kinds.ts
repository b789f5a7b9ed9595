/** GGUF files that are no chat models, and what they are instead: what a person downloaded should be called by its name. */
import type { GgufHeader } from './gguf.ts';

/** `general.type`, and the architectures that stand for the same in files without it. */
const BY_TYPE: Readonly<Record<string, string>> = {
  adapter: 'is a LoRA adapter: a small change to a model, without the model',
  mmproj: 'is a projector (mmproj): what lets another model see or hear, without the model',
  vocab: 'holds a vocabulary alone, without a model',
  imatrix: 'is an importance matrix: statistics for making model files smaller',
};
const BY_ARCHITECTURE: Readonly<Record<string, string>> = {
  clip: BY_TYPE['mmproj']!,
  controlvector: 'is a control vector, without a model',
  t5encoder: 'is an encoder: it cannot write text',
  'wavtokenizer-dec': 'is a voice decoder: it makes sound, not text',
};
const EMBEDDING = 'is an embedding model: it turns text into numbers for searching and cannot write text';
/** Encoders that llama.cpp knows, in all their spellings: `bert`, `nomic-bert`, `jina-bert-v2`, `modern-bert`, `gemma-embedding`, … */
const ENCODER = /(^|-)bert(-|$)|^gemma-embedding$/;

/**
 * What a file is that cannot be chatted with, as the rest of a sentence; null for what may be a chat model.
 * @param tensorCount of all parts
 */
export function notAChatModel({ metadata, tensors }: GgufHeader, tensorCount: number): string | null {
  const type = metadata.get('general.type');
  if (typeof type === 'string' && Object.hasOwn(BY_TYPE, type)) return BY_TYPE[type]!;
  if (metadata.has('adapter.type') || tensors.some(({ name }) => name.endsWith('.lora_a'))) return BY_TYPE['adapter']!;
  const architecture = metadata.get('general.architecture');
  if (typeof architecture !== 'string') return 'does not say what model it is';
  if (Object.hasOwn(BY_ARCHITECTURE, architecture)) return BY_ARCHITECTURE[architecture]!;
  const pooling = metadata.get(`${architecture}.pooling_type`);
  const isPooled = typeof pooling === 'number' && pooling > 0;
  if (ENCODER.test(architecture) || isPooled || metadata.get(`${architecture}.attention.causal`) === false) return EMBEDDING;
  return tensorCount === 0 ? BY_TYPE['vocab']! : null;
}
