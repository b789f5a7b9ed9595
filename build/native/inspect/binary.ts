/** What a native library shows to the outside, whatever system it is for. */

export interface BinaryFacts {
  format: 'elf' | 'pe' | 'mach-o';
  /** As `process.arch`; null: another. */
  arch: 'x64' | 'arm64' | null;
  exports: string[];
  /** What it wants from whatever has loaded it, or from any library. */
  undefined: string[];
  /** What it wants from a library that it names (PE, Mach-O); with ELF that is not said. */
  imports: { library: string; name: string }[];
  /** Libraries that are loaded with it. */
  libraries: string[];
}

/** A file that ends too soon, or is of no format that is known. */
export class BadBinary extends Error {}

/** The text at `at` up to its NUL. @throws BadBinary */
export function textAt(file: Buffer, at: number): string {
  const end = file.indexOf(0, at);
  if (at < 0 || at >= file.length || end < 0) throw new BadBinary('A name lies outside the file.');
  return file.toString('latin1', at, end);
}
