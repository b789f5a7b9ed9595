/** The operator's entry: `steady <command>`. Results go to stdout, everything else to stderr, so that scripts can rely on both. */
import { Command, CommanderError } from 'commander';
import { appVersion } from './app.ts';
import { adminCommand } from './cli/admin.ts';
import { apiCommand } from './cli/api.ts';
import { askCommand } from './cli/ask.ts';
import { calibrateCommand } from './cli/calibrate.ts';
import { conversationsCommand } from './cli/conversations.ts';
import { evaluateCommand } from './cli/evaluate.ts';
import { reportError, UsageError } from './cli/errors.ts';
import { modelsCommand } from './cli/models.ts';
import { dataDirOption } from './cli/options.ts';
import { profilesCommand } from './cli/profiles.ts';
import { promptsCommand } from './cli/prompts.ts';
import { refusalsCommand } from './cli/refusals.ts';
import { serveCommand } from './cli/serve.ts';

const program = new Command('steady')
  .description('Chat with a local model whose refusals are steered, not filtered.')
  .version(appVersion())
  .addOption(dataDirOption())
  .exitOverride()
  .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) })
  .showHelpAfterError('(steady --help shows the commands)');
for (const command of [
  askCommand(),
  serveCommand(),
  apiCommand(),
  modelsCommand(),
  calibrateCommand(),
  profilesCommand(),
  evaluateCommand(),
  promptsCommand(),
  refusalsCommand(),
  adminCommand(),
  conversationsCommand(),
]) {
  program.addCommand(command.exitOverride());
}

// A reader that goes away (`steady … | head`) is a normal end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = reportError(error, process.argv.includes('--json'));
  if (error instanceof UsageError) process.exitCode = 2;
}
