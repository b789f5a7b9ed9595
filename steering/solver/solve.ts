/**
 * A layer's calibration: from residual rows of benign and harmful prompts to the vector w that scores a prompt.
 *
 * Rows are residual-stream vectors at the last prompt token, float32, d values a row, row after row in one Float32Array.
 * The method is AlphaSteer's (arXiv 2506.07022) in the exact rank-one form that `docs/reference/method.md` derives:
 *   G = Σ weight·h·hᵀ over benign rows; P projects on the eigenvectors of G's k = ⌊ρd⌋ smallest eigenvalues;
 *   w = argmin_w Σ weight·(h·Pw − 1)² + α‖Pw‖² over harmful rows.
 * Arrays handed to a call must not change until its promise settles. Everything is deterministic on one machine.
 */
import { SteeringError } from '../errors.ts';
import { type JobOptions, linalg, type NativeGram, type NativeNullSpace, runJob } from './native.ts';

export type { JobOptions, SolverProgress, SolverStage } from './native.ts';

/** Largest width of a residual stream we work with. */
const MAX_D = 65_536;

/**
 * Sums G = Σ weight·h·hᵀ [d × d] in double precision while rows stream by; memory is 8·d² bytes whatever their number.
 * The result depends on the rows' order alone, not on how they were portioned or whether they were saved in between.
 */
export class GramAccumulator {
  readonly d: number;
  /** For this module alone. */
  readonly native: NativeGram;
  #tail: Promise<unknown> = Promise.resolve();

  /** @param d width of a row */
  constructor(d: number) {
    requireWidth(d);
    this.d = d;
    this.native = new (linalg().Gram)(d);
  }

  /** Rows added so far. Calls still under way do not count yet. */
  get count(): number {
    return this.native.count;
  }

  /** Sum of their weights. */
  get weight(): number {
    return this.native.weight;
  }

  /**
   * Adds rows. Calls queue up in the order they were made. After a cancelled call the sum is unusable.
   * @param rows [n × d] float32, finite
   * @param options.weights one weight ≥ 0 a row; 1 where left out. A prompt of weight 4 counts as four prompts.
   * @throws SteeringError `bad-input` (nothing was added), `cancelled`
   */
  add(rows: Float32Array, options: JobOptions & { weights?: Float64Array | undefined } = {}): Promise<void> {
    requireRows(rows, this.d, 'benign');
    requireWeights(options.weights, rows.length / this.d, 'benign');
    return this.#queue(() => runJob(options, (flag, tick) => this.native.add(rows, options.weights ?? null, flag, tick)));
  }

  /** Adds everything that `other` holds. `other` stays as it is. */
  merge(other: GramAccumulator): Promise<void> {
    if (other === this || other.d !== this.d) throw new SteeringError('bad-input', 'Only another sum of the same width can be merged.');
    return this.#queue(() => other.#queue(() => runJob({}, (flag) => this.native.merge(other.native, flag))));
  }

  /** The state as bytes (about 4·d² of them), for `deserialise` on the same kind of machine. */
  serialise(): Promise<Uint8Array> {
    return this.#queue(() => runJob({}, (flag) => this.native.save(flag)));
  }

  /** @throws SteeringError `bad-input` when the bytes are damaged or of another width */
  static async deserialise(d: number, bytes: Uint8Array): Promise<GramAccumulator> {
    const gram = new GramAccumulator(d);
    await gram.#queue(() => runJob({}, (flag) => gram.native.load(bytes, flag)));
    return gram;
  }

  /** Resolves when all calls made so far are done. */
  settled(): Promise<void> {
    return this.#tail.then(() => undefined);
  }

