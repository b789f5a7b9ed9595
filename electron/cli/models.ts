/** `steady models list|pull|discard|verify|protect|settings`. */
import { Command } from 'commander';
import { requireAllowedModel } from '../admin/policies.ts';
import {
  catalogueEntry,
  discardDownload,
  downloadModel,
  findModel,
  formatBytes,
  listModels,
  partialDownload,
  verifyModel,
} from '../../models/index.ts';
import { dataDirOf, dataDirOption } from './options.ts';
import { ProgressLine } from './progress.ts';
import { protectCommand } from './protect.ts';
import { modelSettingsCommand } from './model-settings.ts';
import { inLine } from './terminal.ts';
import { withApp } from './with-app.ts';

interface JsonOption {
  json?: boolean;
}

export function modelsCommand(): Command {
  const models = new Command('models').description('the models on this machine and in the catalogue');
  models
    .command('list')
    .description('what there is, and what is here')
    .addOption(dataDirOption())
    .option('--json', 'print one array')
    .action(async ({ json }: JsonOption, command: Command) => {
      const rows = (await listModels({ dataDir: dataDirOf(command) })).map((model) => ({
        id: model.entry.id,
        name: model.entry.name,
        bytes: model.entry.bytes,
        status: model.status,
        path: model.status === 'missing' ? null : model.path,
        sha256: model.entry.sha256,
        licence: model.entry.licence,
      }));
      if (json === true) return void process.stdout.write(`${JSON.stringify(rows)}\n`);
      const width = Math.max(...rows.map(({ id }) => id.length));
      for (const { id, status, bytes, name } of rows) {
        process.stdout.write(`${id.padEnd(width)}  ${status.padEnd(8)}  ${formatBytes(bytes).padStart(8)}  ${inLine(name)}\n`);
      }
    });
  models
    .command('pull')
    .description('fetch a model; goes on from where an earlier try stopped')
    .argument('<id>')
    .addOption(dataDirOption())
    .option('--json', 'print one object')
    .action(async (id: string, { json }: JsonOption, command: Command) => {
      const dataDir = dataDirOf(command);
      const { sha256 } = catalogueEntry(id);
      // Before the first byte, not when the model is loaded: fetching is what the policy is about as well.
      await withApp(dataDir, async ({ policies }) => requireAllowedModel(policies, sha256));
      const progress = new ProgressLine();
      const controller = new AbortController();
      const cancel = () => controller.abort();
      process.once('SIGINT', cancel);
      try {
        const model = await downloadModel(id, {
          dataDir,
          signal: controller.signal,
          onProgress: ({ phase, receivedBytes, totalBytes, bytesPerSecond, source }) => {
            const speed = bytesPerSecond === null ? '' : `, ${formatBytes(bytesPerSecond)}/s`;
            const from = source === null ? '' : ` from ${source}`;
            progress.update(`${id}: ${phase} ${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}${speed}${from}`);
          },
        });
        progress.done();
        print({ id, path: model.path, sha256: model.sha256 }, `${model.path}`, json);
      } finally {
        progress.done();
        process.off('SIGINT', cancel);
      }
    });
  models
    .command('discard')
    .description('remove what an unfinished download left')
    .argument('<id>')
    .addOption(dataDirOption())
    .option('--json', 'print one object')
    .action(async (id: string, { json }: JsonOption, command: Command) => {
      const dataDir = dataDirOf(command);
      const bytes = await partialDownload(id, { dataDir });
      await discardDownload(id, { dataDir });
      print({ id, bytes }, bytes === 0 ? `There is no unfinished download of ${id}.` : `Removed ${formatBytes(bytes)} of ${id}.`, json);
    });
  models
    .command('verify')
    .description('read a model file (a catalogue id or a path) and check it')
    .argument('<id-or-path>')
    .addOption(dataDirOption())
    .option('--json', 'print one object')
    .action(async (target: string, { json }: JsonOption, command: Command) => {
      const dataDir = dataDirOf(command);
      const progress = new ProgressLine();
      const verified = await verifyModel(await pathOf(target, dataDir), {
        dataDir,
        fresh: true,
        onProgress: (hashed, total) => progress.update(`Reading ${formatBytes(hashed)} of ${formatBytes(total)}`),
      }).finally(() => progress.done());
      const { path, sha256, entry } = verified;
      print(
        { ok: true, id: entry?.id ?? null, path, sha256 },
        `${path} is ${entry?.name ?? 'a whole model file'} (SHA-256 ${sha256})`,
        json,
      );
    });
  models.addCommand(protectCommand());
  models.addCommand(modelSettingsCommand());
  return models;
}

/** A catalogue id's file where it lies, even damaged; anything else is a path. */
async function pathOf(target: string, dataDir: string): Promise<string> {
  const known = (await listModels({ dataDir })).some(({ entry }) => entry.id === target);
  if (!known) return target;
  const model = await findModel(target, { dataDir });
  return model.status === 'missing' ? model.entry.fileName : model.path;
}

function print(object: Record<string, unknown>, sentence: string, json: boolean | undefined): void {
  process.stdout.write(json === true ? `${JSON.stringify(object)}\n` : `${sentence}\n`);
}
