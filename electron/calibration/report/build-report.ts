/** The evidence for a calibration: everything that its results page shows. */
import type { CalibrationReport, CalibrationSample } from '../../contract/index.ts';
import type { SampleSizes } from '../budget.ts';
import type { EnginePort } from '../engine-port.ts';
import type { CalibrationResult } from '../../../steering/calibration/calibrate.ts';
import type { JobControl } from '../../../steering/calibration/control.ts';
import type { RowCache } from '../../../steering/calibration/rows/row-cache.ts';
import type { Screening } from '../../../steering/calibration/screening/screen.ts';
import { checkPlausible, profileSha256 } from '../../../steering/profile/index.ts';
import type { Prompt } from '../../../steering/prompts/index.ts';
import { changed, frontier } from './frontier.ts';
import { confirmedOf, gateIsKnown, movedProfile, readiness, scoresOf } from './gates.ts';
import { histograms } from './histograms.ts';
import { measure, type Measured } from './measure.ts';
import { choosePrompts, type SampledPrompt } from './samples.ts';
import { settingsAround } from './settings.ts';

/** Of a prompt that is shown, in UTF-16 units. */
const SHOWN_PROMPT = 1500;
const WORST = 20;

export interface ReportInput {
  port: EnginePort;
  cache: RowCache;
  result: CalibrationResult;
  screening: Screening;
  /** How many prompts are answered, and whether thresholds beside the fitted one are measured as well. */
  sizes: SampleSizes;
  thorough: boolean;
  /** Texts that were wrongly refused before. */
  refusals: ReadonlySet<string>;
  control: JobControl;
  /** The job's own. */
  folder: string;
}

/** What the report says beside the job's own record. */
export type Evidence = Omit<CalibrationReport, 'job' | 'warnings' | 'seconds' | 'promptsRead'>;

export async function buildReport(input: ReportInput): Promise<Evidence> {
  const { cache, result, control } = input;
  const { profile, sets } = result;
  const known = gateIsKnown(profile);
  const scored = async (prompts: readonly Prompt[]) => {
    const byLayer = await scoresOf(profile, cache, prompts, control.signal);
    const confirmed = await confirmedOf(profile, cache, prompts, control.signal);
    const sure = prompts.map((prompt) => known && (profile.method.reading !== 'every' || cache.isWhole(prompt)));
    return { prompts, byLayer, us: readiness(profile, byLayer, prompts.length, confirmed), sure };
  };
  const benign = await scored(sets.validation.benign);
  const harmful = await scored(sets.validation.harmful);
  const own = await scored(sets.validation.own);
  // Prompts that were wrongly refused are looked at even where they took part in the fit.
  const trained = await scored(sets.train.own.filter(({ text }) => input.refusals.has(text)));
  const samples = choosePrompts(
    {
      benign,
      harmful,
      own: {
        prompts: [...own.prompts, ...trained.prompts],
        us: Float64Array.from([...own.us, ...trained.us]),
        sure: [...own.sure, ...trained.sure],
      },
      refusals: input.refusals,
      reach: profile.method.partialGate?.width ?? 0,
    },
    input.sizes,
  );
  const held = Float64Array.from([...benign.us, ...own.us]);
  const around = settingsAround(profile.method, known ? held : null, input.thorough || !known);
  // Where scores hardly differ, a threshold for fewer open gates lies far from all of them: the engine would take no such profile.
  const settings = around.filter((setting) => checkPlausible(movedProfile(profile, setting)) === null);
  const measured = await measure({ ...input, profile, samples, settings });
  const { frontier: points, order } = frontier({ profile, settings, samples, measured, gateKnown: known, benign: held, own: own.us });
  const shown = samples.map((sample, at) => sampleOf(sample, measured, at, order));
  return {
    profile: {
      name: profile.name,
      sha256: profileSha256(profile),
      strength: profile.method.strength,
      readLayers: profile.layers.filter(({ read }) => read !== null).map(({ layer }) => layer),
      writeLayers: profile.layers.filter(({ write }) => write !== null).map(({ layer }) => layer),
      notes: profile.notes,
    },
    histograms: histograms(profile, mergeScores(benign.byLayer, own.byLayer), harmful.byLayer),
    separation: input.screening.separation.map(({ layer, auc, aucWrapped }) => {
      const used = profile.layers.find((candidate) => candidate.layer === layer);
      return { layer, auc, aucWrapped, reads: (used?.read ?? null) !== null, writes: (used?.write ?? null) !== null };
    }),
    frontier: points,
    samples: shown,
    worstBenign: worst(samples, measured),
    ...(input.refusals.size === 0 ? {} : { earlierRefusals: samples.flatMap(({ refusal }, at) => (refusal ? [at] : [])) }),
    validation: profile.validation.map((row) => ({ ...row })),
  };
}

function sampleOf({ kind, prompt }: SampledPrompt, measured: Measured, at: number, order: readonly number[]): CalibrationSample {
  const unsteered = measured.unsteered[at]!;
  return {
    kind,
    wrapper: prompt.wrapper ?? null,
    prompt: prompt.text.length > SHOWN_PROMPT ? `${prompt.text.slice(0, SHOWN_PROMPT)}…` : prompt.text,
    systemPrompt: prompt.system ?? null,
    unsteered: { verdict: unsteered.verdict, text: kind === 'harmful' ? null : unsteered.text },
    points: order.map((setting) => {
      const { gate, reply } = measured.steered[setting]![at]!;
      return {
        verdict: reply.verdict,
        gate,
        changed: changed(measured, setting, at),
        firstTokenKl: setting === 0 ? measured.firstTokenKl[at]! : null,
        text: kind === 'harmful' ? null : reply.text,
      };
    }),
  };
}

/** Benign prompts that change at the proposed setting: newly refused ones first, then by divergence. */
function worst(samples: readonly SampledPrompt[], measured: Measured): number[] {
  const refused = (at: number) =>
    Number(measured.steered[0]![at]!.reply.verdict === 'refused' && measured.unsteered[at]!.verdict !== 'refused');
  return samples
    .map((_, at) => at)
    .filter((at) => samples[at]!.kind !== 'harmful' && measured.steered[0]![at]!.gate > 0)
    .sort((a, b) => refused(b) - refused(a) || (measured.firstTokenKl[b] ?? 0) - (measured.firstTokenKl[a] ?? 0))
    .slice(0, WORST);
}

function mergeScores(a: Map<number, Float32Array>, b: Map<number, Float32Array>): Map<number, Float32Array> {
  return new Map([...a].map(([layer, values]) => [layer, Float32Array.from([...values, ...(b.get(layer) ?? [])])]));
}
