/** Runs a command with the whole app behind it, and ends the app whatever happens. */
import { startApp, type SteadyApp } from '../app.ts';
import { DEFAULT_MODEL_ID } from '../../models/index.ts';
import { ProgressLine } from './progress.ts';

/** Starts the app without a model, hands it to `use`, and closes it. */
export async function withApp<T>(dataDir: string, use: (app: SteadyApp) => Promise<T>): Promise<T> {
  const app = await startApp({ dataDir, shell: 'served', loadModel: false });
  const onSignal = (signal: NodeJS.Signals) => {
    void app.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    return await use(app);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    await app.close();
  }
}

/** Loads a model with progress on stderr. Null: the one of the settings, or the default. A path opens that file. */
export async function loadModel(app: SteadyApp, model: string | null): Promise<void> {
  const progress = new ProgressLine();
  const settings = await app.store.settings.get();
  const modelId = model === null ? (settings.modelId ?? DEFAULT_MODEL_ID) : /[/\\]|\.gguf$/i.test(model) ? `file:${model}` : model;
  const stop = app.onEvent((name, payload) => {
    if (name !== 'engine.changed' || !('loadProgress' in payload) || payload.loadProgress === null) return;
    progress.update(`Loading ${payload.modelName} … ${Math.round(payload.loadProgress * 100)} %`);
  });
  try {
    await app.models.load(modelId, { remember: false });
  } finally {
    stop();
    progress.done();
  }
}
