/** `steady refusals tail`: the log as a running stream for other programs. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { appVersion } from '../app.ts';
import { ocsfLine } from '../siem/ocsf.ts';
import { syslogLine } from '../siem/syslog.ts';
import { readPlace, tailRefusals, writePlace } from '../siem/tail.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';
import { passphraseFileOption, requireAdmin, type AdminOptions } from './require-admin.ts';
import { withApp } from './with-app.ts';

interface TailCommandOptions extends AdminOptions {
  format: 'ocsf' | 'syslog';
  follow?: boolean;
  withPrompts?: boolean;
  after?: number;
  place?: string;
  out?: string;
}

export function tailCommand(): Command {
  return new Command('tail')
    .description('entries as events for a SIEM, oldest first; nothing is sent, it goes to stdout or a file')
    .addOption(dataDirOption())
    .addOption(passphraseFileOption())
    .addOption(new Option('--format <format>', 'of a line').choices(['ocsf', 'syslog']).default('ocsf'))
    .option('--follow', 'wait for more')
    .option('--place <file>', 'remember there how far it came, and go on from there')
    .option('--after <number>', 'begin behind this entry, whatever --place says', integer(0, Number.MAX_SAFE_INTEGER))
    .option('--out <path>', 'append to this file instead of stdout')
    .option('--with-prompts', 'with the text of prompts')
    .action(async (options: TailCommandOptions, self: Command) => {
      await withApp(
        dataDirOf(self),
        async (app, signal) => {
          await requireAdmin(app, options);
          const place = options.place === undefined ? null : resolve(options.place);
          const out = options.out === undefined ? process.stdout : createWriteStream(resolve(options.out), { flags: 'a', mode: 0o600 });
          const source = { hostname: hostname(), appVersion: appVersion(), prompts: options.withPrompts === true };
          const line = options.format === 'ocsf' ? ocsfLine : syslogLine;
          const failed = once(out, 'error').then(([error]) => Promise.reject(error as Error));
          failed.catch(() => undefined);
          const written = (text: string) =>
            Promise.race([new Promise<void>((done, fail) => out.write(text, (error) => (error == null ? done() : fail(error)))), failed]);
          await tailRefusals({
            store: app.store.refusals,
            after: options.after ?? (place === null ? 0 : await readPlace(place)),
            follow: options.follow === true,
            signal,
            onRows: async (rows) => {
              await written(rows.map((row) => `${line(row, source)}\n`).join(''));
              const last = rows.at(-1);
              if (place !== null && last !== undefined) await writePlace(place, last.seq);
            },
          });
          if (out !== process.stdout) await new Promise<void>((done) => out.end(() => done()));
        },
        { interruptible: true },
      );
    });
}
