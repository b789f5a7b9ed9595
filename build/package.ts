/**
 * Packages the built app: `node build/package.ts` makes an unpacked folder in `dist/package`, `--installers` the
 * platform's installers. Uses the Electron of `ELECTRON_OVERRIDE_DIST_PATH` or the installed one, else downloads it.
 *
 * Usage: npm run package -- [--target NAME] [--installers] [--engine DIR]
 *   --target  for another system: linux-x64, linux-arm64, darwin-x64, darwin-arm64, win32-x64, win32-arm64
 *   --engine  a folder that holds the target's packages of llama.cpp libraries (`win-x64`, …), unpacked
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Arch, build, Platform } from 'electron-builder';
import { builderConfig, enginePackages } from './electron-builder.ts';
import { shippedLicences, licencesText } from './licences.ts';
import { addonFolder, buildNative } from './native.ts';
import { addonIdentity } from './native/identity.ts';
import { TARGETS, type Target } from './native/targets.ts';

const ROOT = join(import.meta.dirname, '..');
/** What must have been built before, and what builds it. */
const NEEDED = ['dist/app/main.js', 'dist/app/preload.cjs', 'dist/renderer/index.html'];
const OWN = `${process.platform}-${process.arch}`;
const ARCHES: Readonly<Record<string, Arch>> = { x64: Arch.x64, arm64: Arch.arm64 };
const PLATFORMS: Partial<Record<NodeJS.Platform, Platform>> = { linux: Platform.LINUX, darwin: Platform.MAC, win32: Platform.WINDOWS };

/** An unpacked Electron on this machine, or undefined. */
export function localElectron(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const named = env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (named) return resolve(named);
  const installed = join(ROOT, 'node_modules', 'electron', 'dist');
  return existsSync(join(installed, 'version')) ? installed : undefined;
}

export interface PackageOptions {
  /** A name of `TARGETS`; this machine's kind when absent. */
  target?: string | undefined;
  electronDist?: string | undefined;
  output?: string;
  /** Make installers instead of an unpacked folder. */
  installers?: boolean;
  /** A folder that holds the target's packages of llama.cpp libraries, where npm has not installed them. */
  engine?: string | undefined;
}

function targetOf(name: string): Target {
  const target = TARGETS[name];
  if (target === undefined) throw new Error(`There are no packages for "${name}". There are: ${Object.keys(TARGETS).join(', ')}.`);
  return target;
}

/** @throws Error what is missing, or does not belong together. */
async function requireParts(target: Target, { engine, installers = false }: PackageOptions): Promise<void> {
  const missing = NEEDED.filter((path) => !existsSync(join(ROOT, path)));
  if (missing.length > 0) throw new Error(`Not built yet: ${missing.join(', ')}. Run \`npm run build\` first.`);
  if (enginePackages(target, engine).wanted.length === 0) {
    throw new Error(
      `llama.cpp's libraries for ${target.platform}-${target.arch} are not here. Package on such a machine, or name a folder that holds them with --engine.`,
    );
  }
  if (installers && target.platform === 'darwin' && process.platform !== 'darwin') {
    throw new Error('Only macOS can sign an app for macOS, and it opens none without a signature. Make the installers there.');
  }
  const notices = await readFile(join(ROOT, 'resources', 'notices', 'LICENCES.txt'), 'utf8').catch(() => '');
  if (notices !== licencesText(await shippedLicences())) throw new Error('The list of licences is not up to date. Run `npm run licences`.');
}

/** @throws Error where the addon that would be packaged was built against another engine library. */
async function requireAddon(target: Target): Promise<void> {
  const identity = await addonIdentity(join(ROOT, addonFolder({ portable: true }, target), 'steady_native.node'));
  const { version } = JSON.parse(await readFile(join(ROOT, 'node_modules', 'node-llama-cpp', 'package.json'), 'utf8')) as {
    version: string;
  };
  if (identity?.nodeLlamaCpp !== version) {
    throw new Error(
      `The steering addon was built for node-llama-cpp ${identity?.nodeLlamaCpp ?? 'of no known version'}, but ${version} is packaged.`,
    );
  }
}

/** Makes the package for a target. Returns the paths of what was made (none for an unpacked folder). @throws Error what is missing. */
export async function packageApp(options: PackageOptions = {}): Promise<string[]> {
  const name = options.target ?? OWN;
  const target = targetOf(name);
  await requireParts(target, options);
  const onBuild = () => void process.stderr.write(`Building the steering addon for ${name} …\n`);
  // Not this machine's own: it may use instructions that the machines it is installed on lack.
  await buildNative({ ...(options.target === undefined ? { portable: true } : { target: name }), onBuild });
  await requireAddon(target);
  const { output, engine } = options;
  const config = builderConfig(target, {
    electronDist: options.electronDist ?? (name === OWN ? localElectron() : undefined),
    output,
    engine,
  });
  const targets = PLATFORMS[target.platform]!.createTarget(options.installers ? undefined : 'dir', ARCHES[target.arch]!);
  return build({ projectDir: ROOT, targets, config, publish: 'never' });
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({
      options: { target: { type: 'string' }, installers: { type: 'boolean', default: false }, engine: { type: 'string' } },
    });
    await packageApp({ ...values, engine: values.engine === undefined ? undefined : resolve(values.engine) });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    // At once: what electron-builder still has under way would end the process with a success.
    process.exit(1);
  }
}
