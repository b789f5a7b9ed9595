/** Corrections as a use case: what reviews suggest, what it would do, and the new profile that protects from then on. */
import { join } from 'node:path';
import {
  MAX_CHANGED,
  MAX_CORRECTION_LENGTH,
  MAX_CORRECTIONS,
  SteadyError,
  toErrorShape,
  type CorrectionItem,
  type CorrectionState,
  type ErrorShape,
  type ProfileEntry,
} from '../contract/index.ts';
import { enginePort } from '../calibration/engine-port.ts';
import { keptFolder } from '../calibration/kept-folder.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { AppEvents } from '../events.ts';
import type { EngineLease, Lease } from '../jobs/engine-lease.ts';
import { lockJobs } from '../jobs/lock.ts';
import type { ProfileLibrary } from '../profiles/profile-library.ts';
import { profilePathFor } from '../protection/locate-profile.ts';
import type { RefusalStore } from '../store/index.ts';
import { correct, whyNotCorrectable, type CorrectionResult } from '../../steering/calibration/corrections/correct.ts';
import { referencePrompts, type ReferencePrompts } from '../../steering/calibration/corrections/reference.ts';
import { openRowCache } from '../../steering/calibration/layers.ts';
import { profileSha256, readProfile, type SteeringProfile } from '../../steering/profile/index.ts';

export interface CorrectionsServiceOptions {
  dataDir: string;
  engine: EngineSupervisor;
  lease: EngineLease;
  events: AppEvents;
  library: ProfileLibrary;
  refusals: Pick<RefusalStore, 'page' | 'get'>;
  /** Other prompts than the built-in ones to measure with, for trials in little time. */
  reference?: ReferencePrompts | undefined;
}

interface Proposal {
  result: CorrectionResult;
  /** The profile that it corrects. */
  base: string;
  modelName: string;
  seconds: number;
}

interface Running {
  controller: AbortController;
  done: number;
  total: number;
  rate: number | null;
  ended: Promise<void>;
}

/** What the state says of the profile that protects the loaded model. */
interface Shown {
  modelSha256: string;
  unavailable: string | null;
  undoable: boolean;
}

/** What the name of a corrected profile ends with, for people. */
const MARK = ' (corrected)';

export class CorrectionsService {
  readonly #options: CorrectionsServiceOptions;
  #running: Running | null = null;
  #proposal: Proposal | null = null;
  #problem: ErrorShape | null = null;
  /** The state is told twice a second while something is measured, and reading a profile takes longer than that is worth. */
  #shown: Promise<Shown> | null = null;

