/**
 * What steering costs: every arm evaluates the same tokens in turn, call by call, so that whatever else the machine does
 * meets all of them alike. Each call is paired with plain node-llama-cpp's call of the same round.
 */
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import { createHash } from 'node:crypto';
import { chatTemplate } from '../../electron/engine/worker/chat-template.ts';
import { CHATML } from '../../electron/engine/worker/template-family.ts';
import { threadCount } from '../../electron/engine/worker/model-host.ts';
import { assertProfileFits, planFromProfile, readProfile } from '../../steering/profile/index.ts';
import { SteeringRuntime } from '../../steering/runtime/hook.ts';
import type { SteeringPlan } from '../../steering/runtime/plan.ts';
import { bindingsOf, makeArms, type World } from './arms.ts';
import { measureDecode } from './decode.ts';
import type { LlamaTools } from './llama-tools.ts';
import { measurePrefill } from './prefill.ts';
import { benignPrompt } from './prompt.ts';
import { benchReference, LlamaServer, type Reference } from './reference.ts';
import type { ScenarioResult } from './scenario.ts';

export interface SteeringCost {
  model: string;
  threads: number;
  gpu: string;
  layers: number;
  embeddingLength: number;
  arms: { name: string; about: string }[];
  /** llama.cpp's own programs that were measured beside the arms. */
  references: { name: string; about: string }[];
  /** Why they were not; null where they were. */
  withoutReferences: string | null;
  /** Why the profile was not measured; null where it was. */
  withoutProfile: string | null;
  /** Whether the profile's gate opened for the benign prompt of some length; it should not. */
  profileSteered: boolean;
  scenarios: ScenarioResult[];
}

export interface SteeringCostOptions {
  modelPath: string;
  modelName: string;
  modelSha256: string;
  profilePath: string | null;
  /** llama.cpp's own programs, or why they are not there. */
  tools: { tools: LlamaTools | null; reason: string | null };
  /** Of `SCENARIOS`. */
  scenarios: readonly string[];
  /** Multiplies the time given to each scenario. */
  effort: number;
  say(line: string): void;
}

/** Seconds for each scenario at effort 1. Few long prompts fit any patience; they are also the steadiest. */
const PREFILLS = [
  { tokens: 64, seconds: 45 },
  { tokens: 512, seconds: 110 },
  { tokens: 2048, seconds: 240 },
];
const DECODE_SECONDS = 110;
const SERVER_CONTEXT = 4096;
/** What can be measured: prompts by their tokens, and decoding. */
export const SCENARIOS: readonly string[] = [...PREFILLS.map(({ tokens }) => String(tokens)), 'decode'];

export async function measureSteeringCost(options: SteeringCostOptions): Promise<SteeringCost> {
  const gpu = process.env['STEADY_GPU'] === 'off' ? false : 'auto';
  let server: LlamaServer | null = null;
  // No limit shared by contexts: the library keeps a context's threads reserved for a moment after its last token, and
  // whichever arm comes next within that moment would read its prompt with what is left. (Seen: half the speed.)
  const llama = await getLlama({ gpu, build: 'never', maxThreads: 0, logLevel: LlamaLogLevel.error });
  try {
    const unhooked = bindingsOf(llama).AddonContext;
    const runtime = new SteeringRuntime(llama);
    const model = await llama.loadModel({ modelPath: options.modelPath, gpuLayers: 'auto' });
    const world: World = { llama, model, runtime, unhooked, threads: threadCount(llama) };
    const source = model.fileInfo.metadata.tokenizer.chat_template ?? CHATML;
    const template = chatTemplate(source, { bos: model.tokens.bosString ?? '', eos: model.tokens.eosString ?? '' });
    const d = model.embeddingVectorSize;
    const layerCount = model.fileInsights.totalLayers - 1; // the library counts the output layer
    const { plan, reason } = await profilePlan(options, d, layerCount, createHash('sha256').update(source).digest('hex'));
    const layers = Array.from({ length: layerCount - 1 }, (_, index) => index + 1);
    const arms = makeArms(layers, d, plan);
    const seen = { profileSteered: false };
    // Built for the processor alone, they say nothing about a GPU.
    const withoutReferences = llama.gpu === false ? options.tools.reason : 'llama.cpp’s own programs are built for the processor alone';
    const references: Reference[] = [];
    if (options.tools.tools !== null && withoutReferences === null) {
      const asked = { tools: options.tools.tools, modelPath: options.modelPath, threads: world.threads, contextSize: SERVER_CONTEXT };
      server = await LlamaServer.start(asked);
      references.push(benchReference(asked), server);
    } else options.say(`without llama.cpp's own programs: ${withoutReferences}`);

    const scenarios: ScenarioResult[] = [];
    const promptOf = (tokens: number) => benignPrompt(model, template, tokens);
    for (const { tokens, seconds } of PREFILLS) {
      if (!options.scenarios.includes(String(tokens))) continue;
      scenarios.push(await measurePrefill(world, arms, references, promptOf(tokens), seconds * options.effort, seen, options.say));
    }
    if (options.scenarios.includes('decode')) {
      scenarios.push(await measureDecode(world, arms, references, promptOf, DECODE_SECONDS * options.effort, options.say));
    }
    return {
      model: options.modelName,
      threads: world.threads,
      gpu: llama.gpu === false ? 'none' : llama.gpu,
      layers: layerCount,
      embeddingLength: d,
      arms: arms.map(({ name, about }) => ({ name, about })),
      references: references.map(({ name, about }) => ({ name, about })),
      withoutReferences,
      withoutProfile: reason,
      ...seen,
      scenarios,
    };
  } finally {
    await server?.stop();
    await llama.dispose();
  }
}

async function profilePlan(
  { profilePath, modelSha256 }: SteeringCostOptions,
  embeddingLength: number,
  layerCount: number,
  chatTemplateSha256: string,
): Promise<{ plan: SteeringPlan | null; reason: string | null }> {
  if (profilePath === null) return { plan: null, reason: 'there is no profile for this model' };
  try {
    const profile = await readProfile(profilePath);
    assertProfileFits(profile, { modelSha256, embeddingLength, layerCount, chatTemplateSha256 });
    return { plan: planFromProfile(profile), reason: null };
  } catch (error) {
    return { plan: null, reason: (error as Error).message };
  }
}
