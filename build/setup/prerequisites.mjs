/** What a machine must bring itself, and how to get it: one sentence each. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, USER_CACHE } from './context.mjs';
import { answers } from './exec.mjs';

const WAYS = {
  python: {
    linux: 'Debian/Ubuntu: sudo apt-get install python3 python3-pip python3-venv',
    darwin: 'macOS: xcode-select --install (or: brew install python)',
    win32: 'Windows: winget install Python.Python.3.12',
  },
  compiler: {
    linux: 'Debian/Ubuntu: sudo apt-get install g++',
    darwin: 'macOS: xcode-select --install',
    win32: 'Windows: winget install Microsoft.VisualStudio.2022.BuildTools (with "Desktop development with C++")',
  },
  git: {
    linux: 'Debian/Ubuntu: sudo apt-get install git',
    darwin: 'macOS: xcode-select --install',
    win32: 'Windows: winget install Git.Git',
  },
};

/** How to get it on this system. */
export const way = (what) => WAYS[what][process.platform] ?? WAYS[what].linux;

/** How Python is called here, as command and first arguments; null where there is none with the modules asked for. */
export function findPython(modules = ['pip']) {
  const candidates = process.env.STEADY_PYTHON
    ? [[process.env.STEADY_PYTHON]]
    : process.platform === 'win32'
      ? [['py', '-3'], ['python'], ['python3']]
      : [['python3'], ['python']];
  const check = `import sys, ${modules.join(', ')}; sys.exit(sys.version_info < (3, 8))`;
  return candidates.find(([command, ...first]) => answers(command, [...first, '-c', check])) ?? null;
}

/** @throws SetupError where Python 3 with these modules is missing. */
export function requirePython(modules = ['pip'], purpose = 'to fetch packages') {
  const python = findPython(modules);
  if (python) return python;
  throw new SetupError(`Python 3 (3.8 or newer, with ${modules.join(' and ')}) is needed ${purpose} and was not found.`, way('python'));
}

/** @throws SetupError where the steering addon cannot be built for want of a tool. */
export function requireBuildTools() {
  // On Windows Zig's compiler is used, a Python package.
  if (process.platform === 'win32' && !process.env.CXX)
    requirePython(['pip', 'venv'], "to fetch Zig's compiler, which builds the steering addon");
  const compiler = process.env.CXX ?? 'c++';
  if ((process.platform !== 'win32' || process.env.CXX) && !answers(compiler))
    throw new SetupError(`A C++ compiler is needed to build the steering addon and "${compiler}" was not found.`, way('compiler'));
  if (!answers('git')) throw new SetupError("git is needed to unpack llama.cpp's headers and was not found.", way('git'));
  const eigen = ['/usr/include/eigen3', '/usr/local/include/eigen3', '/opt/homebrew/include/eigen3'];
  if (!eigen.some((folder) => existsSync(folder)) && !existsSync(join(USER_CACHE, 'headers'))) requirePython(['pip'], 'to fetch Eigen');
}
