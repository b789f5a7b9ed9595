/** `steady calibrate`: makes a steering profile for a model. */
import { Command } from 'commander';

export function calibrateCommand(): Command {
  return new Command('calibrate').description('make a steering profile');
}
