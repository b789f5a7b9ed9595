/** Timings of one scenario, and what they say about each arm. */
import { PLAIN, type Arm } from './arms.ts';
import type { Reference } from './reference.ts';
import { estimateMedian, judge, median, speedRatios, type MedianEstimate, type Verdict } from './stats.ts';

/** The lowest speed, as a share of plain node-llama-cpp's, that is good enough. */
const BARS = { prefill: 0.98, decode: 0.99 } as const;

export interface ArmResult {
  arm: string;
  /** Speed as a share of plain's; null for plain itself. */
  ratio: MedianEstimate | null;
  /** The same in processor time: insensitive to other programs where threads do not wait for each other. */
  cpuRatio: number | null;
  verdict: Verdict | null;
  /** Speed as a share of each reference's, by its name: means of a block against each other, the median over blocks. */
  against: Record<string, MedianEstimate>;
  /** Median of the tokens a second. */
  tokensPerSecond: number;
  /** Milliseconds of every call, in order. */
  timesMs: number[];
}

export interface ScenarioResult {
  name: string;
  kind: 'prefill' | 'decode';
  tokens: number;
  bar: number;
  /** Independent pairs: each is one value of the ratios' medians. */
  blocks: number;
  /** How often each arm was called. */
  calls: number;
  seconds: number;
  results: ArmResult[];
  /** llama.cpp's own programs on the same tokens. */
  references: { name: string; tokensPerSecond: number; timesMs: number[] }[];
  /** Arms that did not fit the time. */
  leftOut: string[];
}

export interface Timing {
  ms: number;
  cpuMs: number;
}

export async function timed<T>(task: () => Promise<T>): Promise<{ timing: Timing; value: T }> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const value = await task();
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { timing: { ms, cpuMs: (user + system) / 1000 }, value };
}

/**
 * Timings by arm, in blocks. Calls in one block share whatever makes one context quicker than its twin, so a block counts as one observation, however many calls it has.
 */
export class Timings {
  readonly arms: readonly Arm[];
  readonly references: readonly Reference[];
  readonly #blocks: Map<string, Timing[]>[] = [];

  constructor(arms: readonly Arm[], references: readonly Reference[] = []) {
    this.arms = arms;
    this.references = references;
  }

  get blocks(): number {
    return this.#blocks.length;
  }

  beginBlock(): void {
    this.#blocks.push(new Map([...this.arms, ...this.references].map(({ name }) => [name, []])));
  }

  /** Another process's processor time is not known. */
  addReference(reference: Reference, ms: number): void {
    this.#blocks.at(-1)!.get(reference.name)!.push({ ms, cpuMs: NaN });
  }

  add(arm: Arm, timing: Timing): void {
    this.#blocks.at(-1)!.get(arm.name)!.push(timing);
  }

  /** Every call of an arm, in order. */
  all(name: string, of: keyof Timing): number[] {
    return this.#blocks.flatMap((block) => block.get(name)!.map((timing) => timing[of]));
  }

  /** For each block, the arm's speed against a reference's, by the means of their times: references tell no more than means. */
  ratiosOfMeans(name: string, reference: string): number[] {
    return this.#blocks.map((block) => {
      const mean = (of: string) => block.get(of)!.reduce((sum, { ms }) => sum + ms, 0) / block.get(of)!.length;
      return mean(reference) / mean(name);
    });
  }

  /** For each block, the median of the arm's speed against plain's in the same round. */
  ratios(name: string, of: keyof Timing): number[] {
    const times = (block: Map<string, Timing[]>, arm: string) => block.get(arm)!.map((timing) => timing[of]);
    return this.#blocks.map((block) => median(speedRatios(times(block, PLAIN), times(block, name))));
  }
}

export interface Measured {
  kind: 'prefill' | 'decode';
  tokens: number;
  /** All that were wanted; those that were measured are in `timings`. */
  wanted: readonly Arm[];
  timings: Timings;
  seconds: number;
}

export function summarize({ kind, tokens, wanted, timings, seconds }: Measured, say: (line: string) => void): ScenarioResult {
  const bar = BARS[kind];
  const tokensACall = kind === 'prefill' ? tokens : 1;
  const results = timings.arms.map(({ name }): ArmResult => {
    const timesMs = timings.all(name, 'ms');
    const ratio = name === PLAIN ? null : estimateMedian(timings.ratios(name, 'ms'));
    return {
      arm: name,
      ratio,
      cpuRatio: name === PLAIN ? null : median(timings.ratios(name, 'cpuMs')),
      verdict: ratio === null ? null : judge(ratio, bar),
      against: Object.fromEntries(
        timings.references.map((reference) => [reference.name, estimateMedian(timings.ratiosOfMeans(name, reference.name))]),
      ),
      tokensPerSecond: (tokensACall * 1000) / median(timesMs),
      timesMs: timesMs.map((ms) => Math.round(ms * 1000) / 1000),
    };
  });
  const references = timings.references.map(({ name }) => {
    const timesMs = timings.all(name, 'ms');
    return { name, tokensPerSecond: (tokensACall * 1000) / median(timesMs), timesMs };
  });
  const leftOut = wanted.filter((arm) => !timings.arms.includes(arm)).map(({ name }) => name);
  const calls = results[0]!.timesMs.length;
  const result = { name: `${kind} ${tokens}`, kind, tokens, bar, blocks: timings.blocks, calls, seconds, results, references, leftOut };
  tell(result, say);
  return result;
}

function tell({ name, blocks, calls, seconds, results, references, leftOut, bar }: ScenarioResult, say: (line: string) => void): void {
  say(
    `${name}: ${blocks} blocks, ${calls} calls an arm, ${seconds.toFixed(0)} s; plain ${results[0]!.tokensPerSecond.toFixed(1)} tokens/s`,
  );
  for (const { arm, ratio, verdict, cpuRatio } of results) {
    if (ratio === null || verdict === null) continue;
    const interval = `[${ratio.low.toFixed(3)}, ${ratio.high.toFixed(3)}]`;
    say(`  ${arm.padEnd(12)} ${ratio.median.toFixed(3)} ${interval}  cpu ${cpuRatio!.toFixed(3)}  ${verdict.toUpperCase()} (bar ${bar})`);
  }
  for (const { name: reference, tokensPerSecond } of references) {
    const shares = results.map(({ arm, against }) => `${arm} ${against[reference]!.median.toFixed(3)}`).join(', ');
    say(`  against ${reference} (${tokensPerSecond.toFixed(1)} tokens/s): ${shares}`);
  }
  if (leftOut.length > 0) say(`  not enough time for: ${leftOut.join(', ')}`);
}
