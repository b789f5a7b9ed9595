/** What the engine process can do, for one loaded model at a time. */
import { SteadyError } from '../../contract/errors.ts';
import type { EventName, EventPayload, RequestInput } from '../../contract/rpc.ts';
import { assertProfileFits, planFromProfile, readProfile } from '../../../steering/profile/index.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import type { BatchReply, EngineContract, GenerationResult, LoadedModel, TrialResult } from '../protocol.ts';
import { BatchRunner, type Captured } from './batch-runner.ts';
import { ChatSession, unprotected } from './chat-session.ts';
import { estimateModel, type ModelEstimate } from '../../../models/estimate.ts';
import { contextBytes, disposeLlama, loadHost, type LoadedHost } from './model-host.ts';
import { roomFor, type Measure, type ReplyPart } from '../../contract/index.ts';
import { PacedText } from './paced-text.ts';
import type { ReadProgress } from './reading.ts';
import type { PartialText } from './reasoning/parser.ts';
import { tokenizeSegments } from './segments.ts';
import { runTrial } from './trial.ts';

type Emit = <K extends EventName<EngineContract>>(name: K, payload: EventPayload<EngineContract, K>) => void;
type Input<K extends keyof EngineContract['requests'] & string> = RequestInput<EngineContract, K>;

interface Loaded {
  host: LoadedHost;
  chat: ChatSession;
  batch: BatchRunner;
  steered: boolean;
}

export class Engine {
  readonly #emit: Emit;
  #loaded: Loaded | null = null;
  /** Replies and batch jobs being worked on, by their id. */
  readonly #running = new Map<string, AbortController>();

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  async load({ modelPath, gpu, contextSize, wishes }: Input<'model.load'>): Promise<LoadedModel> {
    await this.unload();
    let shown = 0;
    const host = await loadHost({
      modelPath,
      gpu,
      contextSize,
      wishes,
      onProgress: (progress) => {
        // llama.cpp reports every tensor; whole percents are enough for a bar.
        if (Math.floor(progress * 100) === shown) return;
        shown = Math.floor(progress * 100);
        this.#emit('model.progress', { progress });
      },
      onLog: (level, message) => this.#emit('engine.log', { level, message }),
    });
    this.#loaded = { host, chat: new ChatSession(host), batch: new BatchRunner(host), steered: false };
    return host.info;
  }

  async estimate({ modelPath, settings, contextSizes }: Input<'model.estimate'>): Promise<ModelEstimate> {
    const host = this.#loaded?.host;
    // What is loaded goes before another model, or the same one, is loaded.
    const freeRamBytes = process.availableMemory() + (host === undefined ? 0 : await contextBytes(host.context));
    return estimateModel(modelPath, { llama: host?.llama, freeRamBytes, ...settings, contextSizes });
  }

