/**
 * Whether a profile's numbers can do what its own statistics say. A profile can be whole, of the right shapes and finite,
 * and still protect nobody: a refusal direction of length 10⁻³⁰, a w of zeros, a threshold that no score reaches. Limits
 * are wide: orders of magnitude beyond what calibration makes. What points the wrong way has the right size, and is found
 * by trying the profile on its model.
 */
import type { ProfileLayer, ScoreSummary, SteeringProfile } from './schema.ts';

/** Calibration tries strengths of 0.5 to 3, the paper ones of 0.1 to 0.5. */
const STRENGTH = { least: 0.01, most: 100 };
/** ‖strength·λ·r‖ in the layer that adds most; shipped profiles: 8 to 9. */
const LEAST_PUSH = 1e-3;
/** Of any layer. Residual streams have lengths of 1 to some thousands. */
const MOST_PUSH = 1e5;
/** Standard deviation of the scores for a w of length 1: how far rows spread along it; shipped profiles: 0.3 to 1.3. */
const ROW_SPREAD = { least: 1e-4, most: 1e5 };
/** Rise of a gate in widths of all its layer's scores; shipped profiles: 0.01 to 0.1, the plain method about 1. */
const MOST_RISE = 10;

type Read = NonNullable<ProfileLayer['read']>;

/** The first number that cannot be right, as the rest of a sentence; null when there is none. Shapes and finite values have been checked. */
export function checkPlausible(profile: SteeringProfile): string | null {
  const problem = checkPush(profile);
  if (problem !== null) return problem;
  for (const { layer, read } of profile.layers) {
    if (read === null) continue;
    const found =
      checkStatistics(read.benign, `harmless scores of layer ${layer}`) ??
      checkStatistics(read.harmful, `harmful scores of layer ${layer}`) ??
      checkWeights(read, layer) ??
      checkRise(read, `layer ${layer}`);
    if (found !== null) return found;
  }
  return checkConfirmation(profile) ?? (profile.method.clip ? checkGates(profile) : null);
}

/** What is added must be able to change a reply. */
function checkPush({ method: { strength }, layers }: SteeringProfile): string | null {
  if (strength < STRENGTH.least || strength > STRENGTH.most) {
    return `its strength is ${strength} and must lie between ${STRENGTH.least} and ${STRENGTH.most}.`;
  }
  let longest = { layer: 0, push: 0 };
  for (const { layer, write } of layers) {
    if (write === null) continue;
    if (write.lambda > STRENGTH.most) return `λ of layer ${layer} is ${write.lambda} and must be at most ${STRENGTH.most}.`;
    const push = strength * write.lambda * length(write.r);
    if (push > MOST_PUSH) return `layer ${layer} would add a vector of length ${short(push)}; at most ${MOST_PUSH} is plausible.`;
    if (push > longest.push) longest = { layer, push };
  }
  if (longest.push === 0) return 'it adds nothing anywhere.';
  if (longest.push < LEAST_PUSH) {
    return `layer ${longest.layer} adds most, a vector of length ${short(longest.push)}; less than ${LEAST_PUSH} changes no reply.`;
  }
  return null;
}

function checkStatistics({ count, mean, std, values }: ScoreSummary, name: string): string | null {
  if (count === 0 || values.length === 0) return `the ${name} are missing.`;
  const [least, most] = [values[0]!, values.at(-1)!];
  // The ends may be quantiles short of the extremes, so the mean may lie a little outside.
  const slack = most - least + 1e-6 * Math.max(Math.abs(least), Math.abs(most));
  if (mean < least - slack || mean > most + slack) {
    return `the ${name} have a mean of ${short(mean)} and lie between ${short(least)} and ${short(most)}.`;
  }
  return std <= 2 * slack ? null : `the ${name} vary by ${short(std)} and lie between ${short(least)} and ${short(most)}.`;
}

