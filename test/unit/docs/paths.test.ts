/** What the pages say about where things are is true: paths exist, and the files of "Where is what" hold what they are said to. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const tracked = (...patterns: string[]) =>
  execFileSync('git', ['ls-files', ...patterns], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    // A file that was moved and not committed yet is still listed.
    .filter((path) => path !== '' && existsSync(join(ROOT, path)));

const PATH = /^(?:\.ci|build|docs|electron|models|renderer|resources|steering|test)\/[\w.*/-]*$/;
const exists = (path: string) => (path.includes('*') ? globSync(path, { cwd: ROOT }).length > 0 : existsSync(join(ROOT, path)));

test('every path that a page names in code type exists', () => {
  const named = tracked('*.md', ':!resources').flatMap((page) =>
    [...read(page).matchAll(/(?<!`)`([^`\n]+)`/g)]
      .map((match) => match[1]!)
      .filter((code) => PATH.test(code))
      .map((path) => ({ page, path })),
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter(({ path }) => !exists(path))).toEqual([]);
});

test('every page that code names exists', () => {
  const named = tracked('*.ts', '*.mjs', '*.svelte', '*.cc', '*.h', '*.py').flatMap((file) =>
    [...read(file).matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map(([page]) => ({ file, page })),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ page }) => !exists(page))).toEqual([]);
});

test('"Where is what" leads to files that hold what is looked for', () => {
  const page = read('docs/reference/architecture.md');
  const table = /## Where is what\n\n(?<rows>(?:\|.*\n)+)/.exec(page)?.groups?.['rows'] ?? '';
  const hops = [...table.matchAll(/`(?<path>[^`]+)` \(`(?<name>[^`]+)`\)/g)].map(({ groups }) => groups as { path: string; name: string });
  expect(hops.length).toBeGreaterThan(8);
  expect(hops.filter(({ path, name }) => !exists(path) || !read(path).includes(name))).toEqual([]);
  // Whatever else is added, these have to be found in two hops.
  const questions = [...table.matchAll(/^\| (?<question>[^|]+\?) \|/gm)].map(({ groups }) => groups?.['question']);
  expect(questions).toEqual(
    expect.arrayContaining([
      'Where is a message tokenized and decoded?',
      'Where is the threshold set?',
      'Where is the log chained?',
      'What makes the badge green?',
      'How does a download resume?',
    ]),
  );
});
