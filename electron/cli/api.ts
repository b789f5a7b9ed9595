/** `steady api`: replies for other programs until Ctrl-C; `steady api key …`: the keys that they need. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { SteadyApp } from '../app.ts';
import { LOOPBACK, startApiServer } from '../api/server.ts';
import { DEFAULT_API_PORT, type ApiKey, type ApiKeyScope } from '../contract/index.ts';
import { UsageError } from './errors.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';
import { passphraseFileOption, requireAdmin, type AdminOptions } from './require-admin.ts';
import { inLine } from './terminal.ts';
import { loadModel, withApp } from './with-app.ts';

interface ServeOptions {
  port: number;
  host: string;
  tlsCert?: string;
  tlsKey?: string;
  name: string[];
  model?: string;
}

export function apiCommand(): Command {
  const api = new Command('api')
    .description('answer other programs that have a key, as OpenAI and others would, until Ctrl-C; prints the base URL')
    .addOption(dataDirOption())
    .option('--port <n>', 'port; 0 takes a free one', integer(0, 65535), DEFAULT_API_PORT)
    .option('--host <address>', 'address of a network to listen on; needs a certificate, and a policy that allows it', LOOPBACK)
    .option('--tls-cert <file>', 'certificate (PEM), with those that signed it')
    .option('--tls-key <file>', "the certificate's key (PEM)")
    .option('--name <host>', 'another name under which programs reach it, as HOST or HOST:PORT; may be repeated', collect, [])
    .option('--model <id>', "a model of the catalogue, or a GGUF file's path")
    .action((options: ServeOptions, command: Command) => serve(options, dataDirOf(command)));
  api.addCommand(keyCommand().exitOverride());
  return api;
}

const collect = (value: string, before: string[]) => [...before, value];

async function serve({ port, host, tlsCert, tlsKey, name, model }: ServeOptions, dataDir: string): Promise<void> {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError('A certificate needs its key: give --tls-cert and --tls-key.');
  const tls = tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey };
  await withApp(
    dataDir,
    async (app, signal) => {
      const server = await startApiServer({
        ...app.apiReplies,
        keys: app.apiKeys,
        ...{ host, port, tls, names: name },
      });
      try {
        await loadModel(app, model ?? null);
        await say(app, server.baseUrl);
        if (!signal.aborted) await once(signal, 'abort');
        process.stderr.write('Ending …\n');
      } finally {
        await server.close();
      }
    },
    { interruptible: true },
  );
}

/** The base URL alone goes to standard output, so that a script can take it. */
async function say(app: SteadyApp, baseUrl: string): Promise<void> {
  const { message, chatAllowed } = app.protection.state;
  const keys = (await app.apiKeys.list()).filter(({ revokedAt }) => revokedAt === null);
  process.stderr.write(`${message}${chatAllowed ? '' : ' Requests are refused with 503 until that changes.'}\n`);
  if (keys.length === 0) process.stderr.write('There is no key yet: `steady api key create NAME` makes one.\n');
  process.stderr.write('Programs reach Steady here (Ctrl-C ends it):\n');
  process.stdout.write(`${baseUrl}\n`);
}

interface KeyOptions extends AdminOptions {
  json?: boolean;
}

interface CreateOptions extends KeyOptions {
  keyFile?: string;
  models?: string;
  rate?: number;
  logText: boolean;
  refusalFinish: ApiKeyScope['refusalFinishReason'];
}

function keyCommand(): Command {
  const key = new Command('key').description('keys of other programs');
  const command = (name: string, description: string, json: string) =>
    key.command(name).description(description).addOption(dataDirOption()).addOption(passphraseFileOption()).option('--json', json);

  command('create', 'make a key; it is printed once and kept as a hash', 'print one object')
    .argument('<name>', 'after the program that will use it; the refusal log names it')
    .option('--models <ids>', 'only for these, with commas between them')
    .option('--rate <n>', 'requests a minute, at most', integer(1, 6000))
    .option('--no-log-text', "keep only hashes of its requests' texts in the refusal log")
    .option('--key-file <file>', 'take the key in this file, which another Steady made: for several behind one balancer')
    .addOption(
      new Option('--refusal-finish <reason>', 'what a steered refusal is said to end by')
        .choices(['content_filter', 'stop'])
        .default('content_filter'),
    )
    .action((name: string, options: CreateOptions, self: Command) =>
      withApp(dataDirOf(self), async (app) => {
        await requireAdmin(app, options);
        const existing = options.keyFile === undefined ? undefined : (await readFile(options.keyFile, 'utf8')).trim();
        const scope = {
          models: options.models?.split(',').map((id) => id.trim()) ?? null,
          requestsPerMinute: options.rate ?? null,
          logText: options.logText,
          refusalFinishReason: options.refusalFinish,
        };
        const { key: secret, about } = await app.apiKeys.create(name, scope, existing);
        if (options.json === true) return void process.stdout.write(`${JSON.stringify({ ...about, key: secret })}\n`);
        process.stderr.write('This key is shown once. Whoever has it gets replies in the name of this program:\n');
        process.stdout.write(`${secret}\n`);
      }),
    );

  command('list', 'all keys, newest first; not the keys themselves', 'print one array').action((options: KeyOptions, self: Command) =>
    withApp(dataDirOf(self), async (app) => {
      await requireAdmin(app, options);
      const keys = await app.apiKeys.list();
      if (options.json === true) return void process.stdout.write(`${JSON.stringify(keys)}\n`);
      for (const one of keys) process.stdout.write(`${lineOf(one)}\n`);
      if (keys.length === 0) process.stderr.write('No keys.\n');
    }),
  );

  command('revoke', 'end a key at once and for good', 'print one object')
    .argument('<name>')
    .action((name: string, options: KeyOptions, self: Command) =>
      withApp(dataDirOf(self), async (app) => {
        await requireAdmin(app, options);
        const revoked = await app.apiKeys.revoke(name);
        if (options.json === true) return void process.stdout.write(`${JSON.stringify(revoked)}\n`);
        process.stderr.write(`${inLine(revoked.name)} opens nothing any more.\n`);
      }),
    );

  for (const sub of key.commands) sub.exitOverride();
  return key;
}

const day = (time: number) => new Date(time).toISOString().slice(0, 10);

function lineOf({ name, hint, scope, createdAt, usedAt, revokedAt }: ApiKey): string {
  const state = revokedAt !== null ? `revoked ${day(revokedAt)}` : usedAt === null ? 'never used' : `used ${day(usedAt)}`;
  const limits = [
    ...(scope.models === null ? [] : [scope.models.map(inLine).join(', ')]),
    ...(scope.requestsPerMinute === null ? [] : [`${scope.requestsPerMinute} a minute`]),
    ...(scope.logText ? [] : ['text not logged']),
    ...(scope.refusalFinishReason === 'stop' ? ['refusals end with "stop"'] : []),
  ];
  return `${inLine(name).padEnd(24)}  ${hint.padEnd(16)}  made ${day(createdAt)}  ${state.padEnd(18)}  ${limits.join('; ')}`.trimEnd();
}
