/** What must hold between a profile's fields, beyond the type of each. */
import type { RunningMean } from '../runtime/plan.ts';
import { checkPlausible } from './plausible.ts';
import type { ProfileLayer, ScoreSummary, SteeringProfile } from './schema.ts';

/** The first broken constraint as the rest of a sentence, or null when the profile is sound. */
export function checkProfile(profile: SteeringProfile): string | null {
  const { embeddingLength: d, layerCount } = profile.model;
  let previous = 0;
  for (const layer of profile.layers) {
    if (layer.layer >= layerCount) return `layer ${layer.layer} does not exist in a model of ${layerCount} layers.`;
    if (layer.layer <= previous) return `layer ${layer.layer} is listed twice or out of order.`;
    previous = layer.layer;
    const problem = checkLayer(layer, d);
    if (problem !== null) return problem;
  }
  return checkProducts(profile) ?? checkPooling(profile) ?? checkConfirmation(profile) ?? checkPlausible(profile);
}

/** What is added is strength·λ·r, in float32: it must be a number. */
function checkProducts({ method, layers }: SteeringProfile): string | null {
  for (const { layer, write } of layers) {
    if (write === null) continue;
    const amount = Math.fround(Math.fround(method.strength) * Math.fround(write.lambda));
    const added = write.r.reduce((largest, x) => Math.max(largest, Math.abs(Math.fround(amount * x))), 0);
    if (!Number.isFinite(amount) || !Number.isFinite(added)) return `what layer ${layer} would add is out of range.`;
  }
  return null;
}

function checkLayer({ layer, read, confirming, write }: ProfileLayer, d: number): string | null {
  if (read === null && write === null && confirming === undefined) return `layer ${layer} neither reads nor writes.`;
  if (confirming !== undefined) {
    const problem = checkVector(confirming.w, `cw of layer ${layer}`, d) ?? checkVector(confirming.v, `cv of layer ${layer}`, d);
    if (problem !== null) return problem;
  }
  if (read !== null) {
    const problem =
      checkVector(read.w, `w of layer ${layer}`, d) ??
      checkMeans(read.means ?? [], layer, d) ??
      checkSummary(read.benign, `benign scores of layer ${layer}`) ??
      checkSummary(read.harmful, `harmful scores of layer ${layer}`);
    if (problem !== null) return problem;
    // The hook works in float32: a scale that rounds to zero there would divide by zero.
    if (!(Math.fround(read.scale) > 0) || !Number.isFinite(Math.fround(read.scale))) return `the scale of layer ${layer} is out of range.`;
    if (!Number.isFinite(Math.fround(read.tau))) return `τ of layer ${layer} is out of range.`;
  }
  if (write !== null) {
    const problem = checkVector(write.r, `r of layer ${layer}`, d);
    if (problem !== null) return problem;
    if (!Number.isFinite(Math.fround(write.lambda))) return `λ of layer ${layer} is out of range.`;
    const norm = Math.sqrt(write.r.reduce((sum, x) => sum + x * x, 0));
    if (Math.abs(norm - write.rNorm) > 1e-3 * Math.max(norm, write.rNorm)) {
      return `the stored length of r at layer ${layer} is ${write.rNorm} and the vector's is ${norm}.`;
    }
  }
  return null;
}

function checkMeans(means: readonly RunningMean[], layer: number, d: number): string | null {
  for (const [index, { v }] of means.entries()) {
    const problem = checkVector(v, `v${index} of layer ${layer}`, d);
    if (problem !== null) return problem;
  }
  return null;
}

function checkVector(vector: Float32Array, name: string, d: number): string | null {
  if (vector.length !== d) return `${name} has ${vector.length} values and must have ${d}.`;
  const at = vector.findIndex((x) => !Number.isFinite(x));
  return at < 0 ? null : `${name} has ${String(vector[at])} at position ${at}.`;
}

function checkSummary({ count, levels, values }: ScoreSummary, name: string): string | null {
  if (levels.length !== values.length) return `the ${name} have ${levels.length} levels and ${values.length} values.`;
  if (count === 0 && levels.length > 0) return `the ${name} claim quantiles of nothing.`;
  for (let i = 1; i < levels.length; i++) {
    if (levels[i]! <= levels[i - 1]!) return `the levels of the ${name} do not ascend.`;
    if (values[i]! < values[i - 1]!) return `the quantiles of the ${name} descend.`;
  }
  return null;
}

/** A second stage that nothing asks, or that asks nothing, is no cascade. */
function checkConfirmation({ method: { confirmation, reading }, layers }: SteeringProfile): string | null {
  const asked = layers.some(({ confirming }) => confirming !== undefined);
  if (confirmation === undefined) return asked ? 'layers confirm for a second stage that it does not describe.' : null;
  if (!asked) return 'no layer confirms for its second stage.';
  if (reading !== 'every') return 'a second stage needs every token to be read.';
  const probes = new Set(layers.flatMap(({ read }) => (read === null ? [] : [read.probe ?? 0])));
  const missing = confirmation.probes.find(({ probe }) => !probes.has(probe));
  if (missing !== undefined) return `its second stage confirms probe ${missing.probe}, for which no layer reads.`;
  if (confirmation.probes.some(({ raise, centre, alone }) => !Number.isFinite(raise + centre + alone)))
    return 'what a probe adds to its second stage is out of range.';
  const { tau, scale } = confirmation;
  if (!Number.isFinite(Math.fround(tau)) || !(Math.fround(scale) > 0) || !Number.isFinite(Math.fround(scale)))
    return 'the threshold of its second stage is out of range.';
  return (
    checkSummary(confirmation.benign, 'benign scores of its second stage') ??
    checkSummary(confirmation.harmful, 'harmful scores of its second stage')
  );
}

function checkPooling({ method, layers }: SteeringProfile): string | null {
  // Every token must have been read before it is known which of them decides.
  if (method.reading === 'every' && method.passes !== 2) return 'reading every token needs two passes.';
  if (method.reading !== 'every' && layers.some((l) => l.read?.means !== undefined)) return 'running means need every token to be read.';
  if (method.partialGate !== undefined) {
    if (!method.clip) return 'a gate that is not clipped cannot be partly open below its threshold.';
    const { width, gate } = method.partialGate;
    if (!(Math.fround(width) > 0) || !Number.isFinite(Math.fround(width)) || !(Math.fround(gate) > 0))
      return 'the partial gate is out of range.';
  }
  if (method.pooling === 'own') {
    if (method.passes === 2) return "two passes need pooling 'mean'.";
    const lonely = layers.find((l) => l.write !== null && l.read === null);
    return lonely === undefined ? null : `layer ${lonely.layer} writes without reading, which pooling 'own' does not allow.`;
  }
  const reads = layers.filter((l) => l.read !== null).map((l) => l.layer);
  const writes = layers.filter((l) => l.write !== null).map((l) => l.layer);
  if (writes.length === 0) return null;
  if (reads.length === 0) return 'no layer reads.';
  if (method.passes === 2) return null;
  const lastRead = reads[reads.length - 1]!;
  return lastRead <= writes[0]!
    ? null
    : `layer ${writes[0]} writes before layer ${lastRead} has read, which pooling 'mean' does not allow.`;
}
