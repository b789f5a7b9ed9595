/**
 * Attaches steering to node-llama-cpp contexts.
 *
 * `SteeringRuntime` wraps the constructor of the library's native context, so that every context is born with a hook
 * (node-llama-cpp makes probe contexts of its own; only the one that `createContext` returns is kept). `ContextSteering`
 * then follows what is added to each batch, and tells the hook which rows are the end of a turn's prompt.
 *
 * The prompt phase is explicit: the caller says `beginPrompt(sequence, tokens, …)` before it evaluates a turn's prompt.
 * Nothing is guessed from batch sizes, since a prompt can be one token and a decode step can be many.
 */
import type { Llama, LlamaContext } from 'node-llama-cpp';
import { SteeringError } from '../errors.ts';
import type { AccessMode, NativeHook } from '../native/binding.ts';
import { loadNative } from '../native/load.ts';
import type { SteeringPlan } from './plan.ts';

/** What steering did to one prompt. Arrays are parallel, ascending by layer. */
export interface PromptSteering {
  layers: number[];
  /** c_l = h_l(last)·w_l; NaN where a layer only writes. */
  scores: number[];
  /** g that the layer wrote with; 0 means it added exactly nothing. */
  gates: number[];
  /** Whether any vector that was not zero was added. */
  steered: boolean;
  /** The gate to evaluate the prompt with once more (see `passes` in plan.ts); 0 when once was enough. */
  secondPassGate: number;
  /** Captured rows, [capture layers × d] flat; null when not captured. */
  rows: Float32Array | null;
}

interface PromptPhase {
  remaining: number;
  steer: boolean;
  capture: boolean;
  /** NaN in a first pass. */
  gate: number;
  result: PromptSteering | null;
}

/** The parts of node-llama-cpp's native context that are followed. */
interface AddonContext {
  initBatch(size: number): void;
  addToBatch(sequenceId: number, firstTokenSequenceIndex: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
}
interface AddonContextParams {
  contextSize?: number;
  batchSize?: number;
  sequences?: number;
}
type AddonContextConstructor = new (model: object, params: AddonContextParams) => AddonContext;
interface LlamaInternals {
  _bindings: { AddonContext: AddonContextConstructor };
}

const FLAG_STEER = 1;
const FLAG_CAPTURE = 2;

/** Steering of one context. Made by `SteeringRuntime`; reached through `SteeringRuntime.of(context)`. */
export class ContextSteering {
  readonly #hook: NativeHook;
  readonly #phases = new Map<number, PromptPhase>();
  #spans: number[] = [];
  #gates: number[] = [];
  #spanPhases: PromptPhase[] = [];
  #rows = 0;
  #probing = false;

  constructor(context: AddonContext, hook: NativeHook) {
    this.#hook = hook;
    this.#follow(context);
  }

  /** Sets what is steered from the next prompt on; null steers nothing. The caller clears the cache: old rows stay. */
  setPlan(plan: SteeringPlan | null): void {
    this.#hook.setPlan(plan);
  }

  /** Layers whose last prompt row is captured by prompts that ask for it. */
  setCapture(layers: readonly number[]): void {
    this.#hook.setCapture(Int32Array.from(layers));
  }

  /** For tests and diagnostics: how rows on a device are reached. */
  setAccessMode(mode: AccessMode): void {
    this.#hook.setAccessMode(mode);
  }

  /** How many additions were made in host memory, by transfer and on the device. */
  counters(): { host: number; transfer: number; device: number } {
    return this.#hook.counters();
  }

