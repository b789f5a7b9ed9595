/** What a connection may ask and hear: everything that is not the admin's, and the admin's once it is unlocked. */
import {
  ADMIN_EVENTS,
  ADMIN_REQUESTS,
  LOG_READ_EVENTS,
  LOG_READ_REQUESTS,
  SteadyError,
  type Handlers,
  type PageContract,
  type PolicyValues,
} from '../contract/index.ts';
import type { EventListener } from '../page/connection.ts';

export interface Lock {
  /** Whether the admin area is open on this connection right now. */
  isOpen(): Promise<boolean>;
  /** The same as it was known last, for events, which cannot wait. */
  readonly seemsOpen: boolean;
}

const locked = () =>
  new SteadyError('locked', 'The admin area is locked.', { hint: 'Open the admin area and enter its passphrase, then try again.' });

type Visibility = () => PolicyValues['logVisibility'];

/** The same handlers, each of `ADMIN_REQUESTS` answered only while `lock` is open. */
export function guardHandlers(handlers: Handlers<PageContract>, lock: Lock, visibility: Visibility): Handlers<PageContract> {
  const guarded = Object.entries(handlers).map(([name, handler]) => {
    if (!ADMIN_REQUESTS.has(name)) return [name, handler];
    const forAll = LOG_READ_REQUESTS.has(name);
    return [
      name,
      async (input: never) => {
        if (!(forAll && visibility() === 'everyone') && !(await lock.isOpen())) throw locked();
        return (handler as (input: never) => unknown)(input);
      },
    ];
  });
  return Object.fromEntries(guarded) as Handlers<PageContract>;
}

/** The same listener, deaf to `ADMIN_EVENTS` while `lock` is shut. */
export function guardListener(listener: EventListener, lock: Lock, visibility: Visibility): EventListener {
  return (name, payload) => {
    const open = !ADMIN_EVENTS.has(name) || lock.seemsOpen || (LOG_READ_EVENTS.has(name) && visibility() === 'everyone');
    if (open) listener(name, payload);
  };
}
