import { SvelteSet } from 'svelte/reactivity';
import type { Bridge } from '../bridge/index.ts';

/** Which refused replies the user has called wrong to the admin. */
export class RefusalReports {
  readonly reported = new SvelteSet<string>();
  readonly sending = new SvelteSet<string>();
  readonly #bridge: Bridge;
  readonly #asked = new Map<string, Promise<void>>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** Learns once a conversation what was reported in it. Not knowing is harmless: reporting twice is fine. */
  learn(conversationId: string): Promise<void> {
    const known = this.#asked.get(conversationId);
    if (known !== undefined) return known;
    const asking = this.#bridge
      .call('refusals.reported', { conversationId })
      .then(({ messageIds }) => messageIds.forEach((id) => this.reported.add(id)))
      .catch(() => void this.#asked.delete(conversationId));
    this.#asked.set(conversationId, asking);
    return asking;
  }

  /** Tells the admin that refusing was wrong. @throws Problem-shaped errors of the app. */
  async report(messageId: string, note: string): Promise<void> {
    if (this.sending.has(messageId)) return;
    this.sending.add(messageId);
    try {
      await this.#bridge.call('refusals.report', { messageId, ...(note.trim() === '' ? {} : { note: note.trim() }) });
      this.reported.add(messageId);
    } finally {
      this.sending.delete(messageId);
    }
  }

  /** Takes it back. @throws Problem-shaped errors of the app. */
  async withdraw(messageId: string): Promise<void> {
    await this.#bridge.call('refusals.report.withdraw', { messageId });
    this.reported.delete(messageId);
  }
}
