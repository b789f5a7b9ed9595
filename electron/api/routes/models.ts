/** The models that programs may ask: the one that is loaded. */
import type { Context } from 'hono';
import type { ApiKey } from '../../contract/index.ts';
import type { EngineSupervisor, EngineTarget } from '../../engine/supervisor.ts';
import type { ProtectionService } from '../../protection/protection-service.ts';
import type { ApiEnvironment } from '../access.ts';
import { ApiError } from '../errors.ts';
import { ANY_MODEL, modelName } from '../model-name.ts';

const mayUse = ({ scope }: ApiKey, name: string) => scope.models === null || scope.models.includes(name);

/**
 * The loaded model under its own name, after a look at what was asked for.
 * @throws the load's error while none is ready; ApiError 404 for another one, 403 for one that the key is not for
 */
export async function requireModel(engine: EngineSupervisor, key: ApiKey, asked: string): Promise<string> {
  await engine.ready();
  const name = modelName(engine.target!);
  if (asked !== name && asked !== ANY_MODEL) {
    const message = `The model '${asked}' is not loaded here. '${name}' is; '${ANY_MODEL}' stands for whichever is.`;
    throw new ApiError(message, { status: 404, type: 'invalid_request_error', param: 'model', code: 'model_not_found' });
  }
  if (!mayUse(key, name)) {
    throw new ApiError(`This key is not for the model '${name}'.`, { status: 403, param: 'model', code: 'model_not_allowed' });
  }
  return name;
}

const modelOf = (target: EngineTarget, { status }: ProtectionService['state']) => ({
  id: modelName(target),
  object: 'model',
  created: 0,
  owned_by: 'steady',
  steady: { name: target.modelName, sha256: target.modelSha256, protection: status },
});

export interface ModelRoutesOptions {
  engine: EngineSupervisor;
  protection: ProtectionService;
}

/** `GET /v1/models`: an empty list while none is ready. */
export function listModels(context: Context<ApiEnvironment>, { engine, protection }: ModelRoutesOptions): Response {
  const target = engine.model === null ? null : engine.target;
  const allowed = target !== null && mayUse(context.var.key, modelName(target));
  return context.json({ object: 'list', data: allowed ? [modelOf(target, protection.state)] : [] });
}

/** `GET /v1/models/NAME`. @throws ApiError 404 */
export function getModel(context: Context<ApiEnvironment>, name: string, { engine, protection }: ModelRoutesOptions): Response {
  const target = engine.model === null ? null : engine.target;
  if (target === null || !mayUse(context.var.key, modelName(target)) || ![modelName(target), ANY_MODEL].includes(name)) {
    throw new ApiError(`The model '${name}' is not loaded here.`, {
      status: 404,
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    });
  }
  return context.json(modelOf(target, protection.state));
}

/** `GET /health`: 200 where a message would be answered now, 503 otherwise. */
export function health(context: Context<ApiEnvironment>, { engine, protection }: ModelRoutesOptions): Response {
  const { chatAllowed, status } = protection.state;
  const ready = engine.model !== null && chatAllowed;
  return context.json({ status: ready ? 'ok' : 'unavailable', engine: engine.state.status, protection: status }, ready ? 200 : 503);
}
