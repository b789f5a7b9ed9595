/** Reads a 64-bit ELF library for Linux: System V ABI, "Object Files" and "Dynamic Linking". */
import { textAt, type BinaryFacts } from './binary.ts';

const MACHINES: Readonly<Record<number, BinaryFacts['arch']>> = { 62: 'x64', 183: 'arm64' };
const SHT_DYNAMIC = 6;
const SHT_DYNSYM = 11;
const DT_NEEDED = 1n;

export function readElf(file: Buffer): BinaryFacts {
  const facts: BinaryFacts = {
    format: 'elf',
    arch: MACHINES[file.readUInt16LE(18)] ?? null,
    exports: [],
    undefined: [],
    imports: [],
    libraries: [],
  };
  const [sections, size, count] = [Number(file.readBigUInt64LE(40)), file.readUInt16LE(58), file.readUInt16LE(60)];
  const section = (index: number) => {
    const at = sections + index * size;
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      bytes: Number(file.readBigUInt64LE(at + 32)),
      link: file.readUInt32LE(at + 40),
    };
  };
  for (let index = 0; index < count; index++) {
    const { type, offset, bytes, link } = section(index);
    if (type !== SHT_DYNSYM && type !== SHT_DYNAMIC) continue;
    const strings = section(link).offset;
    for (let at = offset; type === SHT_DYNAMIC && at + 16 <= offset + bytes; at += 16) {
      if (file.readBigUInt64LE(at) === DT_NEEDED) facts.libraries.push(textAt(file, strings + Number(file.readBigUInt64LE(at + 8))));
    }
    // The first symbol is none.
    for (let at = offset + 24; type === SHT_DYNSYM && at + 24 <= offset + bytes; at += 24) {
      const name = textAt(file, strings + file.readUInt32LE(at));
      const binding = file.readUInt8(at + 4) >> 4;
      const visible = (file.readUInt8(at + 5) & 3) === 0;
      if (file.readUInt16LE(at + 6) === 0) facts.undefined.push(name);
      else if (binding !== 0 && visible) facts.exports.push(name);
    }
  }
  return facts;
}
