/** An evaluation: every set through every arm, judged, summed up and written down. Started again, it goes on where it was. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { SteadyError, type ComputeInfo } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { JUDGE_VERSION } from '../../steering/verdict/judge.ts';
import { writeFileAtomic } from '../../steering/files/write-file-atomic.ts';
import { compareReplies } from './unbatched-rerun.ts';
import { prepareArms, type Arm, type ArmName, type ProfilePaths } from './arms.ts';
import type { EvaluationControl } from './progress.ts';
import type { EvaluationSet } from './prompt-set.ts';
import { firstTokenKl } from './first-token.ts';
import { renderReport } from './report/report.ts';
import { rerunRecord, evaluationRecord, firstTokenRecord, RecordFile } from './results.ts';
import { runArm } from './run-arm.ts';
import { SUMMARY_FORMAT, summariseSet, type ArmRecords, type EvaluationSummary, type SetSummary } from './summary.ts';
import { applyArm } from './with-arm.ts';

/** Of summary and report: they hold no replies. */
const MODE = 0o644;
/** As many prompts as the engine answers at once: all of a portion start together, in every arm alike. */
export const DEFAULT_PORTION = 16;
/** Enough for a refusal to show and for broken text to break. */
export const DEFAULT_MAX_TOKENS = 128;
/** Where a right answer comes at the end, the end must be reached. */
export const DEFAULT_MAX_TOKENS_WITH_ANSWERS = 384;

export interface EvaluationOptions extends EvaluationControl {
  /** The model to evaluate must be loaded. Its applied profile is another one afterwards. */
  engine: EngineSupervisor;
  sets: readonly EvaluationSet[];
  arms: readonly ArmName[];
  profiles: ProfilePaths;
  /** The folder for results, summary and report. */
  out: string;
  /** Longest reply; null chooses by what the set asks for. */
  maxTokens: number | null;
  portion: number;
  /** The limit the sets were read with, for the summary. */
  limit: number | null;
  /** Measure how far each steered arm moves the first token: two more evaluations of each prompt that is steered. */
  firstTokenKl: boolean;
  /** Keep the replies' texts. */
  withText: boolean;
  appVersion: string;
}

export interface EvaluationResult {
  summary: EvaluationSummary;
  summaryPath: string;
  reportPath: string;
}

/**
 * Runs or continues an evaluation. Writes nothing but files in `out`.
 * @throws SteadyError `cancelled` when aborted; the engine's and the profile's errors
 */
export async function evaluate(options: EvaluationOptions): Promise<EvaluationResult> {
  const { engine, out, sets } = options;
  mkdirSync(join(out, 'replies'), { recursive: true });
  const model = await engine.ready();
  const target = engine.target!;
  const { arms, skipped } = await prepareArms(options.arms, options.profiles, out);
  if (arms.length === 0)
    throw new SteadyError('bad-input', `There is no arm to evaluate. ${skipped.map(({ reason }) => reason).join(' ')}`);
  // A profile that does not fit shows now, not after an hour.
  for (const arm of arms) await applyArm(engine, arm);

  const summary: EvaluationSummary = {
    format: SUMMARY_FORMAT,
    createdAt: new Date().toISOString(),
    appVersion: options.appVersion,
    complete: false,
    model: { id: target.modelId, name: target.modelName, sha256: target.modelSha256 },
    profiles: Object.fromEntries(arms.flatMap(({ name, profile }) => (profile === null ? [] : [[name, profile]]))),
    skipped,
    portion: options.portion,
    limit: options.limit,
    compute: describeCompute(model.compute),
    sets: [],
  };
  const paths = { summaryPath: join(out, 'summary.json'), reportPath: join(out, 'report.html') };
  for (const [index, set] of sets.entries()) {
    summary.sets.push(await evaluateSet(options, set, arms, target.modelSha256));
    summary.complete = index === sets.length - 1;
    await writeFileAtomic(paths.summaryPath, `${JSON.stringify(summary, null, 2)}\n`, MODE);
    await writeFileAtomic(paths.reportPath, renderReport(summary), MODE);
  }
  return { summary, ...paths };
}

async function evaluateSet(options: EvaluationOptions, set: EvaluationSet, arms: readonly Arm[], modelSha256: string): Promise<SetSummary> {
  const { engine, portion, withText } = options;
  const hasAnswers = set.items.some(({ answer }) => answer !== null);
  const maxTokens = options.maxTokens ?? (hasAnswers ? DEFAULT_MAX_TOKENS_WITH_ANSWERS : DEFAULT_MAX_TOKENS);
  const fileFor = (arm: Arm, kind: string) =>
    join(options.out, 'replies', `${stem(set.file)}.${arm.name}.${runKey(options, arm, maxTokens, modelSha256)}${kind}`);
  const done: ArmRecords[] = [];
  for (const arm of arms) {
    const records = new RecordFile(fileFor(arm, '.jsonl'), evaluationRecord);
    done.push({
      arm: arm.name,
      records: await runArm({ engine, arm, modelSha256, set, records, maxTokens, portion, withText }, options),
      identities: null,
    });
  }
  const unsteered = done.find(({ arm }) => arm === 'unsteered');
  if (unsteered !== undefined) {
    for (const [at, arm] of arms.entries()) {
      if (arm.profilePath === null) continue;
      const records = new RecordFile(fileFor(arm, '.alone.jsonl'), rerunRecord);
      const run = { engine, arm, modelSha256, set, unsteered: unsteered.records, steered: done[at]!.records, records, maxTokens };
      done[at] = { ...done[at]!, identities: await compareReplies(run, options) };
    }
  }
  for (const [at, arm] of arms.entries()) {
    if (arm.profilePath === null || !options.firstTokenKl) continue;
    const records = new RecordFile(fileFor(arm, '.first-token.jsonl'), firstTokenRecord);
    done[at] = {
      ...done[at]!,
      firstTokenKl: await firstTokenKl({ engine, arm, modelSha256, set, steered: done[at]!.records, records }, options),
    };
  }
  return summariseSet(set, maxTokens, done);
}

/** Names everything that a record depends on besides its prompt, so that only results that hold are taken up again. */
function runKey({ portion, appVersion }: EvaluationOptions, arm: Arm, maxTokens: number, modelSha256: string): string {
  const parts = [modelSha256, arm.profile?.sha256 ?? arm.systemPrompt ?? null, maxTokens, portion, appVersion, JUDGE_VERSION];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

function describeCompute({ device, deviceName, threads }: ComputeInfo): string {
  return `${deviceName ?? device.toUpperCase()}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

/** A set's name in file names. */
export function stem(file: string): string {
  const name = basename(file, extname(file)).replace(/[^\w.-]+/g, '_');
  return name === '' ? 'set' : name;
}
