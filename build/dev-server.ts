/**
 * `npm run dev`: the app, served, with the page coming from Vite's development server, which reloads it as it changes.
 * Arguments go to the app (`--data-dir DIR`). The page's address here needs no token: it is for development only.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer } from 'vite';
import { childEnv, ROOT } from './setup/context.mjs';

/** Starts the app; resolves with its one-time address once it serves. */
function startApp(args: readonly string[]) {
  const child = spawn(process.execPath, [join(ROOT, 'electron', 'serve.ts'), ...args], {
    cwd: ROOT,
    env: childEnv(),
    // Closing the channel ends the app cleanly on every system, also when this process ends in whatever way.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const address = new Promise<URL>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(new URL(line)));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The app ended (${code}).`)));
  });
  return { child, address };
}

/** Spends the one-time token, as a browser would, for a session's cookie. */
async function openSession(address: URL): Promise<string> {
  const response = await fetch(address, { redirect: 'manual' });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  if (!cookie) throw new Error(`The app gave no session (HTTP ${response.status}).`);
  return cookie;
}

const { child, address } = startApp(process.argv.slice(2));
const target = (await address).origin;
const cookie = await openSession(await address);

const vite = await createServer({
  configFile: join(ROOT, 'build', 'vite.renderer.ts'),
  // The page's own policy is sent by the app, not by Vite, whose client could not work under it.
  server: {
    host: '127.0.0.1',
    proxy: {
      '/rpc': {
        target,
        ws: true,
        changeOrigin: true,
        configure(proxy) {
          proxy.on('proxyReqWs', (request, incoming, socket) => {
            // Other sites can open WebSockets to loopback, so the app's own check is made here on its behalf.
            if (incoming.headers.origin !== `http://${incoming.headers.host}`) return socket.destroy();
            request.setHeader('origin', target);
            request.setHeader('cookie', cookie);
          });
        },
      },
    },
  },
});
await vite.listen();
process.stdout.write(`${vite.resolvedUrls!.local[0]}\n`);
process.stderr.write('The page is reloaded as you change it. Ctrl-C to end.\n');

await new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve());
  child.once('exit', () => resolve());
});
await vite.close();
if (child.connected) child.disconnect();
