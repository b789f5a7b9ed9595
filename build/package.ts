/**
 * Packages the built app: `node build/package.ts` makes an unpacked folder in `dist/package`, `--installers` the
 * platform's installers. Uses the Electron of `ELECTRON_OVERRIDE_DIST_PATH` or the installed one, else downloads it.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Arch, build, Platform } from 'electron-builder';
import { builderConfig } from './electron-builder.ts';
import { buildNative } from './native.ts';

const ROOT = join(import.meta.dirname, '..');
/** What must have been built before, and what builds it. */
const NEEDED = ['dist/app/main.js', 'dist/app/preload.cjs', 'dist/renderer/index.html'];

/** An unpacked Electron on this machine, or undefined. */
export function localElectron(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const named = env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (named) return resolve(named);
  const installed = join(ROOT, 'node_modules', 'electron', 'dist');
  return existsSync(join(installed, 'version')) ? installed : undefined;
}

export interface PackageOptions {
  electronDist?: string | undefined;
  output?: string;
  /** Make installers instead of an unpacked folder. */
  installers?: boolean;
}

/** Makes the package for this machine. Returns the paths of what was made (none for an unpacked folder). @throws Error what is missing. */
export async function packageApp(options: PackageOptions = {}): Promise<string[]> {
  const missing = NEEDED.filter((path) => !existsSync(join(ROOT, path)));
  if (missing.length > 0) throw new Error(`Not built yet: ${missing.join(', ')}. Run \`npm run build\` first.`);

  const arch = { x64: Arch.x64, arm64: Arch.arm64 }[process.arch as string];
  if (arch === undefined) throw new Error(`There is no Electron for ${process.arch}.`);
  // Not this machine's own: it may use instructions that the machines it is installed on lack.
  await buildNative({ portable: true, onBuild: () => process.stderr.write('Building the steering addon for any machine …\n') });
  const config = builderConfig(
    { platform: process.platform, arch: process.arch },
    { electronDist: options.electronDist ?? localElectron(), ...(options.output === undefined ? {} : { output: options.output }) },
  );
  const targets = Platform.current().createTarget(options.installers ? undefined : 'dir', arch);
  return build({ projectDir: ROOT, targets, config, publish: 'never' });
}

if (import.meta.main) {
  try {
    await packageApp({ installers: process.argv.includes('--installers') });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    // At once: what electron-builder still has under way would end the process with a success.
    process.exit(1);
  }
}
