/** The command behind `npm run trials`: what takes too long for `npm test`, by name. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const BAD_USAGE = 2;
const TRIALS: Readonly<Record<string, { about: string; args: readonly string[]; env?: NodeJS.ProcessEnv }>> = {
  loop: {
    about: 'a wrong refusal is marked, calibrated with and answered, in a browser (about 25 minutes)',
    args: ['node_modules/@playwright/test/cli.js', 'test', '--config', 'test/trials/playwright.config.ts'],
  },
  chance: {
    about: 'what is killed, changed or hurried at random moments, five times as often as in `npm test` (about ten minutes)',
    args: [
      ...['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'],
      ...[
        'engine/crash-app',
        'store/refusals/crash',
        'store/refusals/tampering',
        'store/conversations/messages',
        'evaluation/handed-in-sets',
      ],
    ],
    env: { STEADY_TEST_ROUNDS: '5' },
  },
  bench: { about: 'what steering costs, and the other speeds (about an hour)', args: ['test/bench/main.ts'] },
  addons: {
    about: 'the steering addon for every system, built by Zig and read (10 minutes of processor time the first time)',
    args: ['test/trials/addons.ts'],
  },
  device: {
    about: 'a request through the whole app with the model on a GPU, or on a software driver (5 minutes there)',
    args: ['test/trials/device.ts'],
  },
  starters: {
    about: 'what an empty chat suggests, asked of the default model twenty times each (ten minutes)',
    args: ['test/trials/starters.ts'],
  },
  results: { about: 'the shipped profiles on prompt sets (hours; needs --sets DIR)', args: ['test/trials/results/main.ts'] },
};

const [name = '', ...rest] = process.argv.slice(2);
const trial = Object.hasOwn(TRIALS, name) ? TRIALS[name] : undefined;
if (trial === undefined) {
  const lines = Object.entries(TRIALS).map(([known, { about }]) => `  ${known.padEnd(8)} ${about}`);
  process.stderr.write(`Usage: npm run trials -- NAME [options]\n${lines.join('\n')}\n`);
  process.exitCode = BAD_USAGE;
} else {
  const [script, ...args] = trial.args;
  const child = spawn(process.execPath, [join(ROOT, script!), ...args, ...rest], {
    cwd: ROOT,
    env: { ...process.env, ...trial.env },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  child.once('exit', (code) => (process.exitCode = code ?? 1));
}
