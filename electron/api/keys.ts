/** Keys of other programs: made once and told once. What is stored opens nothing. */
import { createHash, randomBytes } from 'node:crypto';
import { apiKeyName, DEFAULT_API_KEY_SCOPE, SteadyError, type ApiKey, type ApiKeyScope } from '../contract/index.ts';
import type { ApiKeyStore } from '../store/index.ts';

const PREFIX = 'sk-steady-';
/** 256 bits: nobody guesses them, so that one SHA-256 is enough of a hash. */
const SECRET_BYTES = 32;
/** What such a key looks like. Nothing weaker is taken from elsewhere. */
const FORM = /^sk-steady-[\w-]{43}$/;
/** Of the secret in a key's hint. */
const HINT_LENGTH = 4;
/** No header is hashed that is longer than any key. */
const MAX_KEY_LENGTH = 200;

const digest = (key: string) => createHash('sha256').update(key, 'utf8').digest('hex');

export class ApiKeys {
  readonly #store: ApiKeyStore;

  constructor(store: ApiKeyStore) {
    this.#store = store;
  }

  /**
   * Makes a key. The answer is the only place where it ever stands.
   * @param existing one that another Steady made, so that several behind one balancer know the same
   * @throws `bad-input` for a name or a key that is none, `conflict` for a name that is taken
   */
  async create(name: string, scope: Partial<ApiKeyScope> = {}, existing?: string): Promise<{ key: string; about: ApiKey }> {
    const checked = apiKeyName.safeParse(name.trim());
    if (!checked.success) {
      throw new SteadyError('bad-input', `A key cannot be named like this: ${checked.error.issues[0]?.message ?? name}.`, {
        hint: 'Name it after the program that will use it.',
      });
    }
    if (existing !== undefined && !FORM.test(existing)) {
      throw new SteadyError('bad-input', 'This is no key that Steady made.', { hint: '`steady api key create NAME` makes one.' });
    }
    const key = existing ?? `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
    const about = await this.#store.create(
      {
        name: checked.data,
        hash: digest(key),
        hint: `${key.slice(0, PREFIX.length + HINT_LENGTH)}…`,
        scope: { ...DEFAULT_API_KEY_SCOPE, ...scope },
      },
      { kind: 'api', detail: `The API key “${checked.data}” was made.` },
    );
    return { key, about };
  }

  /** Newest first, revoked ones included. */
  list(): Promise<ApiKey[]> {
    return this.#store.list();
  }

  /** Ends a key at once. @throws `not-found` */
  async revoke(name: string): Promise<ApiKey> {
    return this.#store.revoke(name, { kind: 'api', detail: `The API key “${name}” was revoked.` });
  }

  /** The key that a program sent; null for one that opens nothing. It is looked up by its hash, so no comparison tells how much of it was right. */
  async open(key: string): Promise<ApiKey | null> {
    return key.startsWith(PREFIX) && key.length <= MAX_KEY_LENGTH ? this.#store.open(digest(key)) : null;
  }
}
