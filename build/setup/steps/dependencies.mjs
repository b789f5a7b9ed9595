/** Installs what package-lock.json says, and with it a current Node where the machine's is too old. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bringsOwnNode, currentNode, isNewEnough, ROOT, SetupError } from '../context.mjs';
import { npmCommand, run } from '../exec.mjs';
import { hashInputs, readStamp, writeStamp } from '../stamp.mjs';

const STAMP = 'dependencies';
const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'];

const readJson = (...path) => JSON.parse(readFileSync(join(ROOT, ...path), 'utf8'));

function key() {
  const manifest = readJson('package.json');
  const wanted = JSON.stringify(DEPENDENCY_FIELDS.map((field) => manifest[field] ?? null));
  return hashInputs(['package-lock.json', '.npmrc', 'build/stubs'], wanted, process.platform, process.arch);
}

/** Whether node_modules already is what the lockfile says, however it came about (`npm install` by hand, say). */
function matchesLockfile() {
  let installed;
  try {
    installed = readJson('node_modules', '.package-lock.json').packages;
  } catch {
    return false;
  }
  const wanted = readJson('package-lock.json').packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.link) return true;
    const found = installed[path];
    return found ? found.version === entry.version : Boolean(entry.optional);
  });
}

export const dependencies = {
  title: 'Installing the packages Steady is made of',
  isDone() {
    if (!isNewEnough(process.versions.node) && !bringsOwnNode()) currentNode(); // Says what is missing.
    if (!existsSync(join(ROOT, 'node_modules', '.package-lock.json'))) return false;
    const wanted = key();
    if (readStamp(STAMP) === wanted) return true;
    if (!matchesLockfile()) return false;
    writeStamp(STAMP, wanted);
    return true;
  },
  async run({ reporter }) {
    reporter.update('about 350 MB the first time');
    const [command, ...first] = npmCommand();
    await run(command, [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      failure: 'The packages could not be installed.',
      hint: 'Check the network (or the package mirror that npm is set up with), then try again.',
    });
    if (!existsSync(join(ROOT, 'node_modules', '.package-lock.json'))) throw new SetupError('npm finished without installing anything.');
    writeStamp(STAMP, key());
  },
};
