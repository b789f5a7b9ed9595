import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, runSetup, temporaryFolder } from './helpers.ts';

describe('running steps', () => {
  test('one that is done is not run again, and one that fails is a sentence', () => {
    const code = `
      import { main, setUp, STEPS } from './build/setup/index.mjs';
      import { SetupError } from './build/setup/context.mjs';
      const ran = [];
      let done = false;
      STEPS.first = { title: 'First', isDone: () => done, run: async () => { ran.push('first'); done = true; return 'First is in place'; } };
      STEPS.never = { title: 'Never', isDone: () => true, run: async () => ran.push('never') };
      STEPS.lax = { title: 'Lax', isDone: () => false, run: async () => { throw new SetupError('No luck.'); }, onFailure: () => 'It works without.' };
      STEPS.strict = { title: 'Strict', isDone: () => false, run: async () => { throw new SetupError('It is broken.', 'Mend it.'); } };
      await setUp(['first', 'never']);
      await setUp(['first', 'never']);
      await setUp(['lax']);
      process.stdout.write(ran.join());
      await main(() => setUp(['strict', 'first']));`;
    expect(runSetup(code)).toEqual({
      code: 1,
      stdout: 'first',
      stderr: ['First …', 'First is in place', 'Lax …', 'No luck. It works without.', 'Strict …', 'It is broken.', 'Mend it.', ''].join(
        '\n',
      ),
    });
  });

  test('two set-ups take turns, and a dead one is not waited for', () => {
    const state = temporaryFolder();
    const code = `
      import { writeFileSync } from 'node:fs';
      import { setUp, STEPS } from './build/setup/index.mjs';
      writeFileSync('${state}/lock', '999999999');
      let at = 0;
      const step = (ms) => { let done = false; return { title: 'Step', isDone: () => done, run: async () => {
        if (at++ > 0) throw new Error('together');
        await new Promise((resolve) => setTimeout(resolve, ms));
        at--; done = true;
      } }; };
      STEPS.one = step(300);
      STEPS.two = step(1);
      await Promise.all([setUp(['one']), setUp(['two'])]);
      process.stdout.write('both');`;
    expect(runSetup(code, { STEADY_SETUP_STATE: state })).toMatchObject({
      code: 0,
      stdout: 'both',
      stderr: expect.stringContaining('waiting for it'),
    });
  });

  test.each([
    ["has this process's own number, as in a container that was started again", 'process.pid', 0],
    ['nobody touched for long', 'process.ppid', 660],
  ])('a lock that %s is taken over', (_, owner, secondsAgo) => {
    const state = temporaryFolder();
    const code = `
      import { utimesSync, writeFileSync } from 'node:fs';
      import { setUp, STEPS } from './build/setup/index.mjs';
      writeFileSync('${state}/lock', String(${owner}));
      const touched = Date.now() / 1000 - ${secondsAgo};
      utimesSync('${state}/lock', touched, touched);
      STEPS.one = { title: 'One', isDone: () => false, run: async () => 'One is in place' };
      setTimeout(() => process.exit(1), 3000).unref();
      await setUp(['one']);`;
    expect(runSetup(code, { STEADY_SETUP_STATE: state })).toEqual({ code: 0, stdout: '', stderr: 'One …\nOne is in place\n' });
  });

  test('a lock is touched now and then by the set-up that holds it', () => {
    const state = temporaryFolder();
    const code = `
      import { statSync, utimesSync } from 'node:fs';
      import { mock } from 'node:test';
      import { setUp, STEPS } from './build/setup/index.mjs';
      mock.timers.enable({ apis: ['setInterval'] });
      STEPS.long = { title: 'Long', isDone: () => false, run: async () => {
        utimesSync('${state}/lock', 0, 0);
        mock.timers.tick(30_000);
        process.stdout.write(String(Date.now() - statSync('${state}/lock').mtimeMs < 60_000));
      } };
      await setUp(['long']);`;
    expect(runSetup(code, { STEADY_SETUP_STATE: state })).toMatchObject({ code: 0, stdout: 'true' });
  });

  test('the app is opened without its first model where that cannot be fetched; what needs a model is not begun without', () => {
    const code = `
      import { STEPS } from './build/setup/index.mjs';
      process.stdout.write(JSON.stringify([STEPS.firstModel, STEPS.model, STEPS.testModel].map((step) => step.onFailure?.() ?? null)));`;
    expect(JSON.parse(runSetup(code).stdout)).toEqual([expect.stringContaining('Steady starts without it'), null, null]);
  });

  test('a program that fails is quoted, one that is absent is named', () => {
    const code = `
      import { run } from './build/setup/exec.mjs';
      const show = (error) => process.stdout.write(error.message + '|' + error.hint + '\\n');
      await run(process.execPath, ['-e', 'console.log("\\x1b[31mwhy\\x1b[0m"); process.exit(3)'], { failure: 'It failed.', hint: 'Try again.' }).catch(show);
      await run('no-such-program', []).catch(show);
      await run(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { failure: 'It hung.', timeoutMs: 100 }).catch(show);`;
    expect(runSetup(code).stdout).toBe('It failed.|why\nTry again.\nno-such-program was not found.|\nIt hung. (It took too long.)|\n');
  });

  test('stamps follow contents, names and whatever else is mixed in', () => {
    const code = `
      import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
      import { relative } from 'node:path';
      import { hashInputs } from './build/setup/stamp.mjs';
      import { ROOT } from './build/setup/context.mjs';
      const folder = relative(ROOT, '${temporaryFolder()}');
      const hashes = [];
      const note = (...more) => hashes.push(hashInputs([folder], ...more));
      writeFileSync(folder + '/a', '1'); note(); note('x');
      writeFileSync(folder + '/a', '2'); note();
      mkdirSync(folder + '/sub'); writeFileSync(folder + '/sub/b', '1'); note();
      rmSync(folder + '/sub/b'); note();
      process.stdout.write(JSON.stringify(hashes));`;
    const hashes = JSON.parse(runSetup(code).stdout) as string[];
    expect(new Set(hashes).size).toBe(4);
    expect(hashes[4]).toBe(hashes[2]);
  });
});

