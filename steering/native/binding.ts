/** What the native addon exports, for TypeScript. `hook_binding.cc` and `linalg.cc` are the other side. */
import type { SteeringPlan } from '../runtime/plan.ts';

/** How the hook reaches rows on a device; 'auto' in use, the others to test one way against another. */
export type AccessMode = 'auto' | 'transfer' | 'device';

export interface NativeSpanScores {
  /** Layers of the plan, ascending. */
  layers: Int32Array;
  /** c_l; NaN where a layer only writes. */
  scores: Float32Array;
  /** g that the layer wrote with. */
  gates: Float32Array;
  /** Whether any vector that was not zero was added. */
  steered: boolean;
}

/** What node-llama-cpp makes a native context with, as far as the addon reads it back. */
export interface AskedContext {
  contextSize?: number;
  batchSize?: number;
  sequences?: number;
}

export interface NativeHook {
  setPlan(plan: SteeringPlan | null): void;
  setCapture(layers: Int32Array): void;
  setAccessMode(mode: AccessMode): void;
  /**
   * `spans` holds [sequence, begin, end, flags] a span (flags: 1 steer, 2 capture, 4 the first token that is read, 8 the prompt's last), `gates`
   * the gate of a second pass or NaN; `rows` is the batch's number of tokens. `captureOnly`: nothing but captured rows is wanted of this batch, so the
   * model may be left once the last captured layer has come by.
   */
  beginBatch(spans: Int32Array, gates: Float32Array, rows: number, captureOnly: boolean): void;
  beginProbe(): void;
  /** Null when the batch may be trusted, else why not. */
  endBatch(): string | null;
  scores(span: number): NativeSpanScores;
  /**
   * What was read at the span's last row; cheaper than `scores`. [0…7]: the mean u of each probe, before G; −∞ where it read nothing.
   * [8]: z of the second stage; NaN but at a prompt's last token.
   */
  readings(span: number): Float64Array;
  /** [captured layers × d], flat. */
  rows(span: number): Float32Array;
  seenLayers(): number[];
  /** While true every batch fails at its next operation, the one under way too. On the CPU; a GPU ends its batch first. */
  interrupt(on: boolean): void;
  counters(): { host: number; transfer: number; device: number };
}

/** Rises whenever what crosses between here and the addon changes; `addon.cc` holds the same number. */
export const NATIVE_INTERFACE = 8;

export interface NativeAddon {
  readonly interfaceVersion?: number;
  readonly builtFor: string;
  /** Both of the above as one text, which stands in the file as it is. */
  readonly identity: string;
  /**
   * Puts a hook into a native llama.cpp context that has not been initialised yet. `asked` is what the context was made with.
   * @throws Error `native-addon-mismatch`, before anything is written, where the context's memory reads otherwise.
   */
  SteeringHook: new (addonContext: object, options: { unified: boolean; asked: AskedContext }) => NativeHook;
  /**
   * Gives an initialised native context worker threads that live as long as it does. False where this llama.cpp has no
   * such thing, or for one thread, which needs none.
   */
  attachThreadpool(addonContext: object, threads: number): boolean;
}
