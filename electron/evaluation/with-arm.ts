/** Asking the engine under one arm's profile. */
import { SteadyError } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { requireSameModel } from '../jobs/same-model.ts';
import { retryOnCrash } from '../jobs/retry-on-crash.ts';
import { raceAbort } from '../jobs/race-abort.ts';
import type { Arm } from './arms.ts';

/** Puts the arm's profile in place, or none; what was cached is forgotten with it. */
export async function applyArm(engine: EngineSupervisor, arm: Arm): Promise<void> {
  const { profilePath, shift } = arm;
  await engine.call('steering.apply', {
    profilePath,
    modelSha256: engine.target!.modelSha256,
    strength: null,
    ...(shift === undefined ? {} : { shift }),
  });
}

/** Who is asked. */
export interface Asked {
  engine: EngineSupervisor;
  arm: Arm;
  /** The model that the evaluation is of. */
  modelSha256: string;
}

/**
 * Does `ask` with the arm's profile in place, again where the engine died meanwhile: a crash costs what was asked, not
 * the evaluation.
 * @param onCancel asks the engine to end early; its end is not waited for
 * @throws `cancelled` once the signal says so, whatever else went wrong; `conflict` for another model; else what `ask` throws
 */
export async function withArm<T>(
  { engine, arm, modelSha256 }: Asked,
  signal: AbortSignal,
  ask: () => Promise<T>,
  onCancel?: () => void,
): Promise<T> {
  try {
    return await retryOnCrash(engine, signal, async () => {
      await raceAbort(signal, engine.ready(), cancelled);
      requireSameModel(engine, modelSha256);
      const process = engine.pid;
      await applyArm(engine, arm);
      throwIfCancelled(signal);
      const answer = await raceAbort(signal, ask(), cancelled, onCancel);
      throwIfCancelled(signal);
      requireSameModel(engine, modelSha256);
      // A new process has the app's own profile, not the arm's.
      if (engine.pid !== process)
        throw new SteadyError('engine-crashed', 'The engine stopped unexpectedly.', { hint: 'Resume the evaluation.' });
      return answer;
    });
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  }
}

export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

export function cancelled(): SteadyError {
  return new SteadyError('cancelled', 'The evaluation was stopped.', { hint: 'Starting it again with the same --out goes on from here.' });
}
