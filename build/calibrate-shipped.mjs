/**
 * `npm run calibrate:shipped [-- --model ID]… [--out DIR] [--budget SIZE] [--seed N] [--keep-rows]`: makes the profiles that
 * come with the app, from the built-in prompt sets alone. Interrupted, it goes on where it was when it is run again. The same
 * seed gives the same profiles on the same kind of processor; `SOURCE_DATE_EPOCH` settles the date in them as well.
 * `--keep-rows` leaves what was read (some gigabytes) in .cache, for a change of the steps behind reading to be tried on.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { currentNode, ROOT, SetupError, STATE_DIR } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';

/** The small models of the catalogue: larger ones would take a day on a machine without a GPU. */
const MODELS = {
  'qwen2.5-coder-0.5b-instruct': { name: 'Qwen2.5 Coder 0.5B', budget: 'thorough' },
  'qwen2.5-coder-1.5b-instruct': { name: 'Qwen2.5 Coder 1.5B', budget: 'standard' },
  'smollm2-135m-instruct': { name: 'SmolLM2 135M', budget: 'standard' },
};
const SEED = '1';

await main(async () => {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', multiple: true },
      out: { type: 'string' },
      budget: { type: 'string' },
      seed: { type: 'string', default: SEED },
      'keep-rows': { type: 'boolean', default: false },
    },
  });
  const out = resolve(values.out ?? join(ROOT, 'steering', 'profiles'));
  mkdirSync(out, { recursive: true });
  await setUp(['dependencies', 'gpu', 'native']);
  for (const model of values.model ?? Object.keys(MODELS)) {
    const { name, budget } = MODELS[model] ?? { name: model, budget: 'standard' };
    // A folder of its own: rows that another calibration read, in other batches, differ in their last bits.
    const work = join(STATE_DIR, '..', 'calibrate-shipped', model);
    const code = await steady('models', 'pull', model);
    if (code !== 0) return code;
    const made = await steady(
      'calibrate',
      ...['--model', model, '--data-dir', work, '--budget', values.budget ?? budget, '--seed', values.seed],
      ...['--name', `${name}, built-in sets`, '--out', join(out, `${model}.safetensors`)],
    );
    if (made === 130) return made;
    if (made !== 0) throw new SetupError(`No profile was made for ${model}.`, 'Run it again to go on where it stopped.');
    if (!values['keep-rows']) rmSync(work, { recursive: true, force: true });
  }
  return 0;
});

function steady(...args) {
  return runInForeground(currentNode(), [join(ROOT, 'electron', 'cli.ts'), ...args]);
}
