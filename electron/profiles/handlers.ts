/** The profile library's requests. */
import { SteadyError, type Handlers, type PageContract } from '../contract/index.ts';
import { profileRequests } from '../contract/profiles.ts';

type Names = keyof typeof profileRequests;

export function profileHandlers(): Pick<Handlers<PageContract>, Names> {
  const notYet = () => {
    throw new SteadyError('unknown-request', 'This is not there yet.');
  };
  return Object.fromEntries(Object.keys(profileRequests).map((name) => [name, notYet])) as unknown as Pick<Handlers<PageContract>, Names>;
}
