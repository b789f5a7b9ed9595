/**
 * Every architecture that Steady is to steer, each as a file of a few blocks with random weights: its layers are found, what is
 * read there is the residual stream, what is written there arrives, and a conversation comes out the same every time. What comes
 * of it is the table in docs/reference/models.md (`vitest -u` writes it).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { LlamaContext, Token } from 'node-llama-cpp';
import { BatchRunner } from '../../../electron/engine/worker/batch-runner.ts';
import { emptySequence, openSequence, sequenceId } from '../../../electron/engine/worker/borders.ts';
import { ChatSession } from '../../../electron/engine/worker/chat-session.ts';
import { disposeLlama, loadHost, type LoadedHost } from '../../../electron/engine/worker/model-host.ts';
import type { EngineTurn, GenerationResult } from '../../../electron/engine/protocol.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { ARCHITECTURES, BLOCKS, IDENTITY_BLOCK } from '../../synthetic-gguf/architectures.ts';
import { writeArchitecture } from '../../synthetic-gguf/architecture-model.ts';
import { WIDTH } from '../../synthetic-gguf/parts.ts';
import { ask, assistant, GREEDY, noise, scaled, temporaryFolder, user } from '../support.ts';

const PAGE = join(import.meta.dirname, '../../../docs/reference/models.md');
const TABLE = /(?<=<!-- architectures -->\n)[^]*(?=<!-- \/architectures -->)/;
/** Every layer that enters a block. */
const LAYERS = Array.from({ length: BLOCKS - 1 }, (_, index) => index + 1);
/** Architectures that are known not to be steered, and why. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  gemma3n: /several streams side by side/,
  nemotron_h: /not what the next one reads/,
};

const rows = new Map<string, string>();
const cleanups: (() => void | Promise<void>)[] = [];
const folder = temporaryFolder((task) => cleanups.push(task));
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

/** One model at a time: what a test loads is let go with it. */
async function loaded(name: string): Promise<LoadedHost> {
  const modelPath = join(folder, `${name}.gguf`);
  await writeArchitecture(name, modelPath);
  return loadHost({ modelPath, gpu: false, contextSize: 512, onProgress: () => undefined, onLog: () => undefined });
}

/** Rows that enter each layer at a prompt's last token; `plan` is applied to it. */
async function entering(host: LoadedHost, context: LlamaContext, tokens: Token[], plan: SteeringPlan | null): Promise<Float32Array[]> {
  const steering = host.runtime.of(context);
  const sequence = openSequence(context);
  await emptySequence(sequence);
  steering.setPlan(plan);
  steering.setCapture(LAYERS);
  const id = sequenceId(sequence);
  steering.beginPrompt(id, tokens.length, { steer: plan !== null, capture: true });
  try {
    await sequence.evaluateWithoutGeneratingNewTokens(tokens);
    const all = steering.endPrompt(id)!.rows!;
    return LAYERS.map((_, slot) => all.slice(slot * WIDTH, (slot + 1) * WIDTH));
  } finally {
    steering.endPrompt(id);
    steering.setPlan(null);
    await sequence.dispose();
  }
}

const minus = (a: Float32Array, b: Float32Array) => a.map((x, i) => x - b[i]!);
const largest = (values: Float32Array) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
const vector = scaled(noise(WIDTH, 5), 4);
/** A gate that is open for whatever comes. */
const opened = { w: scaled(noise(WIDTH, 6), 1), tau: -1e6, scale: 1 };
const writingAt = (layer: number): SteeringPlan => ({
  ...{ pooling: 'own', clip: true, strength: 1 },
  layers: [{ layer, read: opened, write: { r: vector, lambda: 1 } }],
});

/** As profiles are: every token is read, running means as well, and what opens the gate is evaluated once more. */
const twoPasses = (tau: number): SteeringPlan => ({
  ...{ pooling: 'mean', clip: true, strength: 1, passes: 2, reading: 'every' },
  layers: LAYERS.map((layer) => ({
    layer,
    read:
      layer === 1 ? null : { w: scaled(noise(WIDTH, layer), 1), means: [{ halfLife: 4, v: scaled(noise(WIDTH, 9), 1) }], tau, scale: 1 },
    write: { r: vector, lambda: 1 },
  })),
});

const FIRST = 'Name three rivers.';
const SECOND = 'And a lake?';

async function said(session: ChatSession, turns: EngineTurn[]): Promise<GenerationResult> {
  const sampling = { ...GREEDY, maxTokens: 8 };
  const { signal } = new AbortController();
  const result = await session.generate({ prompt: ask(...turns), sampling, steer: true, signal, onText: () => undefined });
  await session.settle();
  return result;
}
const told = ({ text, scores, steered }: GenerationResult) => ({ text, scores, steered });

