/** The engine as a utility process: how it is started, and how messages and its end are passed on. */
import { expect, test } from 'vitest';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as EngineProcessModule from '../../../electron/shell/engine-process.ts';
import { importWithDouble } from './built-shell.ts';

const source = join(import.meta.dirname, '..', '..', '..', 'electron', 'shell', 'engine-process.ts');
const { module, double } = await importWithDouble<typeof EngineProcessModule>(pathToFileURL(source).href);

test('starts the bundled entry without inherited flags, and passes messages both ways', () => {
  const engine = module.forkUtilityEngine();
  const [entry, args, options] = double.callsOf('utilityProcess.fork')[0] as [string, string[], object];
  expect(entry).toBe(join(source, '..', 'engine-electron.js'));
  expect(args).toEqual([]);
  expect(options).toEqual({ serviceName: 'Steady engine', stdio: ['ignore', 'ignore', 'inherit'], execArgv: [] });

  const heard: unknown[] = [];
  const stop = engine.channel.subscribe((message) => heard.push(message));
  const child = double.lastEngine();
  child.emit('message', { t: 'q' });
  stop();
  child.emit('message', 'later');
  expect(heard).toEqual([{ t: 'q' }]);
  engine.channel.post({ vector: new Float32Array([1, 2]) });
  expect(double.callsOf('engine.postMessage')).toEqual([[{ vector: new Float32Array([1, 2]) }]]);
});

test('says how it ended, once, and is killed when asked', () => {
  const engine = module.forkUtilityEngine();
  const ends: string[] = [];
  engine.onExit((how) => ends.push(how));
  engine.kill();
  expect(double.callsOf('engine.kill')).toHaveLength(1);
  double.lastEngine().emit('exit', 9);
  double.lastEngine().emit('exit', 9);
  expect(ends).toEqual(['exit code 9']);
});
