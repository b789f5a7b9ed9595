/** The real engine and the real app for tests, each in a folder of its own, and synthetic profiles for a loaded model. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type AppOptions, type SteadyApp } from '../../electron/app.ts';
import { DEFAULT_SAMPLING, type EngineState, type Message, type Sampling } from '../../electron/contract/index.ts';
import { forkNodeEngine } from '../../electron/engine/fork.ts';
import type { EnginePrompt, GenerationResult, LoadedModel, SettledSampling } from '../../electron/engine/protocol.ts';
import type { SelfTest } from '../../electron/protection/self-test.ts';
import { EngineSupervisor, type EngineTarget, type SupervisorOptions } from '../../electron/engine/supervisor.ts';
import { catalogueEntry } from '../../models/catalogue.ts';
import { searchDirs } from '../../models/paths.ts';
import { refusingModel, tinyModel } from '../synthetic-gguf/tiny-model.ts';
import { PROFILE_FORMAT, writeProfile, type ScoreSummary, type SteeringProfile } from '../../steering/profile/index.ts';

// The tests look at what comes out, not at how fast; a GPU's numbers differ a little from run to run.
process.env['STEADY_GPU'] ??= 'off';
// Threads that wait for cores that others keep busy take seconds a token, where one alone takes milliseconds.
process.env['STEADY_THREADS'] ??= '1';

const tiny = await tinyModel();
/** A model with random weights and a chat template: for all that does not depend on what a model says. */
export const modelPath = (): string => tiny.path;

/** The smallest model that speaks. */
const small = catalogueEntry('smollm2-135m-instruct');

/** Where the small model lies. @throws where it is not on this machine. */
export function smallModelPath(): string {
  const found = searchDirs('/nonexistent')
    .map((folder) => join(folder, small.fileName))
    .find((path) => existsSync(path));
  if (found === undefined)
    throw new Error('The test model is missing: `npm test` fetches it, or `steady models pull smollm2-135m-instruct`.');
  return found;
}

/** Runs when a test (or, given `afterAll`, a file) is over. */
type Cleanup = (task: () => void | Promise<void>) => unknown;

