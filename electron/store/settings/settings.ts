/** The user's settings: one row a setting, each checked when it is read. */
import type { Database } from 'better-sqlite3';
import { settings as schema, type Settings } from '../../contract/index.ts';
import { check } from '../rows.ts';

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  textSize: 'medium',
  contrast: 'system',
  defaultSystemPrompt: '',
  defaultSampling: null,
  modelId: null,
  allowUnprotectedChat: false,
};

export function createSettings(db: Database) {
  const all = db.prepare<[], { key: string; value: string }>('SELECT key, value FROM settings');
  const put = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');

  /** A value that does not fit (an older or newer version wrote it, or a hand did) counts as not set. */
  const get = (): Settings => {
    const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS };
    for (const { key, value } of all.all()) {
      if (!Object.hasOwn(schema.shape, key)) continue;
      const parsed = schema.shape[key as keyof Settings].safeParse(JSON.parse(value));
      if (parsed.success) settings[key] = parsed.data;
    }
    return settings as Settings;
  };

  const update = db.transaction((patch: Partial<Settings>): Settings => {
    for (const [key, value] of Object.entries(check(schema.partial().strict(), patch, 'settings'))) {
      if (value !== undefined) put.run(key, JSON.stringify(value));
    }
    return get();
  });

  return { get, update: (patch: Partial<Settings>) => update.immediate(patch) };
}
