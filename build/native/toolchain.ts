/** With what the addon is compiled: this machine's own C++ compiler, or Zig's for any other machine. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { way } from '../setup/prerequisites.mjs';
import { EXPORTS } from './inspect/index.ts';
import type { Target } from './targets.ts';
import { findZig, ZIG_ENV } from './zig.ts';

export interface Toolchain {
  /** The compiler as command and first arguments. */
  cxx: readonly [string, ...string[]];
  /** Whether the addon needs what `generated.ts` makes: it is Zig's, and not what the system's own tools would make. */
  generates: boolean;
  compileFlags: readonly string[];
  linkFlags: readonly string[];
  env: Record<string, string>;
  /** For whoever lacks it. */
  hint: string;
}

/** For this very machine, or with its compiler for any of its kind (`portable`). */
export function hostToolchain(portable: boolean): Toolchain {
  const compiler = process.env['CXX'] ?? 'c++';
  const mac = process.platform === 'darwin';
  const arch = !portable ? (mac ? [] : ['-march=native']) : process.arch === 'x64' ? ['-march=x86-64-v2'] : [];
  return {
    cxx: [compiler],
    generates: false,
    compileFlags: ['-fPIC', ...arch],
    linkFlags: mac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-ldl'],
    env: {},
    hint: `Install a C++20 compiler: ${way('compiler')}`,
  };
}

const LINK_FLAGS: Partial<Record<NodeJS.Platform, (exportsFile: string) => string[]>> = {
  linux: (exportsFile) => ['-shared', '-s', `-Wl,--version-script=${exportsFile}`],
  darwin: () => ['-shared', '-Wl,-undefined,dynamic_lookup'],
  win32: () => ['-shared', '-s'],
};

/**
 * Zig for a target.
 * @param work a folder for what the linker reads.
 * @throws BuildError where Zig cannot be had.
 */
export async function zigToolchain(target: Target, work: string): Promise<Toolchain> {
  const zig = await findZig();
  const exportsFile = join(work, 'exports');
  await writeFile(exportsFile, `{ global: ${EXPORTS.join('; ')}; local: *; };\n`);
  const machine = ['-target', target.triple, ...(target.cpu === undefined ? [] : [`-mcpu=${target.cpu}`])];
  return {
    cxx: [zig, 'c++'],
    generates: true,
    compileFlags: [
      ...machine,
      ...(target.platform === 'win32' ? ['-DNAPI_EXTERN=__declspec(dllimport)'] : ['-fPIC']),
      // libc++ stays the addon's own affair: a second one may be loaded in the same process.
      ...(target.platform === 'darwin' ? ['-fvisibility-inlines-hidden', '-fvisibility-global-new-delete=force-hidden'] : []),
    ],
    linkFlags: [...machine, ...(LINK_FLAGS[target.platform]?.(exportsFile) ?? [])],
    env: ZIG_ENV,
    hint: 'Zig could not build for that system.',
  };
}
