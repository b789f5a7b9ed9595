/** Opens the person's browser, where there is one to open. */
import { spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a window could appear: a terminal with a person at it, and a display. */
export function canOpenBrowser(isTerminal: boolean, env: Environment = process.env, platform: NodeJS.Platform = process.platform): boolean {
  if (!isTerminal) return false;
  if (platform === 'darwin' || platform === 'win32') return env['SSH_CONNECTION'] === undefined;
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}

/** Asks the system to open `address`. Never fails: the address is printed as well. */
export function openBrowser(address: string, platform: NodeJS.Platform = process.platform): void {
  const [command, ...args] =
    platform === 'darwin'
      ? ['open', address]
      : platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', address]
        : ['xdg-open', address];
  const child = spawn(command as string, args, { detached: true, stdio: 'ignore' });
  child.on('error', () => {});
  child.unref();
}
