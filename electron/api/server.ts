/** Listens for programs: on loopback, or, with certificates, on an address of a network. */
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { SteadyError } from '../contract/index.ts';
import { allowedHosts } from '../served/hosts.ts';
import { checkApiAllowed } from './access.ts';
import { createApiApp, type ApiAppOptions } from './app.ts';

export const LOOPBACK = '127.0.0.1';

/** More than can wait; beyond it programs are not let in at all. */
const MAX_CONNECTIONS = 256;

export interface TlsFiles {
  /** PEM files. */
  cert: string;
  key: string;
}

export interface ApiServerOptions extends Omit<ApiAppOptions, 'addresses' | 'closing'> {
  /** The address listened on. Any but loopback needs `tls`. */
  host?: string | undefined;
  port: number;
  tls?: TlsFiles | undefined;
  /** Names under which programs reach it beside its address, as `Host` has them: that of a balancer, say. */
  names?: readonly string[] | undefined;
}

export interface ApiServer {
  /** `http://127.0.0.1:8188/v1`: what programs call the base URL. */
  readonly baseUrl: string;
  readonly port: number;
  /** Stops listening, ends the replies being written, and waits until their rows of the log are written. */
  close(): Promise<void>;
}

const isLoopback = (host: string) => host === LOOPBACK || host === '::1' || host === 'localhost';

/** @throws SteadyError `policy` where the policies forbid it; `bad-input` for an address of a network without certificates, or ones that cannot be read; `conflict` for a port that is taken */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const host = options.host ?? LOOPBACK;
  const network = !isLoopback(host);
  checkApiAllowed(options.policies, network);
  if (network && options.tls === undefined) {
    throw new SteadyError('bad-input', `On ${host} others could read along: a network address needs a certificate.`, {
      hint: 'Give one with --tls-cert and --tls-key, or leave --host out.',
    });
  }
  const server = await serverFor(options.tls);
  server.maxConnections = MAX_CONNECTIONS;
  const closing = new AbortController();
  const scheme = options.tls === undefined ? 'http' : 'https';
  let hosts: ReadonlySet<string> = new Set();
  const app = createApiApp({ ...options, addresses: { scheme, network, hosts: () => hosts }, closing: closing.signal });
  server.on('request', getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  const port = await listen(server, host, options.port);
  const shown = host.includes(':') ? `[${host}]` : host;
  hosts = new Set([...allowedHosts(port), `${shown}:${port}`, ...(options.names ?? [])]);
  return {
    port,
    baseUrl: `${scheme}://${shown}:${port}/v1`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      closing.abort();
      server.closeIdleConnections();
      await app.settled();
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
      await closed;
    },
  };
}

async function serverFor(tls: TlsFiles | undefined): Promise<Server> {
  const limits = { requestTimeout: 60_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 };
  if (tls === undefined) return createHttpServer(limits);
  try {
    const [cert, key] = await Promise.all([readFile(tls.cert), readFile(tls.key)]);
    return createHttpsServer({ ...limits, cert, key, minVersion: 'TLSv1.2' });
  } catch (cause) {
    throw new SteadyError('bad-input', `The certificate cannot be used: ${(cause as Error).message}.`, {
      hint: 'Both files are PEM: the certificate with those that signed it, and its key without a passphrase.',
      cause,
    });
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const message = taken ? `Port ${port} is already in use.` : `Steady cannot listen on ${host}, port ${port}: ${error.message}.`;
      reject(new SteadyError('conflict', message, { hint: 'Choose another with --port; 0 takes a free one.', cause: error }));
    };
    server.once('error', onError);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
