/** The trial `addons`: builds the addon for every system by Zig, then reads what came out and packages it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const STEPS = [
  ['build/native.ts', '--all', ...process.argv.slice(2)],
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    'unit',
    'test/package/addons.test.ts',
    'test/package/foreign-packages.test.ts',
  ],
];

for (const [script = '', ...args] of STEPS) {
  const { status } = spawnSync(process.execPath, [join(ROOT, script), ...args], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    break;
  }
}
