import { toErrorShape } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { raceAbort } from './race-abort.ts';

const MOST_CRASHES = 3;

/**
 * Does work that finds on disk what it did before, again after each crash of the engine: that one is started anew, and the
 * work goes on where it was.
 * @throws what the work throws otherwise, and its `engine-crashed` once there were too many
 */
export async function retryOnCrash<T>(engine: EngineSupervisor, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let crashes = 0; ;) {
    try {
      return await work();
    } catch (error) {
      if (toErrorShape(error).code !== 'engine-crashed' || signal.aborted || ++crashes > MOST_CRASHES) throw error;
      // Waits for the engine that is being started; where that fails, its error says why.
      await raceAbort(signal, engine.ready(), () => error as Error);
    }
  }
}
