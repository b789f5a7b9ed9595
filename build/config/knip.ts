/** What the finder of dead code starts from, and what it cannot see by itself. */
import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'electron/{main,preload,serve,cli}.ts',
    'electron/engine/worker.ts',
    'electron/store/worker.ts',
    'electron/documents/worker.ts',
    'electron/nearest/worker.ts',
    'electron/shell/engine-entry.ts',
    'renderer/main.ts',
    'renderer/lib/bridge/no-eval.ts',
    // Commands of their own.
    'steering/verdict/labels/{generate,measure,sets}.ts',
    'build/{task,test,start,steady}.mjs',
    'build/{check,calibrate-shipped,dev-server,package,native,licences,lint-workflows,fuses,electron-builder}.ts',
    'build/vite.{app,renderer}.ts',
    'build/setup/fetch-model.ts',
    'build/config/*.{mjs,ts}',
    'test/**/*.{test,spec}.ts',
    'test/{vitest,playwright}.config.ts',
    'test/bench/main.ts',
    'test/documents/measure.ts',
    'test/forged/{measure,long-replies}.ts',
    'test/trials/{main,addons,device,starters,playwright.config}.ts',
    'test/trials/device-hook.mjs',
    'test/trials/results/main.ts',
    'test/machines/{main,vitest.config}.ts',
    'test/machines/programs/*.ts',
    'test/synthetic-gguf/main.ts',
    // Programs that tests start, and kill.
    'test/**/*-{child,entry,process}.ts',
    'test/unit/setup/load-llama.ts',
  ],
  project: ['{electron,steering,models,renderer,build,test}/**/*.{ts,mjs,svelte}'],
  ignoreExportsUsedInFile: true,
  // A library's index names its types for whoever calls it.
  rules: { types: 'off' },
  // Read by the compiler of the addon, called by path, or by a tool's own name.
  ignoreDependencies: [
    'node-addon-api',
    'node-api-headers',
    '@doyensec/electronegativity',
    'dependency-cruiser',
    'remark-cli',
    'svelte-check',
  ],
  // The system's, looked for before they are used.
  ignoreBinaries: ['cmake', 'ninja', 'mkfifo', 'mount', 'umount', 'unshare', 'openssl', 'go'],
};
export default config;
