/** Entry of the Electron app: its lifecycle. What is done at each point is in `shell/`. */
import { app } from 'electron';
import { startApp } from './app.ts';
import { prepareShell, runShell } from './shell/index.ts';

const dataDir = prepareShell();
if (app.requestSingleInstanceLock()) void runShell(dataDir, startApp);
else app.quit(); // The first instance shows its window.
