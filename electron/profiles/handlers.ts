/** The profile library's requests. */
import { MAX_IMPORT_BYTES, SteadyError, type Handlers, type PageContract } from '../contract/index.ts';
import type { profileRequests } from '../contract/profiles.ts';
import type { EngineLease } from '../jobs/engine-lease.ts';
import type { ProfileLibrary } from './profile-library.ts';

export interface ProfileHandlerOptions {
  library: ProfileLibrary;
  /** While somebody has the engine, profiles are tried in it that are not the model's own. */
  lease: Pick<EngineLease, 'requireFree'>;
}

export function profileHandlers({ library, lease }: ProfileHandlerOptions): Pick<Handlers<PageContract>, keyof typeof profileRequests> {
  return {
    'profiles.list': () => library.list(),
    'profiles.show': ({ id }) => library.show(id),
    'profiles.compare': ({ a, b }) => library.compare(a, b),
    'profiles.apply': ({ id }) => {
      lease.requireFree();
      return library.apply(id);
    },
    'profiles.rollback': ({ modelSha256 }) => {
      lease.requireFree();
      return library.rollback(modelSha256);
    },
    'profiles.export': async ({ id }) => {
      const { fileName, bytes } = await library.export(id);
      if (bytes.length > MAX_IMPORT_BYTES) {
        throw new SteadyError('bad-input', 'This profile is too large for the page.', { hint: 'Use `steady profiles export`.' });
      }
      return { fileName, base64: Buffer.from(bytes).toString('base64') };
    },
    'profiles.import': ({ fileName, base64 }) => library.import(fileName, Buffer.from(base64, 'base64')),
    'profiles.delete': async ({ id }) => {
      await library.delete(id);
      return {};
    },
  };
}
