/** `steady calibrate`: makes a steering profile for a model, and applies it. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { appVersion } from '../app.ts';
import { calibrate } from '../calibration/calibrate.ts';
import { readPrompts } from '../calibration/prompt-file.ts';
import type { CalibrationProgress } from '../calibration/progress.ts';
import type { Budget } from '../calibration/prompts.ts';
import { ownProfilePath } from '../protection/locate-profile.ts';
import { profileSha256 } from '../../steering/profile/index.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';
import { ProgressLine } from './progress.ts';
import { loadModel, withApp } from './with-app.ts';

interface CalibrateOptions {
  model?: string;
  benign: string[];
  budget: Budget;
  seed: number;
  out?: string;
  name?: string;
  json?: boolean;
}

const STAGES: Record<CalibrationProgress['stage'], string> = {
  prepare: 'Preparing',
  labels: "Reading the model's own refusals",
  extract: 'Reading activations',
  screen: 'Looking at your prompts',
  solve: 'Solving',
  tune: 'Trying strengths',
  validate: 'Comparing with the unsteered model',
  report: 'Measuring the choices',
};

export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description('make a steering profile for a model and apply it; goes on from where an earlier try stopped')
    .addOption(dataDirOption())
    .option('--model <id>', "a model of the catalogue, or a GGUF file's path")
    .option(
      '--benign <file>',
      'benign prompts of your own (TXT, CSV or JSONL); may be given several times',
      (file: string, all: string[]) => [...all, file],
      [],
    )
    .addOption(new Option('--budget <size>', 'how many prompts to use').choices(['quick', 'standard', 'thorough']).default('standard'))
    .option('--seed <n>', 'seed of every choice made', integer(0, 0x7fff_ffff), 1)
    .option('--out <file>', 'write the profile there instead of applying it')
    .option('--name <text>', "the profile's name")
    .option('--json', 'print one object')
    .action(async (options: CalibrateOptions, command: Command) => {
      const dataDir = dataDirOf(command);
      const own: string[] = [];
      for (const file of options.benign) own.push(...(await readPrompts(file, await readFile(file))).prompts);
      await withApp(dataDir, async (app) => {
        await loadModel(app, options.model ?? null);
        const target = app.engine.target!;
        const progress = new ProgressLine();
        const { profile, path, trials } = await calibrate({
          dataDir,
          engine: app.engine,
          budget: options.budget,
          seed: options.seed,
          ownBenign: own,
          out: options.out === undefined ? ownProfilePath(dataDir, target.modelSha256) : resolve(options.out),
          name: options.name ?? `${target.modelName}, ${options.budget}`,
          appVersion: appVersion(),
          signal: new AbortController().signal,
          onProgress: ({ stage, done, total, rate }) =>
            progress.update(`${STAGES[stage]}: ${done} of ${total}${rate === null ? '' : `, ${rate.toFixed(1)} a second`}`),
        }).finally(() => progress.done());
        const { strength } = profile.method;
        const result = {
          path,
          name: profile.name,
          sha256: profileSha256(profile),
          strength,
          layers: profile.layers.map(({ layer }) => layer),
          trials,
          validation: profile.validation,
          notes: profile.notes,
        };
        process.stdout.write(options.json === true ? `${JSON.stringify(result)}\n` : `${path}\n`);
        if (options.json !== true) process.stderr.write(`${JSON.stringify(profile.validation, null, 1)}\n${profile.notes}\n`);
      });
    });
}
