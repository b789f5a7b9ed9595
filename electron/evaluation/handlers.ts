/** The evaluation area's requests. */
import type { Handlers, PageContract } from '../contract/index.ts';
import type { evaluationRequests } from '../contract/evaluation.ts';
import type { KeptTests } from '../playground/kept-tests.ts';
import type { EvaluationService } from './evaluation-service.ts';

type Names = keyof typeof evaluationRequests;

export function evaluationHandlers({
  evaluation,
  tests,
}: {
  evaluation: EvaluationService;
  tests: KeptTests;
}): Pick<Handlers<PageContract>, Names> {
  const { sets } = evaluation;
  return {
    'evaluation.set.fromUpload': ({ uploadId }) => sets.read(uploadId),
    'evaluation.set.read': ({ setId, options }) => sets.readAgain(setId, options),
    'evaluation.set.builtIn': ({ kind }) => sets.builtIn(kind),
    'evaluation.set.tests': async ({ testSetId }) => {
      const { name, lines } = await tests.read(testSetId);
      return sets.fromLines(name, lines);
    },
    'evaluation.set.discard': async ({ setId }) => {
      await sets.discard(setId);
      return {};
    },
    'evaluation.state': () => evaluation.state(),
    'evaluation.start': (input) => evaluation.start(input),
    'evaluation.cancel': ({ jobId }) => evaluation.cancel(jobId),
    'evaluation.resume': ({ jobId }) => evaluation.resume(jobId),
    'evaluation.summary': ({ jobId }) => evaluation.summary(jobId),
    'evaluation.report': ({ jobId }) => evaluation.report(jobId),
    'evaluation.prompts': (query) => evaluation.prompts(query),
    'evaluation.export': ({ jobId, format }) => evaluation.export(jobId, format),
    'evaluation.discard': async ({ jobId }) => {
      await evaluation.discard(jobId);
      return {};
    },
  };
}
