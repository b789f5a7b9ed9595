/** Who may read what a model says unsteered. */
import { forbidden } from './policies.ts';
import type { AdminService } from './admin-service.ts';
import type { PolicyService } from './policy-service.ts';

/** @throws SteadyError `policy` where a policy file makes steering mandatory and no admin has a passphrase. */
export async function checkUnsteered({ policies, admin }: { policies: PolicyService; admin: Pick<AdminService, 'lock'> }): Promise<void> {
  const { values, sources } = policies.state;
  if (values.steering === 'switchable' || sources.steering !== 'file') return;
  const { passphrase } = await admin.lock();
  if (passphrase === 'set') return;
  throw forbidden(
    'A policy file makes steering mandatory on this machine.',
    'An admin with a passphrase can compare with unsteered replies.',
  );
}
