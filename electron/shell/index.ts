/** The Electron shell: everything around the app that only Electron has. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { app, BrowserWindow, dialog, session } from 'electron';
import { defaultDataDir } from '../../models/paths.ts';
import { toErrorShape } from '../contract/index.ts';
import type { ForkEngine } from '../engine/fork.ts';
import { openPageFiles, pageDir, type AppConnection } from '../page/index.ts';
import { forkUtilityEngine } from './engine-process.ts';
import { serveContents } from './ipc.ts';
import { setMenu } from './menu.ts';
import { lockDownNavigation } from './navigation.ts';
import { lockDownSession } from './permissions.ts';
import { handleScheme, registerScheme } from './protocol.ts';
import { createWindow } from './window.ts';

export interface ShellApp extends AppConnection {
  close(): Promise<void>;
}

/** How the shell starts the app. */
export type StartShellApp = (options: {
  dataDir: string;
  shell: 'electron';
  forkEngine: ForkEngine;
  pickFile: () => Promise<string | null>;
}) => Promise<ShellApp>;

/** The longest that quitting waits for the app to close. */
const CLOSE_TIMEOUT_MS = 10_000;

/** What must be settled before Electron is ready. Returns the folder that holds all state. */
export function prepareShell(): string {
  app.enableSandbox();
  registerScheme();
  // Nothing calls home: no component updates, no field trials, no domain reports.
  for (const name of ['disable-background-networking', 'disable-component-update', 'disable-domain-reliability'])
    app.commandLine.appendSwitch(name);
  const dataDir = resolve(app.commandLine.getSwitchValue('data-dir') || process.env['STEADY_HOME'] || defaultDataDir());
  // The browser's own files lie with everything else, so each data folder has its own single instance.
  const browserDir = join(dataDir, 'electron');
  mkdirSync(browserDir, { recursive: true, mode: 0o700 });
  app.setPath('userData', browserDir);
  app.setPath('sessionData', browserDir);
  return dataDir;
}

async function pickFile(): Promise<string | null> {
  const options = { title: 'Open a model', properties: ['openFile' as const], filters: [{ name: 'GGUF models', extensions: ['gguf'] }] };
  const [window] = BrowserWindow.getAllWindows();
  const { canceled, filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
  return canceled ? null : (filePaths[0] ?? null);
}

/** Opens the app's window once Electron is ready, and keeps the rules until it quits. */
export async function runShell(dataDir: string, startApp: StartShellApp): Promise<void> {
  lockDownNavigation();
  await app.whenReady();
  lockDownSession(session.defaultSession);
  setMenu();

  let running: ShellApp;
  try {
    handleScheme(session.defaultSession, openPageFiles(pageDir()));
    running = await startApp({ dataDir, shell: 'electron', forkEngine: forkUtilityEngine, pickFile });
  } catch (error) {
    const { message, hint } = toErrorShape(error);
    dialog.showErrorBox(message, hint);
    app.exit(1);
    return;
  }

  const statePath = join(dataDir, 'electron', 'window.json');
  const open = () => createWindow(statePath, (window) => serveContents(running, window.webContents));
  const show = () => {
    const window = BrowserWindow.getAllWindows()[0] ?? open();
    if (window.isMinimized()) window.restore();
    window.focus();
  };
  app.on('second-instance', show);
  app.on('activate', show);
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });

  let closing = false;
  app.on('will-quit', (event) => {
    event.preventDefault();
    if (closing) return;
    closing = true;
    const giveUp = setTimeout(() => app.exit(1), CLOSE_TIMEOUT_MS);
    running.close().then(
      () => app.exit(0),
      (error: unknown) => {
        clearTimeout(giveUp);
        console.error(error);
        app.exit(1);
      },
    );
  });
  open();
}
