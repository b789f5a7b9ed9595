/** Starting the engine as a Node child process. Electron's shell brings its own way (`utilityProcess`). */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Channel } from '../contract/rpc.ts';

/** A running engine process, however it was started. */
export interface EngineProcess {
  readonly pid: number | undefined;
  readonly channel: Channel;
  /** Called once, when the process has ended, with a description such as "signal SIGKILL". */
  onExit(listener: (how: string) => void): void;
  kill(): void;
}
export type ForkEngine = () => EngineProcess;

/** The engine's entry: the source in a source tree, its bundle beside a bundled app. */
export function engineEntry(): string {
  const source = fileURLToPath(new URL('./worker.ts', import.meta.url));
  return existsSync(source) ? source : fileURLToPath(new URL('./engine.js', import.meta.url));
}

export const forkNodeEngine: ForkEngine = () => {
  // 'advanced' carries typed arrays as they are.
  const child = fork(engineEntry(), [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  return {
    pid: child.pid,
    channel: {
      post: (message) => {
        if (child.connected) child.send(message as object);
      },
      subscribe: (listener) => {
        child.on('message', listener);
        return () => child.off('message', listener);
      },
    },
    onExit: (listener) => {
      child.once('exit', (code, signal) => listener(signal === null ? `exit code ${code}` : `signal ${signal}`));
      child.once('error', (error) => listener(error.message));
    },
    kill: () => child.kill('SIGKILL'),
  };
};
