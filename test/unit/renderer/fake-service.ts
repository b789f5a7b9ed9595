/** An app that answers the calibration and profile requests from memory, for the page's tests. */
import {
  REFUSALS_SET_ID,
  SteadyError,
  type AppState,
  type BenignSet,
  type CalibrationJob,
  type Handlers,
  type PageContract,
  type ProfileEntry,
  type PromptDraft,
} from '../../../electron/contract/index.ts';
import { appState, hash, makeDetails, makeDraft, makeJob, makeProfile, makeReport, makeSet, MODELS } from './calibration-fixtures.ts';

function textOf(pieces: readonly string[]): string {
  return new TextDecoder().decode(Uint8Array.from(pieces.map(atob).join(''), (letter) => letter.charCodeAt(0)));
}

/** What the scripted app holds; tests look at it and change it. */
export interface FakeService {
  state: AppState;
  sets: BenignSet[];
  jobs: CalibrationJob[];
  profiles: ProfileEntry[];
  uploads: Map<string, { name: string; base64: string[]; bytes: number }>;
  /** Requests in the order in which they came. */
  calls: [name: string, input: unknown][];
  handlers: Partial<Handlers<PageContract>>;
}

export function fakeService(over: Partial<Omit<FakeService, 'handlers' | 'calls' | 'uploads'>> = {}): FakeService {
  const drafts = new Map<string, PromptDraft>();
  const service: FakeService = {
    state: appState(),
    sets: [{ ...makeSet({ name: 'Wrong refusals', kind: 'refusals', prompts: 0, source: 'refusal log' }), id: REFUSALS_SET_ID }],
    jobs: [],
    profiles: [],
    ...over,
    uploads: new Map(),
    calls: [],
    handlers: {},
  };
  const draftOf = (source: string, text: string): PromptDraft => {
    const lines = text.split('\n').map((line) => line.trim());
    const prompts = [...new Set(lines.filter((line) => line !== '' && line !== '!'))];
    const badLines = lines.flatMap((line, index) => (line === '!' ? [{ line: index + 1, fault: 'It has no prompt.' }] : []));
    if (prompts.length === 0) throw new SteadyError('bad-input', `There are no prompts in ${source}.`, { hint: 'One prompt a line.' });
    const draft = makeDraft({
      source,
      prompts: prompts.length,
      duplicates: lines.filter((line) => line !== '' && line !== '!').length - prompts.length,
      badLines,
      badLineCount: badLines.length,
      preview: prompts.slice(0, 20),
      notes: prompts.length === lines.length ? [] : ['Repeats count once.'],
    });
    drafts.set(draft.draftId, draft);
    return draft;
  };
  const jobOf = (jobId: string) => {
    const job = service.jobs.find(({ id }) => id === jobId);
    if (job === undefined) throw new SteadyError('not-found', 'There is no such calibration.');
    return job;
  };
  const changeJob = (jobId: string, changes: Partial<CalibrationJob>) => {
    const changed = { ...jobOf(jobId), ...changes };
    service.jobs = service.jobs.map((job) => (job.id === jobId ? changed : job));
    return changed;
  };
  const profileOf = (wanted: string) => service.profiles.find(({ id }) => id === wanted)!;
  const makeCurrent = (wanted: string) => {
    service.profiles = service.profiles.map((entry) => ({ ...entry, current: entry.id === wanted }));
    return profileOf(wanted);
  };
  /** The profile of a frontier point, kept in the library. */
  const keepApplied = ({ name, modelName, modelSha256 }: CalibrationJob, point: number) => {
    const entry = makeProfile({ id: hash(String(point % 10)), name, modelName, modelSha256, current: false });
    service.profiles = [...service.profiles.filter(({ id }) => id !== entry.id), entry];
    return entry;
  };
  const handlers: Partial<Handlers<PageContract>> = {
    'app.state': () => service.state,
    'models.list': () => MODELS,
    'models.load': () => ({}),
    'conversations.list': () => [],
    'calibration.state': () => ({
      running: service.jobs.find(({ status }) => status === 'running') ?? null,
      jobs: service.jobs,
      chatPaused: true,
      message: 'Chat waits until the calibration is done.',
    }),
    'calibration.sets.list': () => service.sets,
    'calibration.draft.fromText': ({ text }) => draftOf('Pasted text', text),
    'prompts.upload.begin': ({ fileName, bytes }) => {
      const uploadId = crypto.randomUUID();
      service.uploads.set(uploadId, { name: fileName, base64: [], bytes });
      return { uploadId };
    },
    'prompts.upload.append': ({ uploadId, base64 }) => {
      const upload = service.uploads.get(uploadId)!;
      upload.base64.push(base64);
      return { received: textOf(upload.base64).length };
    },
    'prompts.upload.discard': () => ({}),
    'calibration.draft.fromUpload': ({ uploadId }) => {
      const { name, base64 } = service.uploads.get(uploadId)!;
      return draftOf(name, textOf(base64));
    },
    'calibration.draft.discard': () => ({}),
    'calibration.sets.create': ({ draftId, name }) => {
      if (service.sets.some((set) => set.name === name)) throw new SteadyError('conflict', `There is a set called “${name}” already.`);
      const set = makeSet({ name, prompts: drafts.get(draftId)!.prompts, source: drafts.get(draftId)!.source });
      service.sets = [...service.sets, set];
      return set;
    },
    'calibration.sets.extend': ({ id, draftId }) => {
      service.sets = service.sets.map((set) => (set.id === id ? { ...set, prompts: set.prompts + drafts.get(draftId)!.prompts } : set));
      return service.sets.find((set) => set.id === id)!;
    },
    'calibration.sets.rename': ({ id, name }) => {
      service.sets = service.sets.map((set) => (set.id === id ? { ...set, name } : set));
      return service.sets.find((set) => set.id === id)!;
    },
    'calibration.sets.delete': ({ id }) => {
      service.sets = service.sets.filter((set) => set.id !== id);
      return {};
    },
    'calibration.sets.page': ({ offset, limit }) => ({
      total: 130,
      prompts: Array.from({ length: Math.min(limit, 130 - offset) }, (_, index) => ({
        promptId: offset + index,
        text: `Prompt number ${offset + index + 1}`,
      })),
    }),
    'calibration.sets.removePrompts': ({ id }) => service.sets.find((set) => set.id === id)!,
    'calibration.estimate': ({ setIds }) => {
      const own = service.sets.filter(({ id }) => setIds.includes(id)).reduce((sum, { prompts }) => sum + prompts, 0);
      return {
        modelId: 'smol',
        modelName: 'SmolLM2 135M Instruct',
        budgets: [
          { budget: 'quick', builtInPrompts: 1550, ownPrompts: own, alreadyRead: 0, seconds: 320 },
          { budget: 'standard', builtInPrompts: 4100, ownPrompts: own, alreadyRead: 1200, seconds: 1260 },
          { budget: 'thorough', builtInPrompts: 9800, ownPrompts: own, alreadyRead: 1200, seconds: 5000 },
        ],
        speed: { promptTokensPerSecond: 812, replyTokensPerSecond: 64 },
      };
    },
    'calibration.start': ({ budget, name }) => {
      const job = makeJob({ budget, ...(name === undefined ? {} : { name }) });
      service.jobs = [job, ...service.jobs];
      return job;
    },
    'calibration.cancel': ({ jobId }) => changeJob(jobId, { status: 'cancelling' }),
    'calibration.resume': ({ jobId }) => changeJob(jobId, { status: 'running', resumable: false }),
    'calibration.report': ({ jobId }) => makeReport(jobOf(jobId)),
    'calibration.apply': ({ jobId, point }) => {
      const { id: appliedProfile } = makeCurrent(keepApplied(jobOf(jobId), point).id);
      return changeJob(jobId, { status: 'applied', appliedPoint: point, appliedProfile });
    },
    'calibration.discard': ({ jobId }) => {
      service.jobs = service.jobs.filter(({ id }) => id !== jobId);
      return {};
    },
    'profiles.list': () => ({ profiles: service.profiles, damaged: [] }),
    'profiles.show': ({ id }) => makeDetails(profileOf(id)),
    'profiles.compare': ({ a, b }) => ({
      a: makeDetails(profileOf(a)),
      b: makeDetails(profileOf(b)),
      sameModel: profileOf(a).modelSha256 === profileOf(b).modelSha256,
      layers: [10, 11, 12, 14].map((layer, index) => ({ layer, readCosine: index % 2 === 0 ? 0.9 : null, writeCosine: 0.97 })),
      differences: [{ name: 'alpha', a: '100', b: '10' }],
    }),
    'profiles.apply': ({ id }) => makeCurrent(id),
    'profiles.rollback': () => makeCurrent(service.profiles.find(({ current }) => !current)!.id),
    'profiles.export': ({ id }) => ({ fileName: `${profileOf(id).name}.safetensors`, base64: btoa('a profile') }),
    'profiles.import': ({ fileName }) => {
      if (fileName.includes('bad')) throw new SteadyError('profile-damaged', `${fileName} is damaged.`, { hint: 'Export it again.' });
      const entry = makeProfile({ id: hash('f'), name: fileName.replace('.safetensors', ''), current: false, appliedAt: null });
      service.profiles = [...service.profiles, entry];
      return entry;
    },
    'profiles.delete': ({ id }) => {
      service.profiles = service.profiles.filter((entry) => entry.id !== id);
      return {};
    },
  };
  service.handlers = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      (input: never) => {
        service.calls.push([name, input]);
        return (handler as (input: never) => unknown)(input);
      },
    ]),
  ) as Partial<Handlers<PageContract>>;
  return service;
}
