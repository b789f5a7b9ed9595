/** What calibration's two slow parts take: reading the model's rows of many prompts, and solving a layer against d and N. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../electron/app.ts';
import type { EnginePrompt } from '../../electron/engine/protocol.ts';
import { solveLayer } from '../../steering/solver/index.ts';
import { estimateMedian, seededRandom, type MedianEstimate } from './stats.ts';

/** Widths of the models in the catalogue, and of the largest that this is made for. */
const WIDTHS = [576, 896, 2048, 4096, 8192];
const ROWS = [512, 2048, 8192];
const HARMFUL = 256;
const RHO = 0.5;
/** A cell that is foreseen to take longer is left out and said so. */
const LONGEST_MS = 30_000;
const WARMING = 'What makes the sea salty?';
/** Prompts that are handed to the engine at once, as in a calibration. */
const PORTION = 16;

export interface Extraction {
  model: string;
  /** d */
  width: number;
  layers: number;
  prompts: number;
  tokens: number;
  /** Many prompts a batch, as a calibration reads them. */
  seconds: number;
  /** The same prompts, one a batch. */
  oneByOneSeconds: number;
  /** How many times as many prompts a second many a batch makes. */
  ratio: MedianEstimate;
}

export interface Solving {
  /** d */
  width: number;
  /** N, benign rows; the harmful ones are 256. */
  rows: number;
  /** Null: it would have taken too long. */
  seconds: number | null;
}

export interface CalibrationResult {
  extraction: Extraction[];
  solving: Solving[];
}

export interface CalibrationOptions {
  /** Each is loaded in turn. */
  modelIds: readonly string[];
  /** How many portions of prompts are read. */
  portions: number;
  /** For all cells together. */
  solveSeconds: number;
  say(line: string): void;
}

export async function measureCalibration({ modelIds, portions, solveSeconds, say }: CalibrationOptions): Promise<CalibrationResult> {
  const extraction: Extraction[] = [];
  for (const modelId of modelIds) {
    const result = await measureExtraction(modelId, portions);
    extraction.push(result);
    const rate = (result.prompts / result.seconds).toFixed(1);
    say(
      `extraction: ${result.model} (d = ${result.width}), ${result.prompts} prompts of all layers in ${result.seconds.toFixed(1)} s, ` +
        `${rate} a second, ${result.ratio.median.toFixed(2)} times as many as one a batch`,
    );
  }
  return { extraction, solving: await measureSolving(solveSeconds, say) };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Portion by portion, both ways with the same prompts, in turns: what disturbs the machine disturbs both. */
async function measureExtraction(modelId: string, portions: number): Promise<Extraction> {
  const dataDir = await mkdtemp(join(tmpdir(), 'steady-bench-calibration-'));
  const app = await startApp({ dataDir, shell: 'served', loadModel: false });
  try {
    await app.models.load(modelId, { remember: false });
    const model = await app.engine.ready();
    const layers = model.steerableLayers;
    const capture = (prompts: EnginePrompt[]) => app.engine.call('batch.capture', { prompts, layers });
    await capture([asked(WARMING)]);
    let tokens = 0;
    const together: number[] = [];
    const oneByOne: number[] = [];
    for (let portion = 0; portion < portions; portion++) {
      const prompts = Array.from({ length: PORTION }, (_, index) => asked(question(portion * PORTION + index)));
      const ways = [
        { batches: [prompts], seconds: together },
        { batches: prompts.map((prompt) => [prompt]), seconds: oneByOne },
      ];
      for (const { batches, seconds } of portion % 2 === 0 ? ways : ways.reverse()) {
        const began = performance.now();
        for (const batch of batches) tokens += sum((await capture(batch)).tokens);
        seconds.push((performance.now() - began) / 1000);
      }
    }
    return {
      model: app.engine.target!.modelName,
      width: model.embeddingLength,
      layers: layers.length,
      prompts: portions * PORTION,
      // Each prompt was read twice.
      tokens: tokens / 2,
      seconds: sum(together),
      oneByOneSeconds: sum(oneByOne),
      ratio: estimateMedian(together.map((took, index) => oneByOne[index]! / took)),
    };
  } finally {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const asked = (text: string): EnginePrompt => ({ systemPrompt: '', turns: [{ role: 'user', text }] });

function question(index: number): string {
  const things = ['a garden', 'the moon', 'an old clock', 'a river', 'a bicycle', 'bread', 'a violin', 'the wind'];
  const ways = ['Explain in two sentences', 'Write a short poem about', 'What should I know about', 'Tell a child about'];
  return `${ways[index % ways.length]!} ${things[(index * 5) % things.length]!}, and keep to number ${index}.`;
}

async function measureSolving(budgetSeconds: number, say: (line: string) => void): Promise<Solving[]> {
  const deadline = performance.now() + budgetSeconds * 1000;
  const results: Solving[] = [];
  /** Milliseconds for each unit of work so far. Work is what the formulas take: n³ for the decomposition, and the products around it. */
  let perUnit: number | null = null;
  const cells = ROWS.flatMap((rows) => WIDTHS.map((width) => ({ width, rows }))).sort((a, b) => workOf(a) - workOf(b));
  for (const { width, rows } of cells) {
    const foreseen = perUnit === null ? 0 : perUnit * workOf({ width, rows });
    if (foreseen > LONGEST_MS || performance.now() + foreseen > deadline) {
      results.push({ width, rows, seconds: null });
      continue;
    }
    const random = seededRandom(width + rows);
    const matrix = (count: number) => Float32Array.from({ length: count * width }, () => random() * 2 - 1);
    const [benign, harmful] = [matrix(rows), matrix(HARMFUL)];
    const began = performance.now();
    await solveLayer({ benign: { rows: benign, d: width }, harmful: { rows: harmful }, rho: RHO });
    const ms = performance.now() - began;
    perUnit = ms / workOf({ width, rows });
    say(`solving: d = ${width}, N = ${rows}: ${(ms / 1000).toFixed(2)} s`);
    results.push({ width, rows, seconds: ms / 1000 });
  }
  return results.sort((a, b) => a.width - b.width || a.rows - b.rows);
}

function workOf({ width, rows }: { width: number; rows: number }): number {
  const n = Math.min(width, rows);
  return 9 * n ** 3 + n * n * Math.max(width, rows) + 2 * width * width * Math.min(width / 2, rows);
}
