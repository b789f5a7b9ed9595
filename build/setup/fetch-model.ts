/**
 * Makes one catalogue model ready, for set-up: `node build/setup/fetch-model.ts [ID]`. Prints one JSON object a line:
 * progress as the model library reports it, and at the end the file's path. Errors go to standard error, as sentences.
 */
import { DEFAULT_MODEL_ID, defaultDataDir, downloadModel, ModelError } from '../../models/index.ts';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const print = (event: unknown) => process.stdout.write(`${JSON.stringify(event)}\n`);

try {
  const ready = await downloadModel(process.argv[2] ?? DEFAULT_MODEL_ID, {
    dataDir: process.env['STEADY_HOME'] || defaultDataDir(),
    onProgress: print,
    signal: stop.signal,
  });
  print({ path: ready.path });
} catch (error) {
  if (!(error instanceof ModelError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint}\n`);
  process.exitCode = 1;
}
