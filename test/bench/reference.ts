/** llama.cpp's own programs as references: how long the same prompt and the same tokens take without Steady, Node or JavaScript. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LlamaTools } from './llama-tools.ts';

const run = promisify(execFile);
/** As the engine makes its contexts: one batch takes a whole prompt. */
const BATCH = 2048;
const START_WITHIN_MS = 120_000;
/** Longer prompts are not evaluated twice for the sake of a warm start. */
const WARM_UP_TO = 512;

export interface Reference {
  readonly name: string;
  readonly about: string;
  /** Milliseconds to evaluate a prompt on an empty cache and, in the server, to sample from it. */
  prefill(tokens: readonly number[]): Promise<number>;
  /** Milliseconds a token, the mean over `count` tokens after `prompt`. */
  decode(prompt: readonly number[], count: number): Promise<number>;
}

export interface ReferenceOptions {
  tools: LlamaTools;
  modelPath: string;
  threads: number;
  contextSize: number;
}

/** `llama-bench`: nothing but decoding; tokens are random, none is sampled. Each call is a process of its own. */
export function benchReference({ tools, modelPath, threads }: ReferenceOptions): Reference {
  const measure = async (...args: string[]): Promise<number> => {
    const fixed = ['-m', modelPath, '-t', String(threads), '-b', String(BATCH), '-ub', String(BATCH), '-r', '1', '-o', 'json'];
    const { stdout } = await run(tools.bench, [...fixed, ...args], { maxBuffer: 16 << 20 });
    return (JSON.parse(stdout) as { samples_ns: number[] }[])[0]!.samples_ns[0]! / 1e6;
  };
  return {
    name: 'llama-bench',
    about: `llama.cpp ${tools.release}’s own llama-bench: decoding alone, nothing sampled`,
    prefill: ({ length }) => measure('-p', String(length), '-n', '0', ...(length > WARM_UP_TO ? ['--no-warmup'] : [])),
    decode: async ({ length }, count) => (await measure('-p', '0', '-n', String(count), '-d', String(length))) / count,
  };
}

interface Timings {
  prompt_n: number;
  prompt_ms: number;
  predicted_n: number;
  predicted_per_token_ms: number;
}

/** A running `llama-server` with one slot. */
export class LlamaServer implements Reference {
  readonly name = 'llama-server';
  readonly about: string;
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, address: string, release: string) {
    this.#child = child;
    this.address = address;
    this.about = `llama.cpp ${release}’s own llama-server, by its own clock`;
  }

  static async start({ tools, modelPath, threads, contextSize }: ReferenceOptions): Promise<LlamaServer> {
    const port = await freePort();
    const args = ['-m', modelPath, '--host', '127.0.0.1', '--port', String(port), '-c', String(contextSize), '-np', '1'];
    args.push('-t', String(threads), '-tb', String(threads), '-b', String(BATCH), '-ub', String(BATCH), '--cache-ram', '0');
    const child = spawn(tools.server, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let tail = '';
    child.stderr.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-2000)));
    const server = new LlamaServer(child, `http://127.0.0.1:${port}`, tools.release);
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const deadline = performance.now() + START_WITHIN_MS;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`llama-server ended with code ${child.exitCode}: ${tail}`);
      if (performance.now() > deadline) throw new Error('llama-server did not start in time.');
      const answer = await fetch(`${server.address}/health`).catch(() => null);
      if (answer?.ok === true) return server;
      await wait(100);
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async prefill(tokens: readonly number[]): Promise<number> {
    const { prompt_ms, prompt_n } = await this.#complete(tokens, 1);
    if (prompt_n !== tokens.length) throw new Error(`llama-server evaluated ${prompt_n} tokens of ${tokens.length}.`);
    return prompt_ms;
  }

  async decode(prompt: readonly number[], count: number): Promise<number> {
    // The first token comes from the prompt.
    const { predicted_n, predicted_per_token_ms } = await this.#complete(prompt, count + 1);
    if (predicted_n !== count + 1) throw new Error(`llama-server wrote ${predicted_n} tokens instead of ${count + 1}.`);
    return predicted_per_token_ms;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await Promise.race([ended, wait(5000)]);
    this.#child.kill('SIGKILL');
  }

  async #complete(prompt: readonly number[], count: number): Promise<Timings> {
    const body = { prompt, n_predict: count, temperature: 0, cache_prompt: false, ignore_eos: true };
    const answer = await fetch(`${this.address}/completion`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`llama-server answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { timings: Timings }).timings;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
