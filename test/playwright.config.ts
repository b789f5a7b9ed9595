/** End-to-end tests in a real Chromium against the real app. Two files at a time: their model is tiny, and some only wait. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

const root = join(import.meta.dirname, '..');
// As in vitest.config.ts: the served app is started again and again.
process.env['NODE_COMPILE_CACHE'] ??= join(root, '.cache', 'compile');
const chromium = process.env['STEADY_CHROMIUM'] || '/usr/bin/chromium';

export default defineConfig({
  testDir: import.meta.dirname,
  // `electron` runs where there is an Electron binary and is skipped, with the reason, elsewhere.
  testMatch: /\/test\/(?:e2e|electron)\/.*\.(?:spec|test)\.ts$/,
  outputDir: join(root, 'test-results'),
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  timeout: 5 * 60_000,
  // CI has an hour for everything.
  globalTimeout: process.env['CI'] ? 30 * 60_000 : 0,
  expect: { timeout: 30_000 },
  reporter: [['list'], ['json', { outputFile: process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] ?? join(root, 'test-results', 'results.json') }]],
  use: {
    headless: true,
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: {
      ...(existsSync(chromium) ? { executablePath: chromium } : {}),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
