/** `steady evaluate` as it is called, with a real model: numbers, going on after a kill, and what is wrong with files. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EvaluationSummary } from '../../electron/evaluation/summary.ts';
import { halfOpenProfile, modelPath, startEngine, target, temporaryFolder } from './support.ts';
import { countRefusals } from '../unit/store/helpers.ts';

const CLI = join(import.meta.dirname, '../../electron/cli.ts');
const PROMPTS = [
  'Name three rivers.',
  'What is a tree?',
  'How far away is the moon?',
  'Good morning! How are you?',
  'Why do cats purr?',
  'Write one line about rain.',
];

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let folder: string;
let home: string;
let prompts: string;
let profile: string;

beforeAll(async () => {
  folder = temporaryFolder(cleanup);
  home = join(folder, 'home');
  prompts = join(folder, 'prompts.jsonl');
  profile = join(folder, 'profile.safetensors');
  writeFileSync(prompts, PROMPTS.map((prompt) => `${JSON.stringify({ prompt })}\n`).join(''));
  const { engine } = startEngine(cleanup);
  await engine.load(target());
  await halfOpenProfile(engine, PROMPTS, profile);
  await engine.close();
});

const args = (out: string, ...more: string[]) => [
  CLI,
  'evaluate',
  '--data-dir',
  home,
  '--model',
  modelPath(),
  '--profile',
  profile,
  '--out',
  join(folder, out),
  '--max-tokens',
  '16',
  ...more,
];

function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

const replies = (out: string) => {
  const path = join(folder, out, 'replies');
  return existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : [];
};
const recordsOf = (out: string, arm: string) =>
  replies(out)
    .filter((path) => path.includes(`.${arm}.`) && !/\.(alone|first-token)\./.test(path))
    .flatMap((path) => readFileSync(path, 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as { hash: string; steered: boolean; text?: string; replySha256: string });

describe('an evaluation', () => {
  let summary: EvaluationSummary;

  test('counts what each arm does to each prompt', async () => {
    const { code, stdout, stderr } = await run(
      ...args('whole', '--prompts', prompts, '--arms', 'unsteered,instructed,profile,paper,static', '--first-token-kl', '--json'),
    );
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);
    summary = JSON.parse(stdout) as EvaluationSummary;
    expect(JSON.parse(readFileSync(join(folder, 'whole', 'summary.json'), 'utf8'))).toEqual(summary);
    const [set] = summary.sets;
    expect(set).toMatchObject({ file: prompts, n: 6, maxTokens: 16 });
    const { unsteered, instructed, profile } = set!.arms;
    for (const arm of [unsteered!, instructed!, profile!]) expect(arm.refused + arm.complied + arm.partial + arm.degenerate).toBe(6);
    // The gate is open for half of them: those replies change, the others stay as they are.
    expect(profile!.steered).toBeGreaterThan(0);
    expect(profile!.steered).toBeLessThan(6);
    expect(profile!.identical).toBeGreaterThanOrEqual(6 - profile!.steered!);
    expect(profile!.identical).toBeLessThan(6);
    expect(profile!.firstTokenKl).toBeGreaterThan(0);
    expect(profile!.firstTokenKlMax).toBeGreaterThanOrEqual(profile!.firstTokenKl!);
    expect(unsteered).not.toHaveProperty('firstTokenKl');
    // What is added to everything is added to what the gate leaves alone as well.
    expect(set!.arms.static!.steered).toBe(6);
    expect(set!.arms.static!.identical).toBeLessThan(profile!.identical!);
    // Its prompts are others: a system prompt stands before them.
    expect(instructed).not.toHaveProperty('steered');
    const hashes = (arm: string) => recordsOf('whole', arm).map(({ replySha256 }) => replySha256);
    expect(hashes('instructed')).not.toEqual(hashes('unsteered'));
    expect(summary.skipped).toEqual([{ arm: 'paper', reason: expect.stringContaining('both reads and writes') as string }]);
  });

  test('keeps verdicts and scores of each prompt, and no text', () => {
    for (const arm of ['unsteered', 'profile']) {
      const records = recordsOf('whole', arm);
      expect(new Set(records.map(({ hash }) => hash)).size).toBe(6);
      for (const record of records) expect(record).not.toHaveProperty('text');
    }
    expect(recordsOf('whole', 'profile')[0]).toMatchObject({ scores: [{ score: expect.any(Number) as number }] });
    expect(readFileSync(join(folder, 'whole', 'report.html'), 'utf8')).toContain('prompts.jsonl');
  });

  test('writes no conversation and no refusal', async () => {
    const { openStore } = await import('../../electron/store/index.ts');
    const store = await openStore({ path: join(home, 'steady.db') });
    try {
      expect(await countRefusals(store)).toBe(0);
      expect(await store.conversations.list({ limit: 10, before: null })).toEqual([]);
    } finally {
      await store.close();
    }
  });

  test('that is done is not done again, and can add the texts', async () => {
    const files = replies('whole');
    const before = files.map((path) => statSync(path).mtimeMs);
    const again = await run(...args('whole', '--prompts', prompts, '--first-token-kl', '--json'));
    expect((JSON.parse(again.stdout) as EvaluationSummary).sets[0]!.arms.profile).toEqual(summary.sets[0]!.arms.profile);
    expect(files.map((path) => statSync(path).mtimeMs)).toEqual(before);

    const hashes = recordsOf('whole', 'unsteered').map(({ replySha256 }) => replySha256);
    await run(...args('whole', '--prompts', prompts, '--arms', 'unsteered', '--with-text'));
    const records = recordsOf('whole', 'unsteered');
    expect(records).toHaveLength(12);
    expect(records.slice(6).every(({ text }) => text !== undefined && text !== '')).toBe(true);
    expect(records.slice(6).map(({ replySha256 }) => replySha256)).toEqual(hashes);
  });
});

describe('an evaluation that is ended early', () => {
  /** Starts one that has several portions, and answers once a portion is on disk. */
  async function interrupt(out: string, signal: NodeJS.Signals): Promise<number | null> {
    const child = spawn(process.execPath, args(out, '--prompts', prompts, '--together', '2'), { stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    while (recordsOf(out, 'unsteered').length === 0 && child.exitCode === null) await wait(20);
    child.kill(signal);
    return ended;
  }

  let undisturbed: EvaluationSummary['sets'] | undefined;

  test.each([
    ['killed', 'SIGKILL', null],
    ['interrupted', 'SIGINT', 130],
  ] as const)('%s goes on without doing anything twice, to the same end', async (out, signal, expected) => {
    expect(await interrupt(out, signal)).toBe(expected);
    const kept = recordsOf(out, 'unsteered');
    expect(kept.length).toBeGreaterThan(0);
    expect(recordsOf(out, 'profile').length).toBeLessThan(6);
    expect(existsSync(join(folder, out, 'summary.json'))).toBe(false);
    const { code, stdout } = await run(...args(out, '--prompts', prompts, '--together', '2', '--json'));
    expect(code).toBe(0);
    const records = recordsOf(out, 'unsteered');
    expect(records).toHaveLength(6);
    expect(records.slice(0, kept.length)).toEqual(kept);
    // What was cut off comes to what it would have come to.
    const resumed = JSON.parse(stdout) as EvaluationSummary;
    undisturbed ??= (
      JSON.parse((await run(...args('undisturbed', '--prompts', prompts, '--together', '2', '--json'))).stdout) as EvaluationSummary
    ).sets;
    expect(resumed.sets).toEqual(undisturbed);
  });
});

