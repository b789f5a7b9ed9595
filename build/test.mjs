/**
 * `npm test`: sets everything up, then runs the unit and engine tests and the end-to-end tests in a real browser.
 *
 * Usage: npm test -- [unit] [renderer] [engine] [e2e] [-- FILTER…]
 *   Without names, everything. Filters go to the test runners as they are.
 * The last line is plain: `N passed, N failed`, and how many were skipped where some were.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { currentNode, ROOT, SetupError, STATE_DIR } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';
import { findChromium } from './setup/steps/chromium.mjs';
import { TEST_PYTHON } from './setup/steps/numpy.mjs';

const VITEST_PROJECTS = ['unit', 'renderer', 'engine'];
const NAMES = [...VITEST_PROJECTS, 'e2e'];
const RESULTS = join(STATE_DIR, 'results');

function readArguments(args) {
  const end = args.indexOf('--');
  const names = end < 0 ? args : args.slice(0, end);
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown)
    throw new SetupError(`There is no test suite called "${unknown}".`, `There are: ${NAMES.join(', ')}. Filters come after "--".`);
  return { suites: names.length === 0 ? NAMES : names, filters: end < 0 ? [] : args.slice(end + 1) };
}

async function runVitest(projects, filters, env) {
  const output = join(RESULTS, 'vitest.json');
  const args = [
    join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--root',
    ROOT,
    '--config',
    join(ROOT, 'test', 'vitest.config.ts'),
  ];
  args.push(...projects.flatMap((name) => ['--project', name]), '--reporter=default', '--reporter=json', `--outputFile.json=${output}`);
  const code = await runInForeground(currentNode(), [...args, '--passWithNoTests', ...filters], env);
  const report = readReport(output);
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.numFailedTests;
  return {
    passed: report.numPassedTests,
    // A file that fails to load, or an error between tests, fails the run without a failed test.
    failed: code !== 0 ? Math.max(1, failed) : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function runPlaywright(filters, env) {
  const output = join(RESULTS, 'playwright.json');
  const args = [
    join(ROOT, 'node_modules', '@playwright', 'test', 'cli.js'),
    'test',
    '--config',
    join(ROOT, 'test', 'playwright.config.ts'),
  ];
  const code = await runInForeground(currentNode(), [...args, '--pass-with-no-tests', ...filters], {
    ...env,
    PLAYWRIGHT_JSON_OUTPUT_FILE: output,
  });
  const stats = readReport(output)?.stats;
  if (!stats) return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const failed = stats.unexpected;
  return { passed: stats.expected + stats.flaky, failed: code !== 0 ? Math.max(1, failed) : failed, skipped: stats.skipped };
}

function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

await main(async () => {
  const { suites, filters } = readArguments(process.argv.slice(2));
  const needsBrowser = suites.includes('e2e');
  await setUp([
    'dependencies',
    'gpu',
    'native',
    'page',
    'app',
    'model',
    'testModel',
    'numpy',
    ...(suites.includes('engine') ? ['testGpu'] : []),
  ]);
  let browserMissing = '';
  if (needsBrowser) {
    await setUp(['chromium']).catch((error) => {
      if (!(error instanceof SetupError) || process.env.CI) throw error;
      browserMissing = `${error.message} ${error.hint}`;
    });
  }

  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const env = { STEADY_TEST_PYTHON: TEST_PYTHON, STEADY_CHROMIUM: findChromium() ?? '' };
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const add = (counts) => Object.keys(totals).forEach((key) => (totals[key] += counts[key]));

  const projects = VITEST_PROJECTS.filter((name) => suites.includes(name));
  if (projects.length > 0) add(await runVitest(projects, filters, env));
  if (needsBrowser && browserMissing === '') add(await runPlaywright(filters, env));
  if (browserMissing !== '') process.stdout.write(`The end-to-end tests did not run. ${browserMissing}\n`);

  if (totals.passed + totals.failed === 0) {
    process.stdout.write('No test ran.\n');
    return 1;
  }
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}\n`);
  return totals.failed === 0 ? 0 : 1;
});
