import { resolve } from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { dataDirOf, dataDirOption } from '../../../electron/cli/options.ts';
import { defaultDataDir } from '../../../models/index.ts';

afterEach(() => void vi.unstubAllEnvs());

test.each<[string, string | undefined, string[], string]>([
  ["nothing: the user's own", undefined, ['list'], defaultDataDir()],
  ["an empty STEADY_HOME: the user's own", '', ['list'], defaultDataDir()],
  ['STEADY_HOME', '/from/home', ['list'], '/from/home'],
  ['--data-dir before the command, which wins', '/from/home', ['--data-dir', '/given', 'list'], '/given'],
  ['--data-dir after it, beside an empty STEADY_HOME', '', ['list', '--data-dir', '/given'], '/given'],
])('the data folder is named by %s', async (_, home, args, expected) => {
  vi.stubEnv('STEADY_HOME', home);
  let found: string | undefined;
  const list = new Command('list').addOption(dataDirOption()).action((_options: object, self: Command) => void (found = dataDirOf(self)));
  await new Command('steady').addOption(dataDirOption()).addCommand(list).parseAsync(args, { from: 'user' });
  expect(found).toBe(resolve(expected));
});