describe('what cannot be evaluated is said', () => {
  test('faulty lines, each by its number, before a model is loaded', async () => {
    const file = join(folder, 'faulty.jsonl');
    writeFileSync(file, '{"prompt": "a"}\n{"prompt": \nx\n');
    const { code, stderr } = await run(...args('faulty', '--prompts', prompts, file));
    expect(code).toBe(2);
    expect(stderr).toContain(file);
    expect(stderr).toContain('Line 2 is not JSON. Line 3 is not JSON.');
    expect(stderr).not.toContain('Loading');
    expect(existsSync(join(folder, 'faulty'))).toBe(false);
  });

  test('an empty file, an unknown arm, a missing profile', async () => {
    const file = join(folder, 'empty.jsonl');
    writeFileSync(file, '');
    expect(await run(...args('empty', '--prompts', file))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no prompts') as string,
    });
    expect(await run(...args('arm', '--prompts', prompts, '--arms', 'best'))).toMatchObject({ code: 2 });
    expect(await run(...args('none', '--prompts', prompts, '--profile', join(folder, 'none')))).toMatchObject({ code: 4 });
  });

  test('a prompt longer than the context is left out of every arm and counted', async () => {
    const file = join(folder, 'long.jsonl');
    writeFileSync(file, `${JSON.stringify({ prompt: 'What is a tree?' })}\n${JSON.stringify({ prompt: 'word '.repeat(9000) })}\n`);
    const { stdout } = await run(...args('long', '--prompts', file, '--max-tokens', '4', '--json'));
    const { n, tooLong, arms } = (JSON.parse(stdout) as EvaluationSummary).sets[0]!;
    expect({ n, tooLong, unsteered: arms.unsteered!.n, profile: arms.profile!.n }).toEqual({ n: 1, tooLong: 1, unsteered: 1, profile: 1 });
  });
});