describe('what a person sees', () => {
  const show = (terminal: boolean) => {
    const code = `
      import { createReporter } from './build/setup/report.mjs';
      let text = '';
      const reporter = createReporter({ stream: { isTTY: ${terminal}, columns: 60, write: (more) => (text += more) } });
      reporter.begin('Fetching');
      for (let i = 0; i < 30; i++) { reporter.update(i + ' % of a line that is much longer than the terminal is wide'); await new Promise((r) => setTimeout(r, 50)); }
      reporter.done();
      process.stdout.write(JSON.stringify(text));`;
    return JSON.parse(runSetup(code).stdout) as string;
  };

  test('one changing line on a terminal, never wrapped', () => {
    const text = show(true);
    expect(text).not.toMatch(/\n./);
    const lines = text.split('\r\x1b[2K').filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(line.trimEnd().length).toBeLessThan(60);
    expect(lines.at(-1)).toMatch(/^Fetching: done( \(\d+ s\))?\n$/);
  });

  test('few plain lines elsewhere', () => {
    expect(show(false)).toMatch(/^Fetching …\nFetching: done( \(\d+ s\))?\n$/);
  });
});

describe('the lockfile', () => {
  const lockfile = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<
      string,
      { resolved?: string; version?: string; optional?: boolean; os?: string[]; optionalDependencies?: Record<string, string> }
    >;
  };

  test('names no registry', () => {
    const addresses = Object.values(lockfile.packages).flatMap(({ resolved }) => (resolved?.includes('://') ? [resolved] : []));
    expect(addresses).toEqual([]);
  });

  test("has llama.cpp's binaries for every system, or npm ci would refuse it", () => {
    const wanted = lockfile.packages['node_modules/node-llama-cpp']?.optionalDependencies ?? {};
    expect(Object.keys(wanted).length).toBeGreaterThan(10);
    for (const name of Object.keys(wanted)) expect(lockfile.packages).toHaveProperty([`node_modules/${name}`]);
  });

  test('is what package.json asks for', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;
    for (const field of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      expect(lockfile.packages['']).toHaveProperty(field, manifest[field]);
    }
  });
});
