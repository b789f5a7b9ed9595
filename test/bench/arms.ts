/** What is compared: plain node-llama-cpp, the hook without a plan, and plans of several sizes. */
import type { Llama, LlamaContext, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { createContext } from '../../electron/engine/worker/model-host.ts';
import { emptySequence } from '../../electron/engine/worker/borders.ts';
import { startReply } from '../../electron/engine/worker/sequence.ts';
import type { SteeringRuntime } from '../../steering/runtime/hook.ts';
import type { PromptSteering } from '../../steering/runtime/prompt-phase.ts';
import type { SteeringPlan } from '../../steering/runtime/plan.ts';
import { seededRandom } from './stats.ts';

export interface Arm {
  name: string;
  /** What the arm is, for the report. */
  about: string;
  /** Made without the hook. */
  plain: boolean;
  /** Made by node-llama-cpp alone, without threads that stay. */
  stock?: boolean;
  plan: SteeringPlan | null;
  /** Whether every prompt must come out steered; null where it depends on the prompt. */
  steers: boolean | null;
}

/** Greedy, and never ended by the model: all arms evaluate equally many tokens. */
const SAMPLING = { temperature: 0, yieldEogToken: true } as const;

/** Plans that read and write every one of `layers`, with the gate wide open and vectors too short to derail the model. */
function syntheticPlan(layers: readonly number[], d: number): SteeringPlan {
  const random = seededRandom(d);
  const vector = (length: number) => Float32Array.from({ length: d }, () => ((random() * 2 - 1) * length) / Math.sqrt(d));
  return {
    pooling: 'own',
    clip: true,
    strength: 1,
    layers: layers.map((layer) => ({ layer, read: { w: vector(1), tau: -1e6, scale: 1 }, write: { r: vector(0.05), lambda: 1 } })),
  };
}

/** `count` neighbouring layers from the middle of those that can be steered. */
function middle(layers: readonly number[], count: number): number[] {
  const start = Math.max(0, Math.floor((layers.length - count) / 2));
  return layers.slice(start, start + count);
}

export const PLAIN = 'plain';

/**
 * Every arm, plain first. "plain again" is a second context of the same kind: what it differs from the first by is noise.
 * @param layers those that can be steered, ascending
 */
export function makeArms(layers: readonly number[], d: number, profile: SteeringPlan | null): Arm[] {
  const steered = (name: string, about: string, plan: SteeringPlan, steers: boolean | null): Arm => ({
    name,
    about,
    plain: false,
    plan,
    steers,
  });
  const open = (name: string, chosen: number[]) =>
    steered(name, `${chosen.length} layers read and write, the gate open`, syntheticPlan(chosen, d), true);
  return [
    { name: PLAIN, about: 'node-llama-cpp without the hook, with threads that stay', plain: true, plan: null, steers: false },
    {
      name: 'as it comes',
      about: 'node-llama-cpp without anything of this app, which starts its threads anew for every token',
      plain: true,
      stock: true,
      plan: null,
      steers: false,
    },
    {
      name: 'plain again',
      about: 'another context without the hook: whatever it differs from plain by is noise',
      plain: true,
      plan: null,
      steers: false,
    },
    { name: 'hook idle', about: 'the hook attached, no plan', plain: false, plan: null, steers: false },
    open('5 layers', middle(layers, 5)),
    open('15 layers', middle(layers, 15)),
    open('all layers', [...layers]),
    ...(profile === null ? [] : [steered('profile', `the profile (${profile.layers.length} layers), a benign prompt`, profile, null)]),
  ];
}

/** One context as the engine makes it, with the hook or without. */
export class BenchContext {
  readonly #context: LlamaContext;
  readonly #sequence: LlamaContextSequence;
  readonly #runtime: SteeringRuntime;

  private constructor(context: LlamaContext, runtime: SteeringRuntime) {
    this.#context = context;
    this.#sequence = context.getSequence();
    this.#runtime = runtime;
  }

  static async create(world: World, arm: Arm, size: { contextSize: number; batchSize: number }): Promise<BenchContext> {
    const { model, runtime, threads } = world;
    const asked = { ...size, sequences: 1, threads };
    const make = () => (arm.stock === true ? model.createContext(asked) : createContext(model, asked));
    return new BenchContext(await (arm.plain ? withoutHook(world, make) : make()), runtime);
  }

  /** Empties the cache and sets what is steered; to be called outside what is timed. */
  async prepare(arm: Arm): Promise<void> {
    await emptySequence(this.#sequence);
    if (!arm.plain) this.#runtime.of(this.#context).setPlan(arm.plan);
  }

  /**
   * Evaluates `prompt` and samples its first token, as the engine does.
   * @throws Error when the arm did not do to the prompt what it is there for
   */
  async start(arm: Arm, prompt: Token[]): Promise<{ tokens: AsyncGenerator<Token, void>; steering: PromptSteering | null }> {
    const started = arm.plain
      ? { tokens: this.#sequence.evaluate(prompt, SAMPLING), steering: null }
      : await startReply(
          this.#runtime.of(this.#context),
          this.#sequence,
          { kind: 'prompt', tokens: prompt },
          { steer: arm.plan !== null, sampling: SAMPLING },
        );
    await started.tokens.next();
    if (arm.steers !== null && (started.steering?.steered ?? false) !== arm.steers) {
      throw new Error(`The arm "${arm.name}" ${arm.steers ? 'was not steered' : 'was steered'}.`);
    }
    return started;
  }

  dispose(): Promise<void> {
    return this.#context.dispose();
  }
}

export interface World {
  llama: Llama;
  model: LlamaModel;
  runtime: SteeringRuntime;
  threads: number;
  /** The native context's constructor before steering wrapped it. */
  unhooked: unknown;
}

interface Bindings {
  AddonContext: unknown;
}

/** What node-llama-cpp makes its native contexts with. */
export function bindingsOf(llama: Llama): Bindings {
  return (llama as unknown as { _bindings: Bindings })._bindings;
}

/** Runs `make` with the library as it is without steering. */
async function withoutHook<T>({ llama, unhooked }: World, make: () => Promise<T>): Promise<T> {
  const bindings = bindingsOf(llama);
  const hooked = bindings.AddonContext;
  bindings.AddonContext = unhooked;
  try {
    return await make();
  } finally {
    bindings.AddonContext = hooked;
  }
}
