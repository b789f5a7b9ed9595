/**
 * `npm run bench`: what steering costs against plain node-llama-cpp and llama.cpp's own programs, how long a person waits
 * in the app, how it starts, what calibration takes, how the store does.
 *
 * A measurement, not a test: it ends with 0 whatever it measures, unless `--check` is given and an arm misses the bar by
 * more than its interval.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { profilePathFor } from '../../electron/protection/locate-profile.ts';
import { defaultDataDir, DEFAULT_MODEL_ID, findModel, requireModel, verifyModel, type ReadyModel } from '../../models/index.ts';
import { measureAppStart } from './app-start.ts';
import { measureCalibration } from './calibration.ts';
import { measureConversations } from './conversation.ts';
import { llamaTools } from './llama-tools.ts';
import { currentLoad, describeMachine } from './machine.ts';
import { renderReport, type BenchReport } from './report.ts';
import { measureSteeringCost, SCENARIOS, type SteeringCost } from './steering-cost.ts';
import { measureStore } from './store.ts';

const PARTS = ['app', 'store', 'calibration', 'conversation', 'steering'];
const USAGE = `Usage: npm run bench -- [options]
  --only PARTS    of ${PARTS.join(', ')}; separated by commas
  --model ID      a model of the catalogue, or a GGUF file's path (default: ${DEFAULT_MODEL_ID})
  --profile FILE  a profile other than the one the app would apply
  --scenarios S   for steering, of ${SCENARIOS.join(', ')}; separated by commas
  --quick         few repetitions of the shortest: to see that it works
  --full          three times the repetitions
  --no-build      do not build llama.cpp's own programs where they are missing; compare with node-llama-cpp alone
  --check         end with 1 when an arm misses the bar by more than its interval
  --out FILE      where the page goes (default: docs/research/benchmarks.md, or test-results/ where the machine
                  was busy; nowhere for a part of it)
`;
const FALLBACK_MODEL_ID = 'smollm2-135m-instruct';
const ROOT = join(import.meta.dirname, '..', '..');
const BAD_USAGE = 2;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** The page of a whole run on a quiet machine. */
const PAGE = join(ROOT, 'docs', 'research', 'benchmarks.md');

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      model: { type: 'string' },
      scenarios: { type: 'string' },
      profile: { type: 'string' },
      out: { type: 'string' },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const parts = oneOf('--only', PARTS, values.only?.split(',') ?? PARTS);
  const scenarios = oneOf('--scenarios', SCENARIOS, values.scenarios?.split(',') ?? (values.quick ? ['64', 'decode'] : SCENARIOS));
  const partial = values.quick || values.only !== undefined || values.scenarios !== undefined;
  const out = values.out ?? (partial ? null : PAGE);
  return { ...values, parts, scenarios, out: out === null ? null : resolve(out), effort: values.quick ? 0.05 : values.full ? 3 : 1 };
}

function oneOf(option: string, known: readonly string[], asked: readonly string[]): readonly string[] {
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new TypeError(`${option} takes ${known.join(', ')}, not "${unknown}".`);
  return asked;
}

interface Measured {
  /** What the app knows it by. */
  id: string;
  name: string;
  path: string;
  sha256: string;
}

/** The model asked for; without a wish the default, or the tests' own where that is missing. */
async function locateModel(wish: string | undefined, dataDir: string): Promise<Measured> {
  const known = ({ entry, path, sha256 }: ReadyModel): Measured => ({ id: entry.id, name: entry.name, path, sha256 });
  if (wish !== undefined && /[/\\]|\.gguf$/i.test(wish)) {
    const { path, sha256, info } = await verifyModel(wish, { dataDir });
    return { id: `file:${path}`, name: info.name ?? path, path, sha256 };
  }
  if (wish !== undefined) return known(await requireModel(wish, { dataDir }));
  const found = await findModel(DEFAULT_MODEL_ID, { dataDir });
  if (found.status === 'ready') return known(found);
  say(`${found.entry.name} is not here; measuring with the small test model instead.`);
  return known(await requireModel(FALLBACK_MODEL_ID, { dataDir }));
}

