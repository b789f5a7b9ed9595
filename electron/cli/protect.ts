/** `steady models protect`: gives a model protection, as the page's button does. */
import { Command } from 'commander';
import { SteadyError, type CalibrationProgressEvent } from '../contract/index.ts';
import { describe } from './calibrate.ts';
import { dataDirOf, dataDirOption } from './options.ts';
import { ProgressLine } from './progress.ts';
import { passphraseFileOption, requireAdmin, type AdminOptions } from './require-admin.ts';
import { loadModel, withApp } from './with-app.ts';

interface ProtectOptions extends AdminOptions {
  json?: boolean;
}

export function protectCommand(): Command {
  return new Command('protect')
    .description('give a model protection with the built-in prompts; goes on from where an earlier try stopped')
    .argument('<id-or-path>')
    .addOption(dataDirOption())
    .addOption(passphraseFileOption())
    .option('--json', 'print one object')
    .action(async (model: string, options: ProtectOptions, command: Command) => {
      await withApp(
        dataDirOf(command),
        async (app, signal) => {
          // Who calibrates is the admin's matter, unless the policies leave this to everyone.
          if (app.policies.current().protectModels === 'admin') await requireAdmin(app, options);
          await loadModel(app, model);
          const { modelName, modelSha256 } = app.engine.target!;
          const isProtected = () => app.protection.state.status === 'on';
          if (isProtected()) return print(`${modelName} is protected already.`, false);
          const progress = new ProgressLine();
          const stop = app.onEvent((event, payload) => {
            if (event === 'calibration.progress') progress.update(describe(payload as CalibrationProgressEvent));
          });
          try {
            await app.protector.start();
            const cancel = () => void app.protector.stop().catch(() => undefined);
            if (signal.aborted) cancel();
            else signal.addEventListener('abort', cancel, { once: true });
            const error = await app.protector.settled();
            if (error !== null) throw SteadyError.fromShape(error);
          } finally {
            stop();
            progress.done();
          }
          if (signal.aborted) {
            throw new SteadyError('cancelled', 'Protecting the model was stopped.', {
              hint: 'The same command goes on from where it stopped.',
            });
          }
          const { message } = app.protection.state;
          if (!isProtected())
            throw new SteadyError('protection-off', message, { hint: 'A longer calibration may do better: steady calibrate.' });
          print(`${modelName} is protected now.`, true);

          function print(sentence: string, made: boolean): void {
            const path = app.profiles.currentPath(modelSha256);
            process.stdout.write(
              options.json === true ? `${JSON.stringify({ model: modelName, sha256: modelSha256, path, made })}\n` : `${sentence}\n`,
            );
          }
        },
        { interruptible: true },
      );
    });
}
