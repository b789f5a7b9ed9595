/** Serving in the foreground, as a real process without a terminal. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { canOpenBrowser } from '../../../electron/served/browser.ts';
import { serve } from '../../../electron/served/index.ts';
import { ask, connectPage, makePage, openSocket, pathOf, signIn } from './client.ts';
import { createSmallApp } from './small-app.ts';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

async function start(channel = false) {
  const started = spawn(process.execPath, [join(import.meta.dirname, 'serve-process.ts'), await makePage()], {
    stdio: ['ignore', 'pipe', 'pipe', channel ? 'ipc' : 'ignore'],
  });
  child = started;
  const out = { stdout: '', stderr: '' };
  started.stdout?.on('data', (part) => (out.stdout += part));
  started.stderr?.on('data', (part) => (out.stderr += part));
  const ended = new Promise<number | null>((resolve) => started.on('exit', resolve));
  await expect.poll(() => out.stdout, { timeout: 30_000 }).toContain('\n');
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

test('ends cleanly, without a signal, when whoever started it with a channel closes that', async () => {
  const { process: served, out, ended } = await start(true);
  served.disconnect();
  expect(await ended).toBe(0);
  expect(out.stderr).toContain('app closed');
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

/** Runs the real entry with the real app, in a folder of its own and without models. */
function runEntry(args: string[], dataDir: string) {
  const entry = join(import.meta.dirname, '..', '..', '..', 'electron', 'serve.ts');
  const env = { ...process.env, STEADY_HOME: dataDir, XDG_DATA_HOME: dataDir, STEADY_MODELS: '' };
  const started = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  child = started;
  const out = { stdout: '', stderr: '' };
  started.stdout.on('data', (part) => (out.stdout += part));
  started.stderr.on('data', (part) => (out.stderr += part));
  const ended = new Promise<number | null>((resolve) => started.on('close', resolve));
  return { process: started, out, ended };
}

test.each([[['--port', 'x']], [['--port', '70000']], [['--nonsense']], [['extra']]])('the call %j is refused with a hint', async (args) => {
  const { out, ended } = runEntry(args, tmpdir());
  expect(await ended).toBe(2);
  expect(out.stderr).toContain('Usage:');
  expect(out.stdout).toBe('');
});

test('the real app is served and ends cleanly', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'steady-serve-'));
  const { process: served, out, ended } = runEntry([], dataDir);
  // Without a built page it says so instead; either way the app behind it was opened and closed.
  await Promise.race([ended, expect.poll(() => out.stdout, { timeout: 20_000 }).toContain('\n')]);
  if (out.stdout === '') {
    expect(await ended).toBe(1);
    expect(out.stderr).toContain('npm run build');
  } else {
    const address = out.stdout.trim();
    const cookie = await signIn(address);
    const port = Number(new URL(address).port);
    const socket = await openSocket(port, { Cookie: cookie, Origin: `http://127.0.0.1:${port}` });
    expect(await connectPage(socket).call('app.state', {})).toMatchObject({ shell: 'served', engine: { status: 'idle' } });
    served.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
  expect(existsSync(join(dataDir, 'steady.db'))).toBe(true);
  await rm(dataDir, { recursive: true });
});
