/** The built preload.cjs: what it gives the page, and what crosses. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageContract, serveContract } from '../../../electron/contract/index.ts';
import { createSmallApp } from '../served/small-app.ts';
import { buildShell, type BuiltShell } from './built-shell.ts';

interface Exposed {
  kind: string;
  call(name: unknown, input?: unknown): Promise<unknown>;
  on(name: unknown, listener: unknown): () => void;
}

let shell: BuiltShell;
let electron: BuiltShell['double'];
let steady: Exposed;
const app = createSmallApp();

beforeAll(async () => {
  shell = await buildShell();
  electron = shell.double;
  // The app's side, on the channel that the preload script listens to. Messages are cloned, as IPC clones them.
  const seen = { sent: 0 };
  const server = serveContract(pageContract, app.handlers, {
    post: (message) => void electron.ipcRenderer.emit('steady:rpc', {}, structuredClone(message)),
    subscribe: (listener) => {
      const timer = setInterval(() => {
        const sent = electron.callsOf('ipcRenderer.send');
        for (; seen.sent < sent.length; seen.sent += 1) {
          const [channel, message] = sent[seen.sent] as [string, unknown];
          if (channel === 'steady:rpc') listener(structuredClone(message));
        }
      }, 1);
      return () => clearInterval(timer);
    },
  });
  app.onEvent((name, payload) => server.emit(name, payload));
  await shell.runPreload();
  const exposed = electron.callsOf('contextBridge.exposeInMainWorld');
  expect(exposed).toHaveLength(1);
  expect(exposed[0]![0]).toBe('steady');
  steady = exposed[0]![1] as Exposed;
}, 60_000);
afterAll(() => shell?.remove());

test('the page gets three things and nothing of Electron', () => {
  expect(Object.keys(steady).sort()).toEqual(['call', 'kind', 'on']);
  expect(steady.kind).toBe('electron');
  expect(electron.ipcRenderer.eventNames()).toEqual(['steady:rpc']);
});

test('requests, answers and events cross', async () => {
  const heard = new Promise((resolve) => steady.on('settings.changed', resolve));
  const settings = (await steady.call('settings.update', { theme: 'dark' })) as { theme: string };
  expect(settings.theme).toBe('dark');
  expect(await heard).toMatchObject({ theme: 'dark' });
});

test('listening ends when asked', async () => {
  let heard = 0;
  const stop = steady.on('settings.changed', () => (heard += 1));
  await steady.call('settings.update', { theme: 'light' });
  stop();
  await steady.call('settings.update', { theme: 'system' });
  expect(heard).toBe(1);
});

test('errors arrive as plain objects with code and hint, which the context bridge keeps', async () => {
  const error = await steady.call('models.list', {}).catch((thrown: unknown) => thrown);
  expect(error).toEqual({ code: 'not-found', message: 'There is no models.list here.', hint: 'Ask for something else.' });
  expect(Object.prototype.toString.call(error)).toBe('[object Object]');
  expect(() => structuredClone(error)).not.toThrow();
});

test.each(['ipcRenderer', 'constructor', '__proto__', 'toString', '', 'app', null, undefined, 1, {}, ['app.state']])(
  'the name %s is refused before anything is sent',
  async (name) => {
    const before = electron.callsOf('ipcRenderer.send').length;
    await expect(steady.call(name, {})).rejects.toMatchObject({ code: 'unknown-request' });
    const stop = steady.on(name, () => {
      throw new Error('heard');
    });
    stop();
    expect(electron.callsOf('ipcRenderer.send')).toHaveLength(before);
  },
);

test('only the one channel is ever used', () => {
  expect(new Set(electron.callsOf('ipcRenderer.send').map(([channel]) => channel))).toEqual(new Set(['steady:rpc']));
});

test('an event that breaks the contract is dropped', () => {
  steady.on('app.notice', () => {
    throw new Error('heard');
  });
  electron.ipcRenderer.emit('steady:rpc', {}, { t: 'q', m: 'event', a: ['app.notice', { level: 'loud' }], o: true });
  electron.ipcRenderer.emit('steady:rpc', {}, { t: 'q', m: 'event', a: ['constructor', {}], o: true });
});
