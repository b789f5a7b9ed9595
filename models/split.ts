/** Models in several files, as `llama-gguf-split` writes them: `NAME-00001-of-00003.gguf` and so on, side by side. */
import { basename } from 'node:path';
import { ModelError } from './errors.ts';
import type { GgufHeader } from './gguf.ts';

const NAME = /-(\d{5})-of-(\d{5})\.gguf$/;
/** More than any model has. */
const MAX_PARTS = 1000;

/**
 * The paths of all parts of a model, the first one first; the file's own path alone where it is whole in itself.
 * @throws ModelError `model-unsupported` for a part that is not the first, and where the file's name and what it holds
 *   say different things of its parts; llama.cpp finds the other parts by their names.
 */
export function partsOf(path: string, header: GgufHeader): string[] {
  const { part, count } = placeOf(header);
  const named = NAME.exec(path);
  const pathOf = (number: number) => `${path.slice(0, named?.index)}-${five(number)}-of-${five(count)}.gguf`;
  const refuse = (message: string, hint: string) => new ModelError('model-unsupported', message, { hint, details: { path, part, count } });
  if (count < 1 || count > MAX_PARTS || part < 1 || part > count)
    throw refuse(`The file says impossible things of its parts: ${path}.`, 'Download it again.');
  if (part > 1) {
    const first = named === null ? `the one that ends in -00001-of-${five(count)}.gguf` : basename(pathOf(1));
    throw refuse(
      `This is part ${part} of ${count} of a model: ${path}.`,
      `Choose the first part: ${first}. The others are found beside it.`,
    );
  }
  if (Number(named?.[1] ?? 1) !== part || Number(named?.[2] ?? 1) !== count) {
    throw refuse(
      `The file's name does not fit: it is part ${part} of ${count} of a model: ${path}.`,
      count === 1
        ? 'Rename it, without “-of-” and the numbers.'
        : `Name the parts NAME-00001-of-${five(count)}.gguf and so on, in one folder.`,
    );
  }
  return count === 1 ? [path] : Array.from({ length: count }, (_, index) => pathOf(index + 1));
}

/** @throws ModelError `model-damaged` where a file is not the part that its name says */
export function requirePart(path: string, header: GgufHeader, wanted: { part: number; count: number }): void {
  const { part, count } = placeOf(header);
  if (part === wanted.part && count === wanted.count) return;
  throw new ModelError('model-damaged', `This is not part ${wanted.part} of ${wanted.count} of the model: ${path}.`, {
    hint: 'Download all parts of the model again, into one folder.',
    details: { path },
  });
}

/** Which part of how many, counted from 1. */
function placeOf({ metadata }: GgufHeader): { part: number; count: number } {
  const number = (key: string, absent: number) => {
    const value = metadata.get(key);
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : absent;
  };
  // A file that was never split may say that it has no parts.
  return { part: number('split.no', 0) + 1, count: Math.max(1, number('split.count', 1)) };
}

const five = (number: number) => String(number).padStart(5, '0');
