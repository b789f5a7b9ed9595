/** Time of one more token: one token in every arm, then the next, each arm in a context of its own. */
import type { Token } from 'node-llama-cpp';
import { BenchContext, type Arm, type World } from './arms.ts';
import type { Reference } from './reference.ts';
import { summarize, timed, Timings, type ScenarioResult } from './scenario.ts';
import { mirroredOrders, seededRandom } from './stats.ts';

const TOKENS = 128;
const PROMPT = 64;
/**
 * A reply of 128 tokens in four parts, each in new contexts after a longer prompt: two contexts made alike were seen to
 * differ by 13 % for as long as they lived, cause unknown, and only many contexts even that out.
 */
const PARTS = 4;
const PART = TOKENS / PARTS;
/** The first tokens after a prompt find caches and clocks in another state. */
const WARM_UP = 4;
const SIZE = { contextSize: 512, batchSize: 256 };

export async function measureDecode(
  world: World,
  arms: readonly Arm[],
  references: readonly Reference[],
  promptOf: (tokens: number) => Token[],
  seconds: number,
  say: (line: string) => void,
): Promise<ScenarioResult> {
  const began = performance.now();
  const timings = new Timings(arms, references);
  const orders = mirroredOrders(arms.length, seededRandom(TOKENS));
  let partMs = 0;
  while (timings.blocks < PARTS || performance.now() - began + partMs < seconds * 1000) {
    const started = performance.now();
    await decodePart(world, promptOf(PROMPT + PART * (timings.blocks % PARTS)), timings, orders);
    partMs = performance.now() - started;
  }
  return summarize({ kind: 'decode', tokens: TOKENS, wanted: arms, timings, seconds: (performance.now() - began) / 1000 }, say);
}

/** One block: new contexts for all arms, made in an order of its own. */
async function decodePart(world: World, prompt: Token[], timings: Timings, orders: Generator<number[], never>): Promise<void> {
  const { arms, references } = timings;
  timings.beginBlock();
  // Before and after in turn, so that drift favours nobody.
  const first = timings.blocks % 2 === 0;
  const measureReferences = async () => {
    for (const reference of references) timings.addReference(reference, await reference.decode(prompt, PART));
  };
  if (first) await measureReferences();
  const contexts: BenchContext[] = [];
  const replies = new Map<Arm, AsyncGenerator<Token, void>>();
  try {
    for (const index of orders.next().value) {
      const arm = arms[index]!;
      const context = await BenchContext.create(world, arm, SIZE);
      contexts.push(context);
      await context.prepare(arm);
      replies.set(arm, (await context.start(arm, prompt)).tokens);
    }
    for (let token = -WARM_UP; token < PART; token++) {
      for (const index of orders.next().value) {
        const arm = arms[index]!;
        const { timing } = await timed(() => step(replies.get(arm)!));
        if (token >= 0) timings.add(arm, timing);
      }
    }
  } finally {
    for (const reply of replies.values()) await reply.return();
    for (const context of contexts) await context.dispose();
  }
  if (!first) await measureReferences();
}

async function step(tokens: AsyncGenerator<Token, void>): Promise<void> {
  if ((await tokens.next()).done === true) throw new Error('The model ended its reply, though it was told not to.');
}
