/** The admin's passphrase on the command line: commands that do what the admin area does ask for it where one is set. */
import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { SteadyApp } from '../app.ts';
import { checkUnsteered } from '../admin/unsteered.ts';
import { SteadyError } from '../contract/index.ts';
import { askSecret, isInteractive } from './prompt.ts';

export const PASSPHRASE_VARIABLE = 'STEADY_ADMIN_PASSPHRASE';

export interface AdminOptions {
  /** A file that holds the passphrase. */
  passphraseFile?: string | undefined;
}

/** For every command that calls `requireAdmin`. */
export function passphraseFileOption(): Option {
  return new Option('--passphrase-file <file>', `file with the admin's passphrase (else ${PASSPHRASE_VARIABLE}, else it is asked for)`);
}

/** A passphrase from a file: its first line, so that editors that end files with a line break do no harm. */
export async function readPassphraseFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new SteadyError('bad-input', `The passphrase file ${path} cannot be read.`, { hint: (cause as Error).message, cause });
  }
}

/** The passphrase that was given: by file, by the environment, or at the terminal. @throws SteadyError `locked` when there is no way. */
async function givenPassphrase({ passphraseFile }: AdminOptions): Promise<string> {
  if (passphraseFile !== undefined) return readPassphraseFile(passphraseFile);
  const fromEnvironment = process.env[PASSPHRASE_VARIABLE];
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  if (isInteractive()) return askSecret("Admin's passphrase: ");
  throw new SteadyError('locked', "This needs the admin's passphrase.", {
    hint: `Give it with --passphrase-file or in ${PASSPHRASE_VARIABLE}.`,
  });
}

/**
 * Lets the admin pass: at once where no passphrase is set, else with the right one. Wrong ones count as they do in the page.
 * @throws SteadyError `locked` when none was given, `unauthorized` for a wrong one, `busy` while none is tried.
 */
export async function requireAdmin(app: SteadyApp, options: AdminOptions = {}): Promise<void> {
  const { passphrase } = await app.admin.lock();
  if (passphrase === 'set') await app.admin.verify(await givenPassphrase(options));
}

/** Lets everybody pass who may read the refusal log: the admin, or all where the policy says so. */
export async function requireLogAccess(app: SteadyApp, options: AdminOptions = {}): Promise<void> {
  if (app.policies.current().logVisibility !== 'everyone') await requireAdmin(app, options);
}

/**
 * Before replies are shown that were not steered: open where the policy lets users switch steering off, else for the
 * admin; where a policy file makes steering mandatory, for an admin with a passphrase only.
 */
export async function requireUnsteered(app: SteadyApp, options: AdminOptions = {}): Promise<void> {
  await checkUnsteered(app);
  if (app.policies.current().steering !== 'switchable') await requireAdmin(app, options);
}
