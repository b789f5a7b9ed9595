/** Whether the triggers and indexes of a database are those that its migrations made. They keep the log append-only. */
import type { Database } from 'better-sqlite3';
import { schemaVersion } from '../database/migrate.ts';
import { MIGRATIONS } from '../migrations/index.ts';

interface SchemaObject {
  type: 'trigger' | 'index';
  name: string;
  /** Of the table it belongs to. */
  table: string;
  sql: string;
}

/** Tables whose rows are evidence. */
const GUARDED = ['refusal_log', 'refusals', 'refusal_texts', 'refusal_notes', 'admin_events'];

const objectsOf = (db: Database): SchemaObject[] =>
  db
    .prepare<[string], SchemaObject>(
      `SELECT type, name, tbl_name AS "table", sql FROM sqlite_master
       WHERE type IN ('trigger', 'index') AND sql IS NOT NULL AND tbl_name IN (SELECT value FROM json_each(?)) ORDER BY name`,
    )
    .all(JSON.stringify(GUARDED));

const expectations = new Map<number, readonly SchemaObject[]>();

/** What the migrations up to this version make, in a database of their own. */
function expectedObjects(db: Database, version: number): readonly SchemaObject[] {
  const known = expectations.get(version);
  if (known !== undefined) return known;
  const Sqlite = db.constructor as new (path: string) => Database;
  const fresh = new Sqlite(':memory:');
  try {
    for (const migration of MIGRATIONS.filter((one) => one.version <= version)) {
      fresh.exec(migration.sql);
      migration.run?.(fresh);
    }
    const made = objectsOf(fresh);
    expectations.set(version, made);
    return made;
  } finally {
    fresh.close();
  }
}

export interface SchemaFault {
  /** One sentence for a person. */
  message: string;
  /** What makes it as it was. */
  repair: string;
}

/** What is missing, changed or added among the triggers and indexes of the tables that hold evidence. */
export function schemaFaults(db: Database): SchemaFault[] {
  const expected = expectedObjects(db, schemaVersion(db));
  const there = new Map(objectsOf(db).map((object) => [object.name, object]));
  const faults: SchemaFault[] = [];
  for (const { type, name, sql } of expected) {
    const found = there.get(name);
    there.delete(name);
    if (found === undefined) faults.push({ message: `The ${type} ${name} is missing.`, repair: sql });
    else if (found.sql !== sql) faults.push({ message: `The ${type} ${name} was changed.`, repair: `DROP ${type} "${name}"; ${sql}` });
  }
  for (const { type, name, table } of there.values()) {
    const quoted = name.replaceAll('"', '""');
    if (type === 'trigger') faults.push({ message: `A trigger was added to ${table}.`, repair: `DROP TRIGGER "${quoted}"` });
  }
  return faults;
}