  constructor(options: CorrectionsServiceOptions) {
    this.#options = options;
    options.events.on('profiles.changed', () => (this.#shown = null));
  }

  async state(): Promise<CorrectionState> {
    const running = this.#running;
    const { unavailable, undoable } = await this.#ofProfile();
    const left = running?.rate == null || running.rate === 0 ? null : (running.total - running.done) / running.rate;
    return {
      running: running === null ? null : { done: running.done, total: running.total, secondsLeft: left },
      proposal: this.#proposal === null ? null : shown(this.#proposal),
      problem: this.#problem,
      unavailable,
      undoable,
    };
  }

  /** Rows whose text is kept and was judged; a request is named once. */
  async suggest(): Promise<(CorrectionItem & { seq: number })[]> {
    const { refusals } = this.#options;
    const found = new Map<string, CorrectionItem & { seq: number }>();
    for (const wanted of ['answered', 'refused'] as const) {
      const filter = wanted === 'answered' ? { benign: true } : { causes: ['answered' as const], reviews: ['wrong' as const] };
      const { rows } = await refusals.page({ filter, limit: MAX_CORRECTIONS, before: null });
      for (const { seq } of rows) {
        const { prompt } = await refusals.get(seq);
        const text = prompt?.trim() ?? '';
        if (text !== '' && text.length <= MAX_CORRECTION_LENGTH && !found.has(text)) found.set(text, { seq, text, wanted });
      }
    }
    return [...found.values()].sort((a, b) => b.seq - a.seq).slice(0, MAX_CORRECTIONS);
  }

  /** @throws `busy`, `model-not-loaded`, `bad-input` */
  async measure(items: readonly CorrectionItem[]): Promise<CorrectionState> {
    const { lease, engine } = this.#options;
    const texts = items.map(({ text }) => text.trim());
    if (texts.includes('') || new Set(texts).size < texts.length) {
      throw new SteadyError('bad-input', 'A request is empty, or is there twice.', { hint: 'Name each request once.' });
    }
    const own = lease.acquire({
      what: 'A correction is being measured',
      hint: 'Wait until it is done, or cancel it.',
      chatMessage: 'A correction is being measured; chatting is possible again when it is over or cancelled.',
    });
    try {
      if (engine.model === null) throw new SteadyError('model-not-loaded', 'No model is loaded.', { hint: 'Choose a model first.' });
      const profile = await this.#current();
      if (profile === null)
        throw new SteadyError('profile-missing', 'This model has no profile that could be corrected.', { hint: 'Protect it first.' });
      this.#proposal = null;
      this.#problem = null;
      const running: Running = { controller: new AbortController(), done: 0, total: 0, rate: null, ended: Promise.resolve() };
      this.#running = running;
      const wanted = items.map(({ wanted }, at) => ({ wanted, text: texts[at]! }));
      running.ended = this.#measure(running, profile, wanted, own);
    } catch (error) {
      own.release();
      throw error;
    }
    return this.#tell();
  }

  async cancel(): Promise<CorrectionState> {
    this.#running?.controller.abort();
    await this.settled();
    return this.state();
  }

  discard(): Promise<CorrectionState> {
    this.#proposal = null;
    this.#problem = null;
    return this.#tell();
  }

  /** @throws `conflict`, `profile-ineffective` */
  async apply(): Promise<ProfileEntry> {
    const { lease, library } = this.#options;
    lease.requireFree();
    const proposal = this.#proposal;
    const current = await this.#current();
    if (proposal === null) throw new SteadyError('conflict', 'There is nothing to apply.', { hint: 'Measure a correction first.' });
    if (current === null || profileSha256(current) !== proposal.base) {
      throw new SteadyError('conflict', 'Another model or profile was chosen since this was measured.', {
        hint: 'Measure the correction again.',
      });
    }
    const entry = await library.add(proposal.result.profile, 'correction');
    this.#proposal = null;
    await this.#tell();
    return entry;
  }

  /** @throws `conflict` */
  async undo(): Promise<ProfileEntry> {
    const { lease, library } = this.#options;
    lease.requireFree();
    const current = await this.#current();
    if (current === null || !(await library.isCorrection(current.model.sha256, profileSha256(current)))) {
      throw new SteadyError('conflict', 'The profile that protects now was made by no correction.', {
        hint: 'Other profiles are under Profiles.',
      });
    }
    const entry = await library.rollback(current.model.sha256);
    this.#proposal = null;
    await this.#tell();
    return entry;
  }

  /** Resolves when what is measured has come to its end. */
  async settled(): Promise<void> {
    await this.#running?.ended;
  }

  async close(): Promise<void> {
    this.#running?.controller.abort();
    await this.settled();
  }

  /** Never throws. */
  async #measure(running: Running, profile: SteeringProfile, items: readonly CorrectionItem[], own: Lease): Promise<void> {
    const { signal } = running.controller;
    const began = performance.now();
    try {
      const result = await this.#correct(running, profile, items);
      const { name: modelName } = profile.model;
      this.#proposal = { result, base: profileSha256(profile), modelName, seconds: (performance.now() - began) / 1000 };
    } catch (error) {
      this.#problem = signal.aborted ? null : toErrorShape(error);
    }
    this.#running = null;
    // Before the end is told, so that whoever hears of it can chat again.
    own.release();
    await this.#tell();
  }

  async #correct(running: Running, profile: SteeringProfile, corrections: readonly CorrectionItem[]): Promise<CorrectionResult> {
    const { dataDir, engine, reference = referencePrompts() } = this.#options;
    const { controller } = running;
    // Rows are shared with calibrations, and one process at a time writes them.
    const lock = await lockJobs(join(keptFolder(dataDir), 'running'), { article: 'A calibration', onLost: () => controller.abort() });
    try {
      const port = await enginePort(engine, keptFolder(dataDir));
      const cache = openRowCache(keptFolder(dataDir), port.model);
      try {
        let told = 0;
        const onProgress = ({ done, total, rate }: { done: number; total: number; rate: number | null }) => {
          Object.assign(running, { done, total, rate });
          if (performance.now() - told < TELL_EVERY_MS) return;
          told = performance.now();
          void this.#tell();
        };
        return await correct({
          ...{ port, cache, profile, corrections, reference },
          control: { signal: controller.signal, onProgress },
          createdAt: new Date().toISOString(),
          name: profile.name.endsWith(MARK) ? profile.name : `${profile.name.slice(0, 200 - MARK.length)}${MARK}`,
        });
      } finally {
        cache.close();
      }
    } finally {
      await lock.release();
    }
  }

  async #ofProfile(): Promise<Shown> {
    const { engine } = this.#options;
    const modelSha256 = engine.model === null ? '' : (engine.target?.modelSha256 ?? '');
    const known = this.#shown;
    if (known !== null && (await known).modelSha256 === modelSha256) return known;
    const shown = this.#look(modelSha256);
    // What fails is tried again.
    shown.catch(() => (this.#shown = null));
    this.#shown = shown;
    return shown;
  }

  async #look(modelSha256: string): Promise<Shown> {
    const current = await this.#current();
    if (current === null) return { modelSha256, unavailable: 'The loaded model has no profile that could be corrected.', undoable: false };
    const undoable = await this.#options.library.isCorrection(current.model.sha256, profileSha256(current));
    return { modelSha256, unavailable: whyNotCorrectable(current), undoable };
  }

  /** The profile that protects the loaded model; null where there is none that can be read. */
  async #current(): Promise<SteeringProfile | null> {
    const { dataDir, engine } = this.#options;
    if (engine.target === null || engine.model === null) return null;
    const path = profilePathFor(dataDir, engine.target.modelSha256);
    return path === null ? null : readProfile(path).catch(() => null);
  }

  async #tell(): Promise<CorrectionState> {
    const state = await this.state();
    this.#options.events.emit('corrections.changed', state);
    return state;
  }
}

const TELL_EVERY_MS = 500;

function shown({ result, modelName, seconds }: Proposal): NonNullable<CorrectionState['proposal']> {
  const { corrected, harmful, harmless, changed } = result;
  return { modelName, items: corrected, harmful, harmless, changed: changed.slice(0, MAX_CHANGED), changedCount: changed.length, seconds };
}
