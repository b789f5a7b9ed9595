/** Builds the shell and runs the built files with the double in Electron's place. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction, constants, createContext, Script } from 'node:vm';
import { APP_ENTRIES, buildApp } from '../../../build/vite.app.ts';
import type * as Double from './electron-double.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const DOUBLE = pathToFileURL(join(import.meta.dirname, 'electron-double.ts')).href;

/** Node's own import: the built files and the double must be seen as Node sees them, not as the test runner does. */
const nativeImport = compileFunction('return import(url)', ['url'], {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as (url: string) => Promise<unknown>;

registerHooks({
  resolve: (specifier, context, next) => (specifier === 'electron' ? { url: DOUBLE, shortCircuit: true } : next(specifier, context)),
});

/** Imports a module of the shell's source, with the double in Electron's place. */
export async function importWithDouble<T>(url: string): Promise<{ module: T; double: typeof Double }> {
  return { module: (await nativeImport(url)) as T, double: (await nativeImport(DOUBLE)) as typeof Double };
}

export interface BuiltShell {
  readonly double: typeof Double;
  /** The folder of the built files (`…/app`); the page lies beside it. */
  readonly appDir: string;
  readonly dataDir: string;
  /** Runs the built main.js. Settles when its top level has run. */
  runMain(): Promise<void>;
  /** Runs the built preload script in a context that has what a sandboxed one has, and no way to compile strings. */
  runPreload(): Promise<void>;
  remove(): Promise<void>;
}

/** Builds under `dist/` in a folder of its own, so that the libraries in node_modules are found from there. */
export async function buildShell(): Promise<BuiltShell> {
  await mkdir(join(ROOT, 'dist'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, 'dist', 'shell-test-'));
  const appDir = join(folder, 'app');
  const { main, 'store-worker': storeWorker } = APP_ENTRIES;
  await buildApp({ outDir: appDir, entries: { main, 'store-worker': storeWorker } });
  await mkdir(join(folder, 'renderer', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'top secret');
  await writeFile(join(folder, 'renderer', 'index.html'), '<!doctype html><title>Steady</title>');
  await writeFile(join(folder, 'renderer', 'assets', 'index-AbCd1234.js'), 'page');
  return {
    double: (await nativeImport(DOUBLE)) as typeof Double,
    appDir,
    dataDir: join(folder, 'data'),
    runMain: async () => void (await nativeImport(`${pathToFileURL(join(appDir, 'main.js')).href}?${performance.now()}`)),
    runPreload: async () => {
      const code = await readFile(join(appDir, 'preload.cjs'), 'utf8');
      const double = (await nativeImport(DOUBLE)) as typeof Double;
      const require = (name: string) => {
        if (name === 'electron') return double;
        throw new Error(`A sandboxed preload script cannot load ${name}.`);
      };
      const module = { exports: {} };
      const context = createContext(
        { require, module, exports: module.exports, console, setTimeout, clearTimeout, URL },
        { codeGeneration: { strings: false, wasm: false } },
      );
      new Script(code, { filename: 'preload.cjs' }).runInContext(context);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