  #queue<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(job);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

/** Where a layer's benign rows come from: a sum of them, or the rows themselves (better where there are fewer than d). */
export type BenignRows =
  { readonly gram: GramAccumulator } | { readonly rows: Float32Array; readonly d: number; readonly weights?: Float64Array | undefined };

export interface HarmfulRows {
  /** [M × d] float32. */
  readonly rows: Float32Array;
  /** One weight ≥ 0 a row; 1 where left out. */
  readonly weights?: Float64Array | undefined;
}

/** w for one ρ, and what it was made of. Lengths and scores are in the residual stream's own units. */
export interface LayerSolution {
  readonly rho: number;
  /** ⌊ρd⌋. */
  readonly k: number;
  /** Rank of P: k, or more where the k-th smallest eigenvalue is shared (all of the exact null space of few benign rows). */
  readonly rank: number;
  /** w [d]. A prompt's score is h·w: about 1 for harmful prompts, about 0 for benign ones. */
  readonly w: Float32Array;
  /** ‖w‖₂. */
  readonly wNorm: number;
  /** Largest eigenvalue of G inside the null space. */
  readonly keptLargest: number;
  /** Smallest eigenvalue outside; NaN where nothing is outside. */
  readonly cutSmallest: number;
  /** No benign training row of weight 1 scores beyond ±this (√keptLargest·‖w‖₂), rounding of w to float32 apart. */
  readonly benignBound: number;
  /** Root mean square length of the benign rows inside the null space. */
  readonly benignResidual: number;
  /** Scores of the harmful training rows [M]. */
  readonly harmfulScores: Float32Array;
}

/** The spectrum of a layer's benign rows. One decomposition, the slow part, serves every ρ, α and set of harmful rows. */
export class BenignSpace {
  readonly d: number;
  /** Eigenvalues of G [d], descending. */
  readonly eigenvalues: Float64Array;
  readonly #native: NativeNullSpace;
  readonly #minRank: number;

  private constructor(native: NativeNullSpace, d: number, minRank: number) {
    this.#native = native;
    this.#minRank = minRank;
    this.d = d;
    this.eigenvalues = native.eigenvalues();
  }

  /**
   * Decomposes G. O(min(n, d)³) time; 8·d² bytes of memory and twice that in passing.
   * @param options.minRho smallest ρ that will be asked for; work and memory shrink as it grows. Default: any.
   * @throws SteeringError `bad-input` (no rows, wrong shapes, values not finite), `cancelled`, `calibration-failed`
   */
  static async decompose(benign: BenignRows, options: JobOptions & { minRho?: number | undefined } = {}): Promise<BenignSpace> {
    const d = 'gram' in benign ? benign.gram.d : benign.d;
    requireWidth(d);
    const minRank = options.minRho === undefined ? 1 : nullSpaceRank(options.minRho, d);
    const native = new (linalg().NullSpace)();
    if ('gram' in benign) {
      await benign.gram.settled();
      await runJob(options, (flag, tick) => native.fromGram(benign.gram.native, minRank, flag, tick));
    } else {
      requireRows(benign.rows, d, 'benign');
      requireWeights(benign.weights, benign.rows.length / d, 'benign');
      await runJob(options, (flag, tick) => native.fromRows(benign.rows, d, benign.weights ?? null, minRank, flag, tick));
    }
    return new BenignSpace(native, d, minRank);
  }

