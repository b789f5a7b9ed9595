/** Builds the steering addon with the machine's own compiler. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { currentNode, ROOT } from '../context.mjs';
import { run } from '../exec.mjs';
import { requireBuildTools } from '../prerequisites.mjs';
import { hashInputs, readStamp, writeStamp } from '../stamp.mjs';

const STAMP = 'native';
const output = () => join(ROOT, 'steering', 'native', 'build', `${process.platform}-${process.arch}`, 'steady_native.node');
const key = () =>
  hashInputs(['steering/native/src', 'build/native.ts', 'node_modules/node-llama-cpp/package.json'], process.env.CXX ?? '', process.arch);

export const native = {
  title: 'Building the steering addon',
  isDone: () => existsSync(output()) && readStamp(STAMP) === key(),
  async run() {
    requireBuildTools();
    await run(currentNode(), [join(ROOT, 'build', 'native.ts')], { failure: 'The steering addon could not be built.' });
    writeStamp(STAMP, key());
  },
};
