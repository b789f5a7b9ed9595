import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './helpers.ts';

const MOST_LINES = 400;
const SOURCE = /\.(ts|mjs|cjs|js|svelte|css|cc|h|py)$/;

/** Every file that is, or is about to be, in version control. */
function sourceFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
  return output.split('\n').filter((path) => SOURCE.test(path) && existsSync(join(ROOT, path)));
}

test(`no source file has more than ${MOST_LINES} lines`, () => {
  const files = sourceFiles();
  expect(files.length).toBeGreaterThan(50);
  const long = files
    .map((path) => ({ path, lines: readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES);
  expect(long).toEqual([]);
});

describe('the folders', () => {
  const top = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path.includes('/'))
    .map((path) => path.split('/')[0]);

  test('are the ones that were agreed on', () => {
    const agreed = ['.ci', '.github', 'build', 'docs', 'electron', 'models', 'renderer', 'resources', 'steering', 'test'];
    expect(agreed).toEqual(expect.arrayContaining([...new Set(top)]));
  });
});
