/**
 * `npm run bench`: what steering costs against plain node-llama-cpp, how the app starts, how the store does.
 *
 * A measurement, not a test: it ends with 0 whatever it measures, unless `--check` is given and an arm misses the bar by
 * more than its interval.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { profilePathFor } from '../../electron/protection/locate-profile.ts';
import { defaultDataDir, DEFAULT_MODEL_ID, findModel, requireModel, type ReadyModel } from '../../models/index.ts';
import { measureAppStart } from './app-start.ts';
import { currentLoad, describeMachine } from './machine.ts';
import { renderReport, type BenchReport } from './report.ts';
import { measureSteeringCost, SCENARIOS, type SteeringCost } from './steering-cost.ts';
import { measureStore } from './store.ts';

const USAGE = `Usage: npm run bench -- [options]
  --only PARTS    of steering, app, store; separated by commas
  --model ID      a model of the catalogue (default: ${DEFAULT_MODEL_ID})
  --profile FILE  a profile other than the one the app would apply
  --scenarios S   for steering, of ${SCENARIOS.join(', ')}; separated by commas
  --quick         few repetitions of the shortest: to see that it works
  --full          three times the repetitions, and the store with 100,000 messages
  --check         end with 1 when an arm misses the bar by more than its interval
  --out FILE      where the page goes (default: docs/benchmarks.md; nowhere for a part of it)
`;
const PARTS = ['steering', 'app', 'store'];
const FALLBACK_MODEL_ID = 'smollm2-135m-instruct';
const ROOT = join(import.meta.dirname, '..', '..');
const BAD_USAGE = 2;

const say = (line: string) => process.stdout.write(`${line}\n`);

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
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const parts = oneOf('--only', PARTS, values.only?.split(',') ?? PARTS);
  const scenarios = oneOf('--scenarios', SCENARIOS, values.scenarios?.split(',') ?? (values.quick ? ['64', 'decode'] : SCENARIOS));
  const partial = values.quick || values.only !== undefined || values.scenarios !== undefined;
  const out = values.out ?? (partial ? null : join(ROOT, 'docs', 'benchmarks.md'));
  return { ...values, parts, scenarios, out: out === null ? null : resolve(out), effort: values.quick ? 0.05 : values.full ? 3 : 1 };
}

function oneOf(option: string, known: readonly string[], asked: readonly string[]): readonly string[] {
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new TypeError(`${option} takes ${known.join(', ')}, not "${unknown}".`);
  return asked;
}

/** The model asked for; without a wish the default, or the tests' own where that is missing. */
async function locateModel(wish: string | undefined, dataDir: string): Promise<ReadyModel> {
  if (wish !== undefined) return requireModel(wish, { dataDir });
  const found = await findModel(DEFAULT_MODEL_ID, { dataDir });
  if (found.status === 'ready') return found;
  say(`${found.entry.name} is not here; measuring with the small test model instead.`);
  return requireModel(FALLBACK_MODEL_ID, { dataDir });
}

async function bench(options: ReturnType<typeof readOptions>): Promise<BenchReport> {
  const began = performance.now();
  const date = new Date().toISOString();
  const loadAtStart = currentLoad();
  say(`load average: ${loadAtStart.average.toFixed(2)}`);
  if (loadAtStart.busy) say('WARNING: this machine is busy. Threads that wait for busy cores spoil all timings; measure when it is quiet.');
  const dataDir = process.env['STEADY_HOME'] ?? defaultDataDir();
  const model = await locateModel(options.model, dataDir);
  const { effort, parts, scenarios, quick, full } = options;

  // What starts processes comes first: afterwards this one holds a model's memory.
  const app = parts.includes('app') ? await measureAppStart({ modelId: model.entry.id, starts: quick ? 1 : 5, say }) : null;
  const store = parts.includes('store') ? await measureStore({ messages: full ? 100_000 : quick ? 1000 : 10_000, say }) : null;
  const steering = parts.includes('steering')
    ? await measureSteeringCost({
        modelPath: model.path,
        modelName: model.entry.name,
        modelSha256: model.sha256,
        profilePath: options.profile === undefined ? profilePathFor(dataDir, model.sha256) : resolve(options.profile),
        scenarios,
        effort,
        say,
      })
    : null;
  const machine = describeMachine(steering?.llamaCpp ?? 'not measured');
  return { date, machine, loadAtStart, loadAtEnd: currentLoad(), seconds: (performance.now() - began) / 1000, quick, steering, app, store };
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
  writeFileSync(options.out, renderReport(report));
  say(`written: ${options.out}`);
}
const failed = report.steering === null ? [] : failures(report.steering);
if (report.steering !== null) say(failed.length === 0 ? 'Nothing is below the bar for certain.' : `Below the bar: ${failed.join('; ')}`);
process.exit(options.check && failed.length > 0 ? 1 : 0);
