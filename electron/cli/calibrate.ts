/** `steady calibrate`: makes a steering profile for a model, and applies it. */
import { basename, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { SteadyApp } from '../app.ts';
import { readPromptsFrom } from '../calibration/benign-sets/read-prompts.ts';
import {
  budget,
  SteadyError,
  type Budget,
  type CalibrationJob,
  type CalibrationProgressEvent,
  type CalibrationReport,
} from '../contract/index.ts';
import type { FormatOptions } from '../prompt-files/formats/index.ts';
import { writeProfile } from '../../steering/profile/index.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';
import { ProgressLine } from './progress.ts';
import { formatOptionsOf, withPromptFileOptions, type PromptFileOptions } from './prompt-file-options.ts';
import { passphraseFileOption, requireAdmin, type AdminOptions } from './require-admin.ts';
import { inLine } from './terminal.ts';
import { loadModel, withApp } from './with-app.ts';

interface CalibrateOptions extends AdminOptions, PromptFileOptions {
  model?: string;
  benign: string[];
  budget: Budget;
  seed: number;
  point?: number;
  out?: string;
  name?: string;
  leaveOutSuspicious?: boolean;
  apply: boolean;
  json?: boolean;
}

const STAGES: Record<CalibrationProgressEvent['stage'], string> = {
  prepare: 'Preparing',
  extract: 'Reading activations',
  screen: 'Looking at your prompts',
  labels: "Reading the model's own refusals",
  solve: 'Solving',
  confirm: 'Fitting the second stage',
  tune: 'Trying strengths',
  validate: 'Comparing with the unsteered model',
  report: 'Measuring the choices',
};

export function calibrateCommand(): Command {
  const command = new Command('calibrate')
    .description('make a steering profile for a model and apply it; goes on from where an earlier try stopped')
    .addOption(dataDirOption())
    .addOption(passphraseFileOption())
    .option('--model <id>', "a model of the catalogue, or a GGUF file's path")
    .option(
      '--benign <file>',
      'benign prompts of your own (TXT, CSV, XLSX, JSONL, …; see steady prompts read); may be given several times',
      (file: string, all: string[]) => [...all, file],
      [],
    )
    .addOption(new Option('--budget <size>', 'how many prompts to use').choices([...budget.options]).default('standard'))
    .option('--seed <n>', 'seed of every choice made', integer(0, 0x7fff_ffff), 1)
    .option('--leave-out-suspicious', 'leave out prompts of yours that look harmful to the model, rather than only naming them')
    .option('--out <file>', 'write the profile there instead of applying it')
    .option('--no-apply', 'keep the results without applying a profile')
    .option('--name <text>', "the profile's name")
    .option('--json', 'print one object');
  return withPromptFileOptions(command).action(async (options: CalibrateOptions, command: Command) => {
    const dataDir = dataDirOf(command);
    const own = await readAll(options.benign, formatOptionsOf(options));
    await withApp(
      dataDir,
      async (app, signal) => {
        await requireAdmin(app, options);
        await loadModel(app, options.model ?? null);
        const { job, report } = await run(app, options, own, signal);
        const path = await deliver(app, options, job, report);
        print(options, job, report, path);
      },
      { interruptible: true },
    );
  });
}

/** Every prompt of the files; bad lines are named on stderr and left out. */
async function readAll(files: readonly string[], options: FormatOptions): Promise<string[]> {
  const all: string[] = [];
  for (const file of files) {
    const { prompts, badLines, badLineCount, notes } = await readPromptsFrom(file, file, options);
    for (const { line, fault, file: inside } of badLines)
      process.stderr.write(`${basename(file)}${inside === undefined ? '' : `, ${inside}`}, line ${line} ${fault}\n`);
    if (badLineCount > badLines.length) process.stderr.write(`${basename(file)}: … and ${badLineCount - badLines.length} more.\n`);
    for (const note of notes) process.stderr.write(`${basename(file)}: ${note}\n`);
    all.push(...prompts);
  }
  return all;
}

/** Starts a job, or goes on with the same one that was cut off. Ctrl-C cancels it; it can be resumed. */
async function run(
  app: SteadyApp,
  { budget, seed, name, leaveOutSuspicious }: CalibrateOptions,
  own: readonly string[],
  signal: AbortSignal,
): Promise<{ job: CalibrationJob; report: CalibrationReport }> {
  const progress = new ProgressLine();
  const stop = app.onEvent((event, payload) => {
    if (event === 'calibration.progress') progress.update(describe(payload as CalibrationProgressEvent));
  });
  const job = await app.calibration.startWith(own, { budget, seed, name, leaveOutSuspicious }, { goOn: true });
  const cancel = () => app.calibration.cancel(job.id);
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  try {
    await app.calibration.settled();
  } finally {
    signal.removeEventListener('abort', cancel);
    stop();
    progress.done();
  }
  const end = await app.calibration.job(job.id);
  if (end.status === 'cancelled' || end.status === 'interrupted') {
    throw new SteadyError('cancelled', 'The calibration was cancelled.', { hint: 'The same command goes on from where it stopped.' });
  }
  if (end.error !== null) throw SteadyError.fromShape(end.error);
  return { job: end, report: await app.calibration.report(job.id) };
}

/** Applies the proposed point, or writes it to a file; answers where the profile lies, or null. */
async function deliver(
  app: SteadyApp,
  { out, apply }: CalibrateOptions,
  job: CalibrationJob,
  report: CalibrationReport,
): Promise<string | null> {
  const { proposed } = report.frontier;
  if (out !== undefined) {
    const profile = await app.calibration.profileAt(job.id, proposed);
    await writeProfile(resolve(out), { ...profile, createdAt: settledDate() ?? profile.createdAt });
    return resolve(out);
  }
  if (!apply) return null;
  await app.calibration.apply(job.id, proposed);
  return app.profiles.currentPath(job.modelSha256);
}

/** The date of builds that are to be the same to the last byte. */
function settledDate(): string | undefined {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] || NaN);
  return Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString() : undefined;
}

