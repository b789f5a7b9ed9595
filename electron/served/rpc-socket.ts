/** The page's contract over WebSocket: one JSON text message a frame. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { pageContract, serveContract } from '../contract/index.ts';
import type { AppConnection } from '../page/index.ts';
import type { Access } from './access.ts';
import { allowedHosts } from './hosts.ts';

export const RPC_PATH = '/rpc';
/** The longest frame that is read, in bytes: the longest message a person may send, with room for JSON's escapes. */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;
/** Unread bytes after which a page that does not read is let go; it may connect again and ask for the state. */
export const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
/** Open pages at once. */
export const MAX_CONNECTIONS = 32;
const PING_EVERY_MS = 30_000;

/** Close codes of RFC 6455. */
const UNSUPPORTED_DATA = 1003;
const INVALID_PAYLOAD = 1007;
const GOING_AWAY = 1001;

export interface RpcSocket {
  /** For the HTTP server's `upgrade` event. */
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** Sends `message`, or ends the connection of a page that has stopped reading. */
function send(socket: WebSocket, message: unknown): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > MAX_UNREAD_BYTES) {
    socket.terminate();
    return;
  }
  socket.send(JSON.stringify(message));
}

/** Returns the function that ends the connection. */
function serveSocket(app: AppConnection, socket: WebSocket): () => void {
  const page = app.connect();
  const server = serveContract(pageContract, page.handlers, {
    post: (message) => send(socket, message),
    subscribe: (listener) => {
      const onMessage = (data: Buffer, isBinary: boolean) => {
        if (isBinary) return socket.close(UNSUPPORTED_DATA, 'Text frames only');
        let message: unknown;
        try {
          message = JSON.parse(data.toString('utf8'));
        } catch {
          return socket.close(INVALID_PAYLOAD, 'Not JSON');
        }
        return listener(message);
      };
      socket.on('message', onMessage);
      return () => socket.off('message', onMessage);
    },
  });
  const stopEvents = page.onEvent((name, payload) => server.emit(name, payload));
  return () => {
    stopEvents();
    page.close();
    server.close();
  };
}

/** Why an upgrade is refused, as an HTTP status line, or null. */
function refusal(request: IncomingMessage, hosts: ReadonlySet<string>, access: Access, open: number): string | null {
  const host = request.headers.host ?? '';
  if (!hosts.has(host) || request.headers.origin !== `http://${host}`) return '403 Forbidden';
  if (!access.hasSession(request.headers.cookie)) return '403 Forbidden';
  if (request.url !== RPC_PATH) return '404 Not Found';
  return open >= MAX_CONNECTIONS ? '503 Service Unavailable' : null;
}

/** Serves `app` to every page that connects; events go to all of them. */
export function createRpcSocket(options: { app: AppConnection; access: Access; port: number }): RpcSocket {
  const { app, access } = options;
  const hosts = allowedHosts(options.port);
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });
  const connections = new Map<WebSocket, () => void>();
  const answered = new WeakSet<WebSocket>();

  // A page whose machine went to sleep or whose tab was frozen leaves without a word.
  const heartbeat = setInterval(() => {
    for (const socket of connections.keys()) {
      if (!answered.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, PING_EVERY_MS);
  heartbeat.unref();

  server.on('connection', (socket) => {
    answered.add(socket);
    connections.set(socket, serveSocket(app, socket));
    socket.on('pong', () => answered.add(socket));
    // ws closes the connection itself after an error (a frame too long, bad UTF-8); unheard, it would end the process.
    socket.on('error', () => {});
    socket.on('close', () => stopServing(socket));
  });

  const stopServing = (socket: WebSocket) => {
    connections.get(socket)?.();
    connections.delete(socket);
  };

  return {
    onUpgrade: (request, socket, head) => {
      const refused = refusal(request, hosts, access, connections.size);
      if (refused !== null) {
        socket.on('error', () => {});
        socket.end(`HTTP/1.1 ${refused}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      server.handleUpgrade(request, socket, head, (accepted) => server.emit('connection', accepted, request));
    },
    close: () => {
      clearInterval(heartbeat);
      for (const socket of [...connections.keys()]) {
        // Not only once the page has closed its side: the app must hear nothing more from it, nor it from the app.
        stopServing(socket);
        socket.close(GOING_AWAY, 'Steady ended');
        setTimeout(() => socket.terminate(), 500).unref();
      }
      server.close();
    },
  };
}
