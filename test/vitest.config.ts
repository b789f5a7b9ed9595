/** Three kinds of tests: `unit` (plain Node), `renderer` (the page's components) and `engine` (a real engine, most with a tiny model). */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { rendererTestProject } from '../build/vite.renderer.ts';

const root = join(import.meta.dirname, '..');
const MINUTE = 60_000;

// The tests start some hundred processes of the app, and half of a process's start is stripping types: once is enough.
process.env['NODE_COMPILE_CACHE'] ??= join(root, '.cache', 'compile');

/**
 * Node strips types with a WebAssembly module. Where only worker threads do that, and end, V8 13 frees the module's code
 * while it still compiles wrappers for it, and now and then the process dies of it (SIGSEGV or SIGTRAP below
 * `Runtime_TierUpWasmToJSWrapper`; compare nodejs/node#64500). A budget that is never used up leaves the wrappers alone.
 */
const NODE_FLAGS = ['--wasm-wrapper-tiering-budget=1000000000'];

/** The engine's files take longest. One that began last would have the other core wait for it. */
class EngineFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isEngine = ({ project }: TestSpecification) => project.name === 'engine';
    return [...sorted.filter(isEngine), ...sorted.filter((file) => !isEngine(file))];
  }
}

export default defineConfig({
  root,
  cacheDir: join(root, 'node_modules', '.vite', 'test'),
  test: {
    // A file a core, of whatever kind: an engine computes on one thread here, and its test only waits for it.
    maxWorkers: Math.min(4, availableParallelism()),
    sequence: { sequencer: EngineFirst },
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
          testTimeout: 10 * MINUTE,
          hookTimeout: 5 * MINUTE,
        },
      },
    ],
  },
});