export function describe({ stage, done, total, rate, overall, secondsLeft }: CalibrationProgressEvent): string {
  const steps = total === 0 ? '' : `: ${done} of ${total}`;
  const speed = rate === null ? '' : `, ${rate.toFixed(1)} a second`;
  const left = secondsLeft === null ? '' : `, about ${Math.max(1, Math.round(secondsLeft / 60))} min left`;
  return `${Math.round(overall * 100)} %  ${STAGES[stage]}${steps}${speed}${left}`;
}

function print({ json }: CalibrateOptions, job: CalibrationJob, report: CalibrationReport, path: string | null): void {
  const { points, proposed, unsteered } = report.frontier;
  if (json === true) {
    const { samples: _samples, histograms: _histograms, job: _job, ...rest } = report;
    process.stdout.write(`${JSON.stringify({ jobId: job.id, path, ...rest })}\n`);
    return;
  }
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(7);
  const lines = [
    'strength  threshold  harmful refused  benign touched  benign newly refused',
    `       –          –          ${percent(unsteered.harmfulRefused)}               –                     –  unsteered`,
    ...points.map((point) =>
      [
        point.strength.toFixed(2).padStart(8),
        point.shift.toFixed(2).padStart(11),
        percent(point.harmfulRefused).padStart(17),
        percent(point.benignOpened).padStart(16),
        percent(point.benignRefused).padStart(22),
        point.index === proposed ? '  proposed' : point.partialGate ? '' : '  shut below the threshold',
      ].join(''),
    ),
    ...((points[proposed]?.harmfulRefused ?? 0) > unsteered.harmfulRefused
      ? []
      : ['The proposed setting refuses no more harmful requests than the model does by itself.']),
    ...report.warnings.flatMap(({ message, prompts }) => [
      message,
      ...prompts.slice(0, 10).map(({ text }) => `  ${inLine(text.split('\n')[0] ?? '')}`),
    ]),
    report.profile.notes,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.stdout.write(`${path ?? job.id}\n`);
}
