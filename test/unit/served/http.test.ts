/** Who gets in over HTTP, and what they are handed. Every request here crosses a real socket. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer, type ServedServer } from '../../../electron/served/index.ts';
import { ask, makePage, pathOf, signIn } from './client.ts';
import { createSmallApp } from './small-app.ts';

let server: ServedServer;
let page: string;
let cookie: string;

beforeAll(async () => {
  page = await makePage();
  server = await startServer({ app: createSmallApp(), pageDir: page });
  cookie = await signIn(server.createAddress());
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => ask(server.port, path, { headers: { Cookie: cookie, ...headers } });

describe('the one-time address', () => {
  test('opens a session once, and leads to the page without the token', async () => {
    const address = server.createAddress();
    expect(new URL(address).searchParams.get('token')).toMatch(/^[\w-]{43}$/);
    const first = await ask(server.port, pathOf(address));
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    const [setCookie] = first.headers['set-cookie'] ?? [];
    expect(setCookie).toMatch(new RegExp(`^steady_${server.port}=[\\w-]{43}; `));
    expect(setCookie).toContain('HttpOnly');
    expect(setCookie).toContain('SameSite=Strict');

    const second = await ask(server.port, pathOf(address));
    expect(second.status).toBe(403);
    expect(second.headers['set-cookie']).toBeUndefined();
    expect(second.body).toContain('already used');
  });

  test('used again by the browser it let in, leads to the page', async () => {
    const address = server.createAddress();
    const mine = await signIn(address);
    const again = await ask(server.port, pathOf(address), { headers: { Cookie: mine } });
    expect([again.status, again.headers.location]).toEqual([303, '/']);
    expect(again.headers['set-cookie']).toBeUndefined();
  });

  test('opened by a browser that has a session already, is spent all the same', async () => {
    const mine = await signIn(server.createAddress());
    const address = server.createAddress();
    const looksAhead = { Cookie: mine, 'Sec-Purpose': 'prefetch' };
    expect((await ask(server.port, pathOf(address), { headers: looksAhead })).status).toBe(303);
    expect((await ask(server.port, pathOf(address), { headers: { Cookie: mine } })).status).toBe(303);
    const stranger = await ask(server.port, pathOf(address));
    expect(stranger.status).toBe(403);
    expect(stranger.body).toContain('already used');
  });

  test('is not spent by a browser that looks ahead, nor by HEAD', async () => {
    const address = server.createAddress();
    expect((await ask(server.port, pathOf(address), { headers: { 'Sec-Purpose': 'prefetch;prerender' } })).status).toBe(403);
    expect((await ask(server.port, pathOf(address), { method: 'HEAD' })).status).toBe(403);
    expect((await ask(server.port, pathOf(address))).status).toBe(303);
  });

  test('followed from another site, enters by a visit of its own so that the strict cookie is sent', async () => {
    const answer = await ask(server.port, pathOf(server.createAddress()), { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toHaveLength(1);
    expect(answer.body).toContain('http-equiv="refresh" content="0;url=/"');
  });

  test.each(['', 'x', 'A'.repeat(43), 'A'.repeat(100_00)])('an invented token opens nothing (%#)', async (token) => {
    const answer = await ask(server.port, `/?token=${token}`);
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('without a session', () => {
  test.each(['/', '/index.html', '/assets/index-AbCd1234.js', '/nothing'])(
    '%s is refused with a page that says what to do',
    async (path) => {
      const answer = await ask(server.port, path);
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('Open the address that Steady printed');
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    },
  );

  test.each(['steady_1=x', 'token=y', `${'x'.repeat(2000)}`, '='])('cookie %# is no session', async (made) => {
    expect((await ask(server.port, '/', { headers: { Cookie: made } })).status).toBe(403);
    expect((await ask(server.port, '/', { headers: { Cookie: `steady_${server.port}=${made}` } })).status).toBe(403);
  });
});

describe('the page', () => {
  test('comes with strict headers and is never kept', async () => {
    const answer = await get('/');
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('<title>Steady</title>');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = answer.headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${server.port};`);
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
    expect(answer.headers['permissions-policy']).toContain('camera=()');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('hashed files are kept for good, with the right type', async () => {
    const script = await get('/assets/index-AbCd1234.js');
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.headers['cache-control']).toBe('private, max-age=31536000, immutable');
    expect((await get('/assets/font-AbCd1234.woff2')).headers['content-type']).toBe('font/woff2');
    const icon = await get('/icon.svg');
    expect([icon.headers['content-type'], icon.headers['cache-control']]).toEqual(['image/svg+xml', 'no-store']);
  });

  test('HEAD answers with the same headers and no body', async () => {
    const answer = await ask(server.port, '/', { method: 'HEAD', headers: { Cookie: cookie } });
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(20);
  });

  test('a query is no part of the name', async () => {
    expect((await get('/index.html?x=1')).status).toBe(200);
  });

  test('a page built anew is served without a restart', async () => {
    expect((await get('/assets/new-AbCd1234.js')).status).toBe(404);
    await writeFile(join(page, 'assets', 'new-AbCd1234.js'), '1');
    expect((await get('/assets/new-AbCd1234.js')).status).toBe(200);
  });
});

test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/%2e%2e%2fsecret.txt',
  '/assets/../../secret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '/..\\secret.txt',
  '/..%5csecret.txt',
  '//secret.txt',
  '/%00',
  '/index.html%00.js',
  '/%',
  '/%ff',
  '/link.txt',
  '/.hidden',
  '/assets',
  '/assets/',
  '/./index.html',
  'secret.txt',
  'http://127.0.0.1/index.html',
])('nothing but the files of the page is handed out: %s', async (path) => {
  const answer = await get(path);
  expect([400, 403, 404]).toContain(answer.status);
  expect(answer.body).not.toContain('secret.txt');
  expect(answer.body).not.toMatch(/top secret|hidden/);
});

describe('names and origins', () => {
  test.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    'localhost.evil.example:PORT',
    '127.0.0.1.:PORT',
    '[::1]:PORT',
    '0.0.0.0:PORT',
    'LOCALHOST:PORT@evil',
  ])('Host %s is refused, even with a session', async (host) => {
    const answer = await get('/', { Host: host.replace('PORT', String(server.port)) });
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain('<script');
  });

  test('localhost is as good as 127.0.0.1', async () => {
    const answer = await get('/', { Host: `localhost:${server.port}` });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-security-policy']).toContain(`ws://localhost:${server.port}`);
  });

  test('a request without Host is refused', async () => {
    const text = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(`GET / HTTP/1.0\r\nCookie: ${cookie}\r\n\r\n`));
      let all = '';
      socket.on('data', (part) => (all += part));
      socket.on('close', () => resolve(all));
    });
    expect(text).toMatch(/^HTTP\/1\.[01] 40[03]/);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    '%s from another origin is refused, from our own not allowed',
    async (method) => {
      const send = (headers: Record<string, string>) => ask(server.port, '/', { method, headers: { Cookie: cookie, ...headers } });
      expect((await send({ Origin: 'https://evil.example' })).status).toBe(403);
      expect((await send({ Origin: 'null' })).status).toBe(403);
      expect((await send({})).status).toBe(403);
      expect((await send({ Origin: `http://127.0.0.1:${server.port}` })).status).toBe(405);
    },
  );
});

test('only loopback is listened on', async () => {
  const { networkInterfaces } = await import('node:os');
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((one) => one !== undefined && !one.internal && one.family === 'IPv4');
  if (outside === undefined) return;
  await expect(
    new Promise((resolve, reject) => {
      const socket = connect({ host: outside.address, port: server.port, timeout: 2000 }, () => resolve('connected'));
      socket.on('error', reject);
      socket.on('timeout', () => reject(new Error('timeout')));
    }),
  ).rejects.toThrow();
});

test('a page that was not built and a port that is taken each have their own error', async () => {
  await expect(startServer({ app: createSmallApp(), pageDir: '/nonexistent' })).rejects.toMatchObject({ code: 'not-found' });
  await expect(startServer({ app: createSmallApp(), pageDir: page, port: server.port })).rejects.toMatchObject({ code: 'conflict' });
});
