/** Time to the first token of a prompt. */
import type { Token } from 'node-llama-cpp';
import { BenchContext, type Arm, type World } from './arms.ts';
import type { Reference } from './reference.ts';
import { summarize, timed, Timings, type ScenarioResult, type Timing } from './scenario.ts';
import { mirroredOrders, seededRandom } from './stats.ts';

/** A round and its mirror image. */
const ROUNDS = 2;
/** Prompts up to this length get new contexts for every block; for longer ones, warming those up would take all the time. */
const FRESH_UP_TO = 64;
/** Fewer say nothing about their own spread; of the longest prompts no more can be had in a patient person's time. */
const MIN_CALLS = 4;
const MIN_CALLS_OF_LONG = 2;
const LONG = 1024;
const MAX_BLOCKS = 200;
/** What goes first when there is time for few calls only: the noise floor, what adds nothing, then the middle of the range. */
const DISPENSABLE = ['plain again', 'hook idle', 'profile', '5 layers', '15 layers'];

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
    this.#byName.set(name, await BenchContext.create(this.#world, arm, size));
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
  references: readonly Reference[],
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
    const minCalls = prompt.length >= LONG ? MIN_CALLS_OF_LONG : MIN_CALLS;
    const chosen = fittingArms(arms, references.length, minCalls, left() / contexts.callMs);
    const timings = new Timings(chosen, references);
    const orders = mirroredOrders(chosen.length + references.length, seededRandom(prompt.length));
    const callOne = async (index: number) => {
      const arm = chosen[index];
      if (arm !== undefined) return timings.add(arm, await contexts.call(arm));
      const reference = references[index - chosen.length]!;
      timings.addReference(reference, await reference.prefill(prompt));
    };
    let blockMs = 0;
    for (let calls = 0; timings.blocks < MAX_BLOCKS && (calls < minCalls || left() > blockMs); calls += ROUNDS) {
      const started = performance.now();
      for (const arm of chosen) await contexts.warmUp(arm);
      for (let round = 0; round < ROUNDS; round++) {
        if (round === 0 || !fresh) timings.beginBlock();
        for (const index of orders.next().value) await callOne(index);
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
function fittingArms(arms: readonly Arm[], references: number, minCalls: number, calls: number): Arm[] {
  let chosen = [...arms];
  for (const name of DISPENSABLE) {
    if ((chosen.length + references) * minCalls <= calls) break;
    chosen = chosen.filter((arm) => arm.name !== name);
  }
  return chosen;
}
