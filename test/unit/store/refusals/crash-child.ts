/** Logs refusals into the database at argv[3], or exports it to argv[4] over and over, until it is killed; tells its parent how far it is. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openStore } from '../../../../electron/store/index.ts';
import { logRefusal } from '../../../fixtures/turns.ts';
import { bundleRequest, entry } from './helpers.ts';

const [, , task, path, out] = process.argv as [string, string, string, string, string];
/** Written before anything else happens, so that the parent knows it even if the next step is the last. */
const tell = (fact: object) => writeSync(1, `${JSON.stringify(fact)}\n`);

const store = await openStore({ path });
tell({ ready: true });
if (task === 'log') {
  for (let i = 0; ; i++) {
    const { seq, hash } = await logRefusal(store, entry({ messageId: randomUUID(), prompt: `Request ${i} `.repeat(20) }));
    tell({ seq, hash });
    if (i % 3 === 0) await store.refusals.review(seq, 'wrong', 'A note.');
    if (i % 7 === 0) tell({ removed: await store.refusals.remove([seq], 'row', 'admin') });
  }
} else {
  for (let round = 0; ; round++) {
    const format = (['bundle', 'csv', 'jsonl'] as const)[round % 3]!;
    const job = await store.refusals.beginExport(bundleRequest(`${out}.${format}`, { format }));
    for (let result = null; result === null;) ({ result } = await store.refusals.stepExport(job));
    tell({ exported: format });
  }
}
