/** What loading a model would take on this machine, judged from its header before anything is loaded. */
import { totalmem } from 'node:os';
import type { GgmlType as GgmlTypes, GgufInsights, Llama } from 'node-llama-cpp';
import { checkpointBytes } from './checkpoints.ts';
import { inspectGguf } from './inspect.ts';
import { formatBytes } from './text.ts';

export interface ModelEstimate {
  readonly fits: boolean;
  /** One sentence for a person. */
  readonly verdict: string;
  readonly ramBytes: number;
  readonly vramBytes: number;
  /** Of `ramBytes`, what is kept to go back to earlier turns, at most; 0 for models that need nothing for it. */
  readonly checkpointBytes: number;
  /** In tokens: the largest context that fits, up to the one asked for. */
  readonly contextSize: number;
  readonly gpuLayers: number;
  /** Blocks and the output layer, as llama.cpp counts what it can offload. */
  readonly totalLayers: number;
  /** The same with other context sizes, in the order in which they were asked for; absent where none were. */
  readonly contexts?: { contextSize: number; bytes: number; fits: boolean }[];
}

export interface EstimateOptions {
  /** The llama.cpp instance to judge with; one is made, and let go again, where none is given. */
  llama?: Llama | undefined;
  /** Context wished for, in tokens. Defaults to 8,192, or less where the model was trained with less. */
  contextSize?: number | null | undefined;
  /** What keys and values are kept as; null or absent: 16 bits a number. */
  cacheType?: 'q8_0' | 'q4_0' | null | undefined;
  /** Null or absent: where model and device know it. */
  flashAttention?: boolean | null | undefined;
  /** Null or absent: what fits. */
  gpuLayers?: number | null | undefined;
  /** Other context sizes to ask about as well, in tokens. */
  contextSizes?: readonly number[] | undefined;
  /** Memory this process may use, in bytes. Defaults to what the system (or its container) has free. */
  freeRamBytes?: number | undefined;
}

const DEFAULT_CONTEXT = 8192;
/** Below this a chat loses its thread at once, so a model that only fits with less does not fit. */
const LEAST_CONTEXT = 1024;
/** In tokens. Next to this few, a recurrent state shows. */
const SMALL_CONTEXT = 256;
/** Less than this is not worth words, in bytes. */
const WORTH_SAYING = 2 ** 20;

/**
 * Loads node-llama-cpp, but not the model: seconds at most. Call it where llama.cpp may be loaded (the engine's process).
 * @throws ModelError as `inspectGguf` does.
 */
export async function estimateModel(path: string, options: EstimateOptions = {}): Promise<ModelEstimate> {
  const info = await inspectGguf(path);
  const { getLlama, GgmlType, GgufInsights, LlamaLogLevel, readGgufFileInfo } = await import('node-llama-cpp');
  const llama = options.llama ?? (await getLlama({ gpu: 'auto', build: 'never', progressLogs: false, logLevel: LlamaLogLevel.error }));
  try {
    const insights = await GgufInsights.from(await readGgufFileInfo(path, { logWarnings: false }), llama);
    const freeRam = options.freeRamBytes ?? process.availableMemory();
    const kept = checkpointBytes(await stateBytes(insights));
    const judge = async (size: number) => {
      const wanted = Math.min(size, info.contextLength ?? size);
      const score = await insights.configurationResolver.scoreModelConfigurationCompatibility(
        // As contexts are made, see `createContext`.
        { contextSize: wanted, forceStrictContextSize: true, swaFullCache: true, ...configuration(options, GgmlType) },
        { getRamState: async () => ({ total: totalmem(), free: freeRam }) },
      );
      const { gpuLayers, contextSize, totalVramUsage: vram, totalRamUsage } = score.resolvedValues;
      const ram = totalRamUsage + kept;
      const fits = ram <= freeRam && contextSize >= Math.min(wanted, LEAST_CONTEXT);
      return { fits, ram, freeRam, vram, kept, contextSize, wanted, gpuLayers, totalLayers: insights.totalLayers };
    };
    const judged = await judge(options.contextSize ?? DEFAULT_CONTEXT);
    const { fits, ram, vram, contextSize, gpuLayers, totalLayers } = judged;
    const contexts: NonNullable<ModelEstimate['contexts']> = [];
    for (const size of options.contextSizes ?? []) {
      const other = await judge(size);
      contexts.push({ contextSize: size, bytes: other.ram + other.vram, fits: other.fits });
    }
    return {
      ...{
        fits,
        verdict: sentence(fits, judged),
        ramBytes: ram,
        vramBytes: vram,
        checkpointBytes: kept,
        contextSize,
        gpuLayers,
        totalLayers,
      },
      ...(options.contextSizes === undefined ? {} : { contexts }),
    };
  } finally {
    if (!options.llama) await llama.dispose();
  }
}

/** How a model is asked to be computed, in the library's words. */
function configuration({ cacheType, flashAttention, gpuLayers }: EstimateOptions, types: typeof GgmlTypes) {
  const type = cacheType && { q8_0: types.Q8_0, q4_0: types.Q4_0 }[cacheType];
  return {
    ...(type ? { kvCacheKeyType: type, kvCacheValueType: type } : {}),
    ...(typeof flashAttention === 'boolean' ? { flashAttention } : {}),
    ...(typeof gpuLayers === 'number' ? { forceGpuLayers: gpuLayers } : {}),
  };
}

/** What one state of a recurrent model takes, in bytes: the difference that another sequence makes. */
async function stateBytes(insights: GgufInsights): Promise<number> {
  if (!insights.isRecurrent && !insights.isHybrid) return 0;
  const taken = async (sequences: number) => {
    const options = { contextSize: SMALL_CONTEXT, batchSize: SMALL_CONTEXT, modelGpuLayers: 0, sequences };
    const { cpuRam, gpuVram } = await insights.estimateContextResourceRequirementsV2(options);
    return cpuRam + gpuVram;
  };
  return Math.max(0, (await taken(2)) - (await taken(1)));
}

interface Judged {
  ram: number;
  freeRam: number;
  vram: number;
  kept: number;
  contextSize: number;
  wanted: number;
  gpuLayers: number;
  totalLayers: number;
}

function sentence(fits: boolean, judged: Judged): string {
  const free = `${formatBytes(judged.freeRam)} is free`;
  if (!fits) return `Too large for this machine now: it needs ${formatBytes(judged.ram)} of memory and ${free}.`;
  const where =
    judged.gpuLayers === 0
      ? `It runs on the CPU with ${formatBytes(judged.ram)} of memory; ${free}.`
      : `${judged.gpuLayers} of ${judged.totalLayers} layers run on the GPU (${formatBytes(judged.vram)} there, ${formatBytes(judged.ram)} of memory; ${free}).`;
  const kept = judged.kept < WORTH_SAYING ? '' : ` Up to ${formatBytes(judged.kept)} of it keep the places to go back to in a chat.`;
  const less = judged.contextSize < judged.wanted ? ` Only a context of ${judged.contextSize} tokens fits.` : '';
  return `${where}${kept}${less}`;
}
