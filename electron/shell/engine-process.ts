/** Starts the engine as an Electron utility process. */
import { join } from 'node:path';
import { utilityProcess } from 'electron';
import type { ForkEngine } from '../engine/fork.ts';

/** The engine's entry under Electron, bundled beside this file. */
const ENTRY = join(import.meta.dirname, 'engine-electron.js');

export const forkUtilityEngine: ForkEngine = () => {
  const child = utilityProcess.fork(ENTRY, [], { serviceName: 'Steady engine', stdio: ['ignore', 'ignore', 'inherit'], execArgv: [] });
  return {
    get pid() {
      return child.pid;
    },
    channel: {
      post: (message) => child.postMessage(message),
      subscribe: (listener) => {
        child.on('message', listener);
        return () => child.off('message', listener);
      },
    },
    onExit: (listener) => void child.once('exit', (code) => listener(`exit code ${code}`)),
    kill: () => {
      // A computation that hangs would not heed the polite signal that Electron sends.
      if (child.pid !== undefined && process.platform !== 'win32') process.kill(child.pid, 'SIGKILL');
      else child.kill();
    },
  };
};
