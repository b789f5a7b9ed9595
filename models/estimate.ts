/** What loading a model would take on this machine, judged from its header before anything is loaded. */
import { totalmem } from 'node:os';
import type { Llama } from 'node-llama-cpp';
import { inspectGguf } from './inspect.ts';
import { formatBytes } from './text.ts';

export interface ModelEstimate {
  readonly fits: boolean;
  /** One sentence for a person. */
  readonly verdict: string;
  readonly ramBytes: number;
  readonly vramBytes: number;
  /** In tokens: the largest context that fits, up to the one asked for. */
  readonly contextSize: number;
  readonly gpuLayers: number;
  /** Blocks and the output layer, as llama.cpp counts what it can offload. */
  readonly totalLayers: number;
}

export interface EstimateOptions {
  /** The llama.cpp instance to judge with; one is made, and let go again, where none is given. */
  llama?: Llama | undefined;
  /** Context wished for, in tokens. Defaults to 8,192, or less where the model was trained with less. */
  contextSize?: number | undefined;
  /** Memory this process may use, in bytes. Defaults to what the system (or its container) has free. */
  freeRamBytes?: number | undefined;
}

const DEFAULT_CONTEXT = 8192;
/** Below this a chat loses its thread at once, so a model that only fits with less does not fit. */
const LEAST_CONTEXT = 1024;

/**
 * Loads node-llama-cpp, but not the model: seconds at most. Call it where llama.cpp may be loaded (the engine's process).
 * @throws ModelError as `inspectGguf` does.
 */
export async function estimateModel(path: string, options: EstimateOptions = {}): Promise<ModelEstimate> {
  const info = await inspectGguf(path);
  const { getLlama, GgufInsights, LlamaLogLevel, readGgufFileInfo } = await import('node-llama-cpp');
  const llama = options.llama ?? (await getLlama({ gpu: 'auto', build: 'never', progressLogs: false, logLevel: LlamaLogLevel.error }));
  try {
    const insights = await GgufInsights.from(await readGgufFileInfo(path, { logWarnings: false }), llama);
    const wanted = Math.min(options.contextSize ?? DEFAULT_CONTEXT, info.contextLength ?? DEFAULT_CONTEXT);
    const freeRam = options.freeRamBytes ?? process.availableMemory();
    const score = await insights.configurationResolver.scoreModelConfigurationCompatibility(
      // As contexts are made, see `createContext`.
      { contextSize: wanted, forceStrictContextSize: true, swaFullCache: true },
      { getRamState: async () => ({ total: totalmem(), free: freeRam }) },
    );
    const { gpuLayers, contextSize, totalRamUsage, totalVramUsage } = score.resolvedValues;
    const fits = totalRamUsage <= freeRam && contextSize >= Math.min(wanted, LEAST_CONTEXT);
    return {
      fits,
      verdict: sentence(fits, {
        ram: totalRamUsage,
        freeRam,
        vram: totalVramUsage,
        contextSize,
        wanted,
        gpuLayers,
        totalLayers: insights.totalLayers,
      }),
      ramBytes: totalRamUsage,
      vramBytes: totalVramUsage,
      contextSize,
      gpuLayers,
      totalLayers: insights.totalLayers,
    };
  } finally {
    if (!options.llama) await llama.dispose();
  }
}

interface Judged {
  ram: number;
  freeRam: number;
  vram: number;
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
  return judged.contextSize < judged.wanted ? `${where} Only a context of ${judged.contextSize} tokens fits.` : where;
}
