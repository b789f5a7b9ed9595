/** The policies in force: what policy files say, else what the admin set, else the defaults. */
import type { PolicyValues } from '../contract/index.ts';

export const DEFAULT_POLICIES: PolicyValues = {
  steering: 'mandatory',
  unprotectedChat: 'user-choice',
  allowedModels: null,
  retentionDays: null,
  onConversationDeleted: 'keep',
  logVisibility: 'admin',
  storePromptText: true,
  idleLockMinutes: 10,
};

/** What the parts of the app ask about policies. Values change while the app runs: ask when they are needed. */
export interface Policies {
  current(): PolicyValues;
  /** Calls `listener` with the new values whenever one of them changed. Returns the function that stops it. */
  onChange(listener: (values: PolicyValues) => void): () => void;
}

/** Policies that stay as they are. */
export function fixedPolicies(values: Partial<PolicyValues> = {}): Policies {
  const all = { ...DEFAULT_POLICIES, ...values };
  return { current: () => all, onChange: () => () => {} };
}
