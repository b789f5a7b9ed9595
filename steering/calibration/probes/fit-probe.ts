/**
 * A probe that reads every token: its vectors w, one a layer, so that harmful prompts hold some token with a score near 1
 * and benign prompts none.
 *
 * Nobody says which tokens of a prompt carry the harm, so the tokens are chosen and the vectors fitted by turns (multiple
 * instance learning): fitted first to the ends of plain requests, the probe then names the tokens of every harmful prompt
 * that it scores highest, and the benign ones it comes nearest to mistaking; those are what it is fitted to next.
 */
import { gradedRead, GramAccumulator, HarmfulSums, scores, type JobOptions } from '../../solver/index.ts';

/** β: what a benign token's score costs beside a harmful token's missing one. */
export const BENIGN_COST = 5;
/** λ, see `gradedRead`. */
export const RIDGE = 0.1;
/** The last tokens of a plain request, where it has just been read whole, with those of the template behind it. */
const FIRST_TOKENS = 9;
/** Tokens of a benign prompt that stand for all of it, evenly spread. */
const BACKGROUND_TOKENS = 20;
/** The highest tokens of a prompt that a round is fitted to. */
const PEAK_TOKENS = 6;
/** Rounds of choosing and fitting; more change little. */
const ROUNDS = 2;
/** Prompts whose rows are read and turned into 32-bit floats at once: little enough to hold up nobody else on this thread. */
const PORTION = 16;

/** Rows of prompts' tokens, from wherever they are kept and by whatever names a prompt there. */
export interface TokenSource<P> {
  /** d */
  readonly width: number;
  /** Rows [Σ counts × d] of the prompts' tokens, the prompts' one after another. */
  tokenRows(prompts: readonly P[], layer: number): { rows: Float32Array; counts: readonly number[] };
}

export interface ProbeInput<P> {
  source: TokenSource<P>;
  layers: readonly number[];
  /** Prompts the probe must leave alone, with what each counts. */
  benign: readonly { prompt: P; weight: number }[];
  /** Prompts it is for. */
  harmful: readonly P[];
  /** Plain harmful requests, to begin with. */
  seeds: readonly P[];
  /** Called with a share of the work, 0…1. */
  onProgress?: ((done: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** w by layer, in the order of `layers`. @throws SteeringError `cancelled`, `bad-input` for prompts without tokens */
export async function fitProbe<P>(input: ProbeInput<P>): Promise<Float32Array[]> {
  const { source, layers, signal } = input;
  const d = source.width;
  const job: JobOptions = { signal };
  const steps = ROUNDS * 2 + 2;
  let step = 0;
  const report = (part: number) => input.onProgress?.((step + part) / steps);
  const weights = input.benign.map(({ weight }) => weight);

  const background = layers.map(() => new GramAccumulator(d));
  await eachPrompt(
    input.benign.map(({ prompt }) => prompt),
    null,
    (count) => evenly(count, BACKGROUND_TOKENS),
    async (layer, rows, owners) => {
      await background[layer]!.add(rows, { ...job, weights: each(owners, weights) });
    },
  );
  step++;
  let fitted = await fit(input.seeds, null, (count) => range(Math.max(0, count - FIRST_TOKENS), count), background);
  for (let round = 0; round < ROUNDS; round++) {
    step++;
    const current = fitted;
    const hard = layers.map(() => new GramAccumulator(d));
    await eachPrompt(
      input.benign.map(({ prompt }) => prompt),
      current,
      peaks,
      async (layer, rows, owners) => {
        await hard[layer]!.add(rows, { ...job, weights: each(owners, weights) });
      },
    );
    // Both kinds of benign tokens count alike, whatever their number.
    const benign = layers.map(() => new GramAccumulator(d));
    for (const [layer, sum] of benign.entries()) {
      await sum.merge(background[layer]!);
      // What stands for all of a prompt is about three times as many tokens as its peaks.
      for (let copy = 0; copy < Math.round(background[layer]!.weight / hard[layer]!.weight); copy++) await sum.merge(hard[layer]!);
    }
    step++;
    fitted = await fit(input.harmful, current, peaks, benign);
  }
  return fitted;

  async function fit(
    harmful: readonly P[],
    current: readonly Float32Array[] | null,
    choose: (count: number, scored: Float64Array) => number[],
    benign: readonly GramAccumulator[],
  ): Promise<Float32Array[]> {
    const sums = layers.map(() => new HarmfulSums(d));
    await eachPrompt(harmful, current, choose, async (layer, rows, owners) => {
      // A prompt counts once, however many of its tokens were chosen.
      const tokens = new Map<number, number>();
      for (const owner of owners) tokens.set(owner, (tokens.get(owner) ?? 0) + 1);
      await sums[layer]!.add(
        rows,
        Float64Array.from(owners, (owner) => 1 / tokens.get(owner)!),
        job,
      );
    });
    const solved: Float32Array[] = [];
    for (const [layer, sum] of sums.entries()) {
      solved.push(await gradedRead(sum, benign[layer]!, { ...job, beta: BENIGN_COST, lambda: RIDGE }));
    }
    return solved;
  }

  /** Chosen tokens of every prompt, a layer and a portion at a time; `owners` says whose each row is. */
  async function eachPrompt(
    prompts: readonly P[],
    current: readonly Float32Array[] | null,
    choose: (count: number, scored: Float64Array) => number[],
    use: (layer: number, rows: Float32Array, owners: number[]) => Promise<void>,
  ): Promise<void> {
    for (let begin = 0; begin < prompts.length; begin += PORTION) {
      report(begin / prompts.length);
      const portion = prompts.slice(begin, begin + PORTION);
      const loaded = layers.map((layer) => source.tokenRows(portion, layer));
      const counts = loaded[0]!.counts;
      const scored = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
      for (const [index, { rows }] of loaded.entries()) {
        if (current === null) break;
        (await scores(rows, current[index]!, job)).forEach((c, token) => (scored[token]! += c));
      }
      const tokens: number[] = [];
      const owners: number[] = [];
      let at = 0;
      counts.forEach((count, index) => {
        for (const token of choose(count, scored.subarray(at, at + count))) {
          tokens.push(at + token);
          owners.push(begin + index);
        }
        at += count;
      });
      if (tokens.length === 0) continue;
      for (const [layer, { rows }] of loaded.entries()) {
        const chosen = new Float32Array(tokens.length * d);
        tokens.forEach((token, row) => chosen.set(rows.subarray(token * d, (token + 1) * d), row * d));
        await use(layer, chosen, owners);
      }
    }
  }
}

function each(owners: readonly number[], weights: readonly number[]): Float64Array {
  return Float64Array.from(owners, (owner) => weights[owner]!);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function evenly(count: number, most: number): number[] {
  if (count <= most) return range(0, count);
  return Array.from({ length: most }, (_, index) => Math.floor(((index + 0.5) * count) / most));
}

/** The tokens of the highest scores. */
function peaks(count: number, scored: Float64Array): number[] {
  return range(0, count)
    .sort((a, b) => scored[b]! - scored[a]! || a - b)
    .slice(0, PEAK_TOKENS);
}
