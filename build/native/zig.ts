/** Zig's C++ compiler, which builds for every system from any: fetched as a Python package into Steady's own environment. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { USER_CACHE } from '../setup/context.mjs';
import { findPython, way } from '../setup/prerequisites.mjs';
import { BuildError, sh } from './run-tool.ts';

/** Another version may name its targets otherwise. */
const PACKAGE = 'ziglang==0.17.1';
const VENV = join(USER_CACHE, 'venv');
const VENV_PYTHON = join(VENV, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
const WHERE = 'import importlib.metadata as m, ziglang, os; print(m.version("ziglang"), os.path.dirname(ziglang.__file__))';

/** What Zig keeps of libc++ and the systems' libraries, so that they are compiled once. */
export const ZIG_ENV = { ZIG_GLOBAL_CACHE_DIR: join(USER_CACHE, 'zig') };

/** The folder of the package where it is installed at the version that is wanted, else null. */
async function installed(): Promise<string | null> {
  if (!existsSync(VENV_PYTHON)) return null;
  const said = await sh(VENV_PYTHON, ['-c', WHERE], '').catch(() => '');
  const [version, ...folder] = said.trim().split(' ');
  return version === PACKAGE.split('==')[1] ? folder.join(' ') : null;
}

/**
 * The path of Zig, installed first where it is missing. `STEADY_ZIG` names another.
 * @throws BuildError where it cannot be had, saying why.
 */
export async function findZig(): Promise<string> {
  const named = process.env['STEADY_ZIG'];
  if (named) return named;
  const hint = `Zig comes as a Python package: ${way('python')}. Or name a Zig of your own in STEADY_ZIG.`;
  let folder = await installed();
  if (folder === null) {
    if (!existsSync(VENV_PYTHON)) {
      const python = findPython(['pip', 'venv', 'ensurepip']);
      if (python === null) throw new BuildError(`Building for another system needs Zig, and Python 3 to fetch it. ${hint}`);
      const [command, ...first] = python;
      await sh(command, [...first, '-m', 'venv', VENV], hint);
    }
    await sh(VENV_PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE], hint);
    folder = await installed();
  }
  if (folder === null) throw new BuildError(`Zig could not be installed in ${VENV}. ${hint}`);
  return join(folder, process.platform === 'win32' ? 'zig.exe' : 'zig');
}
