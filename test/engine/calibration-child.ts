/**
 * A calibration in a process of its own, for a test that kills it: starts (or resumes) the one job in the folder argv[2]
 * and tells its parent where it is, a JSON line a fact.
 */
import { writeSync } from 'node:fs';
import { OWN_PROMPTS, startCalibrationApp } from './calibration-support.ts';

const tell = (fact: object) => writeSync(1, `${JSON.stringify(fact)}\n`);

const { app } = await startCalibrationApp(() => undefined, process.argv[2]!);
app.onEvent((name, payload) => {
  if (name === 'calibration.progress') tell(payload);
});
tell({ engine: app.engine.pid });
const job = await app.calibration.startWith(OWN_PROMPTS, { budget: 'quick', seed: 3, name: 'Trial' }, { goOn: true });
tell({ jobId: job.id });
await app.calibration.settled();
tell({ status: (await app.calibration.job(job.id)).status });
await app.close();
