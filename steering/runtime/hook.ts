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
import type { AccessMode, AskedContext, NativeAddon, NativeHook } from '../native/binding.ts';
import { loadNative } from '../native/load.ts';
import { MOST_PROBES, type SteeringPlan } from './plan.ts';
import { newPhase, resultOf, type PromptPhase, type PromptPhaseOptions, type PromptSteering } from './prompt-phase.ts';
import { notePeaks } from './token-reading.ts';

/** A span of the coming batch and whose it is. */
interface Span {
  phase: PromptPhase;
  /** Its last token, counted from the prompt's first. */
  at: number;
  steer: boolean;
  capture: boolean;
}

/** The parts of node-llama-cpp's native context that are followed. */
interface AddonContext {
  initBatch(size: number): void;
  addToBatch(sequenceId: number, firstTokenSequenceIndex: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
}
type AddonContextConstructor = new (model: object, params: AskedContext) => AddonContext;
interface LlamaInternals {
  _bindings: { AddonContext: AddonContextConstructor };
}

/** A smaller batch costs more a row and says little of a long one. */
const PACE_FROM = 24;
const MOST_GUESSED = 0.97;

const FLAG_STEER = 1;
const FLAG_CAPTURE = 2;
const FLAG_FIRST = 4;
const FLAG_LAST = 8;

/** Steering of one context. Made by `SteeringRuntime`; reached through `SteeringRuntime.of(context)`. */
export class ContextSteering {
  readonly #hook: NativeHook;
  readonly #phases = new Map<number, PromptPhase>();
  /** Sequences whose tokens are written to outside of prompts as well, and with which gate. */
  readonly #open = new Map<number, number>();
  #spans: number[] = [];
  #gates: number[] = [];
  /** Null: a span that is written to outside of a prompt, of which nothing is collected. */
  #spanOwners: (Span | null)[] = [];
  #rows = 0;
  #captureOnly = true;
  #probing = false;
  #sealed = false;
  /** Rows of batches that were evaluated, and since when one is under way; milliseconds. */
  #evaluated = 0;
  #decodingSince: number | null = null;
  /** Rows a millisecond, of the last batch that was large enough to tell; null before. */
  #pace: number | null = null;
  #plan: SteeringPlan | null = null;

  constructor(context: AddonContext, hook: NativeHook) {
    this.#hook = hook;
    this.#follow(context);
  }

  /** Sets what is steered from the next prompt on; null steers nothing. The caller clears the cache: old rows stay. */
  setPlan(plan: SteeringPlan | null): void {
    this.#plan = plan;
    this.#hook.setPlan(plan);
  }

  /** Whether the plan reads every token, and in a pass of its own. */
  get readsEvery(): boolean {
    return this.readsFirst && this.#plan?.reading === 'every';
  }

  /** Whether the plan reads in a pass of its own, so that what is read can stay unwritten. */
  get readsFirst(): boolean {
    return this.#plan?.passes === 2;
  }

  /** Layers whose prompt rows are captured by prompts that ask for it. */
  setCapture(layers: readonly number[]): void {
    this.#hook.setCapture(Int32Array.from(layers));
  }

  /** For tests and diagnostics: how rows on a device are reached. */
  setAccessMode(mode: AccessMode): void {
    this.#hook.setAccessMode(mode);
  }

  /**
   * While `on`, every batch fails, the one under way at its next operation: what it computed so far is thrown away, so that
   * stopping changes no cut. A GPU ends its batch first.
   */
  interrupt(on: boolean): void {
    this.#hook.interrupt(on);
  }

