/** Worker threads that stay: replies are the same to the token, and the threads outlive them. */
import { existsSync, readdirSync } from 'node:fs';
import { getLlama, LlamaLogLevel, type Llama, type LlamaContext, type LlamaModel, type Token } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepThreads } from '../../electron/engine/worker/threadpool.ts';
import { modelPath } from './support.ts';

const THREADS = 2;
const TASKS = '/proc/self/task';
let llama: Llama;
let model: LlamaModel;
beforeAll(async () => {
  // No limit shared by contexts: each of them must really use both threads.
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 0, logLevel: LlamaLogLevel.error });
  model = await llama.loadModel({ modelPath: modelPath() });
});
afterAll(() => llama?.dispose());

const create = (threads: number): Promise<LlamaContext> => model.createContext({ contextSize: 256, batchSize: 128, sequences: 1, threads });
const threadIds = (): string[] => (existsSync(TASKS) ? readdirSync(TASKS) : []);

async function greedyReply(context: LlamaContext): Promise<Token[]> {
  const sequence = context.getSequence();
  const tokens: Token[] = [];
  for await (const token of sequence.evaluate(model.tokenize('Lighthouses warn ships of'), { temperature: 0, yieldEogToken: true })) {
    tokens.push(token);
    if (tokens.length === 24) break;
  }
  await sequence.dispose();
  return tokens;
}

test('a context with threads that stay gives the same reply', async () => {
  const plain = await create(THREADS);
  const pooled = await create(THREADS);
  expect(keepThreads(pooled, THREADS)).toBe(true);
  expect(await greedyReply(pooled)).toEqual(await greedyReply(plain));
});

test.skipIf(!existsSync(TASKS))('they wait between evaluations instead of ending', async () => {
  const context = await create(THREADS);
  const before = threadIds();
  keepThreads(context, THREADS);
  const workers = threadIds().filter((id) => !before.includes(id));
  expect(workers).toHaveLength(THREADS - 1);
  await greedyReply(context);
  expect(threadIds()).toEqual(expect.arrayContaining(workers));
});

test('one thread needs no pool', async () => {
  expect(keepThreads(await create(1), 1)).toBe(false);
});

test('a context with its threads ends cleanly, also when it never evaluated anything', async () => {
  const context = await create(THREADS);
  expect(keepThreads(context, THREADS)).toBe(true);
  await context.dispose();
  expect(keepThreads(context, THREADS)).toBe(false);
});
