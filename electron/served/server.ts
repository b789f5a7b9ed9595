/** The served app: HTTP and WebSocket on loopback, for a browser on this machine. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SteadyError } from '../contract/index.ts';
import { openPageFiles, type AppConnection } from '../page/index.ts';
import { createAccess } from './access.ts';
import { createRequestListener } from './http.ts';
import { createRpcSocket } from './rpc-socket.ts';

const LOOPBACK = '127.0.0.1';

export interface ServedServer {
  readonly port: number;
  /** A new address that opens the app once: `http://127.0.0.1:PORT/?token=…`. */
  createAddress(): string;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

export interface ServerOptions {
  app: AppConnection;
  /** Absolute path of the built page. */
  pageDir: string;
  /** 0 (the default) lets the system choose a free one. */
  port?: number;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new SteadyError('conflict', taken ? `Port ${port} is already in use.` : `Steady cannot listen on port ${port}: ${error.message}.`, {
          hint: 'Choose another with --port, or leave it out to get a free one.',
          cause: error,
        }),
      );
    };
    server.once('error', onError);
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.off('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/**
 * Starts serving.
 * @throws SteadyError `not-found` when the page has not been built, `conflict` when the port cannot be had.
 */
export async function startServer(options: ServerOptions): Promise<ServedServer> {
  let files;
  try {
    files = openPageFiles(options.pageDir);
  } catch (cause) {
    throw new SteadyError('not-found', 'The page has not been built yet.', {
      hint: 'Run `npm run build`, or start with `npm start`.',
      cause,
    });
  }
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 });
  const port = await listen(server, options.port ?? 0);
  const access = createAccess(port);
  const rpc = createRpcSocket({ app: options.app, access, port });
  // Attached only now because both need the port; no request is read before this turn of the event loop ends.
  server.on('request', createRequestListener({ access, files, port }));
  server.on('upgrade', rpc.onUpgrade);

  return {
    port,
    createAddress: () => `http://${LOOPBACK}:${port}/?token=${access.createToken()}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        rpc.close();
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 1_000).unref();
      }),
  };
}
