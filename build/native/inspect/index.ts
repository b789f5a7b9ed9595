/** Whether a built addon is what its system can load beside any Node, Electron and llama.cpp. */
import { readFile } from 'node:fs/promises';
import type { Machine } from '../targets.ts';
import { BadBinary, type BinaryFacts } from './binary.ts';
import { readElf } from './elf.ts';
import { readMachO } from './mach-o.ts';
import { readPe } from './pe.ts';

/** What Node looks for in the addon; nothing else is visible from outside. */
export const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

const NODE_API = /^(?:napi|node_api)_/;
/** Libraries that every such system has. */
const SYSTEM: Readonly<Record<BinaryFacts['format'], RegExp>> = {
  elf: /^(?:libc|libm|libdl|libpthread|librt)\.so\.\d+$|^ld-linux(?:-x86-64|-aarch64)\.so\.\d+$/,
  pe: /^(?:kernel32|ntdll|api-ms-win-crt-[a-z0-9-]+|ucrtbase)\.dll$/i,
  'mach-o': /^\/usr\/lib\/libSystem\.B\.dylib$/,
};
const FORMAT: Partial<Record<NodeJS.Platform, BinaryFacts['format']>> = { linux: 'elf', win32: 'pe', darwin: 'mach-o' };

/** @throws BadBinary */
export function readBinary(file: Buffer): BinaryFacts & { signed?: boolean } {
  try {
    if (file.toString('latin1', 0, 5) === '\x7fELF\x02') return readElf(file);
    if (file.toString('latin1', 0, 2) === 'MZ') return readPe(file);
    if (file.readUInt32LE(0) === 0xfeed_facf) return readMachO(file);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadBinary('The file ends too soon.', { cause: error });
  }
  throw new BadBinary('It is no native library.');
}

/** What keeps `facts` from being an addon for `machine`; empty where nothing does. */
export function addonFaults(facts: BinaryFacts & { signed?: boolean }, machine: Machine): string[] {
  const faults: string[] = [];
  const format = FORMAT[machine.platform];
  if (facts.format !== format) faults.push(`it is ${facts.format}, not ${format}`);
  if (facts.arch !== machine.arch) faults.push(`it is for ${facts.arch ?? 'another processor'}, not ${machine.arch}`);
  const missing = EXPORTS.filter((name) => !facts.exports.includes(name));
  if (missing.length > 0) faults.push(`it does not export ${missing.join(', ')}`);
  // A C++ run-time library that shows would be taken for the one of the process, or the other way round.
  const shown = facts.exports.filter((name) => !EXPORTS.includes(name));
  if (shown.length > 0) faults.push(`it also exports ${shown.slice(0, 5).join(', ')} (${shown.length})`);
  const libraries = facts.libraries.filter((name) => !SYSTEM[facts.format].test(name));
  if (libraries.length > 0) faults.push(`it needs ${libraries.join(', ')}`);
  // ELF does not say from where a symbol comes: what is C's own has no C++ name, and is not llama.cpp's.
  const foreign = facts.undefined.filter(
    (name) => !NODE_API.test(name) && (facts.format !== 'elf' || /^(?:_Z|__cxa_(?!atexit|finalize|thread_atexit)|ggml_|llama_)/.test(name)),
  );
  if (foreign.length > 0) faults.push(`it wants ${foreign.slice(0, 5).join(', ')} from whoever loads it`);
  if (facts.signed === false && machine.arch === 'arm64') faults.push('it has no signature');
  return faults;
}

/** @returns what keeps the file from being an addon for `machine` */
export async function addonFileFaults(path: string, machine: Machine): Promise<string[]> {
  try {
    return addonFaults(readBinary(await readFile(path)), machine);
  } catch (error) {
    if (error instanceof BadBinary) return [error.message];
    throw error;
  }
}
