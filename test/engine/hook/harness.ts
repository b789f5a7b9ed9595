/** The hook without the engine around it: llama.cpp in this process, and what each batch held. */
import {
  getLlama,
  LlamaLogLevel,
  type Llama,
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { emptySequence } from '../../../electron/engine/worker/borders.ts';
import { SteeringRuntime, type ContextSteering } from '../../../steering/runtime/hook.ts';
import type { PromptPhaseOptions, PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import type { PlanLayer, SteeringPlan } from '../../../steering/runtime/plan.ts';
import { noise, scaled, smallModelPath } from '../support.ts';

interface NativeContext {
  initBatch(size: number): void;
}
type NativeContextConstructor = new (model: object, params: Record<string, unknown>) => NativeContext;

export interface Harness {
  llama: Llama;
  model: LlamaModel;
  runtime: SteeringRuntime;
  /** Made before the runtime was there. */
  unhooked: LlamaContext;
  /** Rows of each batch so far, over all contexts. */
  batches: number[];
  /** Changes what the native context is made with, behind the runtime's back. */
  tamper: { with: ((params: Record<string, unknown>) => Record<string, unknown>) | null };
  d: number;
}

export interface HarnessOptions {
  gpu?: false | 'vulkan' | 'cuda';
  modelPath?: string;
}

export async function startHarness({ gpu = false, modelPath = smallModelPath() }: HarnessOptions = {}): Promise<Harness> {
  const llama = await getLlama({ gpu, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error });
  // The library counts no memory on a device that is a processor, so layers are named and not worked out from it.
  const model = await llama.loadModel({ modelPath, gpuLayers: gpu === false ? 0 : 'max' });
  const unhooked = await model.createContext({ contextSize: 64, batchSize: 64, threads: 1 });
  const batches: number[] = [];
  const tamper: Harness['tamper'] = { with: null };
  const bindings = (llama as unknown as { _bindings: { AddonContext: NativeContextConstructor } })._bindings;
  bindings.AddonContext = new Proxy(bindings.AddonContext, {
    construct(original, [native, params]: [object, Record<string, unknown>]) {
      const context = new original(native, tamper.with === null ? params : tamper.with(params));
      const { initBatch } = context;
      Object.defineProperty(context, 'initBatch', {
        configurable: true,
        value: (size: number) => {
          batches.push(size);
          initBatch.call(context, size);
        },
      });
      return context;
    },
  });
  return { llama, model, runtime: new SteeringRuntime(llama), unhooked, batches, tamper, d: model.embeddingVectorSize };
}

/** One thread: this model is small, and threads that wait for busy cores take seconds a batch. */
export function createBench(harness: Harness, options: { contextSize: number; batchSize: number; sequences?: number }): Promise<Bench> {
  return harness.model.createContext({ ...options, threads: 1 }).then((context) => new Bench(harness, context));
}

/** One context with its steering, and sequences as they are wanted. */
export class Bench {
  readonly context: LlamaContext;
  readonly steering: ContextSteering;
  readonly model: LlamaModel;
  readonly #free: LlamaContextSequence[] = [];

  constructor(harness: Harness, context: LlamaContext) {
    this.context = context;
    this.model = harness.model;
    this.steering = harness.runtime.of(context);
  }

  tokens(text: string): Token[] {
    return this.model.tokenize(text);
  }

  /** Lends an empty sequence. */
  async withSequence<T>(use: (sequence: LlamaContextSequence, id: number) => Promise<T>): Promise<T> {
    const sequence = this.#free.pop() ?? this.context.getSequence();
    await emptySequence(sequence);
    try {
      return await use(sequence, (sequence as unknown as { _sequenceId: number })._sequenceId);
    } finally {
      this.#free.push(sequence);
    }
  }

  /** Evaluates a whole prompt. @throws when the hook faults, or when the prompt's end was not seen. */
  async prompt(sequence: LlamaContextSequence, id: number, tokens: Token[], options: PromptPhaseOptions): Promise<PromptSteering> {
    this.steering.beginPrompt(id, tokens.length, options);
    let result: PromptSteering | null = null;
    try {
      await sequence.evaluateWithoutGeneratingNewTokens(tokens);
    } finally {
      result = this.steering.endPrompt(id);
    }
    if (result === null) throw new Error('The end of the prompt was not seen.');
    return result;
  }

  /** A prompt in a sequence of its own: what steering did, and the rows that entered `capture`'s layers. */
  run(plan: SteeringPlan | null, tokens: Token[], options: { capture: readonly number[]; steer?: boolean }): Promise<PromptSteering> {
    this.steering.setPlan(plan);
    this.steering.setCapture(options.capture);
    return this.withSequence((sequence, id) => this.prompt(sequence, id, tokens, { steer: options.steer ?? plan !== null, capture: true }));
  }
}

/** A layer that reads a direction of its own. */
export function reading(layer: number, d: number, tau: number, scale: number): NonNullable<PlanLayer['read']> {
  return { w: scaled(noise(d, 100 + layer), 1), tau, scale };
}

/** A layer that writes a direction of its own, strongly enough to show. */
export function writing(layer: number, d: number, lambda = 1): NonNullable<PlanLayer['write']> {
  return { r: scaled(noise(d, 200 + layer), 100), lambda };
}

export function plan(layers: PlanLayer[], change: Partial<SteeringPlan> = {}): SteeringPlan {
  return { pooling: 'own', clip: true, strength: 1, layers, ...change };
}

/** Thresholds at which the gate is all open (1) or all shut (0), whatever the score. */
export const OPEN = { tau: -1e6, scale: 1 } as const;
export const SHUT = { tau: 1e6, scale: 1 } as const;

/** The row of one captured layer. */
export function rowOf(result: PromptSteering, slot: number, d: number): Float32Array {
  return result.rows!.subarray(slot * d, (slot + 1) * d);
}

/** ‖a − b‖ / ‖b‖ */
export function difference(a: Float32Array, b: Float32Array): number {
  let apart = 0;
  let size = 0;
  a.forEach((x, i) => {
    apart += (x - b[i]!) ** 2;
    size += b[i]! ** 2;
  });
  return Math.sqrt(apart / size);
}
