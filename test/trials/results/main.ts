/**
 * The command behind `npm run results`. Every set is a `steady evaluate` of its own, so that a run that is stopped goes on
 * where it was; at the end the tables of docs/research/results.md are written anew, and what people wrote there stays.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { profilePathFor } from '../../../electron/protection/locate-profile.ts';
import { catalogueEntry } from '../../../models/catalogue.ts';
import { DEFAULT_MODEL_ID } from '../../../models/index.ts';
import type { EvaluationSummary } from '../../../electron/evaluation/summary.ts';
import { renderTables, replaceTables, sectionsOf, type ModelResults } from './page.ts';
import { setsIn, type KnownSet } from './sets.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CLI = join(ROOT, 'electron', 'cli.ts');
const BAD_USAGE = 2;
const USAGE = `Usage: npm run results -- --sets DIR [options]
  --sets DIR      a folder with the public prompt sets as JSONL (or STEADY_RESULT_SETS)
  --limit N       the first N prompts of each set (default 100)
  --answers N     of sets with right answers, whose replies are long (default 50)
  --sample N      of each set, for the other models (default 20; 0 leaves them out, and their tables as they are)
  --models IDS    the models, the first in full and with the plain method (default ${DEFAULT_MODEL_ID},qwen2.5-coder-1.5b-instruct)
  --max-tokens N  longest reply where no answer is asked for (default 64)
  --work DIR      where results and what is read from the model are kept (default .cache/results)
  --render        only write the page from what is there
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      sets: { type: 'string', default: process.env['STEADY_RESULT_SETS'] ?? '' },
      limit: { type: 'string', default: '100' },
      answers: { type: 'string', default: '50' },
      sample: { type: 'string', default: '20' },
      models: { type: 'string', default: `${DEFAULT_MODEL_ID},qwen2.5-coder-1.5b-instruct` },
      'max-tokens': { type: 'string', default: '64' },
      work: { type: 'string', default: join(ROOT, '.cache', 'results') },
      page: { type: 'string', default: join(ROOT, 'docs', 'research', 'results.md') },
      render: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const count = (name: 'limit' | 'answers' | 'sample' | 'max-tokens', least: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least)
      throw new TypeError(`--${name} takes a whole number from ${least} on, not "${values[name]}".`);
    return value;
  };
  if (!values.help && (values.sets === '' || !existsSync(values.sets))) throw new TypeError('--sets must name a folder that is there.');
  return {
    ...values,
    sets: resolve(values.sets),
    work: resolve(values.work),
    models: values.models.split(','),
    limit: count('limit', 1),
    answers: count('answers', 1),
    sample: count('sample', 0),
    maxTokens: count('max-tokens', 1),
  };
}
type Options = ReturnType<typeof readOptions>;

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Runs a `steady` command to its end; its progress goes on to this terminal. */
function steady(...args: string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => done({ code: code ?? 1, stdout }));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  });
}

/** The plain method's profile for a model, made once. */
async function plainProfile(modelId: string, { work }: Options): Promise<string> {
  const path = join(work, modelId, 'plain.safetensors');
  if (existsSync(path)) return path;
  say(`${modelId}: making a profile of the paper's plain method to compare with (once)`);
  const { code } = await steady('evaluate', '--make-paper-profile', path, '--model', modelId, '--data-dir', join(work, 'data'));
  if (code !== 0) throw new Error(`The plain method's profile could not be made (exit code ${code}).`);
  return path;
}

async function evaluateSet(modelId: string, set: KnownSet & { path: string }, paper: string | null, limit: number, options: Options) {
  const out = join(options.work, modelId, set.file.replace(/\.jsonl$/, ''));
  const args = ['evaluate', '--prompts', set.path, '--out', out, '--model', modelId, '--data-dir', join(options.work, 'data'), '--json'];
  // Without a profile that ships, what the model does by itself is all there is to measure.
  const ships = profilePathFor(join(options.work, 'data'), catalogueEntry(modelId).sha256) !== null;
  const arms = ['unsteered', ...(paper === null ? [] : ['paper']), ...(ships ? ['profile'] : [])];
  args.push('--limit', String(limit), '--arms', arms.join(','));
  if (paper !== null) args.push('--paper-profile', paper);
  if (set.kind !== 'answers') args.push('--max-tokens', String(options.maxTokens));
  if (set.kind === 'benign') args.push('--first-token-kl');
  const { code } = await steady(...args);
  if (code !== 0) throw Object.assign(new Error(`The evaluation of ${set.title} ended with exit code ${code}.`), { code });
}

/** What is on disk of a model: the sets in their order, those that are done. */
function resultsOf(modelId: string, sets: readonly KnownSet[], { work }: Options): ModelResults {
  const found = sets.flatMap((set) => {
    const path = join(work, modelId, set.file.replace(/\.jsonl$/, ''), 'summary.json');
    if (!existsSync(path)) return [];
    return [{ set, summary: JSON.parse(readFileSync(path, 'utf8')) as EvaluationSummary }];
  });
  return { modelId, found };
}

async function main(options: Options): Promise<void> {
  const { sets, others } = setsIn(options.sets);
  if (sets.length === 0) throw new TypeError(`There is no set that is known in ${options.sets}.`);
  if (others.length > 0) say(`left alone: ${others.join(', ')}`);
  mkdirSync(options.work, { recursive: true });
  const [full, ...rest] = options.models as [string, ...string[]];
  const models = [full, ...(options.sample === 0 ? [] : rest)];
  const began = performance.now();
  if (!options.render) {
    const paper = await plainProfile(full, options);
    for (const modelId of models) {
      for (const set of sets) {
        const limit =
          modelId === full ? (set.kind === 'answers' ? Math.min(options.answers, options.limit) : options.limit) : options.sample;
        say(`${modelId}: ${set.title}, ${limit} prompts`);
        await evaluateSet(modelId, set, modelId === full ? paper : null, limit, options);
        say(`${((performance.now() - began) / 60_000).toFixed(1)} minutes so far`);
      }
    }
  }
  const page = readFileSync(options.page, 'utf8');
  const measured = models.map((modelId) => resultsOf(modelId, sets, options)).filter(({ found }) => found.length > 0);
  const kept = [...sectionsOf(page)].flatMap(([id, section]) => (measured.some(({ modelId }) => modelId === id) ? [] : [section]));
  const tables = renderTables(measured, kept);
  writeFileSync(options.page, replaceTables(page, tables));
  say(`written: ${options.page}`);
}

try {
  const options = readOptions();
  if (options.help) process.stdout.write(USAGE);
  else await main(options);
} catch (error) {
  const { code } = error as { code?: unknown };
  const usage = error instanceof TypeError || String(code).startsWith('ERR_PARSE_ARGS');
  say(`${(error as Error).message}${usage ? `\n${USAGE}` : ''}`);
  process.exitCode = usage ? BAD_USAGE : typeof code === 'number' ? code : 1;
}
