/** The built main.js, run from start to quit against the recording double, with the real app and database behind it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildShell, type BuiltShell } from './built-shell.ts';
import type { FakeContents } from './electron-double.ts';

let shell: BuiltShell;
let electron: BuiltShell['double'];
const callsOf = (what: string) => electron.callsOf(what);
const only = (what: string) => {
  const found = callsOf(what);
  expect(found, what).toHaveLength(1);
  return found[0] as unknown[];
};
const contents = () => electron.BrowserWindow.windows[0]!.webContents as FakeContents;

beforeAll(async () => {
  shell = await buildShell();
  electron = shell.double;
  electron.machine.switches['data-dir'] = shell.dataDir;
  // No model is at hand, so none is loaded.
  vi.stubEnv('XDG_DATA_HOME', shell.dataDir);
  vi.stubEnv('STEADY_MODELS', '');
  await shell.runMain();
}, 60_000);
afterAll(() => shell?.remove());

test('before Electron is ready: sandbox, scheme, own folders, single instance, and no window', () => {
  expect(electron.calls[0]).toEqual({ what: 'app.enableSandbox', args: [] });
  expect(only('protocol.registerSchemesAsPrivileged')).toEqual([
    [{ scheme: 'steady', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }],
  ]);
  expect(callsOf('app.commandLine.appendSwitch').flat()).toEqual([
    'disable-background-networking',
    'disable-component-update',
    'disable-domain-reliability',
  ]);
  expect(callsOf('app.setPath')).toEqual([
    ['userData', join(shell.dataDir, 'electron')],
    ['sessionData', join(shell.dataDir, 'electron')],
  ]);
  // The lock is one per user data folder, so it may be asked for only after the folder is set.
  const order = electron.calls.map((call) => call.what);
  expect(order.lastIndexOf('app.setPath')).toBeLessThan(order.indexOf('app.requestSingleInstanceLock'));
  expect(callsOf('new BrowserWindow')).toEqual([]);
});

describe('once Electron is ready', () => {
  beforeAll(async () => {
    electron.makeReady();
    await vi.waitUntil(() => callsOf('window.loadURL').length > 0, { timeout: 20_000 });
  }, 30_000);

  test('one window opens, on the page of the app’s own scheme, with every security setting spelled out', () => {
    const [options] = only('new BrowserWindow') as [{ webPreferences: Record<string, unknown>; show: boolean; minWidth: number }];
    expect(options.webPreferences).toEqual({
      preload: join(shell.appDir, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      disableBlinkFeatures: 'Auxclick',
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      safeDialogs: true,
      devTools: false,
    });
    expect(options).toMatchObject({ show: false, minWidth: 380, title: 'Steady' });
    expect(only('window.loadURL')).toEqual(['steady://app/index.html']);
    electron.BrowserWindow.windows[0]!.emit('ready-to-show');
    expect(callsOf('window.show')).toHaveLength(1);
  });

  test('the session was locked down before the window opened', () => {
    const order = electron.calls.map((call) => call.what);
    const opened = order.indexOf('new BrowserWindow');
    for (const what of [
      'session.setPermissionRequestHandler',
      'session.setPermissionCheckHandler',
      'session.setDevicePermissionHandler',
      'session.setDisplayMediaRequestHandler',
      'session.setSpellCheckerEnabled',
      'session.webRequest.onBeforeRequest',
      'session.protocol.handle',
      'Menu.setApplicationMenu',
    ]) {
      expect(
        order.filter((name) => name === what),
        what,
      ).toHaveLength(1);
      expect(order.indexOf(what), what).toBeLessThan(opened);
    }
    expect(only('session.setSpellCheckerEnabled')).toEqual([false]);
    expect(only('session.setDisplayMediaRequestHandler')).toEqual([null]);
  });

  describe('permissions', () => {
    const asked = async (permission: string, details: object, page = 'steady://app/index.html') => {
      const [handler] = only('session.setPermissionRequestHandler') as [(...args: unknown[]) => void];
      return new Promise((resolve) => handler({ getURL: () => page }, permission, resolve, details));
    };
    const checked = (permission: string, origin: string, details: object) =>
      (only('session.setPermissionCheckHandler') as [(...args: unknown[]) => boolean])[0](null, permission, origin, details);
    const own = { isMainFrame: true, requestingUrl: 'steady://app/index.html' };

    test.each([
      'media',
      'geolocation',
      'notifications',
      'midi',
      'midiSysex',
      'pointerLock',
      'fullscreen',
      'openExternal',
      'clipboard-read',
      'fileSystem',
      'hid',
      'serial',
      'usb',
      'idle-detection',
      'speaker-selection',
      'storage-access',
      'window-management',
      'unknown',
    ])('%s is denied', async (permission) => {
      expect(await asked(permission, own)).toBe(false);
      expect(checked(permission, 'steady://app', { isMainFrame: true })).toBe(false);
    });

    test('copying text is allowed, to our own main frame alone', async () => {
      const copy = 'clipboard-sanitized-write';
      expect(await asked(copy, own)).toBe(true);
      expect(checked(copy, 'steady://app/', { isMainFrame: true })).toBe(true);
      expect(await asked(copy, { ...own, isMainFrame: false })).toBe(false);
      expect(await asked(copy, { ...own, requestingUrl: 'https://evil.example/' })).toBe(false);
      expect(await asked(copy, own, 'https://evil.example/')).toBe(false);
      expect(checked(copy, 'https://evil.example', { isMainFrame: true })).toBe(false);
      expect(checked(copy, 'steady://app', { isMainFrame: false })).toBe(false);
    });

    test('every device is denied', () => {
      expect((only('session.setDevicePermissionHandler') as [() => boolean])[0]()).toBe(false);
    });

    test.each([
      ['steady://app/index.html', false],
      ['data:image/png;base64,AA', false],
      ['blob:steady://app/1', false],
      ['https://example.com/', true],
      ['http://127.0.0.1:8080/', true],
      ['ws://127.0.0.1/', true],
      ['file:///etc/passwd', true],
      ['steady://other/', true],
      ['ftp://example.com/', true],
    ])('a request for %s: cancelled = %s', (url, cancel) => {
      const [handler] = only('session.webRequest.onBeforeRequest') as [(details: object, callback: (answer: object) => void) => void];
      handler({ url }, (answer) => expect(answer).toEqual({ cancel }));
      expect.assertions(2);
    });
  });

  describe('the scheme', () => {
    const fetchPage = (url: string, method = 'GET') => {
      const [scheme, handler] = only('session.protocol.handle') as [string, (request: object) => Promise<Response>];
      expect(scheme).toBe('steady');
      return handler({ url, method });
    };

    test('hands out the page with a strict policy', async () => {
      for (const url of ['steady://app/', 'steady://app/index.html', 'steady://app/index.html?x#y']) {
        const answer = await fetchPage(url);
        expect(answer.status).toBe(200);
        expect(await answer.text()).toContain('<title>Steady</title>');
        expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
        const policy = answer.headers.get('content-security-policy') ?? '';
        expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
        expect(policy).toContain("connect-src 'self';");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
      }
      expect((await fetchPage('steady://app/assets/index-AbCd1234.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    });

    test.each([
      ['steady://app/../secret.txt', 404],
      ['steady://app/%2e%2e/secret.txt', 404],
      ['steady://app/..%2fsecret.txt', 404],
      ['steady://app/assets/..%2f..%2fsecret.txt', 404],
      ['steady://app/..%5csecret.txt', 404],
      ['steady://app//etc/passwd', 404],
      ['steady://app/%00', 404],
      ['steady://app/assets', 404],
      ['steady://other/index.html', 403],
      ['steady://app.evil.example/index.html', 403],
      ['steady://app:80/index.html', 403],
      ['steady://user@app/index.html', 403],
      ['https://app/index.html', 403],
      ['not an address', 403],
    ])('%s is answered with %i and no file', async (url, status) => {
      const answer = await fetchPage(url);
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await answer.text()).not.toMatch(/top secret|root:/);
    });

    test('nothing can be sent to it', async () => {
      for (const method of ['POST', 'PUT', 'DELETE']) expect((await fetchPage('steady://app/index.html', method)).status).toBe(405);
      const head = await fetchPage('steady://app/index.html', 'HEAD');
      expect([head.status, await head.text()]).toEqual([200, '']);
    });
  });

  describe('navigation', () => {
    const navigate = (event: string, url: string, isMainFrame = true) => {
      let prevented = false;
      contents().emit(event, { url, isMainFrame, preventDefault: () => (prevented = true) });
      return prevented;
    };
    const openWindow = (url: string) =>
      (callsOf('webContents.setWindowOpenHandler')[0] as [(details: object) => { action: string }])[0]({ url });
    const click = () => contents().emit('input-event', {}, { type: 'mouseDown' });
    const opened = () => callsOf('shell.openExternal').flat();

    test.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])('%s is always prevented', (event) => {
      for (const url of ['https://example.com/', 'steady://app/other.html', 'file:///etc/passwd', 'javascript:alert(1)'])
        expect(navigate(event, url)).toBe(true);
    });

    test('no window ever opens', () => {
      for (const url of ['https://example.com/', 'steady://app/index.html', 'about:blank', 'file:///etc/passwd'])
        expect(openWindow(url)).toEqual({ action: 'deny' });
      expect(callsOf('new BrowserWindow')).toHaveLength(1);
      expect(opened()).toEqual([]);
    });

    test('a web link goes to the browser after a click, once a click', () => {
      contents().emit('input-event', {}, { type: 'mouseMove' });
      openWindow('https://example.com/a');
      expect(opened()).toEqual([]);
      click();
      openWindow('https://example.com/b');
      openWindow('https://example.com/c');
      expect(opened()).toEqual(['https://example.com/b']);
      click();
      navigate('will-navigate', 'http://example.com/d', false);
      navigate('will-navigate', 'http://example.com/e');
      expect(opened()).toEqual(['https://example.com/b', 'http://example.com/e']);
    });

    test.each([
      'file:///etc/passwd',
      'javascript:alert(1)',
      'smb://host/share',
      'vscode://x',
      'mailto:a@b.c',
      'steady://app/',
      'data:text/html,x',
      '',
      'https//x',
      ' ',
    ])('the address %s goes nowhere, even after a click', (url) => {
      const before = opened().length;
      click();
      expect(openWindow(url)).toEqual({ action: 'deny' });
      expect(opened()).toHaveLength(before);
    });
  });

  describe('IPC', () => {
    const channel = 'steady:rpc';
    const request = (id: string, input: unknown = {}) => ({ t: 'q', i: id, m: 'request', a: ['app.state', input] });
    const answers: { i: string; r: { ok: boolean } }[] = [];
    beforeAll(() =>
      contents().sent.on(
        channel,
        (_: unknown, message: { t: string; i: string; r: { ok: boolean } }) => message.t === 's' && answers.push(message),
      ),
    );

    test('there is one channel', () => {
      expect(electron.ipcMain.eventNames()).toEqual([channel]);
      expect(electron.ipcMain.listenerCount(channel)).toBe(1);
    });

    test('our own main frame is answered, nobody else', async () => {
      const own = contents();
      const frame = own.mainFrame;
      const strangers = [
        { sender: own, senderFrame: null },
        { sender: own, senderFrame: { url: 'steady://app/index.html', parent: frame } },
        { sender: own, senderFrame: { ...frame } },
        { sender: { mainFrame: frame }, senderFrame: frame },
      ];
      for (const [index, event] of strangers.entries()) electron.ipcMain.emit(channel, event, request(`stranger-${index}`));
      for (const url of ['https://evil.example/', 'file:///x.html', 'steady://app.evil/', 'about:blank', '']) {
        frame.url = url;
        electron.ipcMain.emit(channel, { sender: own, senderFrame: frame }, request(`at-${url}`));
      }
      frame.url = 'steady://app/index.html';
      electron.ipcMain.emit(channel, { sender: own, senderFrame: frame }, request('own'));
      await expect.poll(() => answers.length).toBe(1);
      expect(answers[0]).toMatchObject({ i: 'own', r: { ok: true, value: { shell: 'electron' } } });
    });

    test('malformed messages are refused or dropped', async () => {
      const event = { sender: contents(), senderFrame: contents().mainFrame };
      for (const message of [undefined, null, 1, 'x', [], {}, { t: 'q' }, { t: 'x' }, { t: 'q', i: '1', m: 'constructor', a: [] }])
        electron.ipcMain.emit(channel, event, message);
      electron.ipcMain.emit(channel, event, request('bad-input', { extra: 1 }));
      await expect
        .poll(() => answers.find((answer) => answer.i === 'bad-input'))
        .toMatchObject({ r: { ok: false, error: { code: 'bad-message' } } });
    });

    test('the file dialog asks for a model and gives its path', async () => {
      electron.machine.chosenFile = '/models/my.gguf';
      electron.ipcMain.emit(
        channel,
        { sender: contents(), senderFrame: contents().mainFrame },
        { t: 'q', i: 'pick', m: 'request', a: ['models.pickFile', {}] },
      );
      await expect.poll(() => answers.find((answer) => answer.i === 'pick')).toMatchObject({ r: { value: { path: '/models/my.gguf' } } });
      expect(only('dialog.showOpenDialog')[1]).toMatchObject({ properties: ['openFile'], filters: [{ extensions: ['gguf'] }] });
    });
  });

  test('the menu has the standard roles and, in a release, no developer tools', () => {
    const text = JSON.stringify(only('Menu.buildFromTemplate'));
    for (const role of ['editMenu', 'fileMenu', 'windowMenu', 'zoomIn', 'togglefullscreen']) expect(text).toContain(role);
    expect(text).not.toMatch(/toggleDevTools|reload/i);
  });

  test('a second start shows the first one’s window', () => {
    electron.app.emit('second-instance');
    expect(callsOf('window.restore')).toHaveLength(1);
    expect(callsOf('window.focus')).toHaveLength(1);
  });

  test('the place of the window is remembered', async () => {
    electron.BrowserWindow.windows[0]!.emit('close');
    expect(JSON.parse(await readFile(join(shell.dataDir, 'electron', 'window.json'), 'utf8'))).toEqual({
      x: 5,
      y: 6,
      width: 900,
      height: 700,
      maximized: false,
    });
  });

  test('a page that crashes is loaded again, but not for ever', () => {
    const gone = (reason: string) => contents().emit('render-process-gone', {}, { reason });
    gone('clean-exit');
    expect(callsOf('webContents.reload')).toHaveLength(0);
    for (let crash = 1; crash <= 3; crash += 1) gone('crashed');
    expect(callsOf('webContents.reload')).toHaveLength(3);
    expect(callsOf('dialog.showErrorBox')).toHaveLength(0);
    gone('oom');
    expect(callsOf('webContents.reload')).toHaveLength(3);
    expect(callsOf('dialog.showErrorBox')).toHaveLength(1);
  });

  test('a page that is gone is served no more, and the app can open another', async () => {
    expect(electron.BrowserWindow.windows).toHaveLength(0);
    expect(electron.ipcMain.listenerCount('steady:rpc')).toBe(0);
    electron.app.emit('activate');
    expect(electron.BrowserWindow.windows).toHaveLength(1);
    expect(electron.ipcMain.listenerCount('steady:rpc')).toBe(1);
    // Where the last one was.
    expect(electron.BrowserWindow.windows[0]!.options).toMatchObject({ x: 5, y: 6, width: 900, height: 700 });
  });

  test('closing the last window quits, and quitting closes the app first', async () => {
    electron.app.emit('window-all-closed');
    if (process.platform !== 'darwin') expect(callsOf('app.quit')).toHaveLength(1);
    let prevented = 0;
    const event = { preventDefault: () => (prevented += 1) };
    electron.app.emit('will-quit', event);
    electron.app.emit('will-quit', event);
    expect(prevented).toBe(2);
    await expect.poll(() => callsOf('app.exit'), { timeout: 15_000 }).toEqual([[0]]);
  });
});
