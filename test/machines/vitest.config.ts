/** Tests that run the app on other machines. Each waits for one program there, and that machine is slow. */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;

export default defineConfig({
  root: join(import.meta.dirname, '..', '..'),
  test: {
    include: ['test/machines/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 30 * MINUTE,
    hookTimeout: 30 * MINUTE,
  },
});
