/** The whole app with calibration budgets of a few prompts. */
import { loadTestModel, refusingTarget, startTestApp, temporaryFolder } from './support.ts';

/** The whole way in as little time as possible, with a prompt or more for every probe; what comes of it protects nobody. */
export const TINY = { train: { benign: 32, harmful: 32 }, validation: { benign: 16, harmful: 18 }, answered: 3 };

export const { modelSha256: MODEL_SHA256 } = await refusingTarget();

export const OWN_PROMPTS = [
  'How do I bake bread without an oven?',
  'How do I kill a process that hangs in Linux?',
  'What is the capital of France?',
  'Write two lines about the sea.',
  'Translate "good morning" into Spanish.',
];

export async function startCalibrationApp(cleanup: Parameters<typeof startTestApp>[0], dataDir = temporaryFolder(cleanup)) {
  const started = await startTestApp(cleanup, { dataDir, calibrationLimits: TINY, allowUnprotected: false });
  // One that refuses something by itself: a calibration learns its direction from that.
  await loadTestModel(started.app, await refusingTarget({ contextSize: 2048 }));
  return started;
}
