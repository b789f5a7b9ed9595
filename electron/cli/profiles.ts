/** `steady profiles list|show|apply|rollback|export|import|sign|new-key`. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { SteadyApp } from '../app.ts';
import { SteadyError, type ProfileEntry } from '../contract/index.ts';
import { SIGNATURE_ENDING } from '../profiles/signatures.ts';
import { newKeyPair, readSecretKey } from '../signing/minisign.ts';
import { formatBytes } from '../../models/index.ts';
import { readRegularFile } from '../../steering/files/regular-file.ts';
import { dataDirOf, dataDirOption } from './options.ts';
import { passphraseFileOption, requireAdmin, type AdminOptions } from './require-admin.ts';
import { inLine } from './terminal.ts';
import { withApp } from './with-app.ts';

interface Options extends AdminOptions {
  json?: boolean;
}

const MAX_KEY_BYTES = 8192;
/** As many characters of an id as people type. */
const SHORT = 12;

export function profilesCommand(): Command {
  const profiles = new Command('profiles').description('the steering profiles on this machine, and which one protects each model');
  const add = (name: string, description: string) =>
    profiles
      .command(name)
      .description(description)
      .addOption(dataDirOption())
      .addOption(passphraseFileOption())
      .option('--json', 'print one value');

  add('list', 'every profile; * marks the one that protects its model').action((options: Options, command: Command) =>
    withApp(dataDirOf(command), async (app) => {
      await requireAdmin(app, options);
      const list = await app.profiles.list();
      for (const { fileName, message } of list.damaged) process.stderr.write(`${fileName}: ${message}\n`);
      if (options.json === true) return void process.stdout.write(`${JSON.stringify(list)}\n`);
      for (const entry of list.profiles) process.stdout.write(`${line(entry)}\n`);
    }),
  );
  add('show', 'all that a profile says about itself')
    .argument('<id>', 'the beginning of its id is enough')
    .action((id: string, options: Options, command: Command) =>
      withApp(dataDirOf(command), async (app) => {
        await requireAdmin(app, options);
        const details = await app.profiles.show((await find(app, id)).id);
        process.stdout.write(`${JSON.stringify(details, null, options.json === true ? undefined : 2)}\n`);
      }),
    );
  add('apply', 'protect its model with this profile from now on')
    .argument('<id>')
    .action((id: string, options: Options, command: Command) =>
      withApp(dataDirOf(command), async (app) => {
        await requireAdmin(app, options);
        print(await app.profiles.apply((await find(app, id)).id), options);
      }),
    );
  add('rollback', "go back to the profile that was applied before a model's current one")
    .argument('<model>', "the model's name or the beginning of its SHA-256")
    .action((model: string, options: Options, command: Command) =>
      withApp(dataDirOf(command), async (app) => {
        await requireAdmin(app, options);
        print(await app.profiles.rollback(await findModel(app, model)), options);
      }),
    );
  add('export', 'write a profile to a file')
    .argument('<id>')
    .argument('[file]', 'a name is made up where there is none')
    .action((id: string, file: string | undefined, options: Options, command: Command) =>
      withApp(dataDirOf(command), async (app) => {
        await requireAdmin(app, options);
        const { fileName, bytes } = await app.profiles.export((await find(app, id)).id);
        const path = resolve(file ?? fileName);
        await writeFile(path, bytes);
        const signature = await app.profiles.signature((await find(app, id)).id);
        if (signature !== null) await writeFile(`${path}${SIGNATURE_ENDING}`, signature);
        const written = { path, bytes: bytes.length, signature: signature === null ? null : `${path}${SIGNATURE_ENDING}` };
        process.stdout.write(options.json === true ? `${JSON.stringify(written)}\n` : `${path}\n`);
      }),
    );
  add('sign', 'sign a profile with a secret key of minisign that has no password')
    .argument('<id>')
    .requiredOption('--key <file>', 'the secret key')
    .action((id: string, options: Options & { key: string }, command: Command) =>
      withApp(dataDirOf(command), async (app) => {
        await requireAdmin(app, options);
        const secret = readSecretKey((await readRegularFile(resolve(options.key), MAX_KEY_BYTES)).toString('utf8'));
        const entry = await find(app, id);
        const signature = await app.profiles.sign(entry.id, secret, `timestamp:${Math.floor(Date.now() / 1000)}\tprofile:${entry.id}`);
        process.stdout.write(options.json === true ? `${JSON.stringify({ id: entry.id, signature })}\n` : `${entry.id}: signed\n`);
      }),
    );
  profiles
    .command('new-key')
    .description('make a pair of keys in minisign’s format, the secret one without a password')
    .requiredOption('--out <path>', 'without an ending: PATH.key is the secret one, PATH.pub the public one')
    .option('--json', 'print one value')
    .action(async ({ out, json }: { out: string; json?: boolean }) => {
      const pair = newKeyPair();
      const files = { secret: `${resolve(out)}.key`, public: `${resolve(out)}.pub` };
      await writeFile(files.secret, pair.secret, { flag: 'wx', mode: 0o600 });
      await writeFile(files.public, pair.public, { flag: 'wx' });
      process.stdout.write(json === true ? `${JSON.stringify({ ...files, key: pair.key })}\n` : `${pair.key}\n`);
    });
  add('import', 'add a profile file to the library without applying it')
    .argument('<file>')
    .action((file: string, options: Options, command: Command) =>
      withApp(dataDirOf(command), async (app) => {
        await requireAdmin(app, options);
        print(await app.profiles.importFile(resolve(file)), options);
      }),
    );
  return profiles;
}

async function find(app: SteadyApp, start: string): Promise<ProfileEntry> {
  const { profiles } = await app.profiles.list();
  const [found, other] = profiles.filter(({ id }) => id.startsWith(start.toLowerCase()));
  if (found === undefined)
    throw new SteadyError('not-found', `There is no profile ${start}.`, { hint: 'steady profiles list shows them.' });
  if (other !== undefined) throw new SteadyError('bad-input', `Several profiles begin with ${start}.`, { hint: 'Give more of the id.' });
  return found;
}

async function findModel(app: SteadyApp, wanted: string): Promise<string> {
  const { profiles } = await app.profiles.list();
  const found = new Set(
    profiles
      .filter(
        ({ modelName, modelSha256 }) => modelName.toLowerCase() === wanted.toLowerCase() || modelSha256.startsWith(wanted.toLowerCase()),
      )
      .map(({ modelSha256 }) => modelSha256),
  );
  const [only, other] = found;
  if (only === undefined || other !== undefined) {
    throw new SteadyError('not-found', `There is ${only === undefined ? 'no' : 'more than one'} model ${wanted} with profiles.`, {
      hint: "Give the beginning of the model's SHA-256; steady profiles list --json shows it.",
    });
  }
  return only;
}

function print(entry: ProfileEntry, { json }: Options): void {
  process.stdout.write(json === true ? `${JSON.stringify(entry)}\n` : `${line(entry)}\n`);
}

function line({ id, current, source, modelName, name, createdAt, bytes }: ProfileEntry): string {
  const day = new Date(createdAt).toISOString().slice(0, 10);
  return `${current ? '*' : ' '} ${id.slice(0, SHORT)}  ${source.padEnd(7)}  ${day}  ${formatBytes(bytes).padStart(8)}  ${inLine(`${modelName}: ${name}`)}`;
}
