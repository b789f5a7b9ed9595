/** The command behind `npm run synthetic-gguf`. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SHAPES } from './shapes.ts';
import { writeSyntheticModel } from './write.ts';

const USAGE = `Usage: npm run synthetic-gguf -- --shape ${Object.keys(SHAPES).join('|')} --out FILE.gguf [--seed N]
Writes a model file of that shape (Q4_K_M) with random weights, to measure speed with. It says nothing sensible.
`;
const BAD_USAGE = 2;

function readOptions() {
  const { values } = parseArgs({
    options: {
      shape: { type: 'string' },
      out: { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return null;
  const shape = SHAPES[values.shape ?? ''];
  const seed = Number(values.seed);
  if (shape === undefined || values.out === undefined) throw new TypeError('A shape and an output file are needed.');
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) throw new TypeError(`"${values.seed}" is no seed.`);
  return { shapeName: values.shape!, shape, path: resolve(values.out), seed };
}

try {
  const options = readOptions();
  if (options === null) process.stdout.write(USAGE);
  else {
    mkdirSync(dirname(options.path), { recursive: true });
    let told = -1;
    const onProgress = (written: number, total: number) => {
      const tenth = Math.floor((10 * written) / total);
      if (tenth > told) process.stderr.write(`${(told = tenth) * 10} %\n`);
    };
    const bytes = await writeSyntheticModel({ ...options, onProgress });
    process.stdout.write(`${options.path}: ${(bytes / 2 ** 30).toFixed(2)} GiB of random weights, shape ${options.shapeName}\n`);
  }
} catch (error) {
  const usage = error instanceof TypeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  process.stderr.write(`${(error as Error).message}\n${usage ? USAGE : ''}`);
  process.exitCode = usage ? BAD_USAGE : 1;
}
