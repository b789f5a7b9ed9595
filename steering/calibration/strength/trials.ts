/** Verdicts on replies under profiles that are being tried, and without any; kept on disk, so that a job goes on where it was. */
import { join } from 'node:path';
import { profileSha256, type SteeringProfile } from '../../profile/index.ts';
import type { Prompt } from '../../prompts/index.ts';
import type { Verdict } from '../../verdict/judge.ts';
import type { JobControl } from '../control.ts';
import type { ModelPort } from '../port.ts';
import { labelReplies } from '../replies/label-replies.ts';

export type Counts = Record<Verdict, number>;

export class Trials {
  readonly #port: ModelPort;
  readonly #folder: string;
  readonly #control: JobControl;

  /** @param folder where verdicts are kept */
  constructor(port: ModelPort, folder: string, control: JobControl) {
    this.#port = port;
    this.#folder = folder;
    this.#control = control;
  }

  async steered(profile: SteeringProfile, prompts: readonly Prompt[]): Promise<Counts> {
    await this.#port.applyProfile(profile);
    // A job that goes on later has another date and the same replies.
    return this.#judge(profileSha256({ ...profile, createdAt: '2000-01-01T00:00:00.000Z' }), prompts, true);
  }

  unsteered(prompts: readonly Prompt[]): Promise<Counts> {
    return this.#judge(`unsteered-${this.#port.model.sha256}`, prompts, false);
  }

  async #judge(tag: string, prompts: readonly Prompt[], steer: boolean): Promise<Counts> {
    const path = join(this.#folder, `verdicts-${tag.slice(0, 32)}.json`);
    const stage = steer ? 'tune' : 'validate';
    const verdicts = await labelReplies(this.#port, path, prompts, this.#control, { steer, stage });
    const counts: Counts = { refused: 0, complied: 0, partial: 0, degenerate: 0 };
    for (const verdict of verdicts) counts[verdict]++;
    return counts;
  }
}
