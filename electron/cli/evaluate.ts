/** `steady evaluate`: what a model and its profile refuse and answer on prompts of one's own, with numbers and a report. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { checkUnsteered } from '../admin/unsteered.ts';
import { appVersion, type SteadyApp } from '../app.ts';
import { ARM_NAMES, type ArmName } from '../evaluation/arms.ts';
import { DEFAULT_PORTION, evaluate, type EvaluationResult } from '../evaluation/evaluate.ts';
import type { EvaluationProgress } from '../evaluation/progress.ts';
import { readEvaluationSet, type EvaluationSet } from '../evaluation/prompt-set.ts';
import { tableOf } from '../evaluation/table.ts';
import { profilePathFor } from '../protection/locate-profile.ts';
import { makeComparisonProfiles } from './comparison-profiles.ts';
import { UsageError } from './errors.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';
import { ProgressLine } from './progress.ts';
import { formatOptionsOf, withPromptFileOptions, type PromptFileOptions } from './prompt-file-options.ts';
import { passphraseFileOption, requireAdmin, type AdminOptions } from './require-admin.ts';
import { loadModel, withApp } from './with-app.ts';

interface EvaluateOptions extends AdminOptions, PromptFileOptions {
  prompts?: string[];
  profile?: string;
  paperProfile?: string;
  castProfile?: string;
  model?: string;
  arms: ArmName[];
  maxTokens?: number;
  limit?: number;
  together: number;
  firstTokenKl?: boolean;
  withText?: boolean;
  json?: boolean;
  out?: string;
  makePaperProfile?: string;
  makeCastProfile?: string;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('measure what is refused and answered on prompt files; goes on from where an earlier try stopped')
    .addOption(dataDirOption())
    .addOption(passphraseFileOption())
    .option(
      '--prompts <file...>',
      'files of prompts (TXT, CSV, XLSX, JSONL, …; see steady prompts read); in JSONL also {"prompt", "answer"} or {"messages": […]} a line',
    )
    .option('--out <dir>', 'where results, summary.json and report.html go')
    .option('--profile <file>', "a steering profile instead of the model's own")
    .option('--paper-profile <file>', "a profile made for the plain method, for the arm 'paper'")
    .option('--cast-profile <file>', "a profile made for conditional steering, for the arm 'cast'")
    .option('--model <id>', "a model of the catalogue, or a GGUF file's path")
    .option('--arms <names>', `what to compare: ${ARM_NAMES.join(', ')}`, armNames, ['unsteered', 'profile'] as ArmName[])
    .option('--max-tokens <n>', 'longest reply (default: 128, or 384 where a file has answers)', integer(1, 4096))
    .option('--limit <n>', 'the first so many prompts of each file', integer(1, 10_000_000))
    .option('--together <n>', 'prompts that are answered together; 1 is one by one', integer(1, 1024), DEFAULT_PORTION)
    .option('--first-token-kl', "measure how far steering moves the first token's distribution")
    .option('--with-text', "keep the replies' texts")
    .option('--make-paper-profile <file>', 'evaluate nothing, and write a profile of the plain method there, to compare with')
    .option('--make-cast-profile <file>', "evaluate nothing, and write a profile there that has CAST's condition and the profile's vectors")
    .option('--json', 'print the summary as one object');
  return withPromptFileOptions(command).action(async (options: EvaluateOptions, command: Command) => {
    if (options.makePaperProfile !== undefined || options.makeCastProfile !== undefined)
      return makeComparisonProfiles(options, dataDirOf(command));
    if (options.prompts === undefined || options.out === undefined) throw new UsageError('--prompts and --out are needed.');
    const { out } = options;
    const sets: EvaluationSet[] = [];
    for (const file of options.prompts) {
      const set = await readEvaluationSet(file, { limit: options.limit, ...formatOptionsOf(options) });
      for (const note of set.notes) process.stderr.write(`${file}: ${note}\n`);
      sets.push(set);
    }
    const dataDir = dataDirOf(command);
    const { summary, summaryPath, reportPath } = await withApp(
      dataDir,
      (app, signal) => run(app, dataDir, { ...options, out }, sets, signal),
      {
        interruptible: true,
      },
    );
    process.stdout.write(options.json === true ? `${JSON.stringify(summary)}\n` : `${tableOf(summary)}\n${reportPath}\n`);
    if (options.json === true) process.stderr.write(`${summaryPath}\n${reportPath}\n`);
  });
}

async function run(
  app: SteadyApp,
  dataDir: string,
  options: EvaluateOptions & { out: string },
  sets: readonly EvaluationSet[],
  signal: AbortSignal,
): Promise<EvaluationResult> {
  if (options.withText === true) await checkUnsteered(app);
  await requireAdmin(app, options);
  await loadModel(app, options.model ?? null);
  const progress = new ProgressLine();
  const own = profilePathFor(dataDir, app.engine.target!.modelSha256);
  try {
    return await evaluate({
      engine: app.engine,
      sets,
      arms: options.arms,
      profiles: {
        profile: options.profile === undefined ? own : resolve(options.profile),
        paper: options.paperProfile === undefined ? null : resolve(options.paperProfile),
        cast: options.castProfile === undefined ? null : resolve(options.castProfile),
      },
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
  rerun: ', replies once more by themselves',
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
