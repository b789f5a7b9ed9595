/** The calibration's model is the one that the engine holds. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SteadyError } from '../contract/errors.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { requireSameModel } from '../jobs/same-model.ts';
import { raceAbort } from '../jobs/race-abort.ts';
import { cancelled } from '../../steering/calibration/control.ts';
import type { CalibratedModel, CapturedRows, CaptureRequest, ChatPrompt, ModelPort, Reply } from '../../steering/calibration/port.ts';
import { writeProfile, type SteeringProfile } from '../../steering/profile/index.ts';

export class EnginePort implements ModelPort {
  readonly model: CalibratedModel;
  readonly #engine: EngineSupervisor;
  readonly #folder: string;
  /** The process that holds the profile that was applied last. */
  #process: number | undefined;

  /** @param folder where a profile lies while the engine reads it */
  constructor(engine: EngineSupervisor, model: CalibratedModel, folder: string) {
    this.#engine = engine;
    this.model = model;
    this.#folder = folder;
  }

  async capture(
    prompts: readonly ChatPrompt[],
    { layers, tokenLayers, tokensEach }: CaptureRequest,
    signal: AbortSignal,
  ): Promise<CapturedRows> {
    const input = { prompts: [...prompts], layers: [...layers], tokenLayers: [...tokenLayers], tokensEach };
    return this.#ask(this.#engine.call('batch.capture', input), signal);
  }

  async generate(prompts: readonly ChatPrompt[], how: { maxTokens: number; steer: boolean }, signal: AbortSignal): Promise<Reply[]> {
    if (how.steer) this.#requireApplied();
    const jobId = randomUUID();
    const call = this.#engine.call('batch.generate', { jobId, prompts: [...prompts], ...how });
    const { replies } = await this.#ask(call, signal, () => void this.#engine.call('batch.cancel', { jobId }).catch(() => undefined));
    if (how.steer) this.#requireApplied();
    return replies;
  }

  async applyProfile(profile: SteeringProfile): Promise<void> {
    const profilePath = join(this.#folder, `trial-${process.pid}.safetensors`);
    try {
      await writeProfile(profilePath, profile);
      await this.#engine.ready();
      const { pid } = this.#engine;
      await this.#engine.call('steering.apply', { profilePath, modelSha256: this.model.sha256, strength: null });
      this.#process = pid;
    } finally {
      await rm(profilePath, { force: true });
    }
  }

  /** How far the applied profile moves each prompt's first token: KL(unsteered‖steered), in nats. */
  async firstTokenKl(prompts: readonly ChatPrompt[], signal: AbortSignal): Promise<number[]> {
    this.#requireApplied();
    return (await this.#ask(this.#engine.call('batch.firstTokenKl', { prompts: [...prompts] }), signal)).kl;
  }

  /** What the engine has begun it ends by itself; only this model's results count. */
  async #ask<T>(call: Promise<T>, signal: AbortSignal, onCancel?: () => void): Promise<T> {
    const answer = await raceAbort(signal, call, cancelled, onCancel);
    requireSameModel(this.#engine, this.model.sha256);
    return answer;
  }

  /** A new process has the app's own profile. @throws `engine-crashed` */
  #requireApplied(): void {
    if (this.#process !== undefined && this.#engine.pid === this.#process) return;
    throw new SteadyError('engine-crashed', 'The engine stopped unexpectedly.', { hint: 'Resume the calibration.' });
  }
}

/** The loaded model; waits for one that is being loaded. @param folder where a profile lies while the engine reads it */
export async function enginePort(engine: EngineSupervisor, folder: string): Promise<EnginePort> {
  const { architecture, embeddingLength, layerCount, chatTemplateSha256, steerableLayers } = await engine.ready();
  const { modelName: name, modelSha256: sha256 } = engine.target!;
  return new EnginePort(engine, { name, sha256, architecture, embeddingLength, layerCount, chatTemplateSha256, steerableLayers }, folder);
}
