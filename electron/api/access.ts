/** Who may ask: programs that have a key, under the server's own name, and no page of another site. */
import type { Context, MiddlewareHandler } from 'hono';
import { forbidden, type Policies } from '../admin/policies.ts';
import type { ApiKey } from '../contract/index.ts';
import { ApiError } from './errors.ts';
import type { ApiKeys } from './keys.ts';

/** What a request has once it is let in. */
export interface ApiEnvironment {
  Variables: { key: ApiKey; body: unknown };
}

export interface Addresses {
  /** `Host` headers that are answered: any other is a foreign name pointed at this machine. */
  hosts(): ReadonlySet<string>;
  scheme: 'http' | 'https';
  /** Whether other machines reach it. */
  network: boolean;
}

const keyOf = (context: Context): string | null => {
  const bearer = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '');
  return bearer?.[1] ?? context.req.header('x-api-key') ?? null;
};

/** Without a key nothing is answered, whatever is asked. */
export function requireKey(keys: ApiKeys, { hosts, scheme }: Addresses): MiddlewareHandler<ApiEnvironment> {
  return async (context, next) => {
    const host = context.req.header('host') ?? '';
    if (!hosts().has(host)) throw new ApiError('Steady is not served under this name.', { status: 403, code: 'wrong_host' });
    const origin = context.req.header('origin');
    // Programs send none. A browser does, for the page that asks.
    if (origin !== undefined && origin !== `${scheme}://${host}`) {
      throw new ApiError('Pages of other sites are not answered.', { status: 403, code: 'wrong_origin' });
    }
    const sent = keyOf(context);
    const key = sent === null ? null : await keys.open(sent);
    if (key === null) {
      const message = sent === null ? 'No API key was sent. Make one with `steady api key create NAME`.' : 'This API key opens nothing.';
      throw new ApiError(message, { status: 401, code: 'invalid_api_key' });
    }
    context.set('key', key);
    await next();
  };
}

/** @throws SteadyError `policy` where the policies forbid the API, or this way to it; `policy-damaged` while nothing is allowed */
export function checkApiAllowed(policies: Policies, network: boolean): void {
  if (policies.problem !== null) throw policies.problem;
  const { api } = policies.current();
  if (api === 'forbidden') throw forbidden('Other programs get no replies here: the policies forbid it.');
  if (network && api !== 'network')
    throw forbidden('Programs of other machines get no replies here: the policies allow this machine only.');
}

/** The same for each request: a policy that changes holds at once. */
export function requireAllowed(policies: Policies, { network }: Addresses): MiddlewareHandler<ApiEnvironment> {
  return async (_context, next) => {
    checkApiAllowed(policies, network);
    await next();
  };
}
