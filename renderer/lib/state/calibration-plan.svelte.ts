/** What a person is about to calibrate: the step they are at, their choices, and what these would take. */
import type { Budget, CalibrationEstimate } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

export type PlanStep = 'model' | 'prompts' | 'effort';

export class CalibrationPlan {
  /** null: no calibration is being set up. */
  step = $state<PlanStep | null>(null);
  budget = $state<Budget>('standard');
  name = $state('');
  leaveOutSuspicious = $state(false);
  /** Text of the seed field; empty: the app's own. */
  seed = $state('');
  estimate = $state.raw<CalibrationEstimate | null>(null);
  estimating = $state(false);
  problem = $state.raw<Problem | null>(null);
  readonly #bridge: Bridge;
  readonly #setIds: () => string[];
  #asked = 0;

  constructor(bridge: Bridge, setIds: () => string[]) {
    this.#bridge = bridge;
    this.#setIds = setIds;
  }

  begin(): void {
    this.step = 'model';
    this.name = '';
    this.seed = '';
    this.estimate = null;
  }

  end(): void {
    this.step = null;
  }

  /** Asks what each budget would take. Only the answer to the last question counts; a failure is kept in `problem`. */
  async ask(): Promise<void> {
    const mine = ++this.#asked;
    this.estimating = true;
    this.problem = null;
    try {
      const estimate = await this.#bridge.call('calibration.estimate', { setIds: this.#setIds() });
      if (mine === this.#asked) this.estimate = estimate;
    } catch (error) {
      if (mine !== this.#asked) return;
      this.estimate = null;
      this.problem = toProblem(error);
    } finally {
      if (mine === this.#asked) this.estimating = false;
    }
  }
}
