/** `steady refusals collect DIR`: the logs of many machines in one file. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { appVersion } from '../app.ts';
import { collect, type Collected, type MachineReport } from '../collect/collect.ts';
import { machineReport } from '../collect/report.ts';
import { SteadyError } from '../contract/index.ts';
import { EXIT_NOT_WHOLE } from './errors.ts';
import { ProgressLine } from './progress.ts';
import { inLine } from './terminal.ts';

interface CollectCommandOptions {
  out: string;
  report?: string;
  prompts: boolean;
  replies: boolean;
  json?: boolean;
}

const STATES: Record<MachineReport['state'], string> = {
  whole: 'whole',
  'not-whole': 'NOT WHOLE',
  unreadable: 'not readable',
  'older-copy': 'older copy of another one here',
};

export function collectCommand(): Command {
  return new Command('collect')
    .description('gather the logs of many machines into one Parquet file, each checked')
    .argument('<folder>', 'where their data folders and bundles lie')
    .requiredOption('--out <path>', 'the Parquet file; it appears once it is complete')
    .option('--report <path>', 'write a page over the machines as well (HTML)')
    .option('--no-prompts', 'leave the text of prompts out')
    .option('--no-replies', 'leave the text of replies out')
    .option('--json', 'print one object when done')
    .action(async (folder: string, options: CollectCommandOptions) => {
      const progress = new ProgressLine();
      const stopping = new AbortController();
      const stop = () => stopping.abort(new SteadyError('cancelled', 'It was stopped.', { hint: 'No file was written.' }));
      process.once('SIGINT', stop);
      try {
        const out = resolve(options.out);
        const collected = await collect({
          ...{ folder: resolve(folder), out, prompts: options.prompts, replies: options.replies },
          createdBy: `Steady ${appVersion()}`,
          signal: stopping.signal,
          onProgress: (done, total, name) =>
            progress.update(`Reading … ${Math.floor((100 * done) / Math.max(total, 1))} % (${inLine(name)})`),
        }).finally(() => progress.done());
        const report = options.report === undefined ? null : resolve(options.report);
        if (report !== null)
          await writeFile(report, machineReport(collected, { createdAt: new Date(), appVersion: appVersion() }), { mode: 0o600 });
        if (collected.machines.some(({ faults }) => faults.length > 0)) process.exitCode = EXIT_NOT_WHOLE;
        if (options.json === true) process.stdout.write(`${JSON.stringify({ path: out, report, ...collected })}\n`);
        else print(collected, out);
      } finally {
        process.off('SIGINT', stop);
      }
    });
}

function print({ machines, rows }: Collected, out: string): void {
  if (machines.length === 0) process.stdout.write('No logs were found: neither a data folder (steady.db) nor a bundle.\n');
  for (const { machine, state, faults, numbers, headSeq, head } of machines) {
    const end = head === '' ? '' : `, head: row ${headSeq}, ${head}`;
    process.stdout.write(`${inLine(machine)}: ${STATES[state]}, ${numbers.rows} refusals${end}\n`);
    for (const { message } of faults) process.stdout.write(`  ${inLine(message)}\n`);
  }
  process.stdout.write(`${out}: ${rows} rows\n`);
}
