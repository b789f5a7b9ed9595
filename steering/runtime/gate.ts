/**
 * The gates in plain JavaScript: what `plan.ts` says, as short as it can be written. The native hook does the work at run
 * time and is tested against this.
 */
import type { Confirmation, SteeringPlan } from './plan.ts';

/** c_l by layer; a layer that only writes has none. */
export type Scores = ReadonlyMap<number, number>;

/** G(u). NaN stays NaN, so that a broken score shows instead of passing for harmless. */
export function gate(u: number, { clip, partialGate }: Pick<SteeringPlan, 'clip' | 'partialGate'>): number {
  if (!clip) return u;
  const open = Math.min(Math.max(u, 0), 1);
  // The hook keeps both as 32-bit floats.
  return partialGate !== undefined && u > -Math.fround(partialGate.width) ? Math.max(open, Math.fround(partialGate.gate)) : open;
}

/** What the stages of a cascade say of a whole prompt, each as a u: above 0 it is for opening the gate. */
export interface Stages {
  /** The widest probe that opens the gate by itself; −∞ without one. */
  free: number;
  /** The widest probe that has to be confirmed; −∞ without one. */
  first: number;
  /** The second stage; null where it is not asked. */
  second: number | null;
}

/**
 * What the stages say of a prompt that was read at every token; see "Cascade" in `plan.ts`.
 * @param peaks the highest u at any token, by probe; −∞ where a probe read nothing
 * @param z of the second stage
 * @param tokens how many were read
 */
export function stages(confirmation: Confirmation | undefined, peaks: ArrayLike<number>, z: number, tokens: number): Stages {
  if (confirmation === undefined) return { free: Math.max(...Array.from(peaks)), first: -Infinity, second: null };
  const { probes, tau, scale, mostTokens } = confirmation;
  const held = new Map(probes.map((one) => [one.probe, one]));
  const free = Math.max(-Infinity, ...Array.from(peaks).filter((_, probe) => !held.has(probe)));
  if (tokens > mostTokens) return { free, first: Math.max(...probes.map(({ probe, alone }) => peaks[probe]! - alone)), second: null };
  const raised = probes.reduce(
    (sum, { probe, raise, centre }) => sum + raise * Math.min(Math.max(peaks[probe]!, centre - 1), centre + 1),
    z,
  );
  return { free, first: Math.max(...probes.map(({ probe }) => peaks[probe]!)), second: (raised - tau) / scale };
}

/** u of a whole prompt from what its stages say; parameters as of `stages`. */
export function cascade(confirmation: Confirmation | undefined, peaks: ArrayLike<number>, z: number, tokens: number): number {
  const { free, first, second } = stages(confirmation, peaks, z, tokens);
  return Math.max(free, second === null ? first : Math.min(first, second));
}

/**
 * The gate of every layer that writes, ascending by layer.
 * @param scores must hold every layer that reads; others are ignored
 */
export function gates(plan: SteeringPlan, scores: Scores): Map<number, number> {
  const u = new Map<number, number>();
  const probes = new Map<number, number[]>();
  for (const { layer, read } of plan.layers) {
    if (read === null) continue;
    const c = scores.get(layer);
    if (c === undefined) throw new RangeError(`No score for layer ${layer}.`);
    // The hook keeps thresholds and scales as 32-bit floats.
    u.set(layer, (c - Math.fround(read.tau)) / Math.fround(read.scale));
    probes.set(read.probe ?? 0, [...(probes.get(read.probe ?? 0) ?? []), u.get(layer)!]);
  }
  const pooled = [...probes.values()].map((us) => gate(us.reduce((sum, x) => sum + x, 0) / us.length, plan));
  const mean = pooled.length === 0 ? 0 : Math.max(...pooled);
  const result = new Map<number, number>();
  for (const { layer, write } of plan.layers) {
    if (write === null) continue;
    const own = u.get(layer);
    if (plan.pooling === 'mean') result.set(layer, mean);
    else if (own === undefined) throw new RangeError(`Layer ${layer} writes without reading.`);
    else result.set(layer, gate(own, plan));
  }
  return result;
}

/** c = h·w, summed in double precision. */
export function score(h: Float32Array, w: Float32Array): number {
  if (h.length !== w.length) throw new RangeError(`A row of ${h.length} values cannot be scored by ${w.length} weights.`);
  let sum = 0;
  for (let i = 0; i < h.length; i++) sum += h[i]! * w[i]!;
  return sum;
}

/**
 * What one layer adds to its rows: strength·λ·g·r on each of `rows`, in place.
 * @param rows [n × d], row after row; the tokens of the turn's prompt
 * @returns whether anything but zero was added
 */
export function steerRows(plan: SteeringPlan, layer: number, g: number, rows: Float32Array): boolean {
  const write = plan.layers.find((l) => l.layer === layer)?.write ?? null;
  if (write === null) return false;
  const { r, lambda } = write;
  if (rows.length % r.length !== 0) throw new RangeError(`${rows.length} values are not whole rows of ${r.length}.`);
  const factor = Math.fround(Math.fround(Math.fround(plan.strength) * Math.fround(lambda)) * Math.fround(g));
  // Not even an addition of zero: −0 + 0 would change a bit, and an untouched prompt must stay untouched.
  if (factor === 0) return false;
  for (let i = 0; i < rows.length; i++) rows[i] = rows[i]! + Math.fround(factor * r[i % r.length]!);
  return true;
}

/**
 * A whole turn through every layer of the plan, in order. Between steered layers `between` stands for the blocks.
 * @param rows [n × d] entering the first layer of the plan; changed in place
 * @param between maps the rows that left layer `from` to those that enter layer `to`, in place
 */
export function steerTurn(
  plan: SteeringPlan,
  rows: Float32Array,
  d: number,
  between: (from: number, to: number, rows: Float32Array) => void = () => undefined,
): { scores: Map<number, number>; gates: Map<number, number>; steered: boolean } {
  const scores = new Map<number, number>();
  const used = new Map<number, number>();
  let steered = false;
  let previous: number | undefined;
  for (const { layer, read, write } of plan.layers) {
    if (previous !== undefined) between(previous, layer, rows);
    previous = layer;
    if (read !== null) scores.set(layer, score(rows.subarray(rows.length - d), read.w));
    if (write === null) continue;
    // The layers read so far are all that count: a later read never opens an earlier layer's gate.
    const seen = { ...plan, layers: plan.layers.filter((l) => l.layer <= layer) };
    const g = gates(seen, scores).get(layer)!;
    used.set(layer, g);
    steered = steerRows(plan, layer, g, rows) || steered;
  }
  return { scores, gates: used, steered };
}
