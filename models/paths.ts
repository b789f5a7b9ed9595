/** Where model files live on this machine. */
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The per-user folder that holds everything Steady keeps: `$XDG_DATA_HOME/steady` (Linux),
 * `~/Library/Application Support/Steady` (macOS), `%LOCALAPPDATA%\Steady` (Windows).
 */
export function defaultDataDir(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Steady');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Steady');
  return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'steady');
}

/** The folder that downloads go to. */
export function modelsDir(dataDir: string): string {
  return join(dataDir, 'models');
}

/**
 * Every folder that is searched for model files, in order and without repeats: the data folder's own, the per-user one,
 * then those named in `STEADY_MODELS` (a path list). Only the first is ever written to.
 */
export function searchDirs(dataDir: string, env: Environment = process.env): string[] {
  const extra = (env['STEADY_MODELS'] ?? '').split(delimiter).filter((path) => path !== '');
  return [...new Set([modelsDir(dataDir), modelsDir(defaultDataDir(env)), ...extra].map((path) => resolve(path)))];
}
