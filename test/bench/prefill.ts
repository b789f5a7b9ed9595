/** Time to the first token of a prompt. */
import type { Token } from 'node-llama-cpp';
import { BenchContext, type Arm, type World } from './arms.ts';
import { summarize, timed, Timings, type ScenarioResult, type Timing } from './scenario.ts';
import { mirroredOrders, seededRandom } from './stats.ts';

/** A round and its mirror image. */
const ROUNDS = 2;
/** Prompts up to this length get new contexts for every block; for longer ones, warming those up would take all the time. */
const FRESH_UP_TO = 64;
/** Fewer say nothing about their own spread. */
const MIN_CALLS = 4;
const MAX_BLOCKS = 200;
/** What goes first when there is time for few calls only: the middle of the range, then the noise floor. */
const DISPENSABLE = ['5 layers', 'plain again', '15 layers'];

/** The contexts of a block: arms with the hook share one, each plain arm has its own. */
class Contexts {
  readonly #world: World;
  readonly #prompt: Token[];
  readonly #byName = new Map<string, BenchContext>();
  readonly #seen: { profileSteered: boolean };
  /** What the last call took. */
  callMs = 0;

  constructor(world: World, prompt: Token[], seen: { profileSteered: boolean }) {
    this.#world = world;
    this.#prompt = prompt;
    this.#seen = seen;
  }

  /** Makes the context an arm needs. Its first evaluation touches its buffers for the first time, so it is not counted. */
  async warmUp(arm: Arm): Promise<void> {
    const name = nameOf(arm);
    if (this.#byName.has(name)) return;
    const { length } = this.#prompt;
    const size = { contextSize: Math.max(512, Math.ceil((length + 1) / 256) * 256), batchSize: Math.max(512, length) };
    this.#byName.set(name, await BenchContext.create(this.#world, arm.plain, size));
    await this.call(arm);
  }

  async call(arm: Arm): Promise<Timing> {
    const context = this.#byName.get(nameOf(arm))!;
    await context.prepare(arm);
    const { timing, value } = await timed(() => context.start(arm, this.#prompt));
    await value.tokens.return();
    if (arm.steers === null && value.steering?.steered === true) this.#seen.profileSteered = true;
    this.callMs = timing.ms;
    return timing;
  }

  async dispose(): Promise<void> {
    for (const context of this.#byName.values()) await context.dispose();
    this.#byName.clear();
  }
}

const nameOf = (arm: Arm) => (arm.plain ? arm.name : 'hooked');

/** @param seen is told when the profile's gate opened */
export async function measurePrefill(
  world: World,
  arms: readonly Arm[],
  prompt: Token[],
  seconds: number,
  seen: { profileSteered: boolean },
  say: (line: string) => void,
): Promise<ScenarioResult> {
  const began = performance.now();
  const left = () => seconds * 1000 - (performance.now() - began);
  const contexts = new Contexts(world, prompt, seen);
  const fresh = prompt.length <= FRESH_UP_TO;
  try {
    const [plain, , idle] = arms as [Arm, Arm, Arm];
    await contexts.warmUp(plain);
    await contexts.warmUp(idle);
    const chosen = fittingArms(arms, left() / contexts.callMs);
    const timings = new Timings(chosen);
    const orders = mirroredOrders(chosen.length, seededRandom(prompt.length));
    let blockMs = 0;
    for (let calls = 0; timings.blocks < MAX_BLOCKS && (calls < MIN_CALLS || left() > blockMs); calls += ROUNDS) {
      const started = performance.now();
      for (const arm of chosen) await contexts.warmUp(arm);
      for (let round = 0; round < ROUNDS; round++) {
        if (round === 0 || !fresh) timings.beginBlock();
        for (const index of orders.next().value) timings.add(chosen[index]!, await contexts.call(chosen[index]!));
      }
      if (fresh) await contexts.dispose();
      blockMs = performance.now() - started;
    }
    return summarize({ kind: 'prefill', tokens: prompt.length, wanted: arms, timings, seconds: (performance.now() - began) / 1000 }, say);
  } finally {
    await contexts.dispose();
  }
}

/** As many arms as can be called often enough. */
function fittingArms(arms: readonly Arm[], calls: number): Arm[] {
  let chosen = [...arms];
  for (const name of DISPENSABLE) {
    if (chosen.length * MIN_CALLS <= calls) break;
    chosen = chosen.filter((arm) => arm.name !== name);
  }
  return chosen;
}
