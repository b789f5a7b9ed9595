/** `steady refusals list|export|verify|review|collect|tail`. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { appVersion, type SteadyApp } from '../app.ts';
import { exportFormat, judgement, type ChainFault, type ExportFormat, type Judgement, type Refusal } from '../contract/index.ts';
import { runExport } from '../refusals/run-export.ts';
import { verifyBundle } from '../store/refusals/export/bundle/verify.ts';
import { verifyDatabaseFile } from '../store/index.ts';
import { collectCommand } from './collect.ts';
import { EXIT_NOT_WHOLE, UsageError } from './errors.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';
import { ProgressLine } from './progress.ts';
import { tailCommand } from './tail.ts';
import { addFilters, toFilter, type FilterOptions } from './refusal-filters.ts';
import { passphraseFileOption, requireAdmin, requireLogAccess, type AdminOptions } from './require-admin.ts';
import { inLine } from './terminal.ts';
import { withApp } from './with-app.ts';

interface CommonOptions extends AdminOptions {
  json?: boolean;
}

const PAGE = 200;

export function refusalsCommand(): Command {
  const refusals = new Command('refusals').description('the refusal log: look at it, correct it, hand it over, check it');
  for (const command of [listCommand(), exportCommand(), verifyCommand(), reviewCommand(), collectCommand(), tailCommand()])
    refusals.addCommand(command.exitOverride());
  return refusals;
}

const common = (command: Command, json: string): Command =>
  command.addOption(dataDirOption()).addOption(passphraseFileOption()).option('--json', json);

function listCommand(): Command {
  const command = addFilters(common(new Command('list').description('entries, newest first'), 'print one array'));
  return command
    .option('--limit <n>', 'at most so many', integer(1, 1_000_000), 50)
    .action(async (options: CommonOptions & FilterOptions & { limit: number }, self: Command) => {
      await withApp(dataDirOf(self), async (app) => {
        await requireLogAccess(app, options);
        const filter = toFilter(options, await app.store.refusals.facets());
        const rows: Refusal[] = [];
        for (let before: number | null = null; rows.length < options.limit;) {
          const page: Refusal[] = (await app.store.refusals.page({ filter, limit: Math.min(PAGE, options.limit - rows.length), before }))
            .rows;
          if (options.json !== true) for (const row of page) process.stdout.write(`${lineOf(row)}\n`);
          rows.push(...page);
          if (page.length === 0) break;
          before = page.at(-1)!.seq;
        }
        if (options.json === true) process.stdout.write(`${JSON.stringify(rows)}\n`);
        else if (rows.length === 0) process.stderr.write('No entries.\n');
      });
    });
}

function lineOf(row: Refusal): string {
  const time = new Date(row.createdAt).toISOString().slice(0, 16).replace('T', ' ');
  const said = row.prompt === null ? `(text ${row.text === 'removed' ? 'removed' : 'not kept'})` : inLine(row.prompt).slice(0, 80);
  const score = row.topScore === null ? '' : row.topScore.toFixed(2);
  return `${String(row.seq).padStart(6)}  ${time}  ${row.cause.padEnd(8)}  ${(row.review?.judgement ?? '-').padEnd(6)}  ${score.padStart(6)}  ${said}`;
}

function exportCommand(): Command {
  const described = new Command('export').description('write a file: a spreadsheet, lines of JSON, or a signed bundle');
  return addFilters(common(described, 'print one object when done'))
    .addOption(new Option('--format <format>', 'of the file').choices(exportFormat.options).makeOptionMandatory())
    .requiredOption('--out <path>', 'the file; it appears once it is complete')
    .option('--no-prompts', 'leave the text of prompts out')
    .option('--no-replies', 'leave the text of replies out')
    .action(
      async (
        options: CommonOptions & FilterOptions & { format: ExportFormat; out: string; prompts: boolean; replies: boolean },
        self: Command,
      ) => {
        const progress = new ProgressLine();
        await withApp(
          dataDirOf(self),
          async (app, signal) => {
            await requireAdmin(app, options);
            const path = resolve(options.out);
            const started = performance.now();
            const { rows, bytes, bundle } = await runExport(app.store.refusals, {
              format: options.format,
              filter: toFilter(options, await app.store.refusals.facets()),
              includePrompts: options.prompts,
              includeReplies: options.replies,
              path,
              appVersion: appVersion(),
              signal,
              onProgress: ({ done, total }) => progress.update(`Writing … ${done} of ${total} rows`),
            }).finally(() => progress.done());
            const seconds = (performance.now() - started) / 1000;
            if (options.json === true) {
              process.stdout.write(`${JSON.stringify({ path, format: options.format, rows, bytes, seconds, ...bundle })}\n`);
              return;
            }
            process.stdout.write(`${path}: ${rows} rows\n`);
            if (bundle !== null)
              process.stdout.write(`Head: row ${bundle.headSeq}, ${bundle.head}\nSigned with the key ${bundle.fingerprint}\n`);
          },
          { interruptible: true },
        );
      },
    );
}

interface Report {
  ok: boolean;
  checked: number;
  headSeq: number;
  head: string;
  faults: ChainFault[];
}

function verifyCommand(): Command {
  return common(new Command('verify').description('check the log of this data folder, or a bundle, or a database file'), 'print one object')
    .argument('[path]', 'a bundle, or a database file; else the log itself')
    .option('--fingerprint <sha256>', 'the key that a bundle must be signed with')
    .option('--accept-head', 'take the log as whole although the head recorded beside it does not fit (after a backup was put back)')
    .action(async (path: string | undefined, options: CommonOptions & { fingerprint?: string; acceptHead?: boolean }, self: Command) => {
      const progress = new ProgressLine();
      const onProgress = (done: number, total: number) => progress.update(`Checking … ${Math.floor((100 * done) / Math.max(total, 1))} %`);
      const what = path === undefined ? 'log' : (await isDatabase(path)) ? 'database' : 'bundle';
      if (options.fingerprint !== undefined && what !== 'bundle')
        throw new UsageError('Only bundles are signed: this is none, so there is no fingerprint to compare.');
      if (options.acceptHead === true && what !== 'log') throw new UsageError('--accept-head is for the log of this data folder.');
      const check = async (): Promise<Report> => {
        if (path === undefined) return withApp(dataDirOf(self), (app) => verifyOwn(app, options, onProgress));
        if (what === 'database') return verifyDatabaseFile(resolve(path));
        return verifyBundle(resolve(path), { fingerprint: options.fingerprint, onProgress });
      };
      const report = await check().finally(() => progress.done());
      if (!report.ok) process.exitCode = EXIT_NOT_WHOLE;
      if (options.json === true)
        process.stdout.write(`${JSON.stringify({ what, path: path === undefined ? null : resolve(path), ...report })}\n`);
      else print(report, what);
    });
}

async function verifyOwn(
  app: SteadyApp,
  options: CommonOptions & { acceptHead?: boolean },
  onProgress: (done: number, total: number) => void,
): Promise<Report> {
  await requireAdmin(app, options);
  if (options.acceptHead === true) await app.store.refusals.acceptHead();
  const { refusals } = app.store;
  const job = await refusals.beginVerify();
  for (;;) {
    const { done, total, result } = await refusals.stepVerify(job);
    if (result !== null) {
      const faults = [...result.faults, ...(await app.refusals.witness.faults())];
      return { ...result, faults, ok: faults.length === 0 };
    }
    onProgress(done, total);
  }
}

/** SQLite's files begin with their name. @throws UsageError-like errors of the file system */
async function isDatabase(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.toString('latin1') === 'SQLite format 3\0';
  } finally {
    await file.close();
  }
}

