/** The built main.js where Steady already runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { buildShell } from './built-shell.ts';

const shell = await buildShell();
afterAll(() => shell.remove());

test('a second instance quits before it opens or touches anything', async () => {
  shell.double.machine.firstInstance = false;
  shell.double.machine.switches['data-dir'] = shell.dataDir;
  await shell.runMain();
  shell.double.makeReady();
  await sleep(200);
  expect(shell.double.callsOf('app.quit')).toHaveLength(1);
  expect(shell.double.callsOf('new BrowserWindow')).toEqual([]);
  expect(shell.double.callsOf('session.protocol.handle')).toEqual([]);
  expect(shell.double.callsOf('utilityProcess.fork')).toEqual([]);
});
