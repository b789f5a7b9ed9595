/** The calibration area's requests. */
import { requireMayProtect, requireMayUseAsked, type Policies } from '../admin/policies.ts';
import type { Handlers, PageContract } from '../contract/index.ts';
import type { calibrationRequests } from '../contract/calibration.ts';
import type { protectRequests } from '../contract/protect.ts';
import type { BenignSetsService } from './benign-sets/sets-service.ts';
import type { CalibrationService } from './calibration-service.ts';
import type { ModelProtector } from './protect-model.ts';

type Names = keyof typeof calibrationRequests;

const PASTED = 'Pasted text';

export function calibrationHandlers(deps: {
  calibration: CalibrationService;
  sets: BenignSetsService;
  policies: Policies;
}): Pick<Handlers<PageContract>, Names> {
  const { calibration, sets, policies } = deps;
  return {
    'calibration.sets.list': () => sets.list(),
    'calibration.draft.fromText': ({ text, format, source }) => sets.drafts.fromText(text, source ?? PASTED, format),
    'calibration.draft.fromChats': () => {
      requireMayUseAsked(policies);
      return sets.draftOfChats();
    },
    'calibration.draft.fromUpload': ({ uploadId }) => sets.drafts.fromUpload(uploadId),
    'calibration.draft.read': ({ draftId, options }) => sets.drafts.read(draftId, options),
    'calibration.draft.discard': async ({ draftId }) => {
      await sets.drafts.discard(draftId);
      return {};
    },
    'calibration.sets.create': ({ draftId, name }) => sets.create(draftId, name),
    'calibration.sets.extend': ({ id, draftId }) => sets.extend(id, draftId),
    'calibration.sets.add': ({ name, prompts }) => sets.add(name, prompts),
    'calibration.sets.rename': ({ id, name }) => sets.rename(id, name),
    'calibration.sets.delete': async ({ id }) => {
      await sets.delete(id);
      return {};
    },
    'calibration.sets.page': ({ id, offset, limit }) => sets.page(id, offset, limit),
    'calibration.sets.removePrompts': ({ id, promptIds }) => sets.removePrompts(id, promptIds),

    'calibration.estimate': ({ setIds }) => calibration.estimate(setIds),
    'calibration.start': (input) => calibration.start(input),
    'calibration.cancel': ({ jobId }) => calibration.cancel(jobId),
    'calibration.resume': ({ jobId }) => calibration.resume(jobId),
    'calibration.state': () => calibration.state(),
    'calibration.report': ({ jobId }) => calibration.report(jobId),
    'calibration.apply': ({ jobId, point }) => calibration.apply(jobId, point),
    'calibration.discard': async ({ jobId }) => {
      await calibration.discard(jobId);
      return {};
    },
  };
}

export function protectHandlers(deps: {
  protector: ModelProtector;
  policies: Policies;
}): Pick<Handlers<PageContract>, keyof typeof protectRequests> {
  const { protector, policies } = deps;
  /** Asked at every request: policies change while the app runs. */
  const where = <T>(act: () => T): T => {
    requireMayProtect(policies);
    return act();
  };
  return {
    'protect.state': () => protector.state(),
    'protect.estimate': () => where(() => protector.estimate()),
    'protect.start': () => where(() => protector.start()),
    'protect.stop': () => where(() => protector.stop()),
  };
}
