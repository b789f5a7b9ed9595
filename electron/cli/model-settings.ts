/** `steady models settings`: how a model is loaded, as the page's "Advanced" sets it. */
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  AUTOMATIC,
  LEAST_CONTEXT_SIZE,
  modelSettings,
  MOST_CONTEXT_SIZE,
  type ModelSettings,
  type ModelSettingsState,
} from '../contract/index.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';
import { modelIdOf, withApp } from './with-app.ts';

interface SettingsOptions {
  context?: ModelSettings['contextSize'];
  cache?: ModelSettings['cacheType'] | 'auto';
  flashAttention?: 'auto' | 'on' | 'off';
  gpuLayers?: ModelSettings['gpuLayers'];
  threads?: ModelSettings['threads'];
  reset?: boolean;
  json?: boolean;
}

export function modelSettingsCommand(): Command {
  const most = (name: 'gpuLayers' | 'threads') => modelSettings.shape[name].unwrap().maxValue!;
  return new Command('settings')
    .description('how a model is loaded; without options it says how')
    .argument('<id-or-path>')
    .addOption(dataDirOption())
    .option('--context <tokens>', 'tokens of context, or auto', orAutomatic(integer(LEAST_CONTEXT_SIZE, MOST_CONTEXT_SIZE)))
    .addOption(
      new Option('--cache <type>', 'what the context is kept as').choices(['auto', ...modelSettings.shape.cacheType.unwrap().options]),
    )
    .addOption(new Option('--flash-attention <when>', 'whether it is used').choices(['auto', 'on', 'off']))
    .option('--gpu-layers <n>', 'layers on the GPU, or auto', orAutomatic(integer(0, most('gpuLayers'))))
    .option('--threads <n>', 'threads of the processor, or auto', orAutomatic(integer(1, most('threads'))))
    .option('--reset', 'everything as Steady would, before the other options')
    .option('--json', 'print one object')
    .action(async (model: string, options: SettingsOptions, command: Command) => {
      await withApp(dataDirOf(command), async ({ models }) => {
        const modelId = modelIdOf(model);
        const before = await models.settings(modelId);
        const settings = changed(options.reset === true ? AUTOMATIC : before.settings, options);
        if (JSON.stringify(settings) !== JSON.stringify(before.settings)) await models.setSettings(modelId, settings);
        const { fits, verdict, ramBytes, vramBytes } = await models.estimate(modelId);
        if (options.json === true) {
          process.stdout.write(`${JSON.stringify({ ...settings, fits, verdict, ramBytes, vramBytes })}\n`);
        } else process.stdout.write(`${describe({ ...before, settings }).join('\n')}\n${verdict}\n`);
      });
    });
}

/** A parser that takes `auto` as well; null is that. */
function orAutomatic(parse: (value: string) => number): (value: string) => number | null {
  return (value) => {
    if (value === 'auto') return null;
    try {
      return parse(value);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message.replace(/\.$/, '')}, or auto.`);
    }
  };
}

const FLASH = { auto: null, on: true, off: false } as const;

function changed(settings: ModelSettings, { context, cache, flashAttention, gpuLayers, threads }: SettingsOptions): ModelSettings {
  return {
    contextSize: context === undefined ? settings.contextSize : context,
    cacheType: cache === undefined ? settings.cacheType : cache === 'auto' ? null : cache,
    flashAttention: flashAttention === undefined ? settings.flashAttention : FLASH[flashAttention],
    gpuLayers: gpuLayers === undefined ? settings.gpuLayers : gpuLayers,
    threads: threads === undefined ? settings.threads : threads,
  };
}

function describe({ settings, automaticContextSize, cores, layers }: ModelSettingsState): string[] {
  const { contextSize, cacheType, flashAttention, gpuLayers, threads } = settings;
  return [
    ['context', contextSize ?? `auto (${automaticContextSize})`],
    ['cache', cacheType ?? 'auto (16 bits)'],
    ['flash-attention', flashAttention === null ? 'auto' : flashAttention ? 'on' : 'off'],
    ['gpu-layers', gpuLayers === null ? `auto (of ${layers}, what fits)` : `${Math.min(gpuLayers, layers)} of ${layers}`],
    ['threads', threads === null ? `auto (${cores})` : Math.min(threads, cores)],
  ].map(([name, value]) => `${String(name).padEnd(16)} ${value}`);
}
