/** The steps of one job, from its prompts to its results. Every step finds on disk what it did before. */
import { SteadyError, type CalibrationWarning } from '../../contract/index.ts';
import type { EngineSupervisor } from '../../engine/supervisor.ts';
import type { OwnPrompt } from '../benign-sets/sets-service.ts';
import { measureSpeed, planWork, speedPath, type WorkPlan } from '../estimate.ts';
import { raceAbort } from '../../jobs/race-abort.ts';
import { sizesOf } from '../budget.ts';
import { enginePort, type EnginePort } from '../engine-port.ts';
import { keptFolder } from '../kept-folder.ts';
import { buildReport } from '../report/build-report.ts';
import { calibrate, requireSteerable } from '../../../steering/calibration/calibrate.ts';
import { cancelled, stageReporter, throwIfCancelled, type JobControl } from '../../../steering/calibration/control.ts';
import { openRowCache } from '../../../steering/calibration/layers.ts';
import { calibrationPrompts, everyPrompt, ownPrompt } from '../../../steering/calibration/prompts.ts';
import { promptKey } from '../../../steering/calibration/port.ts';
import { extractRows } from '../../../steering/calibration/rows/extract-rows.ts';
import type { RowCache } from '../../../steering/calibration/rows/row-cache.ts';
import { screen, type Screening } from '../../../steering/calibration/screening/screen.ts';
import type { CalibrationFolder, CalibrationRecord } from './job-folder.ts';

/** Fewer prompts of the admin than this say little about their people. */
const FEW_PROMPTS = 20;
/** Below this no layer tells harmful from benign well. */
const WEAK_AUC = 0.85;
/** Of a prompt that a warning names, in UTF-16 units. */
const NAMED = 400;
const MOST_NAMED = 100;

export interface RunInput {
  dataDir: string;
  engine: EngineSupervisor;
  job: CalibrationFolder;
  record: CalibrationRecord;
  appVersion: string;
  control: JobControl;
  onPlan(plan: WorkPlan): void;
  onWarnings(warnings: CalibrationWarning[]): void;
}

/** Leaves the profile and the evidence in the job's folder; answers how many prompts were read. */
export async function runJob(input: RunInput): Promise<{ promptsRead: number }> {
  const { engine, job, record, control } = input;
  stageReporter(control, 'prepare', 1)(0);
  await engine.ready();
  if (engine.target?.modelSha256 !== record.modelSha256) {
    throw new SteadyError('conflict', `This calibration is for ${record.modelName}, and another model is loaded.`, {
      hint: 'Load that model.',
    });
  }
  const kept = keptFolder(input.dataDir);
  const port = await enginePort(engine, kept);
  const cache = openRowCache(kept, port.model);
  try {
    requireSteerable(cache.layers);
    const { used, screening } = await readAndScreen(input, port, cache);
    throwIfCancelled(control);
    const sizes = sizesOf(record.budget, record.limits);
    const result = await calibrate({
      ...control,
      port,
      cache,
      kept,
      sizes,
      seed: record.seed,
      ownBenign: used.map(({ text }) => text),
      out: job.profilePath,
      name: record.name,
      appVersion: input.appVersion,
      createdAt: new Date(record.createdAt).toISOString(),
    });
    const refusals = new Set(used.filter(({ refusal }) => refusal).map(({ text }) => text));
    const thorough = record.budget !== 'quick';
    await job.writeEvidence(
      await buildReport({ port, cache, result, screening, sizes: sizes.report, thorough, refusals, control, folder: job.work }),
    );
    return { promptsRead: new Set(everyPrompt(result.sets).map(promptKey)).size };
  } finally {
    cache.close();
  }
}

