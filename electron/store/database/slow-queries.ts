/** Says which statements take long. Their text has placeholders, so no value that anybody typed is ever shown. */
import type { Database, Statement } from 'better-sqlite3';

/** What a person would feel, in milliseconds. */
export const SLOW_MS = 50;

const TIMED = ['run', 'get', 'all'] as const;

/**
 * Measures every statement that is prepared from now on.
 * @param say gets one line about each that took `slowMs` or longer
 */
export function logSlowQueries(db: Database, say: (line: string) => void, slowMs = SLOW_MS): void {
  const prepare = db.prepare.bind(db);
  const timed = (statement: Statement<unknown[]>): Statement<unknown[]> => {
    for (const name of TIMED) {
      const run = statement[name].bind(statement) as (...values: unknown[]) => unknown;
      statement[name] = ((...values: unknown[]) => {
        const start = performance.now();
        try {
          return run(...values);
        } finally {
          const ms = performance.now() - start;
          if (ms >= slowMs) say(`[store] ${Math.round(ms)} ms: ${statement.source.replace(/\s+/g, ' ').trim()}`);
        }
      }) as never;
    }
    return statement;
  };
  db.prepare = ((source: string) => timed(prepare(source) as Statement<unknown[]>)) as typeof db.prepare;
}
