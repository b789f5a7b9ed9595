/** The admin area: its lock, the policies an admin set, and what was done to either. Released migrations are never edited. */

// The lock's row appears with the first choice; a null hash is the choice to have no passphrase. Attempts are counted
// here, so that waiting after wrong ones outlives a restart.
export const sql = `
  CREATE TABLE admin_lock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    hash TEXT,
    revision INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    last_attempt_at INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE policies (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE admin_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER admin_events_in_order BEFORE INSERT ON admin_events
    WHEN EXISTS (SELECT 1 FROM admin_events WHERE seq = new.seq) BEGIN
    SELECT raise(ABORT, 'admin events are append-only');
  END;
  CREATE TRIGGER admin_events_no_update BEFORE UPDATE ON admin_events BEGIN
    SELECT raise(ABORT, 'admin events are append-only');
  END;
  CREATE TRIGGER admin_events_no_delete BEFORE DELETE ON admin_events BEGIN
    SELECT raise(ABORT, 'admin events are append-only');
  END;
`;
