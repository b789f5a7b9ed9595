// @vitest-environment node
/** The bridge of a served page, over real WebSockets. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import {
  pageContract,
  serveContract,
  SteadyError,
  type ContractServer,
  type Handlers,
  type PageContract,
  type Settings,
} from '../../../electron/contract/index.ts';
import { DEFAULT_SETTINGS } from '../../../electron/store/settings/settings.ts';
import { createSocketBridge } from '../../../renderer/lib/bridge/socket.ts';

const SETTINGS: Settings = { ...DEFAULT_SETTINGS, theme: 'dark' };
let stop: (() => Promise<void>) | undefined;
afterEach(async () => stop?.());

async function listen(port: number, handlers: Partial<Handlers<PageContract>>) {
  const server: Server = createServer();
  const sockets = new WebSocketServer({ server, path: '/rpc' });
  const connections = new Set<ContractServer<PageContract>>();
  const open = new Set<ServerSocket>();
  sockets.on('connection', (socket) => {
    open.add(socket);
    const connection = serveContract(pageContract, handlers as Handlers<PageContract>, {
      post: (message) => socket.send(JSON.stringify(message)),
      subscribe: (listener) => {
        socket.on('message', (data: Buffer) => listener(JSON.parse(data.toString('utf8'))));
        return () => socket.removeAllListeners('message');
      },
    });
    connections.add(connection);
    socket.on('close', () => {
      connections.delete(connection);
      connection.close();
    });
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const end = () =>
    new Promise<void>((done) => {
      for (const socket of open) socket.terminate();
      sockets.close();
      server.close(() => done());
    });
  stop = end;
  return { port: (server.address() as AddressInfo).port, connections, end };
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 10_000) throw new Error('It never came about.');
    await new Promise((done) => setTimeout(done, 20));
  }
}

test('calls made before the connection stands are answered, errors keep their code and hint', async () => {
  const { port } = await listen(0, {
    'models.list': () => [],
    'models.load': () => {
      throw new SteadyError('model-damaged', 'Damaged.', { hint: 'Fetch it again.' });
    },
  });
  const bridge = createSocketBridge(`ws://127.0.0.1:${port}/rpc`);
  expect(await bridge.call('models.list', {})).toEqual([]);
  await expect(bridge.call('models.load', { modelId: 'x' })).rejects.toMatchObject({ code: 'model-damaged', hint: 'Fetch it again.' });
});

test('a lost connection fails calls at once, comes back by itself, and events go on', async () => {
  const first = await listen(0, { 'conversations.list': () => new Promise(() => {}) });
  const bridge = createSocketBridge(`ws://127.0.0.1:${first.port}/rpc`);
  const seen: string[] = [];
  const statuses: string[] = [];
  bridge.on('settings.changed', ({ theme }) => seen.push(theme));
  bridge.link?.subscribe((status) => statuses.push(status));
  await until(() => first.connections.size === 1);

  const hanging = bridge.call('conversations.list', { limit: 1, before: null });
  await new Promise((done) => setTimeout(done, 50));
  await first.end();
  await expect(hanging).rejects.toMatchObject({ code: 'connection-lost' });
  await until(() => bridge.link?.status === 'lost');
  await expect(bridge.call('models.list', {})).rejects.toMatchObject({ code: 'connection-lost' });

  const second = await listen(first.port, { 'models.list': () => [] });
  await until(() => bridge.link?.status === 'open');
  expect(await bridge.call('models.list', {})).toEqual([]);
  for (const connection of second.connections) connection.emit('settings.changed', SETTINGS);
  await until(() => seen.length > 0);
  expect(seen).toEqual(['dark']);
  expect(statuses).toEqual(['open', 'lost', 'open']);
}, 30_000);
