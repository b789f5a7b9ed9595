/**
 * The least change of a second stage that scores some requests as wanted: closed form in theory, conjugate gradients in practice, since a few
 * hundred rows of some thousand values never need the matrix that they make.
 *
 * Let x_l be a request's row at layer l, [mean | last] in standard deviations of harmless requests, and H_l the mean of xxᵀ over anchors, harmless
 * ones counted β times, with a ridge: what `fit-confirming.ts` minimises has this curvature. The change δ of the stage's vectors is
 *   argmin  1/L Σ_l δ_lᵀ H_l δ_l + ω Σ_i (1/L Σ_l x_il·δ_l − Δ_i)²,
 * Δ_i what request i is to score more. It is what fitting the stage anew would do if the requests had been in its fit with weight ω.
 */
import { setImmediate } from 'node:timers/promises';
import { BENIGN_COST, RIDGE } from '../confirmation/fit-confirming.ts';
import { cancelled } from '../control.ts';

/** Rows of requests at one layer, in standard deviations: [requests × width]. */
export interface StandardRows {
  harmless: Float32Array;
  harmful: Float32Array;
  /** The requests that are to score otherwise. */
  corrected: Float32Array;
  width: number;
}

/** ω: high enough that a correction is followed unless others contradict it. */
const WEIGHT = 1;
const MOST_STEPS = 200;
/** Of the first residual's length. */
const TOLERANCE = 1e-4;

/**
 * δ of each layer, in standard deviations.
 * @param layers the rows at each layer; their requests in the same order
 * @param wanted Δ of each corrected request
 * @throws SteeringError `cancelled`
 */
export async function leastChange(layers: readonly StandardRows[], wanted: Float64Array, signal?: AbortSignal): Promise<Float64Array[]> {
  const count = layers.length;
  const ridges = layers.map(({ harmless }) => RIDGE * meanSquare(harmless));
  const project = (deltas: readonly Float64Array[]) => {
    const sums = new Float64Array(wanted.length);
    layers.forEach(({ corrected, width }, l) => addProducts(corrected, width, deltas[l]!, sums, 1 / count));
    return sums;
  };
  /** Adds Σ_i c_i·x_i/L to each layer. */
  const spread = (c: Float64Array, into: readonly Float64Array[]) =>
    layers.forEach(({ corrected, width }, l) => addRows(corrected, width, c, into[l]!, 1 / count));
  const apply = (deltas: readonly Float64Array[]) => {
    const result = layers.map(({ harmless, harmful, width }, l) => {
      const out = deltas[l]!.map((value) => (value * ridges[l]!) / count);
      addCurvature(harmless, width, deltas[l]!, out, BENIGN_COST / count);
      addCurvature(harmful, width, deltas[l]!, out, 1 / count);
      return out;
    });
    spread(
      project(deltas).map((value) => WEIGHT * value),
      result,
    );
    return result;
  };
  const zeros = () => layers.map(({ width }) => new Float64Array(width));
  const deltas = zeros();
  const residual = zeros();
  spread(
    wanted.map((value) => WEIGHT * value),
    residual,
  );
  let direction = residual.map((part) => part.slice());
  let length = dot(residual, residual);
  const enough = length * TOLERANCE ** 2;
  for (let step = 0; step < MOST_STEPS && length > enough; step++) {
    await setImmediate();
    if (signal?.aborted === true) throw cancelled();
    const image = apply(direction);
    const rate = length / dot(direction, image);
    add(deltas, direction, rate);
    add(residual, image, -rate);
    const next = dot(residual, residual);
    const keep = next / length;
    direction = residual.map((part, l) => part.map((value, i) => value + keep * direction[l]![i]!));
    length = next;
  }
  return deltas;
}

function meanSquare(rows: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += rows[i]! ** 2;
  return rows.length === 0 ? 1 : sum / rows.length;
}

/** into_i += scale · x_i·v */
function addProducts(rows: Float32Array, width: number, v: Float64Array, into: Float64Array, scale: number): void {
  for (let row = 0; row < into.length; row++) {
    let sum = 0;
    for (let i = 0, at = row * width; i < width; i++, at++) sum += rows[at]! * v[i]!;
    into[row]! += scale * sum;
  }
}

/** into += scale · Σ_i c_i x_i */
function addRows(rows: Float32Array, width: number, c: Float64Array, into: Float64Array, scale: number): void {
  for (let row = 0; row < c.length; row++) {
    const factor = scale * c[row]!;
    for (let i = 0, at = row * width; i < width; i++, at++) into[i]! += factor * rows[at]!;
  }
}

/** into += scale · mean of x xᵀ v */
function addCurvature(rows: Float32Array, width: number, v: Float64Array, into: Float64Array, scale: number): void {
  const count = rows.length / width;
  if (count === 0) return;
  const products = new Float64Array(count);
  addProducts(rows, width, v, products, 1);
  addRows(rows, width, products, into, scale / count);
}

function dot(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  let sum = 0;
  a.forEach((part, l) => {
    for (let i = 0; i < part.length; i++) sum += part[i]! * b[l]![i]!;
  });
  return sum;
}

function add(to: readonly Float64Array[], what: readonly Float64Array[], factor: number): void {
  to.forEach((part, l) => {
    for (let i = 0; i < part.length; i++) part[i]! += factor * what[l]![i]!;
  });
}
