/** The one way to a reply, whoever asks for it, a person in the page or a program: whether it is steered is decided here, and it fails closed. */
import { SteadyError, type ProtectionState } from '../contract/index.ts';
import type { EngineContract, GenerationResult } from '../engine/protocol.ts';
import type { EngineSupervisor, EngineTarget } from '../engine/supervisor.ts';
import type { RequestInput } from '../contract/rpc.ts';
import type { ProtectionService } from '../protection/protection-service.ts';

/** A reply, and what the model and the profile were when it began. */
export interface WrittenReply {
  result: GenerationResult;
  model: EngineTarget;
  profile: ProtectionState['profile'];
}

/** How whoever asked may stop it. */
export interface Stopping {
  /** Rejects when it is stopped. */
  stopping: Promise<never>;
  isStopped(): boolean;
}

/**
 * Waits for the model, asks whether replies are steered, and has the engine write one.
 * @throws what `EngineSupervisor.ready` and `ProtectionService.requireDecision` throw; `cancelled` where it is stopped before it begins;
 * the engine's errors
 */
export async function writeReply(
  { engine, protection }: { engine: EngineSupervisor; protection: ProtectionService },
  request: Omit<RequestInput<EngineContract, 'chat.generate'>, 'steer'>,
  { stopping, isStopped }: Stopping,
): Promise<WrittenReply> {
  // Whoever stops a reply need not wait for a model that loads.
  await Promise.race([engine.ready(), stopping]);
  const { steer } = protection.requireDecision();
  // As they are now: another model or profile may be asked for before this reply ends.
  const writtenBy = { model: engine.target!, profile: protection.state.profile };
  if (isStopped()) throw new SteadyError('cancelled', 'The reply was stopped before it began.');
  return { ...writtenBy, result: await engine.call('chat.generate', { ...request, steer }) };
}
