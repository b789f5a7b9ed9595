/** Reads documents in a worker thread of their own, one at a time, within bounds of time and memory. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { SteadyError } from '../contract/index.ts';
import type { ReadDocument } from './read-document.ts';
import type { DocumentAnswer, DocumentWorkerData } from './worker.ts';

export interface DocumentReaderOptions {
  /** Milliseconds that one document may take. */
  timeoutMs?: number;
  /** MiB of JavaScript objects that reading one may take. */
  memoryMb?: number;
}

const HINT = 'Steady reads text, code, Markdown, HTML, CSV, JSON, PDF, DOCX, XLSX, PPTX and EPUB.';

export class DocumentReader {
  readonly #timeoutMs: number;
  readonly #memoryMb: number;
  #queue: Promise<unknown> = Promise.resolve();

  constructor({ timeoutMs = 60_000, memoryMb = 768 }: DocumentReaderOptions = {}) {
    this.#timeoutMs = timeoutMs;
    this.#memoryMb = memoryMb;
  }

  /** @param path of the file @param name what people call it; its ending can tell the format @throws SteadyError `bad-input` with the reason */
  read(path: string, name: string): Promise<ReadDocument> {
    const reading = this.#queue.then(() => this.#read(path, name));
    this.#queue = reading.catch(() => undefined);
    return reading;
  }

  async #read(path: string, name: string): Promise<ReadDocument> {
    const worker = new Worker(workerUrl(), {
      workerData: { path, name } satisfies DocumentWorkerData,
      name: 'document',
      resourceLimits: { maxOldGenerationSizeMb: this.#memoryMb, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 },
      // Nothing of a file's, and no warning about it, belongs on the app's own output.
      stdout: true,
      stderr: true,
    });
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await new Promise<DocumentAnswer>((resolve) => {
        worker.once('message', resolve);
        worker.once('error', (error: NodeJS.ErrnoException) =>
          resolve({ fault: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'It takes too much memory.' : 'It is damaged.' }),
        );
        worker.once('exit', () => resolve({ fault: 'It is damaged.' }));
        timer = setTimeout(() => resolve({ fault: 'It takes too long.' }), this.#timeoutMs);
      });
      if ('read' in answer) return answer.read;
      throw new SteadyError('bad-input', `“${name}” could not be read. ${answer.fault}`, { hint: HINT });
    } finally {
      clearTimeout(timer);
      await worker.terminate();
    }
  }
}

/** The source where Node runs it as it is, otherwise the bundled file beside this one. */
function workerUrl(): URL {
  const source = new URL('./worker.ts', import.meta.url);
  return existsSync(fileURLToPath(source)) ? source : new URL('./document-worker.js', import.meta.url);
}
