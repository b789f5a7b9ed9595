/** What a profile says about itself and its model, however it was made. */
import { PROFILE_FORMAT, type SteeringProfile } from '../profile/index.ts';
import type { CalibratedModel } from './port.ts';

export function profileHeader(
  model: CalibratedModel,
  { name, appVersion, createdAt }: { name: string; appVersion: string; createdAt?: string | undefined },
): Pick<SteeringProfile, 'formatVersion' | 'name' | 'createdAt' | 'appVersion' | 'model' | 'chatTemplateSha256'> {
  return {
    formatVersion: PROFILE_FORMAT,
    name,
    createdAt: createdAt ?? new Date().toISOString(),
    appVersion,
    model: {
      name: model.name,
      sha256: model.sha256,
      architecture: model.architecture,
      embeddingLength: model.embeddingLength,
      layerCount: model.layerCount,
    },
    chatTemplateSha256: model.chatTemplateSha256,
  };
}