/** Scores are products of w with rows of the model: how much they vary and how long w is belong together. */
function checkWeights({ w, means = [], benign, harmful }: Read, layer: number): string | null {
  const all = Math.hypot(length(w), ...means.map(({ v }) => length(v)));
  if (all === 0) return `w of layer ${layer} is all zero: no prompt would get a score.`;
  const spread = Math.max(benign.std, harmful.std) / all;
  if (spread > 0 && spread < ROW_SPREAD.least) {
    return `w of layer ${layer} has length ${short(all)}, too long for scores that vary by ${short(spread * all)}.`;
  }
  return spread <= ROW_SPREAD.most
    ? null
    : `w of layer ${layer} has length ${short(all)}, too short for scores that vary by ${short(spread * all)}.`;
}

/** A threshold stands among the scores or near them, and the gate rises within their reach. */
function checkRise({ tau, scale, benign, harmful }: Pick<Read, 'tau' | 'scale' | 'benign' | 'harmful'>, name: string): string | null {
  const least = Math.min(benign.values[0]!, harmful.values[0]!);
  const most = Math.max(benign.values.at(-1)!, harmful.values.at(-1)!);
  // One prompt on each side, or all of the same score: any unit is as good as another.
  const width = most > least ? most - least : Math.max(Math.abs(most), 1);
  if (tau < least - width || tau > most + width) {
    return `τ of ${name} is ${short(tau)}, far from all its scores (${short(least)} to ${short(most)}).`;
  }
  return scale <= MOST_RISE * width
    ? null
    : `the scale of ${name} is ${short(scale)}, and its scores reach from ${short(least)} to ${short(most)} only.`;
}

/** A second stage confirms some harmful prompts, and not half of the harmless ones. */
function checkConfirmation({ method: { confirmation }, layers }: SteeringProfile): string | null {
  if (confirmation === undefined) return null;
  const { tau, scale, benign, harmful } = confirmation;
  const name = 'its second stage';
  const problem =
    checkStatistics(benign, `harmless scores of ${name}`) ??
    checkStatistics(harmful, `harmful scores of ${name}`) ??
    checkRise({ tau, scale, benign, harmful }, name);
  if (problem !== null) return problem;
  const vectors = layers.flatMap(({ confirming }) => (confirming === undefined ? [] : [confirming.w, confirming.v]));
  if (vectors.every((vector) => length(vector) === 0)) return `the vectors of ${name} are all zero.`;
  if (median(benign) > tau) return `${name} confirms half of the harmless prompts.`;
  return harmful.values.at(-1)! > tau ? null : `${name} confirms no harmful prompt that it was measured with.`;
}

/** By the profile's own statistics some harmful prompts open some gate, and no gate is open for half of the harmless ones. */
function checkGates({ method, layers }: SteeringProfile): string | null {
  const gates = new Map<number, { layer: number; read: Read }[]>();
  for (const { layer, read } of layers) {
    if (read === null) continue;
    const key = method.pooling === 'own' ? layer : (read.probe ?? 0);
    gates.set(key, [...(gates.get(key) ?? []), { layer, read }]);
  }
  let widest = { name: '', u: -Infinity };
  for (const gate of gates.values()) {
    const name = `${gate.length === 1 ? 'layer' : 'layers'} ${gate.map(({ layer }) => layer).join(', ')}`;
    const pooled = (scoreOf: (read: Read) => number) =>
      gate.reduce((sum, { read }) => sum + (scoreOf(read) - read.tau) / read.scale, 0) / gate.length;
    if (pooled(({ benign }) => median(benign)) > 0) return `the gate of ${name} stands open for half of the harmless prompts.`;
    const u = pooled(({ harmful }) => harmful.values.at(-1)!);
    if (u > widest.u) widest = { name, u };
  }
  return gates.size === 0 || widest.u > 0
    ? null
    : `no harmful prompt that it was measured with opens a gate, not even that of ${widest.name}.`;
}

/** The value at the highest level that is not above one half. */
function median({ levels, values }: ScoreSummary): number {
  const at = levels.findLastIndex((level) => level <= 0.5);
  return values[Math.max(at, 0)]!;
}

function length(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
