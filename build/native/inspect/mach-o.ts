/** Reads a 64-bit library for macOS: Apple's <mach-o/loader.h> and <mach-o/nlist.h>. */
import { BadBinary, textAt, type BinaryFacts } from './binary.ts';

const MACHINES: Readonly<Record<number, BinaryFacts['arch']>> = { 0x0100_0007: 'x64', 0x0100_000c: 'arm64' };
const COMMAND = { symtab: 0x2, loadDylib: 0xc, loadWeakDylib: 0x8000_0018, reexportDylib: 0x8000_001f, codeSignature: 0x1d };
const TYPE = { stab: 0xe0, privateExternal: 0x10, kind: 0x0e, external: 0x01 };
/** The library's number in a symbol's description: found by whoever has loaded it. */
const DYNAMIC_LOOKUP = 0xfe;

export interface MachOFacts extends BinaryFacts {
  /** macOS loads no library for arm64 without a signature, be it one that names nobody. */
  signed: boolean;
}

export function readMachO(file: Buffer): MachOFacts {
  const facts: MachOFacts = {
    format: 'mach-o',
    arch: MACHINES[file.readUInt32LE(4)] ?? null,
    exports: [],
    undefined: [],
    imports: [],
    libraries: [],
    signed: false,
  };
  let symbols: { at: number; count: number; strings: number } | undefined;
  let at = 32;
  for (let i = 0; i < file.readUInt32LE(16); i++) {
    const command = file.readUInt32LE(at);
    if (command === COMMAND.symtab)
      symbols = { at: file.readUInt32LE(at + 8), count: file.readUInt32LE(at + 12), strings: file.readUInt32LE(at + 16) };
    if ([COMMAND.loadDylib, COMMAND.loadWeakDylib, COMMAND.reexportDylib].includes(command))
      facts.libraries.push(textAt(file, at + file.readUInt32LE(at + 8)));
    if (command === COMMAND.codeSignature) facts.signed = true;
    at += Math.max(8, file.readUInt32LE(at + 4));
  }
  if (symbols === undefined) throw new BadBinary('It has no table of symbols.');
  for (let entry = symbols.at; entry < symbols.at + symbols.count * 16; entry += 16) {
    const type = file.readUInt8(entry + 4);
    if ((type & TYPE.stab) !== 0 || (type & TYPE.external) === 0) continue;
    // C names have an underscore before them.
    const name = textAt(file, symbols.strings + file.readUInt32LE(entry)).replace(/^_/, '');
    const library = file.readUInt16LE(entry + 6) >> 8;
    if ((type & TYPE.kind) !== 0) {
      if ((type & TYPE.privateExternal) === 0) facts.exports.push(name);
    } else if (library === DYNAMIC_LOOKUP) facts.undefined.push(name);
    else facts.imports.push({ library: facts.libraries[library - 1] ?? `library ${library}`, name });
  }
  return facts;
}
