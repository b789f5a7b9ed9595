/** The real app in a real Electron, wherever there is one: what the recording double cannot show. */
import { mkdtemp, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, expect, test, type ElectronApplication, type Page } from '@playwright/test';
import { findElectron, ROOT } from './find-electron.ts';

interface Steady {
  kind: string;
  call(name: string, input: unknown): Promise<unknown>;
  on(name: string, listener: (payload: unknown) => void): () => void;
}
declare global {
  var steady: Steady;
}

const electron = findElectron();
const executablePath = 'path' in electron ? electron.path : '';
test.skip('reason' in electron, 'reason' in electron ? electron.reason : '');
// Once, not in every worker.
if ('reason' in electron && process.env['TEST_WORKER_INDEX'] === undefined)
  console.warn(`Skipped: the tests in a real Electron. ${electron.reason}`);
test.describe.configure({ mode: 'serial' });

let dataDir: string;
let app: ElectronApplication;
let page: Page;

const env = () => ({ ...(process.env as Record<string, string>), STEADY_HOME: dataDir });

test.beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'steady-electron-'));
  app = await _electron.launch({ executablePath, args: [ROOT], env: env() });
  page = await app.firstWindow();
  await page.waitForLoadState('load');
});
test.afterAll(async () => {
  await app?.close();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

test('opens its page from its own scheme, sandboxed and isolated', async () => {
  expect(page.url()).toBe('steady://app/index.html');
  expect(await page.title()).toContain('Steady');
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]!.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
    const { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag } = contents.getLastWebPreferences();
    return { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag };
  });
  expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false });
});

test('gives the page the contract and nothing else', async () => {
  const seen = await page.evaluate(() => ({
    steady: Object.keys(globalThis.steady).sort(),
    kind: globalThis.steady.kind,
    node: ['require', 'process', 'module', 'Buffer', 'global', '__dirname', 'electron'].filter((name) => name in globalThis),
  }));
  expect(seen).toEqual({ steady: ['call', 'kind', 'on'], kind: 'electron', node: [] });
});

test('requests, answers, events and errors cross', async () => {
  const state = (await page.evaluate(() => globalThis.steady.call('app.state', {}))) as { shell: string };
  expect(state.shell).toBe('electron');
  const theme = await page.evaluate(
    () =>
      new Promise((resolve) => {
        globalThis.steady.on('settings.changed', (settings) => resolve((settings as { theme: string }).theme));
        void globalThis.steady.call('settings.update', { theme: 'dark' });
      }),
  );
  expect(theme).toBe('dark');
  const error = await page.evaluate(() =>
    globalThis.steady.call('models.load', { modelId: 'no-such-model' }).catch((thrown: unknown) => thrown),
  );
  expect(error).toMatchObject({ code: 'not-found', hint: expect.any(String) });
  const unknown = await page.evaluate(() => globalThis.steady.call('ipcRenderer', {}).catch((thrown: unknown) => thrown));
  expect(unknown).toMatchObject({ code: 'unknown-request' });
});

test('nothing leaves the machine, and no string becomes code', async () => {
  const outcome = await page.evaluate(async () => ({
    fetch: await fetch('https://example.com/').then(
      () => 'reached',
      () => 'blocked',
    ),
    file: await fetch('file:///etc/hostname').then(
      () => 'reached',
      () => 'blocked',
    ),
    traversal: await fetch('steady://app/..%2f..%2fpackage.json').then((answer) => answer.status),
  }));
  expect(outcome).toEqual({ fetch: 'blocked', file: 'blocked', traversal: 404 });
  // By the page's own timer: what a test evaluates itself is not bound by the policy.
  await page.evaluate(`void setTimeout('globalThis.compiled = true')`);
  await page.waitForTimeout(200);
  expect(await page.evaluate(`'compiled' in globalThis`)).toBe(false);
});

test('permissions are denied, but for copying text', async () => {
  // As text, because the page's types are not those of this file.
  const states = await page.evaluate(`(async () => {
    const ask = async (name) => (await navigator.permissions.query({ name })).state;
    return { camera: await ask('camera'), location: await ask('geolocation'), notifications: await ask('notifications') };
  })()`);
  expect(states).toEqual({ camera: 'denied', location: 'denied', notifications: 'denied' });
});

test('it stays where it is and opens no windows', async () => {
  await page.evaluate(`void (location.href = 'https://example.com/')`);
  expect(await page.evaluate(`window.open('https://example.com/')`)).toBeNull();
  await page.waitForTimeout(500);
  expect(page.url()).toBe('steady://app/index.html');
  expect(app.windows()).toHaveLength(1);
});

test('a second start ends by itself and leaves the first one running', async () => {
  const second = spawn(executablePath, [ROOT], { env: env(), stdio: 'ignore' });
  const code = await new Promise((resolve) => second.once('exit', resolve));
  expect(code).toBe(0);
  expect(await page.evaluate(() => globalThis.steady.kind)).toBe('electron');
});

test('a page that crashes comes back', async () => {
  const loaded = app.evaluate(
    ({ BrowserWindow }) =>
      new Promise<void>((resolve) => BrowserWindow.getAllWindows()[0]!.webContents.once('did-finish-load', () => resolve())),
  );
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer());
  await loaded;
  const url = await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.getURL());
  expect(url).toBe('steady://app/index.html');
});
