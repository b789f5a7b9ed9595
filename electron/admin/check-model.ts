/** Whether a model file is still what the policies allowed. */
import { SteadyError } from '../contract/index.ts';
import { verifyModel } from '../../models/index.ts';
import { requireAllowedModel, type Policies } from './policies.ts';

/**
 * Where a policy file of the whole machine is in force the file is read and hashed anew at each load: hashes that were
 * remembered lie in a file that the user can write.
 * @param target the file, and the hash that it was allowed by
 * @throws SteadyError `model-damaged` where the file has another hash; `policy`, `policy-damaged`; ModelError for a file that
 *   is no model
 */
export async function checkModel(target: { modelPath: string; modelSha256: string }, policies: Policies): Promise<void> {
  if (!policies.system) return;
  const { sha256 } = await verifyModel(target.modelPath, { hashCache: NO_CACHE });
  if (sha256 !== target.modelSha256) {
    throw new SteadyError('model-damaged', `The model file is not what was remembered of it: ${target.modelPath}.`, {
      hint: 'Take model-hashes.json out of the data folder, then load the model again.',
      details: { path: target.modelPath, sha256, expectedSha256: target.modelSha256 },
    });
  }
  requireAllowedModel(policies, sha256);
}

const NO_CACHE = { get: async () => undefined, set: async () => undefined };
