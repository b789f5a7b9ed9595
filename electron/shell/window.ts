/** The window and the page in it. */
import { join } from 'node:path';
import { app, BrowserWindow, dialog, nativeTheme } from 'electron';
import { PAGE_URL } from './names.ts';
import { readWindowState, rememberWindowState } from './window-state.ts';

/** More crashes of the page than this in the window of time, and it is not loaded again. */
const MAX_CRASHES = 3;
const CRASH_WINDOW_MS = 60_000;

/** Loads the page again after a crash; the app and any reply being written go on meanwhile. */
function recoverFromCrash(window: BrowserWindow): void {
  let crashes: number[] = [];
  window.webContents.on('render-process-gone', (_, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = performance.now();
    crashes = [...crashes.filter((time) => now - time < CRASH_WINDOW_MS), now];
    if (crashes.length <= MAX_CRASHES) {
      window.webContents.reload();
      return;
    }
    dialog.showErrorBox('Steady’s window keeps failing', `Your conversations are safe. Start Steady again. (${reason})`);
    window.destroy();
  });
}

/** Opens the window. @param statePath file that remembers its place. */
export function createWindow(statePath: string, serve: (window: BrowserWindow) => void): BrowserWindow {
  const { maximized, ...bounds } = readWindowState(statePath);
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 380,
    minHeight: 480,
    title: 'Steady',
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181d' : '#ffffff',
    // Every security setting is spelled out, so that a changed default of Electron changes nothing here.
    webPreferences: {
      preload: join(import.meta.dirname, 'preload.cjs'),
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
      devTools: !app.isPackaged,
    },
  });
  if (maximized) window.maximize();
  rememberWindowState(window, statePath);
  recoverFromCrash(window);
  serve(window);
  window.once('ready-to-show', () => window.show());
  void window.loadURL(PAGE_URL);
  return window;
}
