/** What was measured, on what, and how busy it was. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  system: string;
  versions: { node: string; 'node-llama-cpp': string; 'llama.cpp': string; 'better-sqlite3': string };
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${type()} ${release()} ${arch()}`,
    versions: {
      node: process.versions.node,
      'node-llama-cpp': packageVersion('node-llama-cpp'),
      'llama.cpp': llamaCppRelease(),
      'better-sqlite3': packageVersion('better-sqlite3'),
    },
  };
}

function packageVersion(name: string): string {
  const path = join(import.meta.dirname, '..', '..', 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** The release that node-llama-cpp was built from. */
function llamaCppRelease(): string {
  const path = join(import.meta.dirname, '..', '..', 'node_modules', 'node-llama-cpp', 'llama', 'llama.cpp.info.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { tag: string }).tag;
}

export interface Load {
  /** Average number of running processes over the last minute; 0 where the system does not say (Windows). */
  average: number;
  busy: boolean;
}

/** A core and a half at work elsewhere on eight is fine; half a core on two is not. */
const BUSY_SHARE = 0.2;

export function currentLoad(): Load {
  const average = loadavg()[0]!;
  return { average, busy: average > BUSY_SHARE * availableParallelism() };
}
