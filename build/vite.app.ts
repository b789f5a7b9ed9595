/**
 * Bundles what runs outside the page into `dist/app`: the Electron main process and its preload script, the engine and
 * the store's worker, and the entries for a machine without Electron. Only Steady's own code is bundled; libraries stay
 * in node_modules, where their native files are. The preload script is the exception: a sandboxed one cannot load any.
 *
 * All files lie flat in one folder, so that code which looks beside itself finds its neighbours.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type InlineConfig, type Plugin } from 'vite';

const ROOT = join(import.meta.dirname, '..');

/** Name in `dist/app` → source. */
export const APP_ENTRIES = {
  main: 'electron/main.ts',
  engine: 'electron/engine/worker.ts',
  'engine-electron': 'electron/shell/engine-entry.ts',
  'store-worker': 'electron/store/worker.ts',
  'document-worker': 'electron/documents/worker.ts',
  'nearest-worker': 'electron/nearest/worker.ts',
  serve: 'electron/serve.ts',
  cli: 'electron/cli.ts',
} as const;

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };

function common(outDir: string): InlineConfig {
  return {
    root: ROOT,
    configFile: false,
    publicDir: false,
    envDir: false,
    logLevel: 'warn',
    cacheDir: join(ROOT, 'node_modules', '.vite', 'app'),
    build: { outDir, target: 'node22', minify: false, sourcemap: false, reportCompressedSize: false, copyPublicDir: false },
  };
}

/** Builds the modules that run in Node: ES modules whose libraries stay outside. */
function nodeConfig(outDir: string, entries: Readonly<Record<string, string>>): InlineConfig {
  const base = common(outDir);
  return {
    ...base,
    ssr: { external: Object.keys(dependencies), noExternal: [] },
    build: {
      ...base.build,
      ssr: true,
      emptyOutDir: true,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, join(ROOT, source)])),
        external: ['electron'],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared-[name]-[hash].js' },
      },
    },
  };
}

/** Builds the preload script: one CommonJS file, with everything in it but what a sandboxed script is given. */
function preloadConfig(outDir: string): InlineConfig {
  const base = common(outDir);
  return {
    ...base,
    ssr: { noExternal: true },
    build: {
      ...base.build,
      ssr: true,
      emptyOutDir: false,
      target: 'chrome140',
      rolldownOptions: {
        input: { preload: join(ROOT, 'electron/preload.ts') },
        external: ['electron'],
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  };
}

/** Builds the preload script after the rest, whose build empties the folder. */
function preloadPlugin(outDir: string): Plugin {
  return { name: 'steady:preload', apply: 'build', closeBundle: async () => void (await build(preloadConfig(outDir))) };
}

/** @param entries name in `outDir` → source, relative to the root. */
function appConfig(outDir: string, entries: Readonly<Record<string, string>>): InlineConfig {
  return { ...nodeConfig(outDir, entries), plugins: [preloadPlugin(outDir)] };
}

/** Builds the app with other entries or elsewhere: for tests. */
export async function buildApp(options: { outDir: string; entries: Readonly<Record<string, string>> }): Promise<void> {
  await build(appConfig(options.outDir, options.entries));
}

const { configFile: _, ...config } = appConfig(join(ROOT, 'dist', 'app'), APP_ENTRIES);
export default config;
