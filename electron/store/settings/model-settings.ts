/** How single models are loaded: rows of the settings, one a model that is set to anything. */
import type { Database } from 'better-sqlite3';
import { AUTOMATIC, isAutomatic, modelSettings as schema, type ModelSettings } from '../../contract/index.ts';
import { check } from '../rows.ts';

const PREFIX = 'model:';

export function createModelSettings(db: Database) {
  const stored = db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck();
  const put = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
  const remove = db.prepare('DELETE FROM settings WHERE key = ?');
  return {
    /** A value that does not fit (an older or newer version wrote it, or a hand did) counts as not set, alone. */
    get: (modelSha256: string): ModelSettings => {
      const json = stored.get(`${PREFIX}${modelSha256}`);
      const values: unknown = json === undefined ? {} : JSON.parse(json);
      const settings: Record<string, unknown> = { ...AUTOMATIC };
      if (typeof values !== 'object' || values === null) return AUTOMATIC;
      for (const [key, value] of Object.entries(values)) {
        if (!Object.hasOwn(schema.shape, key)) continue;
        const parsed = schema.shape[key as keyof ModelSettings].safeParse(value);
        if (parsed.success) settings[key] = parsed.data;
      }
      return settings as ModelSettings;
    },
    set: (modelSha256: string, settings: ModelSettings): void => {
      const checked = check(schema, settings, 'settings');
      if (isAutomatic(checked)) remove.run(`${PREFIX}${modelSha256}`);
      else put.run(`${PREFIX}${modelSha256}`, JSON.stringify(checked));
    },
  };
}
