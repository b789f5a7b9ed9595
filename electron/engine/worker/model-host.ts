/** The one loaded model: llama.cpp, its chat context, and what steering can reach. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { getLlama, type Llama, type LlamaContext, type LlamaModel, type LlamaModelOptions } from 'node-llama-cpp';
import { SteadyError } from '../../contract/errors.ts';
import { SteeringError } from '../../../steering/errors.ts';
import { SteeringRuntime } from '../../../steering/runtime/hook.ts';
import type { ComputeWishes, LoadedModel } from '../protocol.ts';
import type { ChatTemplate } from './chat-template.ts';
import { describeCompute } from './compute.ts';
import { probeLayers, type Reach } from './probe-layers.ts';
import { keepThreads } from './threadpool.ts';
import { usableTemplate } from './usable-template.ts';
import { wholePrompts } from './whole-prompts.ts';

/** Steering acts on the batch that holds a prompt's last token, so batches are as long as memory allows. */
export const BATCH_SIZE = 2048;
/** Enough for long chats; a larger context costs memory whether it is used or not. */
const DEFAULT_CONTEXT_SIZE = 8192;

export interface LoadedHost {
  llama: Llama;
  model: LlamaModel;
  template: ChatTemplate;
  runtime: SteeringRuntime;
  threads: number;
  info: LoadedModel;
  /** The context that chats run in, made with the hook. */
  context: LlamaContext;
}

export interface LoadOptions {
  modelPath: string;
  gpu: 'auto' | false;
  contextSize: number | null;
  wishes?: ComputeWishes | undefined;
  onProgress(progress: number): void;
  onLog(level: string, message: string): void;
}

/**
 * More threads than free cores make llama.cpp's workers wait for each other: 3.6 s instead of 8 ms a token was measured.
 * `STEADY_THREADS` overrides the count, for machines whose cores are busy with other work.
 * @param wished what the model is set to; more than there are cores count as all of them
 */
export function threadCount(llama: Pick<Llama, 'cpuMathCores'>, wished: number | null = null): number {
  const asked = Number(process.env['STEADY_THREADS']);
  if (Number.isInteger(asked) && asked > 0) return asked;
  return Math.max(1, Math.min(availableParallelism(), wished ?? llama.cpuMathCores));
}

/** Loads a model. The native addon is checked before anything big is read. */
export async function loadHost(options: LoadOptions): Promise<LoadedHost> {
  const llama = await getLlama({
    gpu: options.gpu,
    build: 'never',
    maxThreads: availableParallelism(),
    logger: (level, message) => options.onLog(level, message.trimEnd()),
  });
  try {
    const runtime = new SteeringRuntime(llama);
    const threads = threadCount(llama, options.wishes?.threads);
    const model = await loadModel(llama, options);
    const metadata = model.fileInfo.metadata;
    const tokens = { bos: model.tokens.bosString ?? '', eos: model.tokens.eosString ?? '' };
    const isControlToken = (text: string) => model.tokenize(text, true).length === 1;
    const own = metadata.tokenizer.chat_template ?? null;
    const { template, source, note } = usableTemplate(own, tokens, isControlToken, options.wishes?.template);
    const trained = model.trainContextSize;
    const contextSize = Math.min(options.contextSize ?? DEFAULT_CONTEXT_SIZE, trained);
    const batchSize = Math.min(BATCH_SIZE, contextSize);
    const context = await createContext(model, { contextSize, batchSize, sequences: 1, threads });
    const reach = await reachOf(runtime, context);
    const info: LoadedModel = {
      name: metadata.general.name ?? model.filename ?? 'model',
      architecture: metadata.general.architecture,
      embeddingLength: model.embeddingVectorSize,
      layerCount: model.fileInsights.totalLayers - 1, // the library counts the output layer
      trainContextSize: trained,
      contextSize: context.contextSize,
      chatTemplateSha256: createHash('sha256').update(source).digest('hex'),
      templateNote: note,
      reasoningChoices: template.reasoning.format === null ? null : template.reasoning.choices,
      steerableLayers: reach.layers,
      steeringProblem: reach.problem,
      compute: await describeCompute(llama, model, threads, { gpu: options.gpu, layers: gpuLayersOf(options) }),
    };
    return { llama, model, template, runtime, threads, info, context };
  } catch (error) {
    await disposeLlama(llama);
    throw error;
  }
}

/** What disposing may take. */
const DISPOSE_WITHIN_MS = 5000;

/**
 * Lets go of llama.cpp and its model. The library waits for ever on a context whose making failed; what waits for this
 * (the error to be told, the next model to be loaded) must not.
 */
export async function disposeLlama(llama: Llama): Promise<void> {
  await Promise.race([llama.dispose(), new Promise((resolve) => setTimeout(resolve, DISPOSE_WITHIN_MS).unref())]);
}

