/** Reads a 64-bit library for Windows: Microsoft's "PE Format". */
import { BadBinary, textAt, type BinaryFacts } from './binary.ts';

const MACHINES: Readonly<Record<number, BinaryFacts['arch']>> = { 0x8664: 'x64', 0xaa64: 'arm64' };
const PE32_PLUS = 0x20b;
const BY_ORDINAL = 1n << 63n;

export function readPe(file: Buffer): BinaryFacts {
  const header = file.readUInt32LE(0x3c);
  if (file.toString('latin1', header, header + 4) !== 'PE\0\0') throw new BadBinary('It is no program for Windows.');
  const optional = header + 24;
  if (file.readUInt16LE(optional) !== PE32_PLUS) throw new BadBinary('It is no 64-bit program.');
  const sections = optional + file.readUInt16LE(header + 20);
  const count = file.readUInt16LE(header + 6);
  /** Where in the file what is loaded at a relative address lies. */
  const offsetOf = (address: number): number => {
    for (let at = sections; at < sections + count * 40; at += 40) {
      const start = file.readUInt32LE(at + 12);
      const bytes = Math.max(file.readUInt32LE(at + 8), file.readUInt32LE(at + 16));
      if (address >= start && address < start + bytes) return address - start + file.readUInt32LE(at + 20);
    }
    throw new BadBinary('An address lies in no section.');
  };
  const directory = (index: number) => file.readUInt32LE(optional + 112 + index * 8);
  const facts: BinaryFacts = {
    format: 'pe',
    arch: MACHINES[file.readUInt16LE(header + 4)] ?? null,
    exports: [],
    undefined: [],
    imports: [],
    libraries: [],
  };

  if (directory(0) !== 0) {
    const table = offsetOf(directory(0));
    const names = offsetOf(file.readUInt32LE(table + 32));
    for (let i = 0; i < file.readUInt32LE(table + 24); i++) facts.exports.push(textAt(file, offsetOf(file.readUInt32LE(names + i * 4))));
  }
  if (directory(1) !== 0) {
    for (let at = offsetOf(directory(1)); file.readUInt32LE(at + 12) !== 0; at += 20) {
      const library = textAt(file, offsetOf(file.readUInt32LE(at + 12)));
      facts.libraries.push(library);
      const lookup = file.readUInt32LE(at) || file.readUInt32LE(at + 16);
      for (let entry = offsetOf(lookup); ; entry += 8) {
        const value = file.readBigUInt64LE(entry);
        if (value === 0n) break;
        const name = (value & BY_ORDINAL) !== 0n ? `#${value & 0xffffn}` : textAt(file, offsetOf(Number(value)) + 2);
        facts.imports.push({ library, name });
      }
    }
  }
  return facts;
}
