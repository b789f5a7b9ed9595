/** Whether a profile belongs to the model that is loaded, and what it asks of the hook. */
import { SteeringError } from '../errors.ts';
import type { SteeringPlan } from '../runtime/plan.ts';
import { shiftedThreshold } from '../runtime/shifted-threshold.ts';
import type { SteeringProfile } from './schema.ts';

/** The loaded model, as a profile must match it. */
export interface LoadedModel {
  /** SHA-256 (hex) of the model file. */
  readonly modelSha256: string;
  /** For the error's sentence; the hash stands in where there is none. */
  readonly modelName?: string;
  /** d. */
  readonly embeddingLength: number;
  /** Number of blocks. */
  readonly layerCount: number;
  /** SHA-256 (hex) of the chat template that prompts are rendered with. */
  readonly chatTemplateSha256: string;
}

/**
 * Refuses a profile that was made for anything but the loaded model with its present chat template.
 * @throws SteeringError `profile-mismatch`; `details.field` says what differs
 */
export function assertProfileFits(profile: SteeringProfile, loaded: LoadedModel): void {
  const { model } = profile;
  const loadedName = loaded.modelName ?? `the model ${short(loaded.modelSha256)}`;
  const fail = (field: string, sentence: string): never => {
    throw new SteeringError('profile-mismatch', sentence, {
      hint: 'Choose a profile for this model, or calibrate it.',
      details: { field, profileModel: model.name, profileSha256: model.sha256, loadedModel: loadedName, loadedSha256: loaded.modelSha256 },
    });
  };
  const made = `Profile "${profile.name}" was made for ${model.name}`;
  if (model.sha256 !== loaded.modelSha256) {
    fail(
      'sha256',
      `${made} (${short(model.sha256)}), and the loaded model is ${loadedName} (${short(loaded.modelSha256)}), a different file.`,
    );
  }
  if (model.embeddingLength !== loaded.embeddingLength) {
    fail('embeddingLength', `${made} with width ${model.embeddingLength}, and ${loadedName} has ${loaded.embeddingLength}.`);
  }
  if (model.layerCount !== loaded.layerCount) {
    fail('layerCount', `${made} with ${model.layerCount} layers, and ${loadedName} has ${loaded.layerCount}.`);
  }
  if (profile.chatTemplateSha256 !== loaded.chatTemplateSha256) {
    fail('chatTemplateSha256', `${made} with another chat template than ${loadedName} uses now.`);
  }
}

/**
 * The run-time plan of a profile.
 * @param options.strength replaces the profile's own strength (≥ 0; 0 reads scores and writes nothing)
 * @param options.shift moves the threshold, in units of the gate; see `shiftedThreshold`
 * @throws SteeringError `bad-input` for a strength that is negative or not finite
 */
export function planFromProfile(profile: SteeringProfile, options: { strength?: number; shift?: number } = {}): SteeringPlan {
  const strength = options.strength ?? profile.method.strength;
  if (!Number.isFinite(strength) || strength < 0)
    throw new SteeringError('bad-input', `A strength of ${strength} makes no sense; it must be 0 or more.`);
  const plan: SteeringPlan = {
    pooling: profile.method.pooling,
    clip: profile.method.clip,
    partialGate: profile.method.partialGate,
    confirmation: profile.method.confirmation,
    passes: profile.method.passes,
    reading: profile.method.reading,
    strength,
    layers: profile.layers.map(({ layer, read, confirming, write }) => ({
      layer,
      confirming,
      read: read === null ? null : { w: read.w, means: read.means, tau: read.tau, scale: read.scale, probe: read.probe },
      write: write === null ? null : { r: write.r, lambda: write.lambda },
    })),
  };
  return shiftedThreshold(plan, options.shift ?? 0);
}

function short(sha256: string): string {
  return `${sha256.slice(0, 12)}…`;
}
