/** How far a whole evaluation is, from what it tells of the set and arm it is at. */
import type { EvaluationProgressEvent } from '../../contract/index.ts';
import type { ArmName } from '../arms.ts';
import type { EvaluationProgress } from '../progress.ts';

export class ProgressTracker {
  readonly #jobId: string;
  /** Replies that are to be had, by set and arm. */
  readonly #wanted: ReadonlyMap<string, number>;
  readonly #had = new Map<string, number>();
  readonly #total: number;
  #overall = 0;
  #start: { at: number; had: number } | null = null;

  constructor(jobId: string, sets: readonly { file: string; prompts: number }[], arms: readonly ArmName[]) {
    this.#jobId = jobId;
    this.#wanted = new Map(sets.flatMap(({ file, prompts }) => arms.map((arm) => [`${file}\n${arm}`, prompts] as const)));
    this.#total = [...this.#wanted.values()].reduce((a, b) => a + b, 0);
  }

  update({ file, arm, stage, done, total }: EvaluationProgress, now = performance.now()): EvaluationProgressEvent {
    const key = `${file}\n${arm}`;
    if (stage === 'replies') {
      // Whatever came before in the order is done, also where it was found done and nothing was told of it.
      for (const [earlier, prompts] of this.#wanted) {
        if (earlier === key) break;
        this.#had.set(earlier, prompts);
      }
      this.#had.set(key, done);
    }
    const had = [...this.#had.values()].reduce((a, b) => a + b, 0);
    this.#overall = Math.max(this.#overall, this.#total === 0 ? 0 : Math.min(1, had / this.#total));
    this.#start ??= { at: now, had };
    const seconds = (now - this.#start.at) / 1000;
    const gained = had - this.#start.had;
    const secondsLeft = gained >= 16 && seconds > 2 ? ((this.#total - had) * seconds) / gained : null;
    return { jobId: this.#jobId, set: file, arm, stage, done, total, overall: this.#overall, secondsLeft };
  }
}
