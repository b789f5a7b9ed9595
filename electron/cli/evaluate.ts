/** `steady evaluate`: what a model and its profile refuse and answer on prompts of one's own, with numbers and a report. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { appVersion, type SteadyApp } from '../app.ts';
import { ARM_NAMES, type ArmName } from '../evaluation/arms.ts';
import { DEFAULT_PORTION, evaluate, type EvaluationResult } from '../evaluation/evaluate.ts';
import type { EvaluationProgress } from '../evaluation/progress.ts';
import { readEvaluationSet, type EvaluationSet } from '../evaluation/prompt-set.ts';
import { tableOf } from '../evaluation/table.ts';
import { profilePathFor } from '../protection/locate-profile.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';
import { ProgressLine } from './progress.ts';
import { loadModel, withApp } from './with-app.ts';

interface EvaluateOptions {
  prompts: string[];
  profile?: string;
  model?: string;
  arms: ArmName[];
  maxTokens?: number;
  limit?: number;
  together: number;
  firstTokenKl?: boolean;
  withText?: boolean;
  json?: boolean;
  out: string;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('measure what is refused and answered on prompt files; goes on from where an earlier try stopped')
    .addOption(dataDirOption())
    .requiredOption('--prompts <file...>', 'JSONL files: {"prompt"}, {"prompt", "answer"} or {"turns": […]} a line')
    .requiredOption('--out <dir>', 'where results, summary.json and report.html go')
    .option('--profile <file>', "a steering profile instead of the model's own")
    .option('--model <id>', "a model of the catalogue, or a GGUF file's path")
    .option('--arms <names>', `what to compare: ${ARM_NAMES.join(', ')}`, armNames, ['unsteered', 'profile'] as ArmName[])
    .option('--max-tokens <n>', 'longest reply (default: 128, or 384 where a file has answers)', integer(1, 4096))
    .option('--limit <n>', 'the first so many prompts of each file', integer(1, 10_000_000))
    .option('--together <n>', 'prompts that are answered together; 1 is one by one', integer(1, 1024), DEFAULT_PORTION)
    .option('--first-token-kl', "measure how far steering moves the first token's distribution")
    .option('--with-text', "keep the replies' texts")
    .option('--json', 'print the summary as one object')
    .action(async (options: EvaluateOptions, command: Command) => {
      const sets: EvaluationSet[] = [];
      for (const file of options.prompts) sets.push(await readEvaluationSet(file, { limit: options.limit }));
      const dataDir = dataDirOf(command);
      const { summary, summaryPath, reportPath } = await withApp(dataDir, (app, signal) => run(app, dataDir, options, sets, signal), {
        interruptible: true,
      });
      process.stdout.write(options.json === true ? `${JSON.stringify(summary)}\n` : `${tableOf(summary)}\n${reportPath}\n`);
      if (options.json === true) process.stderr.write(`${summaryPath}\n${reportPath}\n`);
    });
}

async function run(
  app: SteadyApp,
  dataDir: string,
  options: EvaluateOptions,
  sets: readonly EvaluationSet[],
  signal: AbortSignal,
): Promise<EvaluationResult> {
  await loadModel(app, options.model ?? null);
  const progress = new ProgressLine();
  const own = profilePathFor(dataDir, app.engine.target!.modelSha256);
  try {
    return await evaluate({
      engine: app.engine,
      sets,
      arms: options.arms,
      profilePath: options.profile === undefined ? own : resolve(options.profile),
      out: resolve(options.out),
      maxTokens: options.maxTokens ?? null,
      portion: options.together,
      limit: options.limit ?? null,
      firstTokenKl: options.firstTokenKl ?? false,
      withText: options.withText ?? false,
      appVersion: appVersion(),
      signal,
      onProgress: (step) => progress.update(describe(step)),
    });
  } finally {
    progress.done();
  }
}

const STAGES: Record<EvaluationProgress['stage'], string> = {
  replies: '',
  alone: ', replies once more by themselves',
  'first-token': ', first tokens',
};

function describe({ file, arm, stage, done, total, rate }: EvaluationProgress): string {
  const what = `${arm}${STAGES[stage]}`;
  const left = rate === null ? '' : `, ${rate.toPrecision(2)} a second, ${duration((total - done) / rate)} left`;
  return `${file}, ${what}: ${done} of ${total}${left}`;
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function armNames(value: string): ArmName[] {
  const names = value.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !ARM_NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no arm "${unknown}". Choose from ${ARM_NAMES.join(', ')}.`);
  return names as ArmName[];
}
