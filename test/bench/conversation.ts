/**
 * How long a person waits for a reply's first token at the first, second and tenth turn of a conversation, and how fast the
 * reply is written: the whole app (store, engine, steering) against llama.cpp's own server, both by a client's clock.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startApp, type SteadyApp } from '../../electron/app.ts';
import { DEFAULT_SAMPLING, type Message } from '../../electron/contract/index.ts';
import type { LlamaTools } from './llama-tools.ts';
import { LlamaServer } from './reference.ts';
import { estimateMedian, judge, median, type MedianEstimate, type Verdict } from './stats.ts';

const TURNS = 10;
export const SHOWN_TURNS = [1, 2, 10] as const;
const REPLY_TOKENS = 40;
/** A person reads before writing on; the app uses that time to settle the reply in its cache. */
const READING_MS = 1500;
const CONTEXT = 8192;
/** In-app decoding speed as a share of the server's that is good enough. */
export const DECODE_BAR = 0.97;

const QUESTIONS = [
  'Tell me in detail how a lighthouse works and who kept its lamp burning.',
  'What did the keepers do all day, and how did they pass the long nights?',
  'Describe the storms that they had to live through in winter.',
  'How were the lamps changed when electricity came?',
  'Which lighthouses became famous, and why are they remembered?',
  'How did ships tell one light from another in the dark?',
  'What happens to old lighthouses today, and who looks after them?',
  'Write a short scene in which a keeper sees the first steamer pass.',
  'How would you explain the lens of a lighthouse to a child?',
  'Sum up what we talked about in a few friendly sentences.',
] as const;

export interface Turn {
  /** From sending the message to the first words of the reply. */
  firstTokenMs: number;
  /** Mean of the tokens after the first; null where the reply was too short to tell. */
  msPerToken: number | null;
}

export interface ConversationResult {
  conversations: number;
  protected: boolean;
  /** By turn (1, 2, 10): medians in milliseconds, and how much sooner the app is (server's time divided by the app's). */
  firstToken: { turn: number; appMs: number; serverMs: number | null; ratio: MedianEstimate | null }[];
  /** Decoding speed over all turns: the app's as a share of the server's. */
  decode: { appTokensPerSecond: number; serverTokensPerSecond: number | null; ratio: MedianEstimate | null; verdict: Verdict | null };
  withoutServer: string | null;
}

export interface ConversationOptions {
  modelId: string;
  modelPath: string;
  threads: number;
  conversations: number;
  tools: { tools: LlamaTools | null; reason: string | null };
  say(line: string): void;
}

