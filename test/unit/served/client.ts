/** Real clients for the served app: raw HTTP with any header, and the page's RPC over WebSocket. */
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { connectContract, pageContract, type ContractClient, type PageContract } from '../../../electron/contract/index.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One request, with the path sent exactly as given and nothing followed. */
export function ask(port: number, path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? 'GET',
        headers: { Host: `127.0.0.1:${port}`, ...options.headers },
        agent: false,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }),
        );
      },
    );
    call.on('error', reject);
    call.end();
  });
}

/** Path and query of an address. */
export function pathOf(address: string): string {
  const url = new URL(address);
  return url.pathname + url.search;
}

/** Spends an address and returns the `Cookie` header to send from then on. */
export async function signIn(address: string): Promise<string> {
  const answer = await ask(Number(new URL(address).port), pathOf(address));
  const cookie = answer.headers['set-cookie']?.[0];
  if (cookie === undefined) throw new Error(`No session was given: ${answer.status}`);
  return cookie.split(';')[0] as string;
}

/** Opens a WebSocket as a page would; rejects with the HTTP status when the upgrade is refused. */
export function openSocket(port: number, headers: Record<string, string>, path = '/rpc'): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (_, response) => {
      reject(new Error(`status ${response.statusCode}`));
      socket.terminate();
    });
    socket.on('error', reject);
  });
}

/** The page's side of the contract over an open socket. */
export function connectPage(socket: WebSocket): ContractClient<PageContract> {
  const client = connectContract(pageContract, {
    post: (message) => socket.send(JSON.stringify(message)),
    subscribe: (listener) => {
      const onMessage = (data: Buffer) => listener(JSON.parse(data.toString()));
      socket.on('message', onMessage);
      return () => socket.off('message', onMessage);
    },
  });
  return client;
}

/** The close code a socket ends with. */
export function closeCode(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.on('close', resolve);
    socket.on('error', () => {});
  });
}

/** A built page in a folder of its own, beside a secret that must never be handed out. */
export async function makePage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steady-page-'));
  const page = join(folder, 'renderer');
  await mkdir(join(page, 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'top secret');
  await writeFile(
    join(page, 'index.html'),
    '<!doctype html><title>Steady</title><script type="module" src="/assets/index-AbCd1234.js"></script>',
  );
  await writeFile(join(page, 'assets', 'index-AbCd1234.js'), 'console.log("page")');
  await writeFile(join(page, 'assets', 'font-AbCd1234.woff2'), 'font');
  await writeFile(join(page, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(page, '.hidden'), 'hidden');
  await symlink(join(folder, 'secret.txt'), join(page, 'link.txt'));
  return page;
}
