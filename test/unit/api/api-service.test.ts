/** The switch in the admin area over the real app: off until then, kept for later starts, and never against the policies. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../../electron/app.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-api-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function start(dataDir = folder()) {
  const app = await startApp({ dataDir, shell: 'served', loadModel: false, systemPolicyFile: join(dataDir, 'none.json') });
  onTestFinished(() => app.close());
  await app.api.start();
  return { app, dataDir };
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
const status = (baseUrl: string, key: string) =>
  fetch(`${baseUrl}/models`, { headers: { authorization: `Bearer ${key}` } }).then((answer) => answer.status);

test('off at first; switched on it answers keys made in the page, also after a restart', async () => {
  const { app, dataDir } = await start();
  const { handlers } = app;
  expect(await handlers['api.state']({})).toEqual({ on: false, port: 8188, baseUrl: null, problem: null });
  const port = await freePort();
  const heard: unknown[] = [];
  app.onEvent((name, payload) => name === 'api.changed' && heard.push(payload));
  const on = await handlers['api.serve']({ on: true, port });
  expect(on).toEqual({ on: true, port, baseUrl: `http://127.0.0.1:${port}/v1`, problem: null });
  expect(heard).toEqual([on]);
  const { key } = await handlers['api.keys.create']({ name: 'editor', scope: {} });
  expect(await status(on.baseUrl!, key)).toBe(200);
  expect(await status(on.baseUrl!, 'sk-steady-other')).toBe(401);
  expect((await app.store.admin.events(2)).map(({ detail }) => detail)).toEqual([
    'The API key “editor” was made.',
    `Other programs are answered on port ${port}.`,
  ]);
  await app.close();
  await expect(status(on.baseUrl!, key)).rejects.toThrow();

  const again = await start(dataDir);
  expect(await status(on.baseUrl!, key)).toBe(200);
  await again.app.handlers['api.keys.revoke']({ name: 'editor' });
  expect(await status(on.baseUrl!, key)).toBe(401);
  expect(await again.app.handlers['api.serve']({ on: false, port })).toMatchObject({ on: false, baseUrl: null });
  await expect(status(on.baseUrl!, key)).rejects.toThrow();
});

test('a policy that forbids it ends it, and allows it again', async () => {
  const { app } = await start();
  const port = await freePort();
  await app.handlers['api.serve']({ on: true, port });
  await app.policies.set({ api: 'forbidden' });
  await expect.poll(() => app.api.state).toMatchObject({ on: true, baseUrl: null, problem: { code: 'policy' } });
  await expect(app.handlers['api.serve']({ on: true, port })).rejects.toMatchObject({ code: 'policy' });
  await app.policies.set({ api: 'loopback' });
  await expect.poll(() => app.api.state).toMatchObject({ on: true, baseUrl: `http://127.0.0.1:${port}/v1`, problem: null });
});

test('a port that is taken is named, and another one can be chosen', async () => {
  const { app } = await start();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const taken = await app.handlers['api.serve']({ on: true, port });
  expect(taken).toMatchObject({ on: true, baseUrl: null, problem: { code: 'conflict', message: `Port ${port} is already in use.` } });
  const free = await freePort();
  expect(await app.handlers['api.serve']({ on: true, port: free })).toMatchObject({
    baseUrl: `http://127.0.0.1:${free}/v1`,
    problem: null,
  });
});

test('pages that have not unlocked the admin area neither see nor change it', async () => {
  const { app } = await start();
  await app.admin.choose('correct horse battery');
  const { handlers } = app.connect();
  for (const call of [
    () => handlers['api.state']({}),
    () => handlers['api.keys']({}),
    () => handlers['api.serve']({ on: true, port: 8188 }),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'locked' });
  }
  expect(app.api.state.on).toBe(false);
});
