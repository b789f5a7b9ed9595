/** What the parts of the app ask about policies, and the values that hold where nobody set any. */
import type { PolicyValues } from '../contract/index.ts';
import { SteadyError } from '../contract/index.ts';
import { entryBySha256 } from '../../models/index.ts';

export const DEFAULT_POLICIES: PolicyValues = {
  steering: 'mandatory',
  unprotectedChat: 'user-choice',
  allowedModels: null,
  retentionDays: null,
  onConversationDeleted: 'keep',
  logVisibility: 'admin',
  storePromptText: true,
  idleLockMinutes: 10,
  protectModels: 'everyone',
  useAskedPrompts: false,
  api: 'loopback',
  apiRawText: 'forbidden',
  signingKeys: null,
  logWitness: null,
};

/** What holds where a value cannot be read: nothing is allowed, nothing is shown, and nothing is removed. */
export const STRICTEST_POLICIES: PolicyValues = {
  steering: 'mandatory',
  unprotectedChat: 'forbidden',
  allowedModels: [],
  retentionDays: null,
  onConversationDeleted: 'keep',
  logVisibility: 'admin',
  storePromptText: false,
  idleLockMinutes: 5,
  protectModels: 'admin',
  useAskedPrompts: false,
  api: 'forbidden',
  apiRawText: 'forbidden',
  signingKeys: [],
  logWitness: null,
};

export interface Policies {
  /** The values in force. They change while the app runs: ask when they are needed. */
  current(): PolicyValues;
  /** What is wrong with a policy file; null when nothing is. `current` is then the strictest there is. */
  readonly problem: SteadyError | null;
  /** Whether a policy file of the whole machine is in force. What a user could have written then proves nothing. */
  readonly system: boolean;
  /** Calls `listener` with the new values whenever one of them changed. Returns the function that stops it. */
  onChange(listener: (values: PolicyValues) => void): () => void;
}

/** Whether a model file may be used. */
export function isModelAllowed({ allowedModels }: PolicyValues, sha256: string): boolean {
  if (allowedModels === null) return true;
  const id = entryBySha256(sha256)?.id;
  return allowedModels.some((allowed) => allowed.toLowerCase() === sha256 || allowed === id);
}

/** @throws SteadyError `policy` for a model that may not be used, `policy-damaged` while nothing may. */
export function requireAllowedModel(policies: Policies, sha256: string): void {
  if (policies.problem !== null) throw policies.problem;
  if (isModelAllowed(policies.current(), sha256)) return;
  throw forbidden('This model may not be used here: the policies do not list it.', 'Choose another model, or ask your admin.');
}

/** @throws SteadyError `policy` where only the admin may have a model protected, `policy-damaged` while nothing may be done */
export function requireMayProtect(policies: Policies): void {
  if (policies.problem !== null) throw policies.problem;
  if (policies.current().protectModels === 'everyone') return;
  throw forbidden('Models are protected by the admin here.', 'Ask the admin of this machine to calibrate this one.');
}

/** @throws SteadyError `policy` where what people asked is nobody else's business, `policy-damaged` while nothing may be done */
export function requireMayUseAsked(policies: Policies): void {
  if (policies.problem !== null) throw policies.problem;
  if (policies.current().useAskedPrompts) return;
  throw forbidden(
    'The policies do not let anybody read what people have asked here.',
    'They can be changed in the admin area, unless a file sets them.',
  );
}

export const forbidden = (message: string, hint = 'The admin of this machine decides about that, in the policies of the admin area.') =>
  new SteadyError('policy', message, { hint });