export function temporaryFolder(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'steady-engine-'));
  cleanup(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function target(change: Partial<EngineTarget> = {}): EngineTarget {
  const base = { modelId: tiny.id, modelName: tiny.name, modelPath: tiny.path, modelSha256: tiny.sha256 };
  return { ...base, gpu: false, contextSize: 2048, ...change };
}

/** The small model, for what depends on words. */
export function smallTarget(change: Partial<EngineTarget> = {}): EngineTarget {
  return target({ modelId: small.id, modelName: small.name, modelPath: smallModelPath(), modelSha256: small.sha256, ...change });
}

/** The model that refuses some harmful requests by itself, for what is learned from that. */
export async function refusingTarget(change: Partial<EngineTarget> = {}): Promise<EngineTarget> {
  const { id, name, path, sha256 } = await refusingModel();
  return target({ modelId: id, modelName: name, modelPath: path, modelSha256: sha256, ...change });
}

export interface TestEngine {
  engine: EngineSupervisor;
  states: EngineState[];
  /** The profile that is applied after each load; set it before loading. */
  profile: { path: string | null };
}

/** A supervised engine process, ended with the test. Nothing is loaded yet. */
export function startEngine(cleanup: Cleanup, options: Pick<SupervisorOptions, 'heartbeat'> = {}): TestEngine {
  const states: EngineState[] = [];
  const profile: TestEngine['profile'] = { path: null };
  const engine = new EngineSupervisor({
    ...options,
    fork: forkNodeEngine,
    onState: (state) => states.push(state),
    applyProfile: async (_, { modelSha256 }, client) => {
      await client.call('steering.apply', { profilePath: profile.path, modelSha256, strength: null });
    },
  });
  cleanup(() => engine.close());
  return { engine, states, profile };
}

export const user = (text: string) => ({ role: 'user', text }) as const;
export const assistant = (text: string) => ({ role: 'assistant', text }) as const;
export const ask = (...turns: EnginePrompt['turns']): EnginePrompt => ({ systemPrompt: '', turns });

export const GREEDY: SettledSampling = { temperature: 0, topP: 1, topK: 0, minP: 0, seed: 0, maxTokens: 12, repeatPenalty: 1 };

let replies = 0;
export function generate(
  engine: EngineSupervisor,
  prompt: EnginePrompt,
  options: { steer?: boolean; sampling?: Partial<SettledSampling> } = {},
): Promise<GenerationResult> {
  const sampling = { ...GREEDY, ...options.sampling };
  return engine.call('chat.generate', { replyId: `reply-${replies++}`, prompt, sampling, steer: options.steer ?? false });
}

/** Numbers that look random and are the same every time, about −1…1. */
export function noise(length: number, seed: number): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export function norm(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
}

export function scaled(vector: Float32Array, length: number): Float32Array {
  const factor = length / norm(vector);
  return vector.map((x) => x * factor);
}

/** Scores of an even spread, as a profile summarises them. */
export function evenScores(least: number, most: number): ScoreSummary {
  const width = most - least;
  return { count: 100, mean: least + width / 2, std: width / Math.sqrt(12), levels: [0, 0.5, 1], values: [least, least + width / 2, most] };
}

/** What a profile says of a gate that is right about every prompt. */
const scoresAround = (tau: number, scale: number) => ({
  benign: evenScores(tau - 3 * scale, tau - scale),
  harmful: evenScores(tau + scale, tau + 3 * scale),
});

/** What a synthetic profile reads and writes. Vectors have the model's width. */
export interface Synthetic {
  reads: { layer: number; w: Float32Array; tau: number; scale: number }[];
  writes: { layer: number; r: Float32Array }[];
  strength?: number;
  pooling?: 'own' | 'mean';
  clip?: boolean;
}

/** A valid profile for the loaded model, made of given vectors. */
export function syntheticProfile(
  model: Pick<LoadedModel, 'architecture' | 'embeddingLength' | 'layerCount' | 'chatTemplateSha256'>,
  synthetic: Synthetic,
  change: Partial<SteeringProfile> = {},
  of: EngineTarget = target(),
): SteeringProfile {
  const numbers = [...new Set([...synthetic.reads, ...synthetic.writes].map(({ layer }) => layer))].sort((a, b) => a - b);
  return {
    formatVersion: { ...PROFILE_FORMAT },
    name: 'Synthetic',
    createdAt: '2026-01-02T03:04:05.000Z',
    appVersion: '0.1.0',
    model: {
      name: of.modelName,
      sha256: of.modelSha256,
      architecture: model.architecture,
      embeddingLength: model.embeddingLength,
      layerCount: model.layerCount,
    },
    chatTemplateSha256: model.chatTemplateSha256,
    method: {
      pooling: synthetic.pooling ?? 'mean',
      clip: synthetic.clip ?? true,
      strength: synthetic.strength ?? 1,
      alpha: 10,
      seed: 0,
    },
    layers: numbers.map((layer) => {
      const read = synthetic.reads.find((candidate) => candidate.layer === layer);
      const write = synthetic.writes.find((candidate) => candidate.layer === layer);
      return {
        layer,
        read: read === undefined ? null : { rho: 0.5, tau: read.tau, scale: read.scale, ...scoresAround(read.tau, read.scale), w: read.w },
        write: write === undefined ? null : { lambda: 1, rNorm: norm(write.r), r: write.r },
      };
    }),
    promptSets: [],
    validation: [],
    notes: '',
    ...change,
  };
}

/** The same with a second stage over the layers that read, with threshold and rise as given; it is asked about requests of up to 95 tokens. */
export function withSecondStage(base: SteeringProfile, { tau, scale }: { tau: number; scale: number }): SteeringProfile {
  const width = base.model.embeddingLength;
  const probes = [{ probe: 0, raise: 0, centre: 0, alone: 0 }];
  const confirming = (seed: number) => ({ v: scaled(noise(width, 200 + seed), 1e-3), w: scaled(noise(width, 300 + seed), 1e-3) });
  return {
    ...base,
    method: {
      ...base.method,
      passes: 2,
      reading: 'every',
      confirmation: { probes, tau, scale, mostTokens: 95, ...scoresAround(tau, scale) },
    },
    layers: base.layers.map((layer, at) => (layer.read === null ? layer : { ...layer, confirming: confirming(at) })),
  };
}

/**
 * A profile whose gate is open for some of the given texts (as first turns) and shut for the others: it reads a random
 * direction whose threshold is the median of their scores, and writes another random direction a few layers on.
 */
export async function halfOpenProfile(
  engine: EngineSupervisor,
  texts: readonly string[],
  path: string,
  strength = 1,
): Promise<SteeringProfile> {
  const model = await engine.ready();
  const d = model.embeddingLength;
  const [readLayer, writeLayer] = [Math.round(model.layerCount / 3), Math.round(model.layerCount / 2)];
  const { rows } = await engine.call('batch.capture', { prompts: texts.map((text) => ask(user(text))), layers: [readLayer, writeLayer] });
  const row = (index: number, slot: number) => rows.subarray((index * 2 + slot) * d, (index * 2 + slot + 1) * d);
  const w = scaled(noise(d, 11), 1);
  const scores = texts.map((_, index) => row(index, 0).reduce((sum, x, i) => sum + x * w[i]!, 0)).sort((a, b) => a - b);
  const tau = scores[Math.floor(scores.length / 2)]!;
  const profile = syntheticProfile(model, {
    reads: [{ layer: readLayer, w, tau, scale: Math.max((scores.at(-1)! - tau) / 2, 1e-3) }],
    writes: [{ layer: writeLayer, r: scaled(noise(d, 12), norm(row(0, 1))) }],
    strength,
  });
  await writeProfile(path, profile);
  return profile;
}

/** Most profiles here are made of noise, and no trial of their sense could pass. */
export const anyProfile: SelfTest = () => Promise.resolve(null);

/** The whole app, closed with the test. Unprotected chat is allowed unless said otherwise; no model is loaded yet. */
export async function startTestApp(
  cleanup: Cleanup,
  options: Partial<AppOptions> & { allowUnprotected?: boolean } = {},
): Promise<{ app: SteadyApp; dataDir: string }> {
  const { allowUnprotected = true, dataDir = temporaryFolder(cleanup), ...rest } = options;
  const app = await startApp({ dataDir, shell: 'served', loadModel: false, profileSelfTest: anyProfile, ...rest });
  cleanup(() => app.close());
  await app.handlers['settings.update']({ allowUnprotectedChat: allowUnprotected });
  return { app, dataDir };
}

/** Loads the test model into the app, with a smaller context than people get. */
export async function loadTestModel(app: SteadyApp, change: Partial<EngineTarget> = {}): Promise<LoadedModel> {
  app.protection.pending();
  return app.engine.load(target(change));
}

export const pageSampling = (change: Partial<Sampling> = {}): Sampling => ({
  ...DEFAULT_SAMPLING,
  temperature: 0,
  maxTokens: 12,
  ...change,
});

/** Waits for the reply's last event. */
export function finished(app: SteadyApp, replyId: string): Promise<Message> {
  return new Promise((resolve) => {
    const stop = app.onEvent((name, payload) => {
      if (name !== 'chat.message' || (payload as Message).id !== replyId) return;
      stop();
      resolve(payload as Message);
    });
    // It may have ended before anyone listened.
    void app.store.messages.get(replyId).then((message) => {
      if (message.state === 'streaming') return;
      stop();
      resolve(message);
    });
  });
}

/** Resolves once at least `length` characters of the reply have streamed. */
export function streamed(app: SteadyApp, replyId: string, length: number): Promise<void> {
  return new Promise((resolve) => {
    const stop = app.onEvent((name, payload) => {
      if (name !== 'chat.delta') return;
      const { replyId: id, offset, delta } = payload as { replyId: string; offset: number; delta: string };
      if (id !== replyId || offset + delta.length < length) return;
      stop();
      resolve();
    });
  });
}

/** Sends a message and waits for its whole reply. */
export async function chat(
  app: SteadyApp,
  text: string,
  options: { conversationId?: string; parentId?: string; sampling?: Partial<Sampling>; systemPrompt?: string } = {},
): Promise<{ conversationId: string; userMessage: Message; reply: Message }> {
  const { conversationId = null, parentId = null, systemPrompt } = options;
  const sent = await app.handlers['chat.send']({
    conversationId,
    parentId,
    text,
    sampling: pageSampling(options.sampling),
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
  });
  const reply = await finished(app, sent.reply.id);
  return { conversationId: sent.conversation.id, userMessage: sent.userMessage, reply };
}

/** Kills the engine and waits until the app has seen it; the next message waits for the new one by itself. */
export async function killEngine(engine: EngineSupervisor): Promise<void> {
  const { pid } = engine;
  process.kill(pid!, 'SIGKILL');
  while (engine.pid === pid) await new Promise((resolve) => setTimeout(resolve, 5));
}
