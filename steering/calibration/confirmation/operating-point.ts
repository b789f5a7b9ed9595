/**
 * Where a cascade's two thresholds lie: on the frontier of harmful requests that open the gate against harmless ones that do, the
 * point that opens for most of the harmful ones within what may be refused of the harmless ones.
 */
import { quantile, sorted } from '../../solver/quantiles.ts';

/** What both stages make of some validation prompts; arrays are parallel. */
export interface StageScores {
  /** The widest u of the probes that must be confirmed, at their strict thresholds; by probe [probes][prompts]. */
  first: readonly Float32Array[];
  /** z of the second stage. */
  second: Float32Array;
  /** u of the widest probe that needs no confirmation. */
  free: Float32Array;
  /** Whether the second stage is not asked: too long for a mean. */
  long: readonly boolean[];
}

export interface OperatingSets {
  harmful: StageScores;
  /** Harmless requests that resemble harmful ones. */
  borderline: StageScores;
  everyday: StageScores;
  /** Harmless requests inside a wrapper, such as jailbreaks put around harmful ones. */
  wrapped: StageScores;
}

/** The most that may open the gate, as shares. */
export type OpenLimits = Record<Exclude<keyof OperatingSets, 'harmful'>, number>;

export interface OperatingPoint {
  /** What each probe adds to the second stage, from a u of −1 to one of 1. */
  raise: number;
  /** How far each probe's threshold is lowered, in units of its rise. */
  lowered: readonly number[];
  /** Threshold and rise of the second stage. */
  tau: number;
  scale: number;
  /** Shares that open the gate there. */
  open: Record<keyof OperatingSets, number>;
}

/** Shares of borderline requests for which the first stage may open: it only has to spare everyday ones the second. */
const LOOSE = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1];
/** What a probe may add to the second stage, in standard deviations of its scores. */
const RAISES = [0, 0.25, 0.5, 0.75, 1];
/** So far above the second threshold, as a share of the way to the median harmful request there, the gate is fully open. */
const FULLY_OPEN = 0.25;

/** The frontier: for each looseness of the first stage, and each say of it in the second, the lowest second threshold within the limits. */
export function frontier(sets: OperatingSets, limits: OpenLimits): OperatingPoint[] {
  const spread = deviation(sets.borderline.second);
  return RAISES.flatMap((part) => pointsAt(sets, limits, part * spread));
}

function pointsAt(unraised: OperatingSets, limits: OpenLimits, raise: number): OperatingPoint[] {
  const sets = eachSet((name) => raised(unraised[name], raise));
  return LOOSE.map((share) => {
    const lowered = sets.borderline.first.map((u) => (share === 0 ? 0 : Math.max(0, -quantile(sorted(u), 1 - share))));
    const tau = Math.max(...HARMLESS.map((name) => lowestWithin(sets[name], lowered, limits[name])));
    const confirmed = sets.harmful.second.filter((z, at) => z > tau && passesFirst(sets.harmful, lowered, at));
    const median = confirmed.length === 0 ? tau + 1 : quantile(sorted(confirmed), 0.5);
    const point = { lowered, tau, scale: Math.max((median - tau) * FULLY_OPEN, LEAST_RISE) };
    const open = (of: StageScores) => of.free.filter((_, at) => reading(of, point, at) > 0).length / Math.max(of.free.length, 1);
    return { ...point, raise, open: eachSet((name) => open(sets[name])) };
  });
}

const HARMLESS = ['borderline', 'everyday', 'wrapped'] as const;

function eachSet<T>(of: (name: keyof OperatingSets) => T): Record<keyof OperatingSets, T> {
  return { harmful: of('harmful'), borderline: of('borderline'), everyday: of('everyday'), wrapped: of('wrapped') };
}

/** The point of a frontier at which most harmful requests open the gate; of equals the first, which is the stricter. */
export function best(points: readonly OperatingPoint[]): OperatingPoint {
  return points.reduce((chosen, point) => (point.open.harmful > chosen.open.harmful ? point : chosen));
}

/** Scores regress to 1 for harmful requests; a rise below this would be rounding's. */
const LEAST_RISE = 0.02;

/** The same prompts with what the first stage adds in their second stage's scores. As `cascade` in runtime/gate.ts has it. */
export function raised<T extends StageScores>(of: T, raise: number): T {
  const added = (at: number) => of.first.reduce((sum, u) => sum + raise * Math.min(Math.max(u[at]!, -1), 1), 0);
  return { ...of, second: of.second.map((z, at) => z + added(at)) };
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** u of a prompt, raised, at a point; the gate opens above 0. As `cascade` in runtime/gate.ts has it. */
export function reading(of: StageScores, { lowered, tau, scale }: Pick<OperatingPoint, 'lowered' | 'tau' | 'scale'>, at: number): number {
  const strict = Math.max(...of.first.map((u) => u[at]!));
  const loose = Math.max(...of.first.map((u, probe) => u[at]! + lowered[probe]!));
  const held = of.long[at]! ? strict : Math.min(loose, (of.second[at]! - tau) / scale);
  return Math.max(of.free[at]!, held);
}

function passesFirst({ first }: StageScores, lowered: readonly number[], at: number): boolean {
  return first.some((u, probe) => u[at]! > -lowered[probe]!);
}

/** Where a set holds no prompt at all: scores regress to between 0 and 1. */
const NO_LIMIT = 0;

/** The lowest second threshold at which no more than a share of the prompts open the gate. */
function lowestWithin(of: StageScores, lowered: readonly number[], share: number): number {
  const free = of.free.filter((u) => u > 0).length;
  const left = Math.max(0, Math.floor(share * of.free.length) - free);
  const reached = [...of.second].filter((_, at) => of.free[at]! <= 0 && passesFirst(of, lowered, at)).sort((a, b) => b - a);
  return reached[left] ?? Math.min(NO_LIMIT, ...of.second);
}