  /**
   * Solves the ridge regression inside the null space, in the smaller of M and d.
   * @param options.rho one value or several, each in (0, 1) and not below the decomposition's `minRho`
   * @param options.alpha ridge strength > 0; the paper's is 10
   * @returns a solution for each ρ, in the order given
   * @throws SteeringError `bad-input`, `cancelled`, `calibration-failed`
   */
  async solve(
    harmful: HarmfulRows,
    options: JobOptions & { rho: number | readonly number[]; alpha?: number | undefined },
  ): Promise<LayerSolution[]> {
    const { d } = this;
    const alpha = options.alpha ?? 10;
    if (!Number.isFinite(alpha) || alpha <= 0) throw new SteeringError('bad-input', `The ridge strength α must be above 0, not ${alpha}.`);
    requireRows(harmful.rows, d, 'harmful');
    requireWeights(harmful.weights, harmful.rows.length / d, 'harmful');
    const rhos = typeof options.rho === 'number' ? [options.rho] : options.rho;
    const ranks = rhos.map((rho) => nullSpaceRank(rho, d));
    if (ranks.some((rank) => rank < this.#minRank)) throw new SteeringError('bad-input', 'A share ρ lies below what was decomposed for.');
    const solutions = await runJob(options, (flag, tick) =>
      this.#native.solve(harmful.rows, harmful.weights ?? null, Int32Array.from(ranks), alpha, flag, tick),
    );
    return solutions.map((solution, i) => ({
      ...solution,
      rho: rhos[i]!,
      k: ranks[i]!,
      benignBound: Math.sqrt(solution.keptLargest) * solution.wNorm,
    }));
  }

  /**
   * rows·P: what is left of each row in the null space. The lengths tell how well it fits prompts it was not made from.
   * @param rows [n × d] float32
   * @returns [n × d] float64
   * @throws SteeringError `bad-input`, `cancelled`
   */
  async project(rows: Float32Array, rho: number, options: JobOptions = {}): Promise<Float64Array> {
    requireRows(rows, this.d, 'projected');
    const rank = nullSpaceRank(rho, this.d);
    if (rank < this.#minRank) throw new SteeringError('bad-input', 'A share ρ lies below what was decomposed for.');
    return runJob(options, (flag, tick) => this.#native.project(rows, rank, flag, tick));
  }
}

/**
 * Everything for one layer in one call.
 * @param layer.benign rows or their sum, @param layer.harmful rows [M × d]
 * @param layer.rho one share or several; a solution for each comes back, in that order
 * @throws SteeringError `bad-input`, `cancelled`, `calibration-failed`
 */
export async function solveLayer(
  layer: { benign: BenignRows; harmful: HarmfulRows; rho: number | readonly number[]; alpha?: number | undefined } & JobOptions,
): Promise<LayerSolution[]> {
  const rhos = typeof layer.rho === 'number' ? [layer.rho] : layer.rho;
  if (rhos.length === 0) return [];
  const d = 'gram' in layer.benign ? layer.benign.gram.d : layer.benign.d;
  // Bad harmful rows should show before the slow part.
  requireRows(layer.harmful.rows, d, 'harmful');
  requireWeights(layer.harmful.weights, layer.harmful.rows.length / d, 'harmful');
  for (const rho of rhos) nullSpaceRank(rho, d);
  const space = await BenignSpace.decompose(layer.benign, { ...layer, minRho: Math.min(...rhos) });
  return space.solve(layer.harmful, layer);
}

/**
 * c = rows·w, summed in double precision.
 * @param rows [n × d] float32, @param w [d]
 * @returns [n]
 * @throws SteeringError `bad-input`, `cancelled`
 */
export async function scores(rows: Float32Array, w: Float32Array, options: JobOptions = {}): Promise<Float32Array> {
  requireWidth(w.length);
  if (rows.length === 0) return new Float32Array(0);
  requireRows(rows, w.length, 'scored');
  if (!w.every(Number.isFinite)) throw new SteeringError('bad-input', 'The vector w holds a value that is not finite.');
  return runJob(options, (flag, tick) => linalg().scores(rows, w, flag, tick));
}

/**
 * k = ⌊ρd⌋, forgiving the last bit of a product such as 0.29·100.
 * @throws SteeringError `bad-input` for ρ outside (0, 1) or so small that nothing is left
 */
export function nullSpaceRank(rho: number, d: number): number {
  if (!(rho > 0 && rho < 1)) throw new SteeringError('bad-input', `The share ρ must lie between 0 and 1, not ${rho}.`);
  const k = Math.floor(rho * d + 1e-9);
  if (k < 1) throw new SteeringError('bad-input', `A share ρ of ${rho} leaves nothing of ${d} dimensions.`);
  return Math.min(k, d - 1);
}

function requireWidth(d: number): void {
  if (!Number.isInteger(d) || d < 1 || d > MAX_D) throw new SteeringError('bad-input', `A residual stream cannot be ${d} wide.`);
}

function requireRows(rows: Float32Array, d: number, what: string): void {
  if (!(rows instanceof Float32Array)) throw new SteeringError('bad-input', `The ${what} rows are not 32-bit floats.`);
  if (rows.length === 0) throw new SteeringError('bad-input', `There are no ${what} rows.`);
  if (rows.length % d !== 0) throw new SteeringError('bad-input', `The ${what} rows hold ${rows.length} values, not whole rows of ${d}.`);
}

function requireWeights(weights: Float64Array | undefined, rows: number, what: string): void {
  if (weights === undefined) return;
  if (!(weights instanceof Float64Array) || weights.length !== rows) {
    throw new SteeringError('bad-input', `There must be one weight for each of the ${rows} ${what} rows.`);
  }
}
