/** The calibration area's requests. */
import { SteadyError, type Handlers, type PageContract } from '../contract/index.ts';
import { calibrationRequests } from '../contract/calibration.ts';

type Names = keyof typeof calibrationRequests;

export function calibrationHandlers(): Pick<Handlers<PageContract>, Names> {
  const notYet = () => {
    throw new SteadyError('unknown-request', 'This is not there yet.');
  };
  return Object.fromEntries(Object.keys(calibrationRequests).map((name) => [name, notYet])) as unknown as Pick<
    Handlers<PageContract>,
    Names
  >;
}
