/** Serving in the foreground, as a real process without a terminal. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { canOpenBrowser } from '../../../electron/served/browser.ts';
import { serve } from '../../../electron/served/index.ts';
import { ask, makePage, pathOf, signIn } from './client.ts';
import { createSmallApp } from './small-app.ts';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

async function start() {
  const started = spawn(process.execPath, [join(import.meta.dirname, 'serve-process.ts'), await makePage()], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  const out = { stdout: '', stderr: '' };
  started.stdout.on('data', (part) => (out.stdout += part));
  started.stderr.on('data', (part) => (out.stderr += part));
  const ended = new Promise<number | null>((resolve) => started.on('exit', resolve));
  await expect.poll(() => out.stdout, { timeout: 10_000 }).toContain('\n');
  return { process: started, out, ended };
}

test.each(['SIGINT', 'SIGTERM'] as const)('prints one address, serves, and %s ends it cleanly', async (signal) => {
  const { process: served, out, ended } = await start();
  expect(out.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}\n$/);
  const address = out.stdout.trim();
  const port = Number(new URL(address).port);
  const cookie = await signIn(address);
  expect((await ask(port, '/', { headers: { Cookie: cookie } })).status).toBe(200);

  served.kill(signal);
  expect(await ended).toBe(0);
  expect(out.stderr).toContain('app closed');
  await expect(ask(port, '/')).rejects.toThrow('ECONNREFUSED');
});

test.skipIf(process.platform === 'win32')('prints a new address when asked, and outlives the end of its terminal', async () => {
  const { process: served, out, ended } = await start();
  served.kill('SIGHUP');
  served.kill('SIGUSR2');
  await expect.poll(() => out.stdout.split('\n').length).toBe(3);
  const [first = '', second = ''] = out.stdout.split('\n');
  expect(second).not.toBe(first);
  await signIn(first);
  await signIn(second);
  served.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('goes on when nobody reads its output any more', async () => {
  const { process: served, out, ended } = await start();
  served.stdout?.destroy();
  served.stderr?.destroy();
  served.kill('SIGUSR2');
  served.kill('SIGUSR2');
  const address = out.stdout.trim();
  expect((await ask(Number(new URL(address).port), pathOf(address))).status).toBe(303);
  served.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('closes the app when it cannot be served', async () => {
  const app = createSmallApp();
  await expect(serve({ dataDir: '/nonexistent', pageDir: '/nonexistent', startApp: async () => app })).rejects.toMatchObject({
    code: 'not-found',
  });
  expect(app.closed).toBe(true);
});

test('opens a browser only where one could appear', () => {
  expect(canOpenBrowser(true, { DISPLAY: ':0' }, 'linux')).toBe(true);
  expect(canOpenBrowser(true, { WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true);
  expect(canOpenBrowser(true, {}, 'linux')).toBe(false);
  expect(canOpenBrowser(false, { DISPLAY: ':0' }, 'linux')).toBe(false);
  expect(canOpenBrowser(true, {}, 'darwin')).toBe(true);
  expect(canOpenBrowser(true, { SSH_CONNECTION: 'x' }, 'darwin')).toBe(false);
});
