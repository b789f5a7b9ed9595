import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { createSearch } from '../../../../electron/store/search/search.ts';
import { logSlowQueries } from '../../../../electron/store/database/slow-queries.ts';
import { temporaryFolder } from '../helpers.ts';

async function logged(slowMs: number) {
  const db = await openDatabase(join(temporaryFolder(), 'steady.db'));
  onTestFinished(() => void db.close());
  const lines: string[] = [];
  logSlowQueries(db, (line) => lines.push(line), slowMs);
  return { db, lines };
}

test('a statement is named with its time and without the values it was run with', async () => {
  const { db, lines } = await logged(0);
  db.prepare('INSERT INTO settings (key, value)\n  VALUES (?, ?)').run('theme', '"a secret"');
  expect(db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck().get('theme')).toBe('"a secret"');
  expect(lines).toEqual([
    expect.stringMatching(/^\[store\] \d+ ms: INSERT INTO settings \(key, value\) VALUES \(\?, \?\)$/),
    expect.stringMatching(/^\[store\] \d+ ms: SELECT value FROM settings WHERE key = \?$/),
  ]);
});

test('quick ones are not, errors pass, and searching goes on as before', async () => {
  const { db, lines } = await logged(60_000);
  expect(createSearch(db).search({ query: 'trees', limit: 5 })).toEqual([]);
  expect(() => db.prepare('INSERT INTO settings (key, value) VALUES (?, ?)').run('a', 'no json')).toThrow(/CHECK/);
  expect(lines).toEqual([]);
});
