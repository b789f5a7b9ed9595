/** The evaluation area's requests. */
import type { Handlers, PageContract } from '../contract/index.ts';
import type { evaluationRequests } from '../contract/evaluation.ts';
import type { EvaluationService } from './evaluation-service.ts';

type Names = keyof typeof evaluationRequests;

export function evaluationHandlers({ evaluation }: { evaluation: EvaluationService }): Pick<Handlers<PageContract>, Names> {
  const { uploads } = evaluation;
  return {
    'evaluation.set.begin': ({ fileName, bytes }) => uploads.begin(fileName, bytes),
    'evaluation.set.append': ({ setId, offset, base64 }) => uploads.append(setId, offset, base64),
    'evaluation.set.finish': ({ setId }) => uploads.finish(setId),
    'evaluation.set.discard': async ({ setId }) => {
      await uploads.discard(setId);
      return {};
    },
    'evaluation.state': () => evaluation.state(),
    'evaluation.start': (input) => evaluation.start(input),
    'evaluation.cancel': ({ jobId }) => evaluation.cancel(jobId),
    'evaluation.resume': ({ jobId }) => evaluation.resume(jobId),
    'evaluation.summary': ({ jobId }) => evaluation.summary(jobId),
    'evaluation.report': ({ jobId }) => evaluation.report(jobId),
    'evaluation.discard': async ({ jobId }) => {
      await evaluation.discard(jobId);
      return {};
    },
  };
}
