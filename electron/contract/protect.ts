/** Protecting the loaded model with one button: a quick calibration with the built-in prompts, whose profile is applied by itself. */
import { z } from 'zod';
import { errorShape } from './errors.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();

export const protectState = z.object({
  /** What is under way; null where nothing is. */
  running: z
    .object({
      modelName: z.string(),
      /** 0…1; never goes back. */
      overall: z.number().min(0).max(1),
      /** Null while unknown. */
      secondsLeft: z.number().nullable(),
      /** Stopping was asked for; what was done so far is kept. */
      stopping: z.boolean(),
    })
    .nullable(),
  /** Whether the loaded model's last try was stopped or cut off, so that the next one goes on from there. */
  resumable: z.boolean(),
  /** Why the last try came to nothing; null where it did not, or was stopped. */
  problem: errorShape.nullable(),
});
export type ProtectState = z.infer<typeof protectState>;

/** Open to every connection. Where the policy `protectModels` leaves it to the admin, all but the state is refused. */
export const protectRequests = {
  'protect.state': { input: nothing, output: protectState },
  /** What it would take here, in seconds. Measures the machine the first time, for some seconds. @throws `busy`, `policy` */
  'protect.estimate': { input: nothing, output: z.object({ seconds: z.number() }) },
  /**
   * Begins, or goes on with a try that was stopped or cut off. Its end is told as `protect.changed`, and, where the model is
   * protected by then, as `protection.changed`. @throws `busy`, `policy`, `model-not-loaded`, `model-not-steerable`
   */
  'protect.start': { input: nothing, output: protectState },
  /** Stops it; it can be gone on with. @throws `not-found` where nothing runs */
  'protect.stop': { input: nothing, output: protectState },
} as const satisfies Contract['requests'];

export const protectEvents = { 'protect.changed': protectState } as const satisfies Contract['events'];
