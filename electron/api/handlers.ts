/** The admin's requests about other programs. */
import type { apiRequests, Handlers, PageContract } from '../contract/index.ts';
import type { ApiService } from './api-service.ts';
import type { ApiKeys } from './keys.ts';

export function apiHandlers({ api, keys }: { api: ApiService; keys: ApiKeys }): Pick<Handlers<PageContract>, keyof typeof apiRequests> {
  return {
    'api.state': () => api.state,
    'api.serve': (serving) => api.serve(serving),
    'api.keys': () => keys.list(),
    'api.keys.create': ({ name, scope }) => keys.create(name, scope),
    'api.keys.revoke': ({ name }) => keys.revoke(name),
  };
}
