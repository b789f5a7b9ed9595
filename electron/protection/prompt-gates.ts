/** How far the gate of the profile in use opens for prompts: one reading each, no replies. */
import { randomUUID } from 'node:crypto';
import { SteadyError } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { EngineLease } from '../jobs/engine-lease.ts';
import type { ProtectionService } from './protection-service.ts';

/**
 * The widest gate of any layer, 0…1, a prompt each, in their order. Shares the engine with replies.
 * @throws SteadyError `busy` while a job has the engine, `model-not-loaded`, `profile-missing`
 */
export async function promptGates(
  { engine, lease, protection }: { engine: EngineSupervisor; lease: EngineLease; protection: ProtectionService },
  texts: readonly string[],
): Promise<number[]> {
  if (protection.state.status !== 'on') {
    throw new SteadyError('profile-missing', 'No profile protects the loaded model.', {
      hint: 'Calibrate it, or load a model with a profile.',
    });
  }
  const shared = lease.share({ what: 'Prompts are being looked at', hint: 'That takes some seconds.' });
  try {
    const prompts = texts.map((text) => ({ systemPrompt: '', turns: [{ role: 'user' as const, text }] }));
    const { replies } = await engine.call('batch.generate', { jobId: randomUUID(), prompts, maxTokens: 1, steer: true });
    const gates = new Array<number>(texts.length).fill(0);
    for (const { index, scores } of replies) gates[index] = Math.min(1, Math.max(0, ...scores.map(({ gate }) => gate)));
    return gates;
  } finally {
    shared.release();
  }
}
