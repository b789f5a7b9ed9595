/** What programs call the loaded model. */
import { basename } from 'node:path';
import type { EngineTarget } from '../engine/supervisor.ts';

/** Stands for whichever model is loaded, so that a program's settings need not change with it. */
export const ANY_MODEL = 'steady';

/** The catalogue's id; of a file of one's own its name, since programs need not know where it lies. */
export function modelName({ modelId, modelPath }: Pick<EngineTarget, 'modelId' | 'modelPath'>): string {
  return modelId.startsWith('file:') ? basename(modelPath).replace(/\.gguf$/i, '') : modelId;
}
