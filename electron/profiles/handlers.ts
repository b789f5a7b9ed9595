/** The profile library's requests. */
import { MAX_IMPORT_BYTES, SteadyError, type Handlers, type PageContract } from '../contract/index.ts';
import type { profileRequests } from '../contract/profiles.ts';
import type { ProfileLibrary } from './profile-library.ts';

export interface ProfileHandlerOptions {
  library: ProfileLibrary;
  /** @throws `busy` while other profiles are being tried in the engine. */
  requireIdle(): void;
}

export function profileHandlers({
  library,
  requireIdle,
}: ProfileHandlerOptions): Pick<Handlers<PageContract>, keyof typeof profileRequests> {
  return {
    'profiles.list': () => library.list(),
    'profiles.show': ({ id }) => library.show(id),
    'profiles.compare': ({ a, b }) => library.compare(a, b),
    'profiles.apply': ({ id }) => {
      requireIdle();
      return library.apply(id);
    },
    'profiles.rollback': ({ modelSha256 }) => {
      requireIdle();
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