export async function measureConversations(options: ConversationOptions): Promise<ConversationResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'steady-bench-chat-'));
  const app = await startApp({ dataDir, shell: 'served', loadModel: false });
  let server: LlamaServer | null = null;
  try {
    await app.handlers['settings.update']({ allowUnprotectedChat: true });
    await app.models.load(options.modelId, { remember: false });
    const { tools } = options.tools;
    const onCpu = app.engine.state.compute?.device === 'cpu';
    const withoutServer = onCpu ? options.tools.reason : 'llama.cpp’s own programs are built for the processor alone';
    if (tools !== null && withoutServer === null) {
      server = await LlamaServer.start({ tools, modelPath: options.modelPath, threads: options.threads, contextSize: CONTEXT });
    }
    const inApp: Turn[][] = [];
    const onServer: Turn[][] = [];
    for (let round = 0; round < options.conversations; round++) {
      const tasks = [async () => void inApp.push(await talkInApp(app))];
      if (server !== null) tasks.push(async () => void onServer.push(await talkToServer(server!.address)));
      for (const task of round % 2 === 0 ? tasks : tasks.reverse()) await task();
    }
    const result = summarise(inApp, server === null ? null : onServer, app.protection.state.status === 'on', withoutServer);
    tell(result, options.say);
    return result;
  } finally {
    await server?.stop();
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function talkInApp(app: SteadyApp): Promise<Turn[]> {
  const turns: Turn[] = [];
  let conversationId: string | null = null;
  let parentId: string | null = null;
  for (const text of QUESTIONS.slice(0, TURNS)) {
    const clock = new Clock();
    let replyId: string | null = null;
    const early: Message[] = [];
    const ended = Promise.withResolvers<Message>();
    const stop = app.onEvent((name, payload) => {
      if (name === 'chat.delta') clock.tick();
      if (name !== 'chat.message' || (payload as Message).state === 'streaming') return;
      early.push(payload as Message);
      if ((payload as Message).id === replyId) ended.resolve(payload as Message);
    });
    const sampling = { ...DEFAULT_SAMPLING, temperature: 0, maxTokens: REPLY_TOKENS };
    const sent: Awaited<ReturnType<SteadyApp['chat']['send']>> = await app.chat.send({ conversationId, parentId, text, sampling });
    replyId = sent.reply.id;
    const known = early.find(({ id }) => id === replyId);
    if (known !== undefined) ended.resolve(known);
    const reply = await ended.promise;
    stop();
    if (reply.state !== 'done' || reply.stats === null) throw new Error(`A reply ended as ${reply.state}.`);
    turns.push(clock.turn(reply.stats.generatedTokens));
    conversationId = sent.conversation.id;
    parentId = reply.id;
    await wait(READING_MS);
  }
  return turns;
}

async function talkToServer(address: string): Promise<Turn[]> {
  const turns: Turn[] = [];
  const messages: { role: string; content: string }[] = [];
  for (const [index, text] of QUESTIONS.slice(0, TURNS).entries()) {
    messages.push({ role: 'user', content: text });
    const clock = new Clock();
    // A conversation that begins finds nothing in the app's cache; another that began alike must not help here either.
    const body = { messages, stream: true, temperature: 0, max_tokens: REPLY_TOKENS, cache_prompt: index > 0 };
    const answer = await fetch(`${address}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok || answer.body === null) throw new Error(`llama-server answered ${answer.status}.`);
    let content = '';
    let generated = 0;
    for await (const event of eventsOf(answer.body)) {
      const delta = event.choices?.[0]?.delta?.content ?? '';
      if (delta !== '') clock.tick();
      content += delta;
      generated = event.timings?.predicted_n ?? generated;
    }
    turns.push(clock.turn(generated));
    messages.push({ role: 'assistant', content });
    await wait(READING_MS);
  }
  return turns;
}

interface StreamEvent {
  choices?: { delta?: { content?: string | null } }[];
  timings?: { predicted_n: number };
}

/** Server-sent events with JSON in them. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('data: ') && !line.includes('[DONE]')) yield JSON.parse(line.slice(6)) as StreamEvent;
    }
  }
}

class Clock {
  readonly #began = performance.now();
  #first: number | null = null;
  #last = 0;

  tick(): void {
    this.#last = performance.now();
    this.#first ??= this.#last;
  }

  turn(tokens: number): Turn {
    if (this.#first === null) throw new Error('A reply came without a word.');
    const msPerToken = tokens < 8 ? null : (this.#last - this.#first) / (tokens - 1);
    return { firstTokenMs: this.#first - this.#began, msPerToken };
  }
}

function summarise(inApp: Turn[][], onServer: Turn[][] | null, isProtected: boolean, withoutServer: string | null): ConversationResult {
  const firstToken = SHOWN_TURNS.map((turn) => {
    const of = (talks: Turn[][]) => talks.map((talk) => talk[turn - 1]!.firstTokenMs);
    const app = of(inApp);
    const server = onServer === null ? null : of(onServer);
    return {
      turn,
      appMs: median(app),
      serverMs: server === null ? null : median(server),
      ratio: server === null ? null : estimateMedian(app.map((ms, index) => server[index]! / ms)),
    };
  });
  const speeds = (talks: Turn[][]) => talks.flat().map(({ msPerToken }) => msPerToken);
  const known = (values: (number | null)[]) => values.filter((value) => value !== null);
  const [app, server] = [speeds(inApp), onServer === null ? null : speeds(onServer)];
  const pairs = server === null ? [] : known(app.map((ms, index) => (ms === null || server[index] == null ? null : server[index] / ms)));
  const ratio = pairs.length === 0 ? null : estimateMedian(pairs);
  return {
    conversations: inApp.length,
    protected: isProtected,
    firstToken,
    decode: {
      appTokensPerSecond: 1000 / median(known(app)),
      serverTokensPerSecond: server === null ? null : 1000 / median(known(server)),
      ratio,
      verdict: ratio === null ? null : judge(ratio, DECODE_BAR),
    },
    withoutServer,
  };
}

function tell({ conversations, firstToken, decode, withoutServer }: ConversationResult, say: (line: string) => void): void {
  say(`conversations: ${conversations} of ${TURNS} turns${withoutServer === null ? '' : `; no server: ${withoutServer}`}`);
  for (const { turn, appMs, serverMs, ratio } of firstToken) {
    const against = ratio === null ? '' : `, llama-server ${serverMs!.toFixed(0)} ms, ratio ${ratio.median.toFixed(3)}`;
    say(`  first token of turn ${turn}: ${appMs.toFixed(0)} ms${against}`);
  }
  const share =
    decode.ratio === null ? '' : `, ${decode.ratio.median.toFixed(3)} of llama-server's ${decode.serverTokensPerSecond!.toFixed(1)}`;
  say(`  decoding: ${decode.appTokensPerSecond.toFixed(1)} tokens/s${share}`);
}
