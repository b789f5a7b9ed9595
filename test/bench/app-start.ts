/** From starting the served app to a page that can ask, and what memory its processes hold. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { DEFAULT_SAMPLING, type ContractClient, type EngineState, type Message, type PageContract } from '../../electron/contract/index.ts';
import { DEFAULT_MODEL_ID } from '../../models/index.ts';
import { connectPage, openSocket, signIn } from '../unit/served/client.ts';
import { median } from './stats.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'electron', 'serve.ts');
const REPLY_TOKENS = 32;
const GIVE_UP_MS = 5 * 60_000;

export interface StartTimes {
  /** Until the address is printed: the page can be opened. */
  addressMs: number;
  /** Until a page that connected has the app's state. */
  stateMs: number;
  /** Until the model is loaded and the first message can be answered. */
  readyMs: number;
}

export interface ProcessMemory {
  process: 'app' | 'engine';
  readyMiB: number;
  afterReplyMiB: number;
}

export interface AppStart {
  /** In an empty data folder; the model file is there already. */
  first: StartTimes;
  /** Medians of later starts. */
  again: StartTimes;
  starts: number;
  memory: ProcessMemory[];
}

/** @param starts how many later starts are measured */
export async function measureAppStart(options: { modelId: string; starts: number; say(line: string): void }): Promise<AppStart> {
  const dataDir = await mkdtemp(join(tmpdir(), 'steady-bench-app-'));
  try {
    const first = await startOnce(dataDir, options.modelId, false);
    const later: Awaited<ReturnType<typeof startOnce>>[] = [];
    for (let start = 0; start < options.starts; start++) later.push(await startOnce(dataDir, options.modelId, start === 0));
    const middle = (of: keyof StartTimes) => median(later.map(({ times }) => times[of]));
    const again = { addressMs: middle('addressMs'), stateMs: middle('stateMs'), readyMs: middle('readyMs') };
    const show = ({ addressMs, readyMs }: StartTimes) => `page after ${seconds(addressMs)}, model ready after ${seconds(readyMs)}`;
    options.say(`app start: first ${show(first.times)}; again ${show(again)}`);
    const { memory } = later[0]!;
    for (const { process, readyMiB, afterReplyMiB } of memory)
      options.say(`  ${process}: ${readyMiB} MiB, after a reply ${afterReplyMiB} MiB`);
    return { first: first.times, again, starts: options.starts, memory };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

/** Starts the app, waits until the model is ready, asks something if wanted, and ends it. */
async function startOnce(dataDir: string, modelId: string, ask: boolean): Promise<{ times: StartTimes; memory: ProcessMemory[] }> {
  const started = performance.now();
  const child = spawn(process.execPath, [ENTRY, '--data-dir', dataDir], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let socket: WebSocket | null = null;
  try {
    const address = await within(printedAddress(child), 'print its address');
    const addressMs = performance.now() - started;
    const port = Number(new URL(address).port);
    socket = await openSocket(port, { Cookie: await signIn(address), Origin: `http://127.0.0.1:${port}` });
    const page = connectPage(socket);
    const ready = engineReady(page, modelId);
    await page.call('app.state', {});
    const stateMs = performance.now() - started;
    if ((await page.call('app.state', {})).settings.modelId === null && modelId !== DEFAULT_MODEL_ID)
      await page.call('models.load', { modelId });
    await within(ready, 'load the model');
    const times = { addressMs, stateMs, readyMs: performance.now() - started };
    if (!ask) return { times, memory: [] };
    const before = memoryOf(child.pid!);
    await within(oneReply(page), 'answer');
    const after = memoryOf(child.pid!);
    const memory = (['app', 'engine'] as const).map((name) => ({ process: name, readyMiB: before[name], afterReplyMiB: after[name] }));
    return { times, memory };
  } finally {
    socket?.terminate();
    child.kill('SIGTERM');
    await ended;
  }
}

function printedAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const address = /http:\/\/\S+(?=\s)/.exec(output);
      if (address !== null) resolve(address[0]);
    });
    child.once('exit', (code) => reject(new Error(`The app ended with code ${code} before it was ready.`)));
  });
}

function engineReady(page: ContractClient<PageContract>, modelId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (engine: EngineState) => {
      if (engine.modelId === modelId && engine.status === 'ready') resolve();
      if (engine.modelId === modelId && engine.status === 'failed') reject(new Error(engine.error?.message ?? 'The model was not loaded.'));
    };
    page.on('engine.changed', look);
    page.call('app.state', {}).then(({ engine }) => look(engine), reject);
  });
}

async function oneReply(page: ContractClient<PageContract>): Promise<void> {
  await page.call('settings.update', { allowUnprotectedChat: true });
  const written: Message[] = [];
  let check = () => {};
  page.on('chat.message', (message) => {
    written.push(message);
    check();
  });
  const { reply } = await page.call('chat.send', {
    conversationId: null,
    parentId: null,
    text: 'Tell me something nice about gardens.',
    sampling: { ...DEFAULT_SAMPLING, temperature: 0, maxTokens: REPLY_TOKENS },
  });
  const message = await new Promise<Message>((resolve) => {
    check = () => {
      const found = written.find(({ id, state }) => id === reply.id && state !== 'streaming');
      if (found !== undefined) resolve(found);
    };
    check();
  });
  if (message.state !== 'done') throw new Error(`The reply ended as ${message.state}: ${message.error?.message ?? ''}`);
}

async function within<T>(task: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The app did not ${what} within ${GIVE_UP_MS / 60_000} minutes.`)), GIVE_UP_MS);
  });
  return Promise.race([task, late]).finally(() => clearTimeout(timer));
}

/** Resident memory in MiB of the app and of the engine, its one child. The engine's includes the mapped model file. */
function memoryOf(pid: number): { app: number; engine: number } {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' });
  const rows = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const mib = (found: number[] | undefined) => Math.round((found?.[2] ?? NaN) / 1024);
  const children = rows.filter(([own, parent]) => parent === pid && own !== undefined);
  // ps itself is not among them: it is this process's child. The engine is by far the largest.
  children.sort((a, b) => b[2]! - a[2]!);
  return { app: mib(rows.find(([own]) => own === pid)), engine: mib(children[0]) };
}
