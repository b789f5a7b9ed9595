/** Results count for the model that was asked for, and for no other that was loaded meanwhile. */
import { SteadyError } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';

/** @throws `conflict` where the engine has another model by now */
export function requireSameModel(engine: EngineSupervisor, modelSha256: string): void {
  if (engine.target?.modelSha256 === modelSha256) return;
  throw new SteadyError('conflict', 'Another model was loaded meanwhile.', { hint: 'Load the first one, and go on with that.' });
}
