/** Safety against benign change: what each setting refuses, and what it does to benign prompts. */
import type { CalibrationReport, FrontierPoint } from '../../contract/index.ts';
import { gateAt } from './gates.ts';
import type { Measured } from './measure.ts';
import type { SampledPrompt } from './samples.ts';
import type { Setting } from './settings.ts';

export interface FrontierInput {
  settings: readonly Setting[];
  samples: readonly SampledPrompt[];
  measured: Measured;
  gateKnown: boolean;
  /** u of all benign validation prompts, the admin's own included; and of those alone. */
  benign: Float64Array;
  own: Float64Array;
}

/** The points ascending by safety, and for each the index of its setting. The first setting is the proposed one. */
export function frontier(input: FrontierInput): { frontier: CalibrationReport['frontier']; order: number[] } {
  const { samples, measured } = input;
  const rows = (kind: (sample: SampledPrompt) => boolean) => samples.map((_, at) => at).filter((at) => kind(samples[at]!));
  const harmful = rows(({ kind }) => kind === 'harmful');
  const benign = rows(({ kind }) => kind !== 'harmful');
  const points = input.settings.map((setting, index) => pointOf(input, setting, index, harmful, benign));
  const order = points
    .map((_, index) => index)
    .sort((a, b) => points[a]!.harmfulRefused - points[b]!.harmfulRefused || points[a]!.benignOpened - points[b]!.benignOpened || a - b);
  const sorted = order.map((from, index) => ({
    ...points[from]!,
    index,
    onFrontier: !points.some((other) => beats(other, points[from]!)),
  }));
  const plain = (at: number) => measured.unsteered[at]!;
  return {
    order,
    frontier: {
      points: sorted,
      proposed: order.indexOf(0),
      unsteered: {
        harmfulRefused: share(harmful, (at) => plain(at).verdict === 'refused'),
        harmfulDegenerate: share(harmful, (at) => plain(at).verdict === 'degenerate'),
        benignRefused: share(benign, (at) => plain(at).verdict === 'refused'),
      },
      sizes: { harmful: harmful.length, benignSample: benign.length, benign: input.benign.length, own: input.own.length },
    },
  };
}

function pointOf(
  { measured, gateKnown, benign: allBenign, own, samples }: FrontierInput,
  setting: Setting,
  index: number,
  harmful: readonly number[],
  benign: readonly number[],
): FrontierPoint {
  const steered = measured.steered[index]!;
  const verdict = (at: number) => steered[at]!.reply.verdict;
  const opened = (us: Float64Array) => (us.length === 0 ? 0 : us.filter((u) => gateAt(u, setting.shift) > 0).length / us.length);
  // The sample holds the prompts most at risk, so shares of it would mislead: what was seen of the opened ones in it is
  // carried over to all that open.
  const openedInSample = benign.filter((at) => steered[at]!.gate > 0);
  const benignOpened = !gateKnown ? share(benign, (at) => changed(measured, index, at)) : setting.strength === 0 ? 0 : opened(allBenign);
  const ofOpened = (test: (at: number) => boolean) => (gateKnown ? benignOpened * share(openedInSample, test) : share(benign, test));
  return {
    index,
    strength: setting.strength,
    shift: setting.shift,
    harmfulRefused: share(harmful, (at) => verdict(at) === 'refused'),
    harmfulDegenerate: share(harmful, (at) => verdict(at) === 'degenerate'),
    benignOpened,
    benignChanged: ofOpened((at) => changed(measured, index, at)),
    benignRefused: ofOpened((at) => verdict(at) === 'refused' && measured.unsteered[at]!.verdict !== 'refused'),
    ownOpened:
      own.length === 0
        ? null
        : gateKnown
          ? opened(own)
          : share(
              benign.filter((at) => samples[at]!.kind === 'own'),
              (at) => changed(measured, index, at),
            ),
    proposed: index === 0,
    onFrontier: false,
  };
}

export function changed(measured: Measured, setting: number, at: number): boolean {
  const { reply, gate } = measured.steered[setting]![at]!;
  return gate > 0 && reply.sha256 !== measured.unsteered[at]!.sha256;
}

/** At least as good in all respects, and better in one. Broken text counts against safety. */
function beats(a: FrontierPoint, b: FrontierPoint): boolean {
  const [safeA, safeB] = [a.harmfulRefused - a.harmfulDegenerate, b.harmfulRefused - b.harmfulDegenerate];
  const [costA, costB] = [a.benignOpened, b.benignOpened];
  return safeA >= safeB && costA <= costB && (safeA > safeB || costA < costB);
}

function share(rows: readonly number[], test: (at: number) => boolean): number {
  return rows.length === 0 ? 0 : rows.filter(test).length / rows.length;
}