  async unload(): Promise<Record<string, never>> {
    const loaded = this.#loaded;
    this.#loaded = null;
    for (const controller of this.#running.values()) controller.abort();
    if (loaded !== null) {
      await loaded.chat.dispose();
      await loaded.batch.dispose();
      await disposeLlama(loaded.host.llama);
    }
    return {};
  }

  /** Applies a profile, or none. Whatever goes wrong, the result is no plan, and the caller knows. */
  async applyProfile({ profilePath, modelSha256, strength, shift }: Input<'steering.apply'>): Promise<{ layers: number[] }> {
    const loaded = this.#require();
    const { host, chat, batch } = loaded;
    loaded.steered = false;
    batch.setPlan(null);
    await chat.setPlan(null);
    if (profilePath === null) return { layers: [] };
    const plan = await planFor(host, { profilePath, modelSha256, strength, shift });
    batch.setPlan(plan);
    await chat.setPlan(plan);
    loaded.steered = true;
    return { layers: plan.layers.map(({ layer }) => layer) };
  }

  async generate({ replyId, steer, ...asked }: Input<'chat.generate'>): Promise<GenerationResult> {
    const { chat, steered } = this.#require();
    if (steer && !steered) throw unprotected();
    const paced = (part: ReplyPart, before = '') =>
      new PacedText((offset, delta) => this.#emit('chat.text', { replyId, part, offset, delta }), before.length);
    const texts = { reasoning: paced('reasoning', asked.reasoning?.text), reply: paced('reply', asked.reply) };
    const flush = () => {
      texts.reasoning.flush();
      texts.reply.flush();
    };
    const onText = (parts: readonly PartialText[]) => {
      for (const { part, text } of parts) {
        // What was thought comes before what is said.
        if (part === 'reply') texts.reasoning.flush();
        texts[part].push(text);
      }
    };
    const onTakenBack = () => {
      texts.reasoning.restart();
      texts.reply.restart();
      this.#emit('chat.takenBack', { replyId });
    };
    const began = performance.now();
    const onProgress = (phase: 'waiting' | 'reading', { read, total }: ReadProgress) =>
      this.#emit('chat.progress', { replyId, phase, read, total, elapsedMs: performance.now() - began });
    const result = await this.#abortable(replyId, (signal) =>
      chat.generate({ ...asked, steer, signal, onText, onTakenBack, onProgress }),
    ).finally(flush);
    // Not awaited: the answer goes out first, the cache is put in order behind it.
    chat.settle().catch((error: unknown) => this.#emit('engine.log', { level: 'warn', message: `Settling failed: ${String(error)}` }));
    return result;
  }

  /** See `trial.run` in the contract. */
  async trial({ trialId, prompt, profilePath, modelSha256, strength, shift, maxTokens }: Input<'trial.run'>): Promise<TrialResult> {
    const { host, batch } = this.#require();
    const plan = profilePath === null ? null : await planFor(host, { profilePath, modelSha256, strength, shift });
    const text = new PacedText((offset, delta) => this.#emit('chat.text', { replyId: trialId, part: 'reply', offset, delta }), 0);
    return this.#abortable(trialId, (signal) =>
      batch.alone(prompt, maxTokens, signal, (alone) =>
        runTrial(host, alone, { prompt, plan, maxTokens, signal, onText: (delta) => text.push(delta) }),
      ),
    ).finally(() => text.flush());
  }

  measure({ systemPrompt, texts, maxTokens }: Input<'chat.measure'>): Measure {
    const { model, template, info } = this.#require().host;
    const turns = [{ role: 'user' as const, text: texts.join('\n\n') }];
    const whole = tokenizeSegments(model, template.segment({ systemPrompt, turns }));
    return {
      texts: texts.map((text) => model.tokenize(text, false).length),
      tokens: whole.reduce((sum, { tokens }) => sum + tokens.length, 0),
      room: roomFor(info.contextSize, maxTokens),
      contextSize: info.contextSize,
    };
  }

  stop(id: string): Record<string, never> {
    this.#running.get(id)?.abort();
    return {};
  }

  capture({ prompts, layers, tokenLayers = [], tokensEach = 1 }: Input<'batch.capture'>): Promise<Captured> {
    return this.#require().batch.capture(prompts, layers, { layers: tokenLayers, each: tokensEach });
  }

  async generateBatch({ jobId, prompts, maxTokens, steer }: Input<'batch.generate'>): Promise<{ replies: BatchReply[] }> {
    const { batch, steered } = this.#require();
    if (steer && !steered) throw unprotected();
    const onReply = (reply: BatchReply) => this.#emit('batch.reply', { jobId, reply });
    const replies = await this.#abortable(jobId, (signal) => batch.generate(prompts, { maxTokens, steer, signal, onReply }));
    // Unloading ends replies early, and these are nobody's any more.
    if (this.#loaded?.batch !== batch) throw new SteadyError('cancelled', 'Another model was loaded meanwhile.');
    return { replies };
  }

  async firstTokenKl({ prompts }: Input<'batch.firstTokenKl'>): Promise<{ kl: number[] }> {
    const { batch, steered } = this.#require();
    if (!steered) throw unprotected();
    return { kl: await batch.firstTokenKl(prompts) };
  }

  async #abortable<T>(id: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      return await task(controller.signal);
    } finally {
      this.#running.delete(id);
    }
  }

  #require(): Loaded {
    if (this.#loaded === null) throw new SteadyError('model-not-loaded', 'No model is loaded.', { hint: 'Choose a model first.' });
    return this.#loaded;
  }
}

/** What a profile asks of the hook of a loaded model. @throws the profile's own errors, `profile-mismatch`, `model-not-steerable` */
async function planFor(
  { info }: LoadedHost,
  {
    profilePath,
    modelSha256,
    strength,
    shift = 0,
  }: { profilePath: string; modelSha256: string; strength: number | null; shift?: number | undefined },
): Promise<SteeringPlan> {
  const profile = await readProfile(profilePath);
  assertProfileFits(profile, { ...info, modelSha256, modelName: info.name });
  const plan = planFromProfile(profile, { shift, ...(strength === null ? {} : { strength }) });
  const missing = plan.layers.find(({ layer }) => !info.steerableLayers.includes(layer));
  if (missing === undefined) return plan;
  throw new SteadyError('model-not-steerable', `Layer ${missing.layer} of this model cannot be steered.`, {
    hint: 'Its architecture does not name its layer outputs in the way the hook needs.',
  });
}
