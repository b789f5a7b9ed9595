/** Options that several commands share. */
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { defaultDataDir } from '../../models/index.ts';

export function dataDirOption(): Option {
  return new Option('--data-dir <dir>', 'where all state is kept').env('STEADY_HOME');
}

/** The data folder a command works on: `--data-dir` before or after the command's name, `STEADY_HOME`, or the user's own. */
export function dataDirOf(command: Command): string {
  const { dataDir } = command.optsWithGlobals<{ dataDir?: string }>();
  // An empty STEADY_HOME is none: scripts set variables from others that may be unset.
  return resolve(dataDir || defaultDataDir());
}

/** A parser for whole numbers in a range. */
export function integer(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === '' || !Number.isInteger(number) || number < least || number > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}

/** A parser for numbers in a range. */
export function decimal(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === '' || !Number.isFinite(number) || number < least || number > most) {
      throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`);
    }
    return number;
  };
}