type GpuLayers = NonNullable<LlamaModelOptions['gpuLayers']>;

/** How many layers go to the GPU: what STEADY_GPU_LAYERS says, what the model is set to, or what fits. */
function gpuLayersOf({ contextSize, wishes }: LoadOptions): GpuLayers {
  const wished = wishedLayers(process.env['STEADY_GPU_LAYERS']);
  if (wished !== 'auto') return wished;
  // Left to itself the library keeps room for a context of its own choice.
  return wishes?.gpuLayers ?? (contextSize === null ? 'auto' : { fitContext: { contextSize } });
}

/**
 * What every context of a model is made with where nobody says otherwise, so that a calibration reads what the chat does. What is absent
 * the library chooses.
 */
function contextDefaults({ cacheType, flashAttention }: ComputeWishes): Omit<LlamaModelOptions, 'modelPath'> {
  const type = cacheType && CACHE_TYPES[cacheType];
  return {
    ...(typeof flashAttention === 'boolean' ? { defaultContextFlashAttention: flashAttention } : {}),
    ...(type ? { experimentalDefaultContextKvCacheKeyType: type, experimentalDefaultContextKvCacheValueType: type } : {}),
  };
}
const CACHE_TYPES = { q8_0: 'Q8_0', q4_0: 'Q4_0' } as const;

/** What STEADY_GPU_LAYERS says, for a driver that does not say how much memory it has; `auto` where it says nothing. */
export function wishedLayers(wish: string | undefined): 'auto' | 'max' | number {
  if (wish === 'max') return wish;
  return wish !== undefined && /^\d{1,4}$/.test(wish) ? Number(wish) : 'auto';
}

async function loadModel(llama: Llama, options: LoadOptions): Promise<LlamaModel> {
  try {
    return await llama.loadModel({
      modelPath: options.modelPath,
      gpuLayers: gpuLayersOf(options),
      ...contextDefaults(options.wishes ?? {}),
      onLoadProgress: (progress) => options.onProgress(Math.min(1, progress)),
    });
  } catch (cause) {
    const text = String((cause as Error).message ?? cause);
    if (/insufficient|memory|vram|allocate/i.test(text)) {
      throw new SteadyError('model-too-large', 'This machine has not enough memory for this model.', {
        hint: 'Close other programs or choose a smaller model.',
        cause,
      });
    }
    throw new SteadyError('model-damaged', 'The model could not be loaded.', {
      hint: 'The file may be damaged, or of a kind this version cannot read. Fetch it again, or choose another.',
      details: { reason: text },
      cause,
    });
  }
}

/** A context, or a clear error when memory does not suffice. */
export async function createContext(
  model: LlamaModel,
  options: { contextSize: number; batchSize: number; sequences: number; threads: number },
): Promise<LlamaContext> {
  try {
    const context = await model.createContext({
      ...options,
      // With a cache of the window alone the library drops a sequence that is cut back behind it and evaluates what is
      // left anew by itself: unsteered, and cut into other batches.
      swaFullCache: true,
      failedCreationRemedy: false,
      batching: { itemPrioritizationStrategy: wholePrompts },
    });
    keepThreads(context, options.threads);
    return context;
  } catch (cause) {
    // The hook's own complaints are no lack of memory.
    if (cause instanceof SteeringError) throw cause;
    throw new SteadyError('model-too-large', `This machine has not enough memory for a context of ${options.contextSize} tokens.`, {
      hint: 'Close other programs, choose a smaller model or a shorter context.',
      cause,
    });
  }
}

/** Memory of the machine that a context takes, in bytes; the weights count as free memory anyway, since they are read from the file. */
export async function contextBytes({
  contextSize,
  batchSize,
  flashAttention,
  kvCacheKeyType,
  kvCacheValueType,
  model,
}: LlamaContext): Promise<number> {
  const { cpuRam } = await model.fileInsights.estimateContextResourceRequirementsV2({
    ...{ contextSize, batchSize, flashAttention, kvCacheKeyType, kvCacheValueType },
    modelGpuLayers: model.gpuLayers,
    swaFullCache: true,
  });
  return cpuRam;
}

/** Whether some of what a model has read is a state that is overwritten with every token, instead of a row a token (see borders.ts). */
export function keepsState({ fileInsights }: LlamaModel): boolean {
  return fileInsights.isRecurrent || fileInsights.isHybrid;
}

async function reachOf(runtime: SteeringRuntime, context: LlamaContext): Promise<Reach> {
  const { model } = context;
  const token = model.tokens.bos ?? model.tokens.eos ?? model.tokenize('a')[0]!;
  const sequence = context.getSequence();
  try {
    return await probeLayers(runtime.of(context), sequence, token, {
      blocks: model.fileInsights.totalLayers - 1,
      architecture: model.fileInfo.metadata.general.architecture,
    });
  } finally {
    await sequence.dispose();
  }
}
