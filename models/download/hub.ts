/** Fetches a model file from the hub, or a mirror of it, by HTTP: resumes by Range, retries what broke off. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvHttpProxyAgent, fetch, type Dispatcher, type Response } from 'undici';
import { hubBase, hubUrl, type HubSource } from '../catalogue.ts';
import { cancelled, ModelError } from '../errors.ts';
import { SourceFailed, type FetchJob } from './source.ts';

export interface HubOptions {
  /** The hub's base address. */
  hub?: string | undefined;
  /** How long to wait for a connection: a network that blocks the hub often never answers. */
  connectTimeoutMs?: number | undefined;
  /** How long to wait for an answer, and between two pieces of it. */
  stallTimeoutMs?: number | undefined;
  /** Before the first retry; doubles with each. */
  retryDelayMs?: number | undefined;
}

const MOST_RETRIES = 4;
const GGUF_MAGIC = 'GGUF';

/**
 * Fetches what the part file lacks.
 * @throws SourceFailed; ModelError `cancelled`, `disk-full`.
 */
export async function fetchFromHub(source: HubSource, job: FetchJob, options: HubOptions = {}): Promise<void> {
  const url = hubUrl(source, options.hub ?? hubBase());
  const stall = options.stallTimeoutMs ?? 30_000;
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: options.connectTimeoutMs ?? 4000 },
    headersTimeout: stall,
    bodyTimeout: stall,
  });
  try {
    let retries = 0;
    let everReceived = false;
    while (job.part.bytes < job.entry.bytes) {
      const before = job.part.bytes;
      try {
        await fetchOnce(url, job, agent);
        if (job.part.bytes < job.entry.bytes) throw new BrokenOff('the connection ended early');
      } catch (error) {
        if (job.signal.aborted) throw cancelled();
        if (error instanceof ModelError || error instanceof SourceFailed) throw error;
        if (job.part.bytes > before) {
          everReceived = true;
          retries = 0;
        }
        // A hub that never answered is most likely blocked: the next source is a better bet than patience.
        const worthRetrying = everReceived || error instanceof BrokenOff;
        if (!worthRetrying || retries === MOST_RETRIES) throw new SourceFailed(reason(error), { cause: error });
        await sleep((options.retryDelayMs ?? 1000) * 2 ** retries, undefined, { signal: job.signal }).catch(() => undefined);
        if (job.signal.aborted) throw cancelled();
        retries++;
      }
    }
  } finally {
    void agent.destroy();
  }
}

/** The answer was right but stopped before its end. */
class BrokenOff extends Error {}

async function fetchOnce(url: string, job: FetchJob, dispatcher: Dispatcher): Promise<void> {
  const { part, entry, signal } = job;
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'steady' };
  if (part.bytes > 0) headers['range'] = `bytes=${part.bytes}-`;
  const response = await fetch(url, { headers, signal, dispatcher });
  try {
    await startAt(response, job);
    if (!response.body) throw new BrokenOff('the answer was empty');
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      if (part.bytes === 0 && !startsLikeGguf(chunk)) throw new SourceFailed('it answered with something that is not a model file');
      if (part.bytes + chunk.length > entry.bytes) throw new SourceFailed('it sent more than the file has');
      await part.append(chunk);
      job.onBytes(part.bytes);
    }
  } finally {
    await response.body?.cancel().catch(() => undefined);
  }
}

/** Reads the status line and brings the part file to where the answer's body begins. */
async function startAt(response: Response, { part, entry }: FetchJob): Promise<void> {
  if (response.status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    const start = Number(range?.[1]);
    if (!range || start !== part.bytes) throw new SourceFailed('it answered with another part of the file than was asked for');
    if (range[2] !== '*' && Number(range[2]) !== entry.bytes) throw wrongFile();
    return;
  }
  if (response.status === 200) {
    const length = response.headers.get('content-length');
    if (length !== null && Number(length) !== entry.bytes) throw wrongFile();
    await part.truncate(0);
    return;
  }
  if (response.status === 416) {
    await part.truncate(0);
    throw new BrokenOff('it could not resume');
  }
  if (response.status === 401 || response.status === 403) throw new SourceFailed(`it refused the file (HTTP ${response.status})`);
  if (response.status === 404) throw new SourceFailed('it does not have the file (HTTP 404)');
  throw new BrokenOff(`it answered with HTTP ${response.status}`);
}

function wrongFile(): SourceFailed {
  return new SourceFailed('the file there is not the one that was pinned (its size differs)');
}

/** A captive portal or an error page is recognised by its first bytes; a first chunk too short to tell passes. */
function startsLikeGguf(chunk: Uint8Array): boolean {
  const start = Buffer.from(chunk.subarray(0, GGUF_MAGIC.length)).toString('latin1');
  return GGUF_MAGIC.startsWith(start);
}

/** Why a request failed, as a clause for a person. */
function reason(error: unknown): string {
  if (error instanceof BrokenOff) return error.message;
  const cause = (error as { cause?: unknown }).cause ?? error;
  const code = (cause as { code?: unknown }).code;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name could not be resolved';
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'it could not be reached in time';
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'it could not be reached';
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'it stopped answering';
    default:
      return cause instanceof Error ? `the connection failed (${cause.message})` : 'the connection failed';
  }
}
