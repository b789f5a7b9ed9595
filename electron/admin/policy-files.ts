/** Policy files: where they lie, and what they say. They are read, never written. */
import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { visit } from 'jsonc-parser';
import { POLICY_NAMES, policyFile, SteadyError, toErrorShape, type PolicyValues } from '../contract/index.ts';
import { parseBoundedJson } from '../../steering/files/bounded-json.ts';
import { FileTooLarge, NotRegularFile, readRegularFile } from '../../steering/files/regular-file.ts';

const FILE_NAME = 'policy.json';
const MAX_BYTES = 1024 * 1024;

export interface PolicyFilePath {
  readonly path: string;
  /** Whether it is an error that the file is not there. */
  readonly required: boolean;
  /** Whether only an administrator of the machine can write it. */
  readonly system: boolean;
}

/** The file of the whole machine, in a folder that only its administrators can write. */
export function systemPolicyPath(platform: NodeJS.Platform = process.platform, env: NodeJS.ProcessEnv = process.env): string {
  if (platform === 'win32') return join(env['ProgramData'] ?? 'C:\\ProgramData', 'Steady', FILE_NAME);
  if (platform === 'darwin') return join('/Library/Application Support/Steady', FILE_NAME);
  return join('/etc/steady', FILE_NAME);
}

/**
 * Where policy files may lie, the strongest first: the machine's, the one that STEADY_POLICY names, the data folder's.
 * What a user can set never weakens what only an administrator can.
 */
export function policyFilePaths(
  dataDir: string,
  { env = process.env, systemFile = systemPolicyPath() }: { env?: NodeJS.ProcessEnv; systemFile?: string | undefined } = {},
): PolicyFilePath[] {
  const named = env['STEADY_POLICY'] ?? '';
  return [
    { path: systemFile, required: false, system: true },
    ...(named === '' ? [] : [{ path: resolve(named), required: true, system: false }]),
    { path: join(dataDir, FILE_NAME), required: false, system: false },
  ];
}

const damaged = (path: string, why: string, cause?: unknown) =>
  new SteadyError('policy-damaged', `The policy file ${path} cannot be used: ${why}.`, {
    hint: 'Until it is mended (or taken away by whoever put it there), chat is off. docs/reference/policies.md describes the format.',
    details: { path },
    cause,
  });

async function readOne({ path, required }: PolicyFilePath): Promise<Partial<PolicyValues> | null> {
  let text: string;
  try {
    text = (await readRegularFile(path, MAX_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof NotRegularFile || error instanceof FileTooLarge) throw damaged(path, error.message, error);
    const { code } = error as NodeJS.ErrnoException;
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    // A link that leads nowhere was put there by somebody who wanted a policy.
    const isLink =
      isAbsent &&
      (await lstat(path)
        .then(() => true)
        .catch(() => false));
    if (!required && isAbsent && !isLink) return null;
    throw damaged(
      path,
      isAbsent ? (isLink ? 'it is a link to a file that does not exist' : 'it does not exist') : toErrorShape(error).message,
      error,
    );
  }
  let json: unknown;
  try {
    json = parseBoundedJson(text);
  } catch (error) {
    throw damaged(path, `it is not JSON (${(error as Error).message})`, error);
  }
  const repeated = repeatedKey(text);
  if (repeated !== null) throw damaged(path, `it names ${JSON.stringify(repeated)} twice`);
  const parsed = policyFile.safeParse(json);
  if (parsed.success) {
    const { $schema: _schema, version: _version, ...values } = parsed.data;
    return values;
  }
  const faults = parsed.error.issues
    .slice(0, 3)
    .map(({ path: at, message }) => (at.length === 0 ? message : `${at.join('.')}: ${message}`));
  throw damaged(path, faults.join('; '));
}

/**
 * The first key that an object of a JSON text has twice; null where there is none. Two readers of such a text may each
 * believe another of the two values: what an admin sees in it must be what is in force.
 */
function repeatedKey(text: string): string | null {
  const open: Set<string>[] = [];
  let repeated: string | null = null;
  visit(text, {
    onObjectBegin: () => void open.push(new Set()),
    onObjectProperty: (key) => {
      const keys = open.at(-1);
      if (keys?.has(key) === true) repeated ??= key;
      keys?.add(key);
    },
    onObjectEnd: () => void open.pop(),
  });
  return repeated;
}

export interface PolicyFiles {
  /** The files that were found, the strongest first. */
  readonly files: string[];
  /** Whether the machine's file is among them. */
  readonly system: boolean;
  readonly values: Partial<PolicyValues>;
}

/**
 * Reads all policy files. Of two that set the same value the stronger one counts.
 * @throws SteadyError `policy-damaged` when one of them cannot be read or says what it must not.
 */
export async function readPolicyFiles(paths: readonly PolicyFilePath[]): Promise<PolicyFiles> {
  const files: string[] = [];
  const values: Record<string, unknown> = {};
  let system = false;
  for (const path of paths) {
    const found = await readOne(path);
    if (found === null) continue;
    files.push(path.path);
    system ||= path.system;
    for (const name of POLICY_NAMES) {
      if (found[name] !== undefined && !Object.hasOwn(values, name)) values[name] = found[name];
    }
  }
  return { files, system, values };
}