  /**
   * Rows that were evaluated since the context was made. Of the batch under way nothing is known before its end: what it has probably
   * done, at the pace of the batches before, never all of it.
   */
  rowsEvaluated(): number {
    if (this.#decodingSince === null || this.#pace === null) return this.#evaluated;
    const done = (performance.now() - this.#decodingSince) * this.#pace;
    return this.#evaluated + Math.min(done, MOST_GUESSED * this.#rows);
  }

  /** How many additions were made in host memory, by transfer and on the device. */
  counters(): { host: number; transfer: number; device: number } {
    return this.#hook.counters();
  }

  /**
   * Says that the next `tokens` tokens of `sequence` are a turn's prompt. They may come in several batches; the one
   * with the last token is steered (its rows only), in a second pass all of them; read is that token, or every one of all
   * batches. Call `endPrompt` after evaluating.
   */
  beginPrompt(sequence: number, tokens: number, options: PromptPhaseOptions): void {
    if (tokens < 1) throw new SteeringError('bad-input', 'A prompt has at least one token.');
    this.#phases.set(sequence, newPhase(tokens, options));
  }

  /** The widest u of any probe at the tokens read so far of what `beginPrompt` began; −∞ before the first. No second stage is asked. */
  widestSoFar(sequence: number): number {
    return Math.max(-Infinity, ...(this.#phases.get(sequence)?.seen.peaks ?? []));
  }

  /** What steering did to the prompt of `sequence`. Null when its last token was not evaluated. */
  endPrompt(sequence: number): PromptSteering | null {
    const phase = this.#phases.get(sequence);
    this.#phases.delete(sequence);
    return phase === undefined ? null : resultOf(phase, this.#plan);
  }

  /**
   * Has every token of `sequence` that is evaluated outside of a prompt written to with `gate`, from the next batch on; 0 ends that.
   * Nothing is read of them.
   */
  keepOpen(sequence: number, gate: number): void {
    if (gate > 0) this.#open.set(sequence, gate);
    else this.#open.delete(sequence);
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

  /**
   * Runs `task`, in which nothing of this context may be evaluated, by whomever: where the library would, behind its caller's back
   * and unsteered, it fails.
   * @throws SteeringError `model-not-steerable`
   */
  async withoutDecoding<T>(task: () => Promise<T>): Promise<T> {
    this.#sealed = true;
    try {
      return await task();
    } finally {
      this.#sealed = false;
    }
  }

  #follow(context: AddonContext): void {
    const { initBatch, addToBatch, decodeBatch } = context;
    const followed: AddonContext = {
      initBatch: (size) => {
        this.#spans = [];
        this.#gates = [];
        this.#spanOwners = [];
        this.#rows = 0;
        this.#captureOnly = true;
        initBatch.call(context, size);
      },
      addToBatch: (sequence, first, tokens, logits) => {
        const answer = addToBatch.call(context, sequence, first, tokens, logits);
        this.#noteRows(sequence, tokens.length);
        return answer;
      },
      decodeBatch: async () => {
        if (this.#sealed) throw new SteeringError('model-not-steerable', 'Text was to be evaluated where steering does not see it.');
        if (this.#probing) this.#hook.beginProbe();
        else this.#hook.beginBatch(Int32Array.from(this.#spans), Float32Array.from(this.#gates), this.#rows, this.#captureOnly);
        let fault: string | null = null;
        const began = performance.now();
        this.#decodingSince = began;
        try {
          await decodeBatch.call(context);
        } finally {
          this.#decodingSince = null;
          fault = this.#hook.endBatch();
        }
        this.#evaluated += this.#rows;
        if (this.#rows >= PACE_FROM) this.#pace = this.#rows / Math.max(1, performance.now() - began);
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
    this.#captureOnly &&= phase !== undefined && !phase.steer && phase.capture.length > 0;
    if (phase === undefined) {
      const gate = this.#open.get(sequence);
      if (gate === undefined) return;
      this.#spans.push(sequence, begin, this.#rows, FLAG_STEER);
      this.#gates.push(gate);
      this.#spanOwners.push(null);
      return;
    }
    if (phase.done >= phase.tokens) return;
    const first = phase.done;
    phase.done += count;
    if (phase.done > phase.tokens) throw new SteeringError('bad-input', 'More tokens were evaluated than the prompt has.');
    // The span that is written to is all of a batch's; a token that is read or captured by itself is a span of one row.
    const span = (from: number, at: number, what: { steer?: boolean; capture?: boolean }): void => {
      const { steer = false, capture = false } = what;
      const flags =
        (steer ? FLAG_STEER : 0) |
        (capture ? FLAG_CAPTURE : 0) |
        (at === phase.readFrom + phase.stride - 1 ? FLAG_FIRST : 0) |
        (at === phase.tokens - 1 ? FLAG_LAST : 0);
      this.#spans.push(sequence, begin + from - first, begin + at - first + 1, flags);
      this.#gates.push(phase.gate);
      this.#spanOwners.push({ phase, at, steer, capture });
    };
    for (const at of phase.capture) if (at >= first && at < phase.done) span(at, at, { capture: true });
    if (!phase.steer) return;
    if (this.#plan?.reading === 'every' && Number.isNaN(phase.gate)) {
      for (let at = Math.max(first, phase.readFrom); at < phase.done; at++) {
        if ((at - phase.readFrom + 1) % phase.stride === 0) span(at, at, { steer: true });
      }
    } else if (phase.done === phase.tokens || !Number.isNaN(phase.gate)) {
      // A second pass knows its gate from the start: a prompt of several batches is written to as a whole.
      span(first, phase.done - 1, { steer: true });
    }
  }

  #collect(): void {
    this.#spanOwners.forEach((owner, span) => {
      if (owner === null) return;
      const { phase, at, steer, capture } = owner;
      if (capture) phase.captured.push(this.#hook.rows(span));
      if (steer) this.#collectRead(phase, at, span);
    });
    this.#spanOwners = [];
  }

  #collectRead(phase: PromptPhase, at: number, span: number): void {
    const readings = this.#hook.readings(span);
    const { peaks } = phase.seen;
    const widest = Math.max(...peaks);
    // A span that is only written to, as in a second pass, may end before the first token that is read.
    notePeaks(phase.seen, Math.max(at - phase.readFrom, 0), readings);
    if (!Number.isNaN(readings[MOST_PROBES]!)) phase.confirmation = readings[MOST_PROBES]!;
    // A first span counts whatever it reads, a later one only where it opens the gate wider.
    if (phase.result !== null && Math.max(...peaks) <= widest) return;
    const { layers, scores, gates, steered } = this.#hook.scores(span);
    phase.result = {
      layers: [...layers],
      scores: [...scores],
      gates: [...gates],
      steered,
      secondPassGate: 0,
      readAt: at,
      reading: null,
      rows: null,
    };
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
      construct(target, args: [object, AskedContext]) {
        const context = new target(...args);
        // Unified: rows keep the batch's order. With a cache split by sequence llama.cpp regroups them.
        const hook = putHook(addon, context, { unified: true, asked: args[1] });
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

/** A native context's memory must read as what it was made with, or the addon would write into something else. */
function putHook(addon: NativeAddon, context: object, options: { unified: boolean; asked: AskedContext }): NativeHook {
  try {
    return new addon.SteeringHook(context, options);
  } catch (cause) {
    throw new SteeringError('native-addon-mismatch', 'The steering addon and the engine library disagree about memory layout.', {
      hint: 'Run `node build/native.ts --force` to build the addon again.',
      details: { asked: { ...options.asked }, reason: (cause as Error).message },
      cause,
    });
  }
}
