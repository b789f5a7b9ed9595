/**
 * The native linear algebra for TypeScript, and how its jobs are run: a few at a time, cancellable, never on this thread.
 * `steering/native/src/linalg.cc` is the other side.
 */
import { availableParallelism } from 'node:os';
import { SteeringError } from '../errors.ts';
import { loadNative } from '../native/load.ts';

type Ticker = (stage: number, done: number) => void;

/** A Gram matrix that grows. One job at a time. */
export interface NativeGram {
  readonly count: number;
  readonly weight: number;
  add(rows: Float32Array, weights: Float64Array | null, flag: Int32Array, tick?: Ticker): Promise<void>;
  merge(other: NativeGram, flag: Int32Array, tick?: Ticker): Promise<void>;
  save(flag: Int32Array, tick?: Ticker): Promise<Uint8Array>;
  load(bytes: Uint8Array, flag: Int32Array, tick?: Ticker): Promise<void>;
}

export interface NativeSolution {
  rank: number;
  w: Float32Array;
  keptLargest: number;
  cutSmallest: number;
  benignResidual: number;
  wNorm: number;
  harmfulScores: Float32Array;
}

export interface NativeNullSpace {
  fromGram(gram: NativeGram, minRank: number, flag: Int32Array, tick?: Ticker): Promise<void>;
  fromRows(rows: Float32Array, d: number, weights: Float64Array | null, minRank: number, flag: Int32Array, tick?: Ticker): Promise<void>;
  solve(
    harmful: Float32Array,
    weights: Float64Array | null,
    ranks: Int32Array,
    alpha: number,
    flag: Int32Array,
    tick?: Ticker,
  ): Promise<NativeSolution[]>;
  project(rows: Float32Array, rank: number, flag: Int32Array, tick?: Ticker): Promise<Float64Array>;
  /** Descending, length d. */
  eigenvalues(): Float64Array;
}

interface NativeLinalg {
  Gram: new (d: number) => NativeGram;
  NullSpace: new () => NativeNullSpace;
  gradedRidge(
    harmful: NativeGram,
    target: Float64Array,
    benign: NativeGram,
    beta: number,
    lambda: number,
    flag: Int32Array,
    tick?: Ticker,
  ): Promise<Float32Array>;
  scores(rows: Float32Array, w: Float32Array, flag: Int32Array, tick?: Ticker): Promise<Float32Array>;
}

/** The addon's part that does linear algebra. Throws like `loadNative`. */
export function linalg(): NativeLinalg {
  return loadNative() as unknown as NativeLinalg;
}

/** In the order of `Stage` in `linalg_control.h`. */
const STAGES = ['gram', 'reduce', 'iterate', 'vectors', 'ridge'] as const;
/** Where each stage begins and ends in a whole layer's work; measured roughly, for a progress bar only. */
const SHARES = { gram: [0, 0.1], reduce: [0.1, 0.3], iterate: [0.3, 0.7], vectors: [0.7, 0.9], ridge: [0.9, 1] } as const;

export type SolverStage = (typeof STAGES)[number];

export interface SolverProgress {
  /** Summing rows, reducing the matrix, iterating to its eigenvalues, forming eigenvectors, regressing. */
  readonly stage: SolverStage;
  /** 0…1 over all that one layer takes; never falls. */
  readonly done: number;
}

/** What every long call takes. */
export interface JobOptions {
  /** Aborting ends the job within a second, with a `cancelled` error. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then. An error thrown here ends the job with that error. */
  readonly onProgress?: ((progress: SolverProgress) => void) | undefined;
}

/** Jobs run on libuv's few threads, which file access needs too; each job uses one core fully. */
const MAX_RUNNING = Math.max(1, Math.min(2, availableParallelism()));
let running = 0;
const waiting: (() => void)[] = [];
const flags = new Set<Int32Array>();

// The process cannot end before its pool threads do.
process.on('exit', () => {
  for (const flag of flags) Atomics.store(flag, 0, 1);
});

/**
 * Runs one native job when there is room.
 * @param start gets the cancel flag and the progress callback to hand to the native call
 * @throws SteeringError `bad-input`, `cancelled` or `calibration-failed`; whatever `onProgress` threw
 */
export async function runJob<T>(options: JobOptions, start: (flag: Int32Array, tick: Ticker) => Promise<T>): Promise<T> {
  const { signal, onProgress } = options;
  throwIfAborted(signal);
  const flag = new Int32Array(1);
  const abort = () => void Atomics.store(flag, 0, 1);
  let thrown: { error: unknown } | undefined;
  let best = 0;
  const tick: Ticker = (stageIndex, part) => {
    const stage = STAGES[stageIndex];
    if (onProgress === undefined || thrown !== undefined || stage === undefined) return;
    const [from, to] = SHARES[stage];
    best = Math.max(best, from + (to - from) * Math.min(Math.max(part, 0), 1));
    try {
      onProgress({ stage, done: best });
    } catch (error) {
      thrown = { error };
      abort();
    }
  };
  if (running >= MAX_RUNNING) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    throwIfAborted(signal);
    signal?.addEventListener('abort', abort, { once: true });
    flags.add(flag);
    return await start(flag, tick);
  } catch (error) {
    if (thrown !== undefined) throw thrown.error;
    throw asSteeringError(error);
  } finally {
    flags.delete(flag);
    signal?.removeEventListener('abort', abort);
    // The place goes straight to whoever waits longest, so that nobody slips in between.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new SteeringError('cancelled', 'The computation was cancelled.');
}

function asSteeringError(error: unknown): unknown {
  if (error instanceof SteeringError || !(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  if (code === 'bad-input' || code === 'cancelled' || code === 'calibration-failed')
    return new SteeringError(code, error.message, { cause: error });
  return error;
}
