/** Removes conversations for good some days after they were deleted, and with them what the policy says of their refusals. */
import type { Policies } from '../admin/policies.ts';
import type { Store } from '../store/index.ts';

/** How long a deleted conversation can be brought back. */
const KEEP_DELETED_MS = 7 * 24 * 60 * 60 * 1000;

/** Answers how many went. None while a policy file cannot be read: what is to become of their refusals can't be asked again. */
export async function purgeDeleted(store: Pick<Store, 'clock' | 'conversations'>, policies: Policies): Promise<number> {
  if (policies.problem !== null) return 0;
  const { trusted } = await store.clock.read();
  return store.conversations.purgeDeleted(trusted - KEEP_DELETED_MS, policies.current().onConversationDeleted);
}
