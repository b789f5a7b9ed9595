/** Finds the built-in prompts that a text is like, in a thread of its own: reading and indexing them takes a quarter of a second. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { SteadyError, type NearestPrompts } from '../contract/index.ts';
import type { NearestAnswer, NearestQuestion } from './worker.ts';

/** After so long without a question the thread ends. */
const IDLE_MS = 120_000;

/** A thread, and who waits for it. */
interface Asked {
  worker: Worker;
  waiting: Map<number, PromiseWithResolvers<NearestPrompts>>;
}

export class NearestService {
  #asked: Asked | null = null;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 1;

  /** @throws SteadyError `internal` where the thread ends, as without the built-in prompts */
  find(text: string): Promise<NearestPrompts> {
    const { worker, waiting } = (this.#asked ??= this.#start());
    const question: NearestQuestion = { id: this.#nextId++, text };
    const answer = Promise.withResolvers<NearestPrompts>();
    waiting.set(question.id, answer);
    clearTimeout(this.#idle);
    worker.postMessage(question);
    return answer.promise;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const asked = this.#asked;
    this.#asked = null;
    await asked?.worker.terminate();
  }

  #start(): Asked {
    const worker = new Worker(workerUrl(), { name: 'nearest', resourceLimits: { maxOldGenerationSizeMb: 256 } });
    // It keeps no process alive: a command that asked is done when it has its answer.
    worker.unref();
    const asked: Asked = { worker, waiting: new Map() };
    const { waiting } = asked;
    worker.on('message', ({ id, ...nearest }: NearestAnswer) => {
      waiting.get(id)?.resolve(nearest);
      waiting.delete(id);
      if (waiting.size === 0) this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref();
    });
    let cause: unknown;
    worker.on('error', (error) => (cause = error));
    worker.on('exit', () => {
      if (this.#asked === asked) this.#asked = null;
      const error = new SteadyError('internal', 'The built-in prompts could not be looked through.', { cause });
      for (const { reject } of waiting.values()) reject(error);
    });
    return asked;
  }
}

/** The source where Node runs it as it is, otherwise the bundled file beside this one. */
function workerUrl(): URL {
  const source = new URL('./worker.ts', import.meta.url);
  return existsSync(fileURLToPath(source)) ? source : new URL('./nearest-worker.js', import.meta.url);
}
