/** Settings that policies forbid. */
import type { Settings } from '../contract/index.ts';
import { forbidden, type Policies } from './policies.ts';

/** @throws SteadyError `policy` when a patch asks for what the policies forbid; nothing of it is to be saved then. */
export function checkSettings(patch: Partial<Settings>, policies: Policies): void {
  if (patch.allowUnprotectedChat === true && policies.current().unprotectedChat === 'forbidden') {
    throw forbidden('Chat without protection is not allowed here.');
  }
}
