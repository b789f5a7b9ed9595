/** Builds the steering addon with the machine's own compiler. */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { currentNode, ROOT } from '../context.mjs';
import { run } from '../exec.mjs';
import { requireBuildTools } from '../prerequisites.mjs';
import { hashInputs, readStamp, writeStamp } from '../stamp.mjs';

const STAMP = 'native';
const output = () => join(ROOT, 'steering', 'native', 'build', `${process.platform}-${process.arch}`, 'steady_native.node');
/** It is built for this very processor: a checkout that moves to another machine needs it anew. */
const key = () =>
  hashInputs(
    ['steering/native/src', 'build/native.ts', 'build/native', 'node_modules/node-llama-cpp/package.json'],
    ...[process.env.CXX ?? '', process.arch, cpus()[0]?.model ?? ''],
  );

export const native = {
  title: 'Building the steering addon',
  isDone: () => existsSync(output()) && readStamp(STAMP) === key(),
  async run() {
    requireBuildTools();
    await run(currentNode(), [join(ROOT, 'build', 'native.ts')], { failure: 'The steering addon could not be built.' });
    writeStamp(STAMP, key());
  },
};