async function bench(options: ReturnType<typeof readOptions>): Promise<BenchReport> {
  const began = performance.now();
  const date = new Date().toISOString();
  const loadAtStart = currentLoad();
  say(`load average: ${loadAtStart.average.toFixed(2)}`);
  if (loadAtStart.busy) say('WARNING: this machine is busy. Threads that wait for busy cores spoil all timings; measure when it is quiet.');
  const dataDir = process.env['STEADY_HOME'] || defaultDataDir();
  const model = await locateModel(options.model, dataDir);
  const { effort, parts, scenarios, quick, full } = options;

  const wants = (part: string) => parts.includes(part);
  // Building them takes the whole machine, so it comes before anything is measured.
  const compares = wants('steering') || wants('conversation');
  const tools = compares
    ? await llamaTools({ say, build: !quick && !options['no-build'] })
    : { tools: null, reason: 'nothing was compared with them' };

  // What starts processes comes first: afterwards this one holds a model's memory.
  const app = wants('app') ? await measureAppStart({ modelId: model.id, starts: quick ? 1 : full ? 5 : 3, say }) : null;
  const store = wants('store') ? await measureStore({ ...(quick ? QUICK_STORE : STORE), say }) : null;
  const calibration = wants('calibration')
    ? await measureCalibration({
        modelIds: await smallModels(model, dataDir),
        portions: quick ? 1 : 8,
        solveSeconds: quick ? 4 : full ? 240 : 75,
        say,
      })
    : null;
  const conversation = wants('conversation')
    ? await measureConversations({
        modelId: model.id,
        modelPath: model.path,
        threads: threadsOf(),
        conversations: quick ? 1 : full ? 6 : 2,
        tools,
        say,
      })
    : null;
  const steering = wants('steering')
    ? await measureSteeringCost({
        modelPath: model.path,
        modelName: model.name,
        modelSha256: model.sha256,
        profilePath: options.profile === undefined ? profilePathFor(dataDir, model.sha256) : resolve(options.profile),
        tools,
        scenarios,
        effort,
        say,
      })
    : null;
  const machine = describeMachine();
  const seconds = (performance.now() - began) / 1000;
  const { tools: built, reason } = tools;
  const compared = built === null ? { about: null, reason } : { about: `${built.release}, ${built.about}`, reason: null };
  return {
    date,
    machine,
    loadAtStart,
    loadAtEnd: currentLoad(),
    seconds,
    quick,
    compared,
    steering,
    conversation,
    app,
    calibration,
    store,
  };
}

const STORE = { messages: 100_000, refusals: 100_000 };
const QUICK_STORE = { messages: 2000, refusals: 2000 };

/** Models whose rows can be read within seconds: the one measured, and the tests' own. */
async function smallModels(model: Measured, dataDir: string): Promise<string[]> {
  const small = await findModel(FALLBACK_MODEL_ID, { dataDir });
  return small.status === 'ready' && model.id !== FALLBACK_MODEL_ID ? [FALLBACK_MODEL_ID, model.id] : [model.id];
}

/** As many threads as the engine takes, for the programs it is compared with. */
function threadsOf(): number {
  const asked = Number(process.env['STEADY_THREADS']);
  return Number.isInteger(asked) && asked > 0 ? asked : availableParallelism();
}

/** Arms that miss the bar for certain. The two plain arms are there to show the noise. */
function failures({ scenarios }: SteeringCost): string[] {
  return scenarios.flatMap(({ name, results }) =>
    results.filter(({ arm, verdict }) => verdict === 'fail' && !arm.startsWith('plain')).map(({ arm }) => `${arm}, ${name}`),
  );
}

let options;
try {
  options = readOptions();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}`);
  process.exit(BAD_USAGE);
}
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const report = await bench(options);
const json = join(ROOT, 'test-results', 'bench.json');
mkdirSync(join(ROOT, 'test-results'), { recursive: true });
writeFileSync(json, `${JSON.stringify(report, null, 1)}\n`);
say(`written: ${json}`);
if (options.out !== null) {
  // What a busy machine measures is no page of the project's.
  const out = options.out === PAGE && report.loadAtStart.busy ? join(ROOT, 'test-results', 'benchmarks.md') : options.out;
  writeFileSync(out, renderReport(report));
  say(`written: ${out}`);
}
const failed = report.steering === null ? [] : failures(report.steering);
if (report.steering !== null) say(failed.length === 0 ? 'Nothing is below the bar for certain.' : `Below the bar: ${failed.join('; ')}`);
process.exit(options.check && failed.length > 0 ? 1 : 0);
