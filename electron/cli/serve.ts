/** `steady serve`: the app for a browser on this machine. */
import { Command } from 'commander';
import { startApp } from '../app.ts';
import { runServe } from '../served/index.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';

export function serveCommand(): Command {
  return new Command('serve')
    .description('serve the app on loopback until Ctrl-C; prints its address')
    .addOption(dataDirOption())
    .option('--port <n>', 'port; a free one by default', integer(0, 65535), 0)
    .option('--open', 'open the browser')
    .action(async ({ port, open }: { port: number; open?: boolean }, command: Command) => {
      await runServe({ dataDir: dataDirOf(command), port, open: open ?? false, startApp });
    });
}