/** A row is the residual stream: what is added where it enters the block that adds nothing of its own comes out of that block. */
async function checkStream(host: LoadedHost): Promise<void> {
  const tokens = host.model.tokenize('Which lake is the deepest?');
  const context = await host.model.createContext({ contextSize: 256, batchSize: 256, threads: 1 });
  const plain = await entering(host, context, tokens, null);
  const [before, into, outOf] = plain as [Float32Array, Float32Array, Float32Array];
  expect(plain.every((row) => row.every(Number.isFinite) && largest(row) > 0)).toBe(true);
  expect(before).not.toEqual(into);
  expect(largest(minus(outOf, into))).toBeLessThan(1e-5);
  const steering = host.runtime.of(context);
  const seen = new Set<string>();
  for (const mode of ['auto', 'transfer', 'device'] as const) {
    steering.setAccessMode(mode);
    const moved = await entering(host, context, tokens, writingAt(IDENTITY_BLOCK));
    expect(moved.slice(0, 2)).toEqual([before, into]);
    expect(largest(minus(minus(moved[2]!, outOf), vector))).toBeLessThan(1e-4);
    seen.add(Buffer.from(moved[2]!.buffer).toString('hex'));
    // Written where it enters the block before, the next block gets something else, and that block itself is none the wiser.
    const earlier = await entering(host, context, tokens, writingAt(1));
    expect(earlier[0]).toEqual(before);
    expect(largest(minus(earlier[1]!, into))).toBeGreaterThan(0.01);
  }
  expect(seen.size).toBe(1);
  expect(steering.counters()).toMatchObject({ host: 2, transfer: 2, device: 2 });
  await context.dispose();
}

/** A conversation depends on what was said and the plan alone, whatever was evaluated before it. */
async function checkConversation(host: LoadedHost): Promise<void> {
  const session = new ChatSession(host);
  await session.setPlan(twoPasses(-1e6));
  const first = await said(session, [user(FIRST)]);
  expect(first).toMatchObject({ steered: true, protected: true });
  const turns = [user(FIRST), assistant(first.text), user(SECOND)];
  const second = await said(session, turns);
  expect(second.cachedTokens).toBeGreaterThanOrEqual(first.promptTokens);
  expect(second).toMatchObject({ steered: true });
  // Regenerated, edited and taken back, and from nothing.
  const again = await said(session, turns);
  expect(told(again)).toEqual(told(second));
  expect(again.cachedTokens).toBe(second.cachedTokens);
  await said(session, [user(FIRST), assistant(first.text), user('Never mind.')]);
  await said(session, [user('A wholly different beginning.')]);
  expect(told(await said(session, turns))).toEqual(told(second));
  await session.setPlan(twoPasses(1e6));
  const shut = await said(session, [user(FIRST)]);
  expect(shut).toMatchObject({ steered: false, protected: true });
  expect(shut.text).not.toBe(first.text);
  await session.setPlan(twoPasses(-1e6));
  expect(await said(session, turns)).toMatchObject({ ...told(second), cachedTokens: 0 });
  // What cannot be done to the letter is not done.
  await session.setPlan({ ...writingAt(1), layers: [{ ...writingAt(1).layers[0]!, layer: 99 }] });
  await expect(said(session, [user(FIRST)])).rejects.toMatchObject({ code: 'model-not-steerable' });
  await session.setPlan(twoPasses(-1e6));
  expect(told(await said(session, [user(FIRST)]))).toEqual(told(first));
  await session.dispose();
}

/** Prompts that are read together are read as each would be alone, each in its own rows. */
async function checkBatch(host: LoadedHost): Promise<void> {
  const batch = new BatchRunner(host);
  const prompts = [FIRST, SECOND, 'What is the capital of a country that I made up?'].map((text) => ask(user(text)));
  const capture = (asked: typeof prompts) => batch.capture(asked, LAYERS, { layers: [], each: 1 });
  const together = await capture(prompts);
  const width = LAYERS.length * WIDTH;
  for (const [index, prompt] of prompts.entries()) {
    const alone = (await capture([prompt])).rows;
    const row = together.rows.slice(index * width, (index + 1) * width);
    expect(largest(minus(row, alone)) / largest(alone)).toBeLessThan(0.02);
  }
  await batch.dispose();
}

describe.each(Object.entries(ARCHITECTURES))('%s', (name, { of }) => {
  const refused = REFUSED[name];
  test(refused === undefined ? 'is steered' : 'says that it cannot be steered, and why', async () => {
    const host = await loaded(name);
    try {
      expect(host.info.architecture).toBe(name);
      if (refused !== undefined) {
        expect(host.info).toMatchObject({ steerableLayers: [], steeringProblem: expect.stringMatching(refused) });
        rows.set(name, `| ${name} | not steered | ${of} |`);
        return;
      }
      expect(host.info).toMatchObject({ steerableLayers: LAYERS, steeringProblem: null });
      await checkStream(host);
      await checkConversation(host);
      await checkBatch(host);
      rows.set(name, `| ${name} | steered | ${of} |`);
    } finally {
      await disposeLlama(host.llama);
    }
  });
});

test('docs/reference/models.md has the table', async () => {
  const names = Object.keys(ARCHITECTURES).sort();
  const lines = names.map((name) => rows.get(name) ?? `| ${name} | failed | |`);
  const table = ['| Architecture | | Models |', '| --- | --- | --- |', ...lines, ''].join('\n');
  await expect(readFileSync(PAGE, 'utf8').replace(TABLE, () => table)).toMatchFileSnapshot(PAGE);
});