function print(report: Report, what: string): void {
  const { ok, checked, headSeq, head, faults } = report;
  process.stdout.write(
    ok ? `Whole: ${checked} rows, none changed, missing, added or moved.\n` : `Not whole: ${checked} rows were checked.\n`,
  );
  for (const { message } of faults) process.stdout.write(`  ${message}\n`);
  process.stdout.write(`Head: row ${headSeq}, ${head}\n`);
  if (what !== 'bundle') return;
  const { fingerprint, createdAt, appVersion: version, refusals } = report as Report & Awaited<ReturnType<typeof verifyBundle>>;
  process.stdout.write(`Refusals in full: ${refusals}. Exported ${createdAt ?? '?'} by Steady ${version ?? '?'}.\n`);
  process.stdout.write(`Signed with the key ${fingerprint ?? '?'}: compare it with one that you got another way.\n`);
}

function reviewCommand(): Command {
  return common(new Command('review').description('say whether an entry was right'), 'print the entry')
    .argument('<number>', "the entry's number", integer(1, Number.MAX_SAFE_INTEGER))
    .addArgument(new Argument('<judgement>', 'what you think of it').choices(judgement.options))
    .option('--note <text>', 'why', '')
    .option(
      '--to-benign-set',
      "put its prompt into the next calibration's benign set also where it was right to refuse (a wrong one is put there anyway)",
    )
    .action(async (seq: number, said: Judgement, options: CommonOptions & { note: string; toBenignSet?: boolean }, self: Command) => {
      await withApp(dataDirOf(self), async (app) => {
        await requireAdmin(app, options);
        let row = await app.refusals.review(seq, said, options.note);
        if (options.toBenignSet === true) row = await app.refusals.addBenign(seq);
        if (row.benignOverride)
          process.stderr.write('Its prompt must be answered from the next calibration on, though you judged that refusing it was right.\n');
        process.stdout.write(options.json === true ? `${JSON.stringify(row)}\n` : `${lineOf(row)}\n`);
      });
    });
}
