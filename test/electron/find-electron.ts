/** Where a real Electron is on this machine, or why there is none to test with. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** The path of the binary, or the reason why Electron cannot be run here. */
export function findElectron(): { path: string } | { reason: string } {
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] || join(ROOT, 'node_modules', 'electron', 'dist');
  const name = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform as string] ?? 'electron';
  const path = join(folder, name);
  if (!existsSync(path))
    return {
      reason: 'There is no Electron binary here: its download is blocked or was not made (set ELECTRON_OVERRIDE_DIST_PATH to a local one).',
    };
  // A stand-in for packaging tests is no program.
  if (statSync(path).size < 1_000_000) return { reason: 'What lies at ELECTRON_OVERRIDE_DIST_PATH is no real Electron.' };
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
    return { reason: 'There is no display; run the tests under xvfb-run.' };
  if (process.platform === 'linux' && process.getuid?.() === 0) return { reason: 'Electron’s sandbox does not run as root.' };
  if (!existsSync(join(ROOT, 'dist', 'app', 'main.js')) || !existsSync(join(ROOT, 'dist', 'renderer', 'index.html')))
    return { reason: 'The app is not built; run npm run build.' };
  return { path };
}