/** Reads every prompt's rows, and leaves out of the admin's prompts what cannot or, if so wanted, should not be used. */
async function readAndScreen(input: RunInput, port: EnginePort, cache: RowCache): Promise<{ used: OwnPrompt[]; screening: Screening }> {
  const { engine, job, record, control } = input;
  const all = await job.prompts();
  const setsOf = (prompts: readonly OwnPrompt[]) =>
    calibrationPrompts(
      record.seed,
      prompts.map(({ text }) => text),
      sizesOf(record.budget, record.limits).builtIn,
    );
  const sets = setsOf(all);
  // Known already where the page asked for an estimate; else it takes some seconds, and the time left can be told.
  const measuring = measureSpeed(engine, speedPath(input.dataDir, record.modelSha256), cache.layers);
  const speed = await raceAbort(control.signal, measuring, cancelled);
  const missing = everyPrompt(sets).filter((prompt) => !cache.has(prompt));
  input.onPlan(planWork({ budget: record.budget, sets, missing, layers: cache.layers.length, width: cache.width, speed }));
  const tooLong = new Set<string>();
  const owners = new Set([...sets.train.own, ...sets.validation.own].map(promptKey));
  await extractRows(port, cache, everyPrompt(sets), control, {
    onTooLong: (prompt) => {
      if (!owners.has(promptKey(prompt))) {
        throw new SteadyError('context-overflow', "The model's context is too small for the built-in prompts.", {
          hint: 'Choose a model with a larger context.',
        });
      }
      tooLong.add(promptKey(prompt));
    },
  });
  const fitting = all.filter(({ text }) => !tooLong.has(promptKey(ownPrompt(text.trim()))));
  const screening = await screen({ cache, sets: setsOf(fitting), control });
  input.onWarnings(warnings(all, fitting, screening, record));
  const doubtful = new Set(screening.flagged.map(({ prompt }) => prompt.text));
  return { used: record.leaveOutSuspicious ? fitting.filter(({ text }) => !doubtful.has(text.trim())) : fitting, screening };
}

function warnings(
  all: readonly OwnPrompt[],
  fitting: readonly OwnPrompt[],
  { flagged, separation }: Screening,
  record: CalibrationRecord,
): CalibrationWarning[] {
  const found: CalibrationWarning[] = [];
  if (flagged.length > 0) {
    const many = flagged.length === 1 ? 'One of your prompts looks' : `${flagged.length} of your prompts look`;
    const what = record.leaveOutSuspicious ? 'left out' : 'used all the same, so the model will answer their like';
    found.push({
      code: 'looks-harmful',
      message: `${many} harmful to this model; ${flagged.length === 1 ? 'it is' : 'they are'} ${what}.`,
      prompts: flagged.slice(0, MOST_NAMED).map(({ prompt, score }) => ({ text: named(prompt.text), score })),
      count: flagged.length,
    });
  }
  const kept = new Set(fitting);
  const long = all.filter((prompt) => !kept.has(prompt));
  if (long.length > 0) {
    found.push({
      code: 'too-long',
      message: `${long.length} of your prompts ${long.length === 1 ? 'is' : 'are'} longer than this model's context and left out.`,
      prompts: long.slice(0, MOST_NAMED).map(({ text }) => ({ text: named(text), score: null })),
      count: long.length,
    });
  }
  const best = Math.max(...separation.map(({ auc }) => auc));
  if (best < WEAK_AUC) {
    found.push({
      code: 'weak-separation',
      message: 'This model hardly tells harmful requests from benign ones; expect weak protection.',
      prompts: [],
      count: 0,
    });
  }
  return found;
}

/** What can be said before anything is read. */
export function earlyWarnings(used: number, total: number, asked: boolean): CalibrationWarning[] {
  const found: CalibrationWarning[] = [];
  if (used < total) {
    found.push({
      code: 'sampled',
      message: `Of ${total} prompts of yours ${used} are used with this budget, drawn at random.`,
      prompts: [],
      count: total - used,
    });
  }
  if (asked && used < FEW_PROMPTS) {
    found.push({
      code: 'few-prompts',
      message: `${used === 1 ? 'Only one prompt of yours is' : `Only ${used} prompts of yours are`} used; the built-in ones decide. From about ${FEW_PROMPTS} on, yours begin to count.`,
      prompts: [],
      count: used,
    });
  }
  return found;
}

function named(text: string): string {
  return text.length > NAMED ? `${text.slice(0, NAMED)}…` : text;
}
