/** What the rest of the app may ask of the keys of other programs. Types only; what holds for every call stands in `../interface.ts`. */
import type { AdminEvent, ApiKey, ApiKeyScope, ApiServing } from '../../contract/index.ts';

export interface NewApiKey {
  name: string;
  /** SHA-256 of the key, in hex. */
  hash: string;
  hint: string;
  scope: ApiKeyScope;
}

type Event = Pick<AdminEvent, 'kind' | 'detail'>;

export interface ApiKeyStore {
  /** Adds a key and notes it among the admin's events. @throws `conflict` while a key that opens has the name */
  create(key: NewApiKey, event: Event): Promise<ApiKey>;
  /** Newest first, revoked ones included. */
  list(): Promise<ApiKey[]>;
  /** The key with this hash, unless it was revoked; null where there is none. Notes that it is used. */
  open(hash: string): Promise<ApiKey | null>;
  /** Ends a key for good. @throws `not-found` where no key that opens has the name */
  revoke(name: string, event: Event): Promise<ApiKey>;
  /** Whether the app answers programs, and where. */
  serving(): Promise<ApiServing>;
  setServing(serving: ApiServing, event: Event): Promise<void>;
}
