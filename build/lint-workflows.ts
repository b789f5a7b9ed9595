/**
 * Checks the forge's workflows with actionlint, a Go program, where there is a Go to build it. Part of `npm run check`: where
 * it cannot be had the check is left out and says why, but not on the forge itself.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup/context.mjs';
import { answers } from './setup/exec.mjs';

const VERSION = 'v1.7.12';
const FOLDER = join(ROOT, '.cache', 'actionlint', VERSION);
const PROGRAM = join(FOLDER, process.platform === 'win32' ? 'actionlint.exe' : 'actionlint');

/** Builds actionlint once; Go checks the module against its database of sums. Returns why it cannot be had, or null. */
function whyNoActionlint(): string | null {
  if (existsSync(PROGRAM)) return null;
  if (!answers('go', ['version'])) return 'actionlint is built by Go, which is not here';
  const env = { ...process.env, GOBIN: FOLDER };
  const { status, stderr } = spawnSync('go', ['install', `github.com/rhysd/actionlint/cmd/actionlint@${VERSION}`], {
    env,
    encoding: 'utf8',
  });
  return status === 0 ? null : `actionlint could not be built (${stderr.trim().split('\n').at(-1) ?? ''})`;
}

const why = whyNoActionlint();
if (why === null) {
  process.exitCode = spawnSync(PROGRAM, ['-no-color'], { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
} else {
  process.stdout.write(`Left out: ${why}.\n`);
  if (process.env['CI']) process.exitCode = 1;
}