  /**
   * Says that the next `tokens` tokens of `sequence` are a turn's prompt. They may come in several batches; the one
   * with the last token is read and steered (its rows only). Call `endPrompt` after evaluating. `gate` makes it a second
   * pass: nothing is read, and every layer writes with that gate.
   */
  beginPrompt(sequence: number, tokens: number, options: { steer: boolean; capture?: boolean; gate?: number }): void {
    if (tokens < 1) throw new SteeringError('bad-input', 'A prompt has at least one token.');
    this.#phases.set(sequence, {
      remaining: tokens,
      steer: options.steer,
      capture: options.capture ?? false,
      gate: options.gate ?? NaN,
      result: null,
    });
  }

  /** What steering did to the prompt of `sequence`. Null when its last token was not evaluated. */
  endPrompt(sequence: number): PromptSteering | null {
    const phase = this.#phases.get(sequence);
    this.#phases.delete(sequence);
    return phase?.result ?? null;
  }

  /** Runs `decode` and tells which layers' residual streams can be reached in this model. */
  async probe(decode: () => Promise<void>): Promise<number[]> {
    this.#probing = true;
    try {
      await decode();
    } finally {
      this.#probing = false;
    }
    return this.#hook.seenLayers().sort((a, b) => a - b);
  }

  #follow(context: AddonContext): void {
    const { initBatch, addToBatch, decodeBatch } = context;
    const followed: AddonContext = {
      initBatch: (size) => {
        this.#spans = [];
        this.#gates = [];
        this.#spanPhases = [];
        this.#rows = 0;
        initBatch.call(context, size);
      },
      addToBatch: (sequence, first, tokens, logits) => {
        const answer = addToBatch.call(context, sequence, first, tokens, logits);
        this.#noteRows(sequence, tokens.length);
        return answer;
      },
      decodeBatch: async () => {
        if (this.#probing) this.#hook.beginProbe();
        else this.#hook.beginBatch(Int32Array.from(this.#spans), Float32Array.from(this.#gates), this.#rows);
        let fault: string | null = null;
        try {
          await decodeBatch.call(context);
        } finally {
          fault = this.#hook.endBatch();
        }
        if (fault !== null) throw new SteeringError('model-not-steerable', `Steering could not be applied: ${fault}.`);
        this.#collect();
      },
    };
    // Own properties, since the native prototype's are read-only.
    for (const [name, value] of Object.entries(followed)) Object.defineProperty(context, name, { value });
  }

  #noteRows(sequence: number, count: number): void {
    const begin = this.#rows;
    this.#rows += count;
    const phase = this.#phases.get(sequence);
    if (phase === undefined || phase.remaining <= 0) return;
    phase.remaining -= count;
    if (phase.remaining < 0) throw new SteeringError('bad-input', 'More tokens were evaluated than the prompt has.');
    if (phase.remaining > 0) return; // an earlier batch of a long prompt
    this.#spans.push(sequence, begin, this.#rows, (phase.steer ? FLAG_STEER : 0) | (phase.capture ? FLAG_CAPTURE : 0));
    this.#gates.push(phase.gate);
    this.#spanPhases.push(phase);
  }

  #collect(): void {
    this.#spanPhases.forEach((phase, span) => {
      const { layers, scores, gates, steered, pooled } = this.#hook.scores(span);
      phase.result = {
        layers: [...layers],
        scores: [...scores],
        gates: [...gates],
        steered,
        secondPassGate: pooled,
        rows: phase.capture ? this.#hook.rows(span) : null,
      };
    });
    this.#spanPhases = [];
  }
}

/** Hooks every context that a llama instance makes. Install once, before the first `createContext`. */
export class SteeringRuntime {
  readonly #steering = new WeakMap<object, ContextSteering>();

  /** @throws SteeringError `native-addon-missing` or `native-addon-mismatch`. */
  constructor(llama: Llama) {
    const addon = loadNative();
    const bindings = (llama as unknown as LlamaInternals)._bindings;
    const steering = this.#steering;
    bindings.AddonContext = new Proxy(bindings.AddonContext, {
      construct(target, args: [object, AddonContextParams]) {
        const context = new target(...args);
        // Unified: rows keep the batch's order. With a cache split by sequence llama.cpp regroups them.
        const hook = new addon.SteeringHook(context, { unified: true });
        assertSameLayout(hook, args[1]);
        steering.set(context, new ContextSteering(context, hook));
        return context;
      },
    });
  }

  /** The steering of a context that this runtime's llama made. */
  of(context: LlamaContext): ContextSteering {
    const found = this.#steering.get((context as unknown as { _ctx: object })._ctx);
    if (found === undefined) throw new SteeringError('native-addon-mismatch', 'This context was made without steering.');
    return found;
  }
}

/** What was asked for must be what the addon reads through its own idea of the struct; else the layouts differ. */
function assertSameLayout(hook: NativeHook, asked: AddonContextParams): void {
  const read = hook.contextParams;
  const same =
    (asked.contextSize === undefined || asked.contextSize === read.contextSize) &&
    (asked.batchSize === undefined || (asked.batchSize === read.batchSize && asked.batchSize === read.microBatchSize)) &&
    (asked.sequences === undefined || asked.sequences === read.sequences);
  if (!same) {
    throw new SteeringError('native-addon-mismatch', 'The steering addon and the engine library disagree about memory layout.', {
      hint: 'Run `node build/native.ts --force` to build the addon again.',
      details: { asked: { ...asked }, read },
    });
  }
}
