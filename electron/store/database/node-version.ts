/** better-sqlite3 13 crashes the process under an older Node instead of failing, so ask before loading it. */
import { SteadyError } from '../../contract/index.ts';

const OLDEST_MAJOR = 22;

/** @param version as in `process.versions.node`. @throws SteadyError `internal` where the database cannot be loaded. */
export function requireUsableNode(version: string): void {
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return;
  throw new SteadyError('internal', `Steady's database needs Node ${OLDEST_MAJOR} or newer; this is Node ${version}.`, {
    hint: 'Start Steady with `npm start`, which brings its own Node where it can, or install a current Node from nodejs.org.',
  });
}
