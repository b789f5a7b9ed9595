/** The keys of other programs. What is stored is a hash: whoever reads the database learns no key. */
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import {
  apiKeyName,
  apiKeyScope,
  apiServing,
  DEFAULT_API_PORT,
  type AdminEvent,
  type ApiKey,
  type ApiServing,
} from '../../contract/index.ts';
import { createEventLog } from '../admin/events.ts';
import { conflict, notFound } from '../errors.ts';
import { check } from '../rows.ts';
import type { NewApiKey } from './interface.ts';

interface Row {
  id: string;
  name: string;
  hint: string;
  scope: string;
  created_at: number;
  used_at: number | null;
  revoked_at: number | null;
}

/** Among the settings, and no setting of the page's: the admin decides. */
const SERVING = 'api';
/** A use is noted when the last one is older: a write for each request would wait for the disk. */
const NOTE_USE_AFTER_MS = 60_000;

const newApiKey = z.object({
  name: apiKeyName,
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  hint: z.string().min(1).max(40),
  scope: apiKeyScope,
});

const toApiKey = ({ id, name, hint, scope, created_at: createdAt, used_at: usedAt, revoked_at: revokedAt }: Row): ApiKey => ({
  ...{ id, name, hint, createdAt, usedAt, revokedAt },
  scope: apiKeyScope.parse(JSON.parse(scope)),
});

type Event = Pick<AdminEvent, 'kind' | 'detail'>;

export function createApiKeys(db: Database) {
  const columns = 'id, name, hint, scope, created_at, used_at, revoked_at';
  const insert = db.prepare(
    'INSERT INTO api_keys (id, name, hash, hint, scope, created_at) VALUES (@id, @name, @hash, @hint, @scope, @now)',
  );
  const all = db.prepare<[], Row>(`SELECT ${columns} FROM api_keys ORDER BY seq DESC`);
  const byId = db.prepare<[string], Row>(`SELECT ${columns} FROM api_keys WHERE id = ?`);
  const byHash = db.prepare<[string], Row>(`SELECT ${columns} FROM api_keys WHERE hash = ? AND revoked_at IS NULL`);
  const byName = db.prepare<[string], Row>(`SELECT ${columns} FROM api_keys WHERE name = ? COLLATE NOCASE AND revoked_at IS NULL`);
  const setUsed = db.prepare('UPDATE api_keys SET used_at = ? WHERE id = ?');
  const setRevoked = db.prepare('UPDATE api_keys SET revoked_at = ? WHERE id = ?');
  const setting = db.prepare<[], string>(`SELECT value FROM settings WHERE key = '${SERVING}'`).pluck();
  const putSetting = db.prepare(
    `INSERT INTO settings (key, value) VALUES ('${SERVING}', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  );
  const events = createEventLog(db);

  const create = db.transaction((input: NewApiKey, event: Event): ApiKey => {
    const { scope, ...key } = check(newApiKey, input, 'API key');
    if (byName.get(key.name)) throw conflict(`There is a key named ${key.name} already.`, 'Choose another name, or revoke that key.');
    const id = uuidv7();
    insert.run({ ...key, id, scope: JSON.stringify(scope), now: Date.now() });
    events.note(event);
    return toApiKey(byId.get(id)!);
  });

  const revoke = db.transaction((name: string, event: Event): ApiKey => {
    const row = byName.get(name);
    if (row === undefined) throw notFound('API key');
    setRevoked.run(Date.now(), row.id);
    events.note(event);
    return toApiKey(byId.get(row.id)!);
  });

  const open = (hash: string): ApiKey | null => {
    const row = byHash.get(hash);
    if (row === undefined) return null;
    const now = Date.now();
    if (row.used_at === null || Math.abs(now - row.used_at) > NOTE_USE_AFTER_MS) setUsed.run(now, row.id);
    return toApiKey(row);
  };

  /** A value that does not fit counts as not set, and that is off. */
  const serving = (): ApiServing => {
    const stored = setting.get();
    const parsed = apiServing.safeParse(stored === undefined ? null : JSON.parse(stored));
    return parsed.success ? parsed.data : { on: false, port: DEFAULT_API_PORT };
  };

  const setServing = db.transaction((input: ApiServing, event: Event): void => {
    putSetting.run(JSON.stringify(check(apiServing, input, 'setting')));
    events.note(event);
  });

  return {
    create: (key: NewApiKey, event: Event) => create.immediate(key, event),
    list: (): ApiKey[] => all.all().map(toApiKey),
    open,
    serving,
    setServing: (input: ApiServing, event: Event): void => setServing.immediate(input, event),
    revoke: (name: string, event: Event) => revoke.immediate(name, event),
  };
}
