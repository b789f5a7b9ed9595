/** The requests about models. */
import type { Handlers, PageContract } from '../contract/index.ts';
import type { ModelService } from './model-service.ts';

type Names = Extract<keyof PageContract['requests'], `models.${string}`>;

export function modelHandlers({ models }: { models: ModelService }): Pick<Handlers<PageContract>, Names> {
  return {
    'models.list': () => models.list(),
    'models.estimate': ({ modelId, settings }) => models.estimate(modelId, settings),
    'models.settings': ({ modelId }) => models.settings(modelId),
    'models.setSettings': async ({ modelId, settings }) => {
      await models.setSettings(modelId, settings);
      return {};
    },
    'models.download': ({ modelId }) => {
      models.download(modelId);
      return {};
    },
    'models.cancelDownload': ({ modelId }) => {
      models.cancelDownload(modelId);
      return {};
    },
    'models.load': async ({ modelId }) => {
      await models.load(modelId);
      return {};
    },
    'models.discardDownload': async ({ modelId }) => {
      await models.discardDownload(modelId);
      return {};
    },
    'models.addFile': ({ path }) => models.addFile(path),
    'models.removeFile': async ({ modelId }) => {
      await models.removeFile(modelId);
      return {};
    },
    'models.pickFile': async () => ({ path: await models.pickFile() }),
  };
}
