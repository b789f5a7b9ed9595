/** `steady models settings`: how a model is loaded, as the page's "Advanced" sets it. */
import { readFile, stat } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  AUTOMATIC,
  LEAST_CONTEXT_SIZE,
  MAX_TEMPLATE_LENGTH,
  modelSettings,
  MOST_CONTEXT_SIZE,
  SteadyError,
  TEMPLATE_FAMILIES,
  type ChosenTemplate,
  type ModelSettings,
  type ModelSettingsState,
  type TemplateFamily,
} from '../contract/index.ts';
import { dataDirOf, dataDirOption, integer } from './options.ts';
import { modelIdOf, withApp } from './with-app.ts';

interface SettingsOptions {
  context?: ModelSettings['contextSize'];
  cache?: ModelSettings['cacheType'] | 'auto';
  flashAttention?: 'auto' | 'on' | 'off';
  gpuLayers?: ModelSettings['gpuLayers'];
  threads?: ModelSettings['threads'];
  template?: string;
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
    .option('--template <which>', `chat template: auto, ${FAMILIES.join(', ')}, or a file with one`)
    .option('--reset', 'everything as Steady would, before the other options')
    .option('--json', 'print one object')
    .action(async (model: string, options: SettingsOptions, command: Command) => {
      await withApp(dataDirOf(command), async ({ models }) => {
        const modelId = modelIdOf(model);
        const before = await models.settings(modelId);
        const settings = changed(options.reset === true ? AUTOMATIC : before.settings, options);
        if (options.template !== undefined) settings.template = await templateOf(options.template);
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

const FAMILIES = Object.keys(TEMPLATE_FAMILIES) as TemplateFamily[];

/** The template that was named. @throws SteadyError `not-found` or `bad-input` for a file that cannot be read or is too long */
async function templateOf(which: string): Promise<ChosenTemplate | null> {
  if (which === 'auto') return null;
  const family = FAMILIES.find((name) => name === which);
  if (family !== undefined) return { family };
  const { size } = await stat(which).catch((cause: unknown) => {
    const hint = `Give auto, ${FAMILIES.join(', ')}, or a file.`;
    throw new SteadyError('not-found', `There is no file ${which}.`, { hint, cause });
  });
  const source = size > 4 * MAX_TEMPLATE_LENGTH ? '' : await readFile(which, 'utf8');
  if (source !== '' && source.length <= MAX_TEMPLATE_LENGTH) return { source };
  throw new SteadyError('bad-input', `${which} is empty, or too long for a chat template.`, { hint: 'Give a file with Jinja source.' });
}

function changed(settings: ModelSettings, { context, cache, flashAttention, gpuLayers, threads }: SettingsOptions): ModelSettings {
  return {
    ...settings,
    contextSize: context === undefined ? settings.contextSize : context,
    cacheType: cache === undefined ? settings.cacheType : cache === 'auto' ? null : cache,
    flashAttention: flashAttention === undefined ? settings.flashAttention : FLASH[flashAttention],
    gpuLayers: gpuLayers === undefined ? settings.gpuLayers : gpuLayers,
    threads: threads === undefined ? settings.threads : threads,
  };
}

function describe({ settings, automaticContextSize, cores, layers }: ModelSettingsState): string[] {
  const { contextSize, cacheType, flashAttention, gpuLayers, threads, template } = settings;
  return [
    ['context', contextSize ?? `auto (${automaticContextSize})`],
    ['cache', cacheType ?? 'auto (16 bits)'],
    ['flash-attention', flashAttention === null ? 'auto' : flashAttention ? 'on' : 'off'],
    ['gpu-layers', gpuLayers === null ? `auto (of ${layers}, what fits)` : `${Math.min(gpuLayers, layers)} of ${layers}`],
    ['threads', threads === null ? `auto (${cores})` : Math.min(threads, cores)],
    ['template', template === null ? 'auto' : 'family' in template ? template.family : `${template.source.length} characters of your own`],
  ].map(([name, value]) => `${String(name).padEnd(16)} ${value}`);
}
