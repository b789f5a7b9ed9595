/** Runs a command with the whole app behind it, and ends the app whatever happens. */
import { startApp, type SteadyApp } from '../app.ts';
import { DEFAULT_MODEL_ID } from '../../models/index.ts';
import { ProgressLine } from './progress.ts';

/** Windows knows no SIGTERM; a closed console is its SIGHUP, and leaves some seconds. */
const SIGNALS: readonly NodeJS.Signals[] = process.platform === 'win32' ? ['SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];

/**
 * Starts the app without a model, hands it to `use`, and closes it. A signal ends the app; with `interruptible` the first
 * one only aborts `signal`, so that `use` can come to an end in good order, and a second one ends the app.
 */
export async function withApp<T>(
  dataDir: string,
  use: (app: SteadyApp, signal: AbortSignal) => Promise<T>,
  options: { interruptible?: boolean } = {},
): Promise<T> {
  const app = await startApp({ dataDir, shell: 'served', loadModel: false });
  const { notices = [] } = await app.handlers['app.state']({});
  for (const { message, hint } of notices) process.stderr.write(`${message} ${hint}\n`);
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (options.interruptible === true && !controller.signal.aborted) return controller.abort();
    void app.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await use(app, controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
    await app.close();
  }
}

/** The id of what was named on the command line: a path is a file of the user's own, anything else an id. */
export function modelIdOf(model: string): string {
  return /[/\\]|\.gguf$/i.test(model) ? `file:${model}` : model;
}

/** Loads a model with progress on stderr. Null: the one of the settings, or the default. A path opens that file. */
export async function loadModel(app: SteadyApp, model: string | null): Promise<void> {
  const progress = new ProgressLine();
  const modelId = model === null ? (app.settings.current.modelId ?? DEFAULT_MODEL_ID) : modelIdOf(model);
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
