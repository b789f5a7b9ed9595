/** `steady admin …`: the passphrase and the policies. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Argument, Command } from 'commander';
import type { SteadyApp } from '../app.ts';
import { readPolicyFiles } from '../admin/policy-files.ts';
import { POLICY_NAMES, policyValues, SteadyError, type PolicyName, type PolicyState } from '../contract/index.ts';
import { UsageError } from './errors.ts';
import { dataDirOf, dataDirOption } from './options.ts';
import { askLine, askSecret, isInteractive } from './prompt.ts';
import { passphraseFileOption, readPassphraseFile, requireAdmin, type AdminOptions } from './require-admin.ts';
import { withApp } from './with-app.ts';

interface NewPassphrase {
  newPassphraseFile?: string;
}

export function adminCommand(): Command {
  const admin = new Command('admin').description("the admin area's passphrase and policies");
  const command = (name: string, description: string) => admin.command(name).description(description).addOption(dataDirOption());
  const NEW_FILE = ['--new-passphrase-file <file>', 'file with the new passphrase (else it is asked for)'] as const;

  command('status', 'whether there is a passphrase, and which policy files are in force')
    .option('--json', 'print one object')
    .action((options: { json?: boolean }, self: Command) => withApp(dataDirOf(self), (app) => status(app, options.json === true)));

  command('set-passphrase', 'set or change the passphrase')
    .addOption(passphraseFileOption())
    .option(...NEW_FILE)
    .action((options: AdminOptions & NewPassphrase, self: Command) =>
      withApp(dataDirOf(self), async (app) => {
        await requireAdmin(app, options);
        await app.admin.reset(await newPassphrase(options), 'changed');
        process.stderr.write('The passphrase is set. Open pages have to enter it.\n');
      }),
    );

  command('remove-passphrase', 'open the admin area to everybody on this machine')
    .addOption(passphraseFileOption())
    .action((options: AdminOptions, self: Command) =>
      withApp(dataDirOf(self), async (app) => {
        await requireAdmin(app, options);
        await app.admin.reset(null, 'removed');
        process.stderr.write('There is no passphrase any more.\n');
      }),
    );

  command('reset-passphrase', 'set a new passphrase without the old one; for whoever owns the data folder')
    .option('--confirm <word>', 'the word "reset", where there is no terminal to type it at')
    .option('--none', 'have no passphrase')
    .option(...NEW_FILE)
    .action(async (options: { confirm?: string; none?: boolean } & NewPassphrase, self: Command) => {
      const dataDir = dataDirOf(self);
      await requireOwner(dataDir);
      await confirmReset(dataDir, options.confirm);
      const next = options.none === true ? null : await newPassphrase(options);
      await withApp(dataDir, (app) => app.admin.reset(next));
      process.stderr.write('The passphrase was reset. The admin area shows that and when.\n');
    });

  command('policies', 'the policies in force, and where each comes from')
    .addOption(passphraseFileOption())
    .option('--json', 'print one object')
    .action((options: AdminOptions & { json?: boolean }, self: Command) =>
      withApp(dataDirOf(self), async (app) => {
        await requireAdmin(app, options);
        print(app.policies.state, options.json === true);
      }),
    );

  command('set-policy', 'set one policy')
    .addArgument(new Argument('<name>').choices(POLICY_NAMES))
    .argument('<value>', 'a word, a number, true, false, null, or a JSON list')
    .addOption(passphraseFileOption())
    .option('--json', 'print one object')
    .action((name: PolicyName, value: string, options: AdminOptions & { json?: boolean }, self: Command) =>
      withApp(dataDirOf(self), async (app) => {
        const patch = parsePolicy(name, value);
        await requireAdmin(app, options);
        print(await app.policies.set(patch), options.json === true);
      }),
    );

  admin
    .command('check-policy-file')
    .description('read a policy file and say what is wrong with it')
    .argument('<path>')
    .action(async (path: string) => {
      const { values } = await readPolicyFiles([{ path: resolve(path), required: true, system: false }]);
      process.stdout.write(`${JSON.stringify(values, null, 2)}\n`);
    });

  for (const sub of admin.commands) sub.exitOverride();
  return admin;
}

async function status(app: SteadyApp, json: boolean): Promise<void> {
  const { passphrase } = await app.admin.lock();
  const { files, problem } = app.policies.state;
  if (json) return void process.stdout.write(`${JSON.stringify({ passphrase, policyFiles: files, problem })}\n`);
  const words = { undecided: 'not chosen yet', none: 'none', set: 'set' }[passphrase];
  process.stdout.write(`passphrase    ${words}\npolicy files  ${files.length === 0 ? 'none' : files.join(', ')}\n`);
  if (problem !== null) process.stdout.write(`problem       ${problem.message}\n`);
}

function print({ values, sources, files, problem }: PolicyState, json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify({ values, sources, files, problem })}\n`);
  if (problem !== null) process.stderr.write(`${problem.message}\n${problem.hint}\n`);
  const from = { default: '', admin: '  (set by the admin)', file: '  (set by a policy file)' };
  const width = Math.max(...POLICY_NAMES.map((name) => name.length));
  for (const name of POLICY_NAMES) process.stdout.write(`${name.padEnd(width)}  ${JSON.stringify(values[name])}${from[sources[name]]}\n`);
}

function parsePolicy(name: PolicyName, text: string): Record<string, unknown> {
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // A word without quotes.
  }
  const parsed = policyValues.shape[name].safeParse(value);
  if (parsed.success) return { [name]: parsed.data };
  throw new UsageError(
    `${name} cannot be ${text}: ${parsed.error.issues[0]?.message ?? 'not a value of it'}.`,
    'docs/reference/policies.md has the values.',
  );
}

async function newPassphrase({ newPassphraseFile }: NewPassphrase): Promise<string> {
  if (newPassphraseFile !== undefined) return readPassphraseFile(newPassphraseFile);
  if (!isInteractive()) throw new UsageError('There is no terminal to type a passphrase at.', 'Give it with --new-passphrase-file.');
  const first = await askSecret('New passphrase: ');
  if (first !== (await askSecret('Once more: '))) throw new UsageError('The two are not the same. Nothing was changed.');
  return first;
}

/** @throws SteadyError `unauthorized` unless the database belongs to the user who runs this (or that is the system's administrator). */
async function requireOwner(dataDir: string): Promise<void> {
  const me = process.getuid?.();
  if (me === undefined || me === 0) return;
  const owner = await stat(join(dataDir, 'steady.db')).catch(() => null);
  if (owner === null || owner.uid === me) return;
  throw new SteadyError('unauthorized', 'This data folder belongs to another user.', { hint: 'Only its owner can reset the passphrase.' });
}

async function confirmReset(dataDir: string, confirm: string | undefined): Promise<void> {
  if (confirm === undefined && !isInteractive()) {
    throw new UsageError('Resetting the passphrase has to be confirmed.', 'Add --confirm reset where there is no terminal.');
  }
  const word =
    confirm ?? (await askLine(`This replaces the admin's passphrase of ${dataDir}; the admin area will show it.\nType reset to go on: `));
  if (word.trim() !== 'reset') throw new UsageError('Not confirmed. Nothing was changed.');
}
