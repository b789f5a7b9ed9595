/** A hub on loopback that serves one file, and can be told to misbehave. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestHub {
  readonly base: string;
  /** The `Range` header of every request so far; null where there was none. */
  readonly ranges: (string | null)[];
  /** Path of every request so far. */
  readonly paths: string[];
  /** Bytes of bodies sent so far. */
  sentBytes: number;
  /** What the next requests meet, one each; then the file itself, served properly. */
  readonly behaviours: Behaviour[];
}

export interface HubSettings {
  /** Pause after each piece, in milliseconds. */
  pauseMs?: number;
  pieceBytes?: number;
}

/** Starts a hub that serves `file`; it ends with the test. */
export async function startHub(file: Buffer, settings: HubSettings = {}): Promise<TestHub> {
  const behaviours: Behaviour[] = [];
  const hub = { base: '', ranges: [] as (string | null)[], paths: [] as string[], sentBytes: 0, behaviours };
  const server = createServer((request, response) => {
    hub.ranges.push(request.headers.range ?? null);
    hub.paths.push(request.url ?? '');
    const behave = behaviours.shift();
    if (behave) behave(request, response);
    else void serve(request, response);
  });
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const headers = { 'content-length': file.length - start };
    if (start > 0) response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` });
    else response.writeHead(200, headers);
    const piece = settings.pieceBytes ?? 64 * 1024;
    for (let at = start; at < file.length && !response.destroyed; at += piece) {
      const chunk = file.subarray(at, at + piece);
      response.write(chunk);
      hub.sentBytes += chunk.length;
      if (settings.pauseMs) await new Promise((resolve) => setTimeout(resolve, settings.pauseMs));
    }
    response.end();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  hub.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return hub;
}

/** Sends the first `bytes` of `file` under the headers of all of it, then cuts the connection. */
export function breakAfter(file: Buffer, bytes: number): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': file.length });
    response.write(file.subarray(0, bytes), () => setTimeout(() => response.destroy(), 30));
  };
}

/** Answers with a status and a body. */
export function answer(status: number, body: Buffer | string = '', headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}
