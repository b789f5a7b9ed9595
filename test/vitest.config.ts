/** Three kinds of tests: `unit` (plain Node), `renderer` (the page's components) and `engine` (real models, one at a time). */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { rendererTestProject } from '../build/vite.renderer.ts';

const root = join(import.meta.dirname, '..');
const MINUTE = 60_000;

/**
 * Node strips types with a WebAssembly module. Where only worker threads do that, and end, V8 13 frees the module's code
 * while it still compiles wrappers for it, and now and then the process dies of it (SIGSEGV or SIGTRAP below
 * `Runtime_TierUpWasmToJSWrapper`; compare nodejs/node#64500). A budget that is never used up leaves the wrappers alone.
 */
const NODE_FLAGS = ['--wasm-wrapper-tiering-budget=1000000000'];

export default defineConfig({
  root,
  cacheDir: join(root, 'node_modules', '.vite', 'test'),
  test: {
    projects: [
      {
        root,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/package/**/*.test.ts'],
          exclude: ['test/unit/renderer/**'],
          environment: 'node',
          pool: 'forks',
          execArgv: NODE_FLAGS,
          testTimeout: MINUTE,
          hookTimeout: MINUTE,
        },
      },
      { root, ...rendererTestProject },
      {
        root,
        test: {
          name: 'engine',
          include: ['test/engine/**/*.test.ts'],
          environment: 'node',
          pool: 'forks',
          execArgv: NODE_FLAGS,
          // Two models at once, or a model beside other tests, would only measure how they starve each other.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 10 * MINUTE,
          hookTimeout: 5 * MINUTE,
        },
      },
    ],
  },
});
