/** The page's contract over a real WebSocket: who may connect, what travels, and what a bad client can do (nothing). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer, type ServedServer } from '../../../electron/served/index.ts';
import { MAX_CONNECTIONS, MAX_FRAME_BYTES } from '../../../electron/served/rpc-socket.ts';
import { ask, closeCode, connectPage, makePage, openSocket, signIn } from './client.ts';
import { createSmallApp } from './small-app.ts';

const app = createSmallApp();
let server: ServedServer;
let cookie: string;
let headers: Record<string, string>;

beforeAll(async () => {
  server = await startServer({ app, pageDir: await makePage() });
  cookie = await signIn(server.createAddress());
  headers = { Cookie: cookie, Origin: `http://127.0.0.1:${server.port}` };
});
afterAll(() => server.close());

const stillServing = async () => {
  const socket = await openSocket(server.port, headers);
  expect((await connectPage(socket).call('app.state', {})).version).toBe('1.2.3');
  socket.close();
};

describe('who may connect', () => {
  const refused = async (change: Record<string, string | undefined>, path?: string) => {
    const merged = Object.fromEntries(
      Object.entries({ ...headers, ...change }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    return openSocket(server.port, merged, path).then(
      () => 'connected',
      (error: Error) => error.message,
    );
  };
  test.each([
    ['no cookie', { Cookie: undefined }],
    ['a made-up cookie', { Cookie: 'steady=1' }],
    ['no origin', { Origin: undefined }],
    ['another origin', { Origin: 'https://evil.example' }],
    ['an opaque origin', { Origin: 'null' }],
    ['another port of this machine', { Origin: 'http://127.0.0.1:1' }],
    ['another name of this machine', { Origin: 'http://localhost' }],
    ['another host', { Host: 'evil.example', Origin: 'http://evil.example' }],
  ])('%s is refused', async (_, change) => {
    expect(await refused(change)).toBe('status 403');
  });

  test('origin and host must agree', async () => {
    expect(await refused({ Origin: `http://localhost:${server.port}` })).toBe('status 403');
    const both = { ...headers, Host: `localhost:${server.port}`, Origin: `http://localhost:${server.port}` };
    (await openSocket(server.port, both)).close();
  });

  test('another path is not found', async () => {
    expect(await refused({}, '/other')).toBe('status 404');
    expect(await refused({}, '/rpc/../rpc2')).toBe('status 404');
  });

  test('there is an end to how many connect', async () => {
    await sleep(100);
    const sockets = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => openSocket(server.port, headers)));
    expect(await refused({})).toBe('status 503');
    await Promise.all(sockets.map((socket) => (socket.close(), closeCode(socket))));
    await stillServing();
  });
});

describe('what travels', () => {
  test('a request, its answer, and an event to every open page', async () => {
    const [first, second] = await Promise.all([openSocket(server.port, headers), openSocket(server.port, headers)]);
    const [one, two] = [connectPage(first), connectPage(second)];
    const heard = [one, two].map((client) => new Promise((resolve) => client.on('settings.changed', resolve)));
    const settings = await one.call('settings.update', { theme: 'dark' });
    expect(settings.theme).toBe('dark');
    expect(await Promise.all(heard)).toEqual([settings, settings]);
    expect((await two.call('app.state', {})).settings.theme).toBe('dark');
    first.close();
    second.close();
  });

  test('an error keeps its code and hint', async () => {
    const socket = await openSocket(server.port, headers);
    await expect(connectPage(socket).call('models.list', {})).rejects.toMatchObject({ code: 'not-found', hint: 'Ask for something else.' });
    socket.close();
  });

  test('input that breaks the contract is refused by name', async () => {
    const socket = await openSocket(server.port, headers);
    const client = connectPage(socket);
    await expect(client.call('settings.update', { theme: 'pink' } as never)).rejects.toMatchObject({ code: 'bad-message' });
    await expect(client.call('app.state', { extra: 1 } as never)).rejects.toMatchObject({ code: 'bad-message' });
    await expect(client.call('constructor' as never, {} as never)).rejects.toMatchObject({ code: 'unknown-request' });
    socket.close();
  });

  test('a message of a million characters of any script arrives whole', async () => {
    const socket = await openSocket(server.port, headers);
    const text = '語🙂é\n'.repeat(15_000);
    const settings = await connectPage(socket).call('settings.update', { defaultSystemPrompt: text });
    expect(settings.defaultSystemPrompt).toBe(text);
    socket.close();
  });
});

describe('bad clients', () => {
  test('text that is not JSON ends the connection', async () => {
    const socket = await openSocket(server.port, headers);
    socket.send('{"t":"q"');
    expect(await closeCode(socket)).toBe(1007);
    await stillServing();
  });

  test('a binary frame ends the connection', async () => {
    const socket = await openSocket(server.port, headers);
    socket.send(Buffer.from([1, 2, 3]));
    expect(await closeCode(socket)).toBe(1003);
    await stillServing();
  });

  test('JSON that is no message is passed over', async () => {
    const socket = await openSocket(server.port, headers);
    const client = connectPage(socket);
    const strange = [
      'null',
      '1',
      '[]',
      '{}',
      '{"t":"x"}',
      '{"t":"q","m":5,"a":[]}',
      '{"t":"q","i":"1","m":"__proto__","a":[]}',
      '{"t":"q","i":"2","m":"request","a":[{},{}]}',
      '{"t":"s","i":"zz"}',
      '{"__proto__":{"t":"q"}}',
      `{"t":"q","m":"request","a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    ];
    for (const message of strange) socket.send(message);
    expect((await client.call('app.state', {})).version).toBe('1.2.3');
    socket.close();
  });

  test('a frame that is too long ends the connection', async () => {
    const socket = await openSocket(server.port, headers);
    socket.send('"' + 'x'.repeat(MAX_FRAME_BYTES) + '"');
    expect(await closeCode(socket)).toBe(1009);
    await stillServing();
  });

  test('a page that stops reading is let go, and the others hear everything', async () => {
    const [deaf, well] = await Promise.all([openSocket(server.port, headers), openSocket(server.port, headers)]);
    deaf.pause();
    let heard = 0;
    connectPage(well).on('app.notice', () => (heard += 1));
    const ended = closeCode(deaf);
    const message = 'x'.repeat(1_000_000);
    const count = 80;
    for (let sent = 0; sent < count; sent += 1) {
      app.emit('app.notice', { level: 'info', message, hint: '' });
      await sleep(2);
    }
    await expect.poll(() => heard, { timeout: 10_000 }).toBe(count);
    deaf.resume();
    expect(await ended).toBe(1006);
    well.close();
  });

  test('half a request line, then silence, holds nothing up', async () => {
    const idle = connect(server.port, '127.0.0.1');
    idle.write('GET / HT');
    await stillServing();
    idle.destroy();
  });
});

test('closing ends every connection and listens to the app no more', async () => {
  const other = createSmallApp();
  const mine = await startServer({ app: other, pageDir: await makePage() });
  const session = await signIn(mine.createAddress());
  const socket = await openSocket(mine.port, { Cookie: session, Origin: `http://127.0.0.1:${mine.port}` });
  expect(other.listenerCount()).toBe(1);
  const ended = closeCode(socket);
  await mine.close();
  expect(await ended).toBe(1001);
  expect(other.listenerCount()).toBe(0);
  // The port is free now, and a server of another test may have taken it: whoever answers there, it is not this one.
  const answer = await ask(mine.port, '/', { headers: { Cookie: session } }).then(
    ({ status }) => status,
    () => 'nobody answers',
  );
  expect(answer).not.toBe(200);
});
