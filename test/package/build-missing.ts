/** Bundles what is not bundled yet, as `npm run build` would. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

export async function buildMissing(): Promise<void> {
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  const steps = { 'dist/app/main.js': 'build/vite.app.ts', 'dist/renderer/index.html': 'build/vite.renderer.ts' };
  for (const [made, config] of Object.entries(steps)) {
    if (!existsSync(join(ROOT, made))) await run(process.execPath, [vite, 'build', '--config', config], { cwd: ROOT });
  }
}
