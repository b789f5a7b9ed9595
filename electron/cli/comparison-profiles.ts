/** Profiles of other methods for the loaded model, to compare its own with. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { appVersion } from '../app.ts';
import { enginePort } from '../calibration/engine-port.ts';
import { keptFolder } from '../calibration/kept-folder.ts';
import { SteadyError } from '../contract/index.ts';
import { profilePathFor } from '../protection/locate-profile.ts';
import { makeConditionalProfile } from '../../steering/calibration/conditional-method.ts';
import type { CalibrationProgress } from '../../steering/calibration/control.ts';
import { makePlainProfile } from '../../steering/calibration/plain-method.ts';
import { readProfile } from '../../steering/profile/index.ts';
import { ProgressLine } from './progress.ts';
import { requireAdmin, type AdminOptions } from './require-admin.ts';
import { loadModel, withApp } from './with-app.ts';

export interface ComparisonOptions extends AdminOptions {
  model?: string;
  /** Whose vectors CAST adds; without it the model's own. */
  profile?: string;
  makePaperProfile?: string;
  makeCastProfile?: string;
  json?: boolean;
}

const STAGES: Partial<Record<CalibrationProgress['stage'], string>> = {
  labels: "Reading the model's own refusals",
  extract: 'Reading activations',
};

/** Minutes once; what was read of the model is kept beside what calibrations keep, and serves both. */
export async function makeComparisonProfiles(options: ComparisonOptions, dataDir: string): Promise<void> {
  const { model, json, passphraseFile } = options;
  const made = await withApp(
    dataDir,
    async (app, signal) => {
      await requireAdmin(app, { passphraseFile });
      await loadModel(app, model ?? null);
      const kept = keptFolder(dataDir);
      const port = await enginePort(app.engine, kept);
      const progress = new ProgressLine();
      const onProgress = ({ stage, done, total }: CalibrationProgress) => progress.update(`${STAGES[stage] ?? stage}: ${done} of ${total}`);
      const profiles: { path: string; notes: string }[] = [];
      try {
        if (options.makePaperProfile !== undefined) {
          const out = freshPath(options.makePaperProfile);
          const { notes } = await makePlainProfile({ port, kept, out, appVersion: appVersion(), signal, onProgress });
          profiles.push({ path: out, notes });
        }
        if (options.makeCastProfile !== undefined) {
          const out = freshPath(options.makeCastProfile);
          const from = options.profile === undefined ? profilePathFor(dataDir, app.engine.target!.modelSha256) : resolve(options.profile);
          if (from === null) {
            throw new SteadyError('profile-missing', 'This model has no steering profile.', {
              hint: 'Name one with --profile, or calibrate the model.',
            });
          }
          const { notes } = await makeConditionalProfile({ port, kept, base: await readProfile(from), out, signal, onProgress });
          profiles.push({ path: out, notes });
        }
      } finally {
        progress.done();
      }
      return profiles;
    },
    { interruptible: true },
  );
  for (const profile of made) process.stdout.write(`${json === true ? JSON.stringify(profile) : profile.path}\n`);
}

function freshPath(file: string): string {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
