/**
 * `npm run calibrate:shipped [-- --model ID]… [--out DIR] [--budget SIZE] [--seed N] [--keep-rows]`: makes the profiles that
 * come with the app, from the built-in prompt sets alone. Interrupted, it goes on where it was when it is run again. The same
 * seed gives the same profiles on the same kind of processor; `SOURCE_DATE_EPOCH` settles the date in them as well.
 * `--keep-rows` leaves what was read (some gigabytes) in .cache, for a change of the steps behind reading to be tried on.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { childEnv, ROOT, STATE_DIR } from './setup/context.mjs';

/** The small models of the catalogue: larger ones would take a day on a machine without a GPU. */
const MODELS: Readonly<Record<string, { name: string; budget: string }>> = {
  'qwen2.5-coder-0.5b-instruct': { name: 'Qwen2.5 Coder 0.5B', budget: 'thorough' },
  'qwen2.5-coder-1.5b-instruct': { name: 'Qwen2.5 Coder 1.5B', budget: 'standard' },
  'smollm2-135m-instruct': { name: 'SmolLM2 135M', budget: 'standard' },
};
const SEED = '1';
/** As shells have it for Ctrl-C. */
const INTERRUPTED = 130;

/** Runs a `steady` command on this terminal, to its end. Answers its exit code. */
function steady(...args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'electron', 'cli.ts'), ...args], { env: childEnv(), stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals) => void child.kill(signal);
    process.once('SIGINT', pass).once('SIGTERM', pass);
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(code ?? INTERRUPTED);
    });
  });
}

async function make(model: string, options: { out: string; budget?: string; seed: string; keepRows: boolean }): Promise<number> {
  const { name, budget } = MODELS[model] ?? { name: model, budget: 'standard' };
  // A folder of its own: rows that another calibration read, in other batches, differ in their last bits.
  const work = join(STATE_DIR, '..', 'calibrate-shipped', model);
  const pulled = await steady('models', 'pull', model);
  if (pulled !== 0) return pulled;
  const made = await steady(
    'calibrate',
    ...['--model', model, '--data-dir', work, '--budget', options.budget ?? budget, '--seed', options.seed],
    ...['--name', `${name}, built-in sets`, '--out', join(options.out, `${model}.safetensors`)],
  );
  if (made !== 0 && made !== INTERRUPTED)
    process.stderr.write(`No profile was made for ${model}.\nRun it again to go on where it stopped.\n`);
  if (made === 0 && !options.keepRows) rmSync(work, { recursive: true, force: true });
  return made;
}

const { values } = parseArgs({
  options: {
    model: { type: 'string', multiple: true },
    out: { type: 'string', default: join(ROOT, 'steering', 'profiles') },
    budget: { type: 'string' },
    seed: { type: 'string', default: SEED },
    'keep-rows': { type: 'boolean', default: false },
  },
});
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
for (const model of values.model ?? Object.keys(MODELS)) {
  process.exitCode = await make(model, { out, budget: values.budget, seed: values.seed, keepRows: values['keep-rows'] });
  if (process.exitCode !== 0) break;
}
