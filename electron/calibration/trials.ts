/** Verdicts on replies under profiles that are being tried, and without any; kept on disk, so that a job goes on where it was. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Prompt } from '../../steering/prompts/index.ts';
import { profileSha256, writeProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import type { Verdict } from '../../steering/verdict/judge.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { labelReplies } from './labels.ts';
import type { JobControl } from './progress.ts';
import { enginePromptOf } from './prompts.ts';

export type Counts = Record<Verdict, number>;

export interface TrialsOptions extends JobControl {
  engine: EngineSupervisor;
  /** Where verdicts are kept. */
  folder: string;
  /** SHA-256 of the model's file. */
  modelSha256: string;
}

export class Trials {
  readonly #options: TrialsOptions;
  readonly #path: string;

  constructor(options: TrialsOptions) {
    this.#options = options;
    this.#path = join(options.folder, `trial-${process.pid}.safetensors`);
  }

  async steered(profile: SteeringProfile, prompts: readonly Prompt[]): Promise<Counts> {
    const { engine, modelSha256 } = this.#options;
    await writeProfile(this.#path, profile);
    await engine.call('steering.apply', { profilePath: this.#path, modelSha256, strength: null });
    // A job that goes on later has another date and the same replies.
    return this.#judge(profileSha256({ ...profile, createdAt: '2000-01-01T00:00:00.000Z' }), prompts, true);
  }

  unsteered(prompts: readonly Prompt[]): Promise<Counts> {
    return this.#judge(`unsteered-${this.#options.modelSha256}`, prompts, false);
  }

  /** Removes the file of the last profile. */
  end(): Promise<void> {
    return rm(this.#path, { force: true });
  }

  async #judge(tag: string, prompts: readonly Prompt[], steer: boolean): Promise<Counts> {
    const { engine, folder } = this.#options;
    const path = join(folder, `verdicts-${tag.slice(0, 32)}.json`);
    const stage = steer ? 'tune' : 'validate';
    const verdicts = await labelReplies(engine, path, prompts.map(enginePromptOf), this.#options, { steer, stage });
    const counts: Counts = { refused: 0, complied: 0, partial: 0, degenerate: 0 };
    for (const verdict of verdicts) counts[verdict]++;
    return counts;
  }
}
