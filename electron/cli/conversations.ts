/** `steady conversations list|export|import`. */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { appVersion } from '../app.ts';
import { SteadyError, type TransferFormat } from '../contract/index.ts';
import { writeFileAtomic } from '../../steering/files/write-file-atomic.ts';
import { exportConversations } from '../conversations/export.ts';
import { ConversationImport } from '../conversations/import.ts';
import { dataDirOf, dataDirOption } from './options.ts';
import { inLine } from './terminal.ts';
import { withApp } from './with-app.ts';

const PAGE = 500;
/** What people wrote is theirs alone. */
const MODE = 0o600;

export function conversationsCommand(): Command {
  const conversations = new Command('conversations').description('list, export and import conversations');
  conversations
    .command('list')
    .description('all conversations, the one used last first')
    .addOption(dataDirOption())
    .option('--json', 'print one array')
    .action(({ json }: { json?: boolean }, command: Command) =>
      withApp(dataDirOf(command), async ({ store }) => {
        const all = [];
        for (let before: number | null = null; ;) {
          const page = await store.conversations.list({ limit: PAGE, before });
          all.push(...page);
          if (page.length < PAGE) break;
          before = page.at(-1)?.updatedAt ?? null;
        }
        if (json === true) return void process.stdout.write(`${JSON.stringify(all)}\n`);
        for (const { id, title, updatedAt } of all) process.stdout.write(`${id}  ${new Date(updatedAt).toISOString()}  ${inLine(title)}\n`);
      }),
    );

  conversations
    .command('export')
    .description('write conversations to a file (or to stdout): JSON can be imported again, Markdown is for reading')
    .argument('[ids...]', 'which ones; all when none is named')
    .addOption(dataDirOption())
    .addOption(new Option('--format <name>', 'json or markdown').choices(['json', 'markdown']).default('json'))
    .option('--out <file>', 'the file; it appears once it is complete')
    .action((ids: string[], { format, out }: { format: TransferFormat; out?: string }, command: Command) =>
      withApp(dataDirOf(command), async ({ store }) => {
        const wanted = ids.length === 0 ? null : ids;
        const pieces = exportConversations({ store: store.transfer, format, ids: wanted, appVersion: appVersion() });
        if (out === undefined) await pipeline(Readable.from(pieces), process.stdout, { end: false });
        else await writeFileAtomic(resolve(out), pieces, MODE);
      }),
    );

  conversations
    .command('import')
    .description('add the conversations of a JSON export; those that are there already are added once more under new ids')
    .argument('<file>', '"-" reads standard input')
    .addOption(dataDirOption())
    .option('--json', 'print one object')
    .action((file: string, { json }: { json?: boolean }, command: Command) =>
      withApp(dataDirOf(command), async ({ store }) => {
        const importing = new ConversationImport(store.transfer);
        const input = file === '-' ? process.stdin : createReadStream(resolve(file));
        input.setEncoding('utf8');
        try {
          for await (const text of input as AsyncIterable<string>) await importing.write(text);
        } catch (error) {
          throw isMissing(error)
            ? new SteadyError('not-found', `There is no file ${file}.`, { hint: 'Check its name.', cause: error })
            : error;
        }
        const report = await importing.finish();
        if (json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
        else process.stdout.write(`${report.conversations} conversations with ${report.messages} messages were imported.\n`);
        if (report.redated > 0) {
          process.stderr.write(`${report.redated} had times in the future, which were replaced by the time of the import.\n`);
        }
        for (const { index, title, message } of report.faults) {
          process.stderr.write(`Conversation ${index}${title === '' ? '' : ` (${inLine(title)})`} was left out: ${message}\n`);
        }
        if (report.faultCount > 0) {
          throw new SteadyError('bad-input', `${report.faultCount} conversations of the file were left out.`, {
            hint: 'The others were imported.',
          });
        }
      }),
    );
  for (const sub of conversations.commands) sub.exitOverride();
  return conversations;
}

const isMissing = (error: unknown) => (error as { code?: unknown } | null)?.code === 'ENOENT';
