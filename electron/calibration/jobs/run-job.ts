/** The steps of one job, from its prompts to its results. Every step finds on disk what it did before. */
import { SteadyError, type CalibrationWarning } from '../../contract/index.ts';
import type { EngineSupervisor } from '../../engine/supervisor.ts';
import type { Prompt } from '../../../steering/prompts/index.ts';
import type { OwnPrompt } from '../benign-sets/sets-service.ts';
import { calibrate } from '../calibrate.ts';
import { measureSpeed, planWork, speedPath, type WorkPlan } from '../estimate.ts';
import { extractRows } from '../extract.ts';
import { stageReporter, throwIfCancelled, unlessCancelled, type JobControl } from '../progress.ts';
import { calibrationPrompts, enginePromptOf, type CalibrationPrompts } from '../prompts.ts';
import { buildReport } from '../report/build-report.ts';
import { candidateLayers, openRowCache } from '../layers.ts';
import { promptKey, type RowCache } from '../row-cache.ts';
import { screen, type Screening } from '../screen.ts';
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

const keyOf = (prompt: Prompt): string => promptKey(enginePromptOf(prompt));

/** Leaves the profile and the evidence in the job's folder; answers how many prompts were read. */
export async function runJob(input: RunInput): Promise<{ promptsRead: number }> {
  const { engine, job, record, control } = input;
  stageReporter(control, 'prepare', 1)(0);
  const model = await engine.ready();
  if (engine.target?.modelSha256 !== record.modelSha256) {
    throw new SteadyError('conflict', `This calibration is for ${record.modelName}, and another model is loaded.`, {
      hint: 'Load that model.',
    });
  }
  const openCache = () => openRowCache(input.dataDir, model, record.modelSha256);
  if (candidateLayers(model.layerCount, model.steerableLayers).length === 0)
    throw new SteadyError('model-not-steerable', 'This kind of model cannot be steered.', { hint: 'Choose another model.' });

  const { used, screening } = await using(openCache(), (cache) => readAndScreen(input, cache));
  throwIfCancelled(control);
  const result = await calibrate({
    ...control,
    dataDir: input.dataDir,
    engine,
    budget: record.budget,
    seed: record.seed,
    ownBenign: used.map(({ text }) => text),
    out: job.profilePath,
    name: record.name,
    appVersion: input.appVersion,
    createdAt: new Date(record.createdAt).toISOString(),
    limits: record.limits,
  });
  const refusals = new Set(used.filter(({ refusal }) => refusal).map(({ text }) => text));
  const evidence = await using(openCache(), (cache) =>
    buildReport({ engine, cache, result, screening, budget: record.budget, refusals, keyOf, control, folder: job.work }),
  );
  await job.writeEvidence(evidence);
  return { promptsRead: new Set(everyPrompt(result.sets).map(keyOf)).size };
}

/** Reads every prompt's rows, and leaves out of the admin's prompts what cannot or, if so wanted, should not be used. */
async function readAndScreen(input: RunInput, cache: RowCache): Promise<{ used: OwnPrompt[]; screening: Screening }> {
  const { engine, job, record, control } = input;
  const all = await job.prompts();
  const setsOf = (prompts: readonly OwnPrompt[]) =>
    calibrationPrompts(
      record.budget,
      record.seed,
      prompts.map(({ text }) => text),
      record.limits,
    );
  const sets = setsOf(all);
  // Known already where the page asked for an estimate; else it takes some seconds, and the time left can be told.
  const speed = await unlessCancelled(control, measureSpeed(engine, speedPath(input.dataDir, record.modelSha256), cache.layers));
  const missing = everyPrompt(sets).filter((prompt) => !cache.has(keyOf(prompt)));
  input.onPlan(planWork({ budget: record.budget, sets, missing, layers: cache.layers.length, width: cache.width, speed }));
  const tooLong = new Set<string>();
  const owners = new Set([...sets.train.own, ...sets.validation.own].map(keyOf));
  await extractRows(engine, cache, everyPrompt(sets).map(enginePromptOf), control, {
    onTooLong: (key) => {
      if (!owners.has(key)) {
        throw new SteadyError('context-overflow', "The model's context is too small for the built-in prompts.", {
          hint: 'Choose a model with a larger context.',
        });
      }
      tooLong.add(key);
    },
  });
  const keyOfText = (text: string) => promptKey({ systemPrompt: '', turns: [{ role: 'user', text }] });
  const fitting = all.filter(({ text }) => !tooLong.has(keyOfText(text)));
  const screening = await screen({ cache, sets: setsOf(fitting), keyOf, control });
  input.onWarnings(warnings(all, fitting, screening, record));
  const doubtful = new Set(screening.suspicious.map(({ prompt }) => prompt.text));
  return { used: record.leaveOutSuspicious ? fitting.filter(({ text }) => !doubtful.has(text)) : fitting, screening };
}

function warnings(
  all: readonly OwnPrompt[],
  fitting: readonly OwnPrompt[],
  { suspicious, separation }: Screening,
  record: CalibrationRecord,
): CalibrationWarning[] {
  const found: CalibrationWarning[] = [];
  if (suspicious.length > 0) {
    const many = suspicious.length === 1 ? 'One of your prompts looks' : `${suspicious.length} of your prompts look`;
    const what = record.leaveOutSuspicious ? 'left out' : 'used all the same, so the model will answer their like';
    found.push({
      code: 'looks-harmful',
      message: `${many} harmful to this model; ${suspicious.length === 1 ? 'it is' : 'they are'} ${what}.`,
      prompts: suspicious.slice(0, MOST_NAMED).map(({ prompt, score }) => ({ text: named(prompt.text), score })),
      count: suspicious.length,
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

function everyPrompt({ train, validation }: CalibrationPrompts): Prompt[] {
  return [train, validation].flatMap((part) => [...part.benign, ...part.harmful, ...part.own]);
}

async function using<T>(cache: RowCache, work: (cache: RowCache) => Promise<T>): Promise<T> {
  try {
    return await work(cache);
  } finally {
    cache.close();
  }
}

function named(text: string): string {
  return text.length > NAMED ? `${text.slice(0, NAMED)}…` : text;
}
