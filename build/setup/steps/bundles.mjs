/** Builds what is bundled: the page, and the app for Electron. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { currentNode, ROOT, SetupError } from '../context.mjs';
import { run } from '../exec.mjs';
import { hashInputs, readStamp, writeStamp } from '../stamp.mjs';

/** A step that runs one Vite configuration. `inputs` and `outputs` are paths from the repository's root. */
function bundle(name, { title, config, inputs, outputs }) {
  const key = () => hashInputs([...inputs, config, 'package-lock.json', 'package.json']);
  return {
    title,
    isDone: () => outputs.every((path) => existsSync(join(ROOT, path))) && readStamp(name) === key(),
    async run() {
      if (!existsSync(join(ROOT, config))) throw new SetupError(`${config} is missing.`);
      const before = key();
      await run(
        currentNode(),
        [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--config', join(ROOT, config), '--logLevel', 'warn'],
        {
          failure: `${title}: it failed.`,
        },
      );
      writeStamp(name, before);
    },
  };
}

export const page = bundle('page', {
  title: 'Building the page',
  config: 'build/vite.renderer.ts',
  inputs: ['renderer', 'electron/contract', 'tsconfig.json'],
  outputs: ['dist/renderer/index.html'],
});

export const app = bundle('app', {
  title: 'Building the app',
  config: 'build/vite.app.ts',
  inputs: ['electron', 'steering', 'models', 'tsconfig.json'],
  outputs: ['dist/app/main.js'],
});
