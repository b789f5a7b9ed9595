/** A process that downloads one made-up model, for tests that need two processes or kill one: the job comes as JSON in argv[2]. */
import { downloadEntry } from '../../../models/download/index.ts';

const { entry, dataDir, hub } = JSON.parse(process.argv[2] ?? '') as Parameters<typeof downloadEntry>[1] & {
  entry: Parameters<typeof downloadEntry>[0];
};
const ready = await downloadEntry(entry, {
  dataDir,
  hub,
  onProgress: (progress) => process.stdout.write(`${JSON.stringify(progress)}\n`),
});
process.stdout.write(`${JSON.stringify({ path: ready.path })}\n`);
