/** Serves the app until it is told to end. */
import { createInterface } from 'node:readline';
import { pageDir, type AppConnection } from '../page/index.ts';
import { canOpenBrowser, openBrowser } from './browser.ts';
import { startServer } from './server.ts';

/** The app as the composition root starts it. */
export interface ServedApp extends AppConnection {
  close(): Promise<void>;
}

export interface ServeOptions {
  /** Absolute path of the folder that holds all state. */
  dataDir: string;
  startApp: (options: { dataDir: string; shell: 'served' }) => Promise<ServedApp>;
  /** 0 or absent: a free one. */
  port?: number;
  /** Absolute path of the built page; the usual place when absent. */
  pageDir?: string;
}

export interface RunningServe {
  readonly port: number;
  /** A new address that opens the app once. */
  createAddress(): string;
  /** Ends the server, then the app. Calling it again waits for the same end. */
  close(): Promise<void>;
}

/** Starts the app and serves it. @throws SteadyError what went wrong; nothing is left running then. */
export async function serve(options: ServeOptions): Promise<RunningServe> {
  const app = await options.startApp({ dataDir: options.dataDir, shell: 'served' });
  try {
    const server = await startServer({ app, pageDir: options.pageDir ?? pageDir(), port: options.port ?? 0 });
    let closing: Promise<void> | undefined;
    return {
      port: server.port,
      createAddress: server.createAddress,
      close: () => (closing ??= server.close().finally(() => app.close())),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

export interface RunOptions extends ServeOptions {
  /** Whether to open the browser where there is a display and a person at a terminal. */
  open?: boolean;
}

/**
 * Serves in the foreground of a process: prints the address on stdout (one line, nothing else ever), what is going on
 * on stderr, and resolves once Ctrl-C or SIGTERM has ended it cleanly. A second Ctrl-C does not wait.
 * Windows has no SIGTERM: there Ctrl-Break, a closed console or, everywhere, a starter that disconnects its channel ends it.
 * Enter at a terminal, or SIGUSR2, prints a new address.
 */
export async function runServe(options: RunOptions): Promise<void> {
  const { stdin, stdout, stderr } = process;
  // The terminal or pipe may go away while the app goes on serving.
  for (const stream of [stdout, stderr]) stream.on('error', () => {});
  const say = (line: string) => stderr.write(`${line}\n`);

  const atTerminal = Boolean(stdin.isTTY);
  const running = await serve(options);
  const address = running.createAddress();
  say('Steady is ready, on this machine only. Open this address in a browser (it works once; the browser stays signed in):');
  stdout.write(`${address}\n`);
  const windows = process.platform === 'win32';
  say(atTerminal ? 'Press Enter for a new address, Ctrl-C to end.' : windows ? 'Press Ctrl-Break to end.' : 'Send SIGTERM to end.');
  if (options.open === true && canOpenBrowser(atTerminal && Boolean(stderr.isTTY))) openBrowser(address);

  const printAddress = () => stdout.write(`${running.createAddress()}\n`);
  const lines = atTerminal ? createInterface({ input: stdin }) : undefined;
  lines?.on('line', printAddress);

  await new Promise<void>((resolve, reject) => {
    let ending = false;
    const end = () => {
      if (ending) process.exit(130);
      ending = true;
      say('Ending …');
      lines?.close();
      running.close().then(resolve, reject);
    };
    process.on('SIGINT', end);
    lines?.on('SIGINT', end);
    process.on('SIGTERM', end);
    // A program that started this with a channel ends it by closing that, where a signal would be a hard kill.
    process.on('disconnect', () => {
      if (!ending) end();
    });
    process.channel?.unref();
    if (windows) process.on('SIGBREAK', end);
    // A closed terminal ends what was started in it; what never had one goes on.
    process.on('SIGHUP', () => {
      if ((atTerminal || windows) && !ending) end();
    });
    if (!windows) process.on('SIGUSR2', printAddress);
  });
}
