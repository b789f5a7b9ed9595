/**
 * A recording double of the `electron` module, for machines that have no Electron. It does nothing but remember what was
 * asked of it and let a test fire events. Anything the shell uses that is not written down here fails the test: a new use
 * of Electron is a decision, and belongs in the tests.
 */
import { EventEmitter } from 'node:events';

export interface Call {
  readonly what: string;
  readonly args: readonly unknown[];
}
/** Everything asked of Electron, in order. */
export const calls: Call[] = [];
/** What a test decides about the machine. */
export const machine = { packaged: true, firstInstance: true, switches: {} as Record<string, string>, chosenFile: null as string | null };

const record =
  <T>(what: string, result: (...args: never[]) => T) =>
  (...args: unknown[]): T => {
    calls.push({ what, args });
    return result(...(args as never[]));
  };
const nothing = () => undefined;

/** Arguments of every call of `what`. */
export const callsOf = (what: string) => calls.filter((call) => call.what === what).map((call) => call.args);

/** An object that has these members and fails the test on any other. */
function strict<T extends object>(name: string, members: T): T {
  return new Proxy(members, {
    get: (target, key, receiver) => {
      if (typeof key === 'string' && key !== 'then' && !(key in target))
        throw new Error(`The shell uses electron.${name}.${key}, which the double does not know.`);
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
}
const emitter = <T extends object>(name: string, members: T) => strict(name, Object.assign(new EventEmitter(), members));

let becomeReady: () => void;
const ready = new Promise<void>((resolve) => (becomeReady = resolve));
/** Lets `app.whenReady()` resolve. */
export const makeReady = () => becomeReady();

export const app = emitter('app', {
  get isPackaged() {
    return machine.packaged;
  },
  enableSandbox: record('app.enableSandbox', nothing),
  requestSingleInstanceLock: record('app.requestSingleInstanceLock', () => machine.firstInstance),
  whenReady: record('app.whenReady', () => ready),
  setPath: record('app.setPath', nothing),
  quit: record('app.quit', nothing),
  exit: record('app.exit', nothing),
  commandLine: strict('app.commandLine', {
    appendSwitch: record('app.commandLine.appendSwitch', nothing),
    getSwitchValue: record('app.commandLine.getSwitchValue', (name: string) => machine.switches[name] ?? ''),
  }),
});

export const protocol = strict('protocol', { registerSchemesAsPrivileged: record('protocol.registerSchemesAsPrivileged', nothing) });

export const session = strict('session', {
  defaultSession: strict('session.defaultSession', {
    protocol: strict('session.protocol', { handle: record('session.protocol.handle', nothing) }),
    setPermissionRequestHandler: record('session.setPermissionRequestHandler', nothing),
    setPermissionCheckHandler: record('session.setPermissionCheckHandler', nothing),
    setDevicePermissionHandler: record('session.setDevicePermissionHandler', nothing),
    setDisplayMediaRequestHandler: record('session.setDisplayMediaRequestHandler', nothing),
    setSpellCheckerEnabled: record('session.setSpellCheckerEnabled', nothing),
    webRequest: strict('session.webRequest', { onBeforeRequest: record('session.webRequest.onBeforeRequest', nothing) }),
  }),
});

/** A page's contents. `sent` goes to whoever listens, as the preload script would. */
function createContents() {
  const sent = new EventEmitter();
  const mainFrame = { url: '', parent: null };
  let destroyed = false;
  const contents = emitter('webContents', {
    sent,
    mainFrame,
    getURL: () => mainFrame.url,
    isDestroyed: () => destroyed,
    destroy: () => {
      destroyed = true;
      contents.emit('destroyed');
    },
    send: (channel: string, message: unknown) => void sent.emit(channel, {}, structuredClone(message)),
    reload: record('webContents.reload', nothing),
    setWindowOpenHandler: record('webContents.setWindowOpenHandler', nothing),
  });
  return contents;
}
export type FakeContents = ReturnType<typeof createContents>;

export class BrowserWindow extends EventEmitter {
  static readonly windows: BrowserWindow[] = [];
  static readonly getAllWindows = () => BrowserWindow.windows;

  readonly webContents = createContents();
  readonly options: Record<string, unknown>;

  constructor(options: Record<string, unknown>) {
    super();
    this.options = options;
    calls.push({ what: 'new BrowserWindow', args: [options] });
    BrowserWindow.windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
    return strict('BrowserWindow', this);
  }
  loadURL = record('window.loadURL', async (url: string) => {
    this.webContents.mainFrame.url = url;
  });
  show = record('window.show', nothing);
  focus = record('window.focus', nothing);
  restore = record('window.restore', nothing);
  maximize = record('window.maximize', nothing);
  isMinimized = () => true;
  isMaximized = () => false;
  isDestroyed = () => !BrowserWindow.windows.includes(this);
  getNormalBounds = () => ({ x: 5, y: 6, width: 900, height: 700 });
  destroy = () => {
    BrowserWindow.windows.splice(BrowserWindow.windows.indexOf(this), 1);
    this.webContents.destroy();
    this.emit('closed');
  };
}

export const ipcMain = emitter('ipcMain', {});
export const ipcRenderer = emitter('ipcRenderer', { send: record('ipcRenderer.send', nothing) });
export const contextBridge = strict('contextBridge', { exposeInMainWorld: record('contextBridge.exposeInMainWorld', nothing) });
export const dialog = strict('dialog', {
  showErrorBox: record('dialog.showErrorBox', nothing),
  showOpenDialog: record('dialog.showOpenDialog', async () => ({
    canceled: machine.chosenFile === null,
    filePaths: machine.chosenFile === null ? [] : [machine.chosenFile],
  })),
});
export const shell = strict('shell', { openExternal: record('shell.openExternal', async () => undefined) });
export const nativeTheme = strict('nativeTheme', { shouldUseDarkColors: false });
export const screen = strict('screen', { getDisplayMatching: () => ({ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }) });
export const Menu = strict('Menu', {
  buildFromTemplate: record('Menu.buildFromTemplate', (template: unknown) => template),
  setApplicationMenu: record('Menu.setApplicationMenu', nothing),
});

const createEngine = () =>
  emitter('UtilityProcess', { pid: undefined, postMessage: record('engine.postMessage', nothing), kill: record('engine.kill', nothing) });
let engine: ReturnType<typeof createEngine> | undefined;
/** The utility process that was started last. It never says anything by itself. */
export function lastEngine(): ReturnType<typeof createEngine> {
  if (engine === undefined) throw new Error('No engine was started.');
  return engine;
}
export const utilityProcess = strict('utilityProcess', { fork: record('utilityProcess.fork', () => (engine = createEngine())) });
