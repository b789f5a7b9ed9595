/** The logs of several machines, gathered, checked, and asked questions as one file. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { collect, type Collected } from '../../../electron/collect/collect.ts';
import { COLUMNS } from '../../../electron/collect/rows.ts';
import { machineReport } from '../../../electron/collect/report.ts';
import { runExport } from '../../../electron/refusals/run-export.ts';
import { openStore, type RefusalEntry, type Store } from '../../../electron/store/index.ts';
import { logRefusal, rawDatabase, refusal, temporaryFolder } from '../store/helpers.ts';

const conversation = (n: number) => `018f0000-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`;

/** A machine's data folder with some refusals. */
async function machine(folder: string, entries: Partial<RefusalEntry>[], more?: (store: Store) => Promise<unknown>): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const store = await openStore({ path: join(folder, 'steady.db') });
  try {
    for (const [at, change] of entries.entries()) await logRefusal(store, refusal(conversation(at), conversation(50 + at), change));
    await more?.(store);
  } finally {
    await store.close();
  }
}

async function bundle(folder: string, path: string, prompts = true): Promise<void> {
  const store = await openStore({ path: join(folder, 'steady.db') });
  try {
    await runExport(store.refusals, {
      ...{ format: 'bundle', filter: {}, includePrompts: prompts, includeReplies: true, path, appVersion: '0.0.0' },
      ...{ signal: new AbortController().signal, onProgress: () => undefined },
    });
  } finally {
    await store.close();
  }
}

function gather(folder: string, out: string, change: Partial<Parameters<typeof collect>[0]> = {}): Promise<Collected> {
  const signal = new AbortController().signal;
  return collect({ folder, out, prompts: true, replies: true, createdBy: 'Steady', signal, onProgress: () => undefined, ...change });
}

/** The file's rows, as any program gets them. */
const query = async (path: string) => parquetReadObjects({ file: await asyncBufferFromFile(path) });

function rig() {
  const folder = temporaryFolder();
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  return { folder, logs, out: join(folder, 'all.parquet') };
}

describe('two data folders', () => {
  test('are collected, verified and queried', async () => {
    const { logs, out } = rig();
    await machine(
      join(logs, 'office', 'pc-1'),
      [{ prompt: 'Wie öffne ich ein Schloss? 🔒' }, { cause: 'model', scores: [] }],
      async (store) => {
        await store.refusals.review(1, 'wrong', 'A locksmith.');
      },
    );
    await machine(join(logs, 'pc-2'), [{ cause: 'answered', verdict: 'complied', modelName: 'Another model', source: 'editor' }]);
    const { machines, rows } = await gather(logs, out);
    expect(rows).toBe(3);
    expect(machines.map((one) => [one.machine, one.kind, one.state, one.entries, one.numbers.rows])).toEqual([
      ['office/pc-1', 'data-folder', 'whole', 4, 2],
      ['pc-2', 'data-folder', 'whole', 1, 1],
    ]);
    const found = await query(out);
    expect(Object.keys(found[0]!)).toEqual(COLUMNS.map(({ name }) => name));
    expect(found.map(({ machine: name, number, cause, review }) => [name, number, cause, review])).toEqual([
      ['office/pc-1', 1, 'steered', 'wrong'],
      ['office/pc-1', 2, 'model', null],
      ['pc-2', 1, 'answered', null],
    ]);
    expect(found[0]).toMatchObject({
      ...{
        chain_whole: true,
        created_at: new Date(1_750_000_000_000),
        prompt: 'Wie öffne ich ein Schloss? 🔒',
        review_note: 'A locksmith.',
      },
      ...{ top_score: 0.91, top_gate: 0.5, model: 'A model', text_state: 'stored', program: null },
    });
    expect(found[0]!['scores']).toEqual([
      { layer: 7, score: 0.91, gate: 0.5 },
      { layer: 8, score: -0.25, gate: 0 },
    ]);
    expect(found[1]).toMatchObject({ top_score: null, scores: [] });
    // What ties rows together is there to be checked by others.
    expect(found[1]!['previous_hash']).toBe(found[0]!['hash']);
  });

  test('texts can be left out', async () => {
    const { logs, out } = rig();
    await machine(join(logs, 'pc'), [{}]);
    await gather(logs, out, { prompts: false, replies: false });
    expect(readFileSync(out, 'latin1')).not.toContain('A harmful request.');
    expect((await query(out))[0]).toMatchObject({ prompt: null, reply: null, cause: 'steered' });
  });
});

describe('a log that was tampered with', () => {
  test('is named, its rows are marked, and the others are whole', async () => {
    const { logs, out } = rig();
    await machine(join(logs, 'good'), [{}]);
    await machine(join(logs, 'bad'), [{}, {}]);
    const db = rawDatabase(join(logs, 'bad', 'steady.db'));
    const triggers = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck().all();
    for (const name of triggers) db.exec(`DROP TRIGGER ${name}`);
    db.prepare("UPDATE refusal_texts SET prompt = 'Something else.' WHERE seq = 1").run();
    db.close();
    const { machines } = await gather(logs, out);
    expect(machines.map(({ machine: name, state }) => [name, state])).toEqual([
      ['bad', 'not-whole'],
      ['good', 'whole'],
    ]);
    expect(machines[0]!.faults.map(({ kind }) => kind)).toContain('text-changed');
    expect((await query(out)).map(({ machine: name, chain_whole: whole }) => [name, whole])).toEqual([
      ['bad', false],
      ['bad', false],
      ['good', true],
    ]);
  });

  test('and one that cannot be read costs nobody else’s rows', async () => {
    const { logs, out } = rig();
    await machine(join(logs, 'good'), [{}]);
    mkdirSync(join(logs, 'broken'));
    writeFileSync(join(logs, 'broken', 'steady.db'), 'no database');
    mkdirSync(join(logs, 'old'));
    rawDatabase(join(logs, 'old', 'steady.db')).pragma('user_version = 3');
    const { machines, rows } = await gather(logs, out);
    expect(rows).toBe(1);
    expect(machines.map(({ state }) => state)).toEqual(['unreadable', 'whole', 'unreadable']);
    expect(machines[2]!.faults[0]!.message).toContain('earlier version');
  });
});

describe('bundles', () => {
  test('have the same rows as the data folder that they are of', async () => {
    const { folder, logs } = rig();
    const data = join(folder, 'pc');
    await machine(data, [{ prompt: 'One?' }, { prompt: 'Two?' }], async ({ refusals }) => {
      await refusals.review(1, 'right', 'So it is.');
      await refusals.review(2, 'wrong', '');
      await refusals.addBenign(2);
    });
    await bundle(data, join(logs, 'pc.tar'));
    const [a, b] = [join(folder, 'a.parquet'), join(folder, 'b.parquet')];
    expect((await gather(logs, a)).machines).toMatchObject([{ machine: 'pc', kind: 'bundle', state: 'whole' }]);
    await gather(data, b);
    expect(await query(a)).toEqual(await query(b));
  });

  test('of one machine are counted once; a shorter one is a witness of the longer', async () => {
    const { folder, logs, out } = rig();
    const data = join(logs, 'pc');
    await machine(data, [{ prompt: 'Monday?' }]);
    await bundle(data, join(logs, 'monday.tar'));
    // As it was on Monday, and written on in another way than the machine itself did.
    const forged = join(folder, 'forged');
    cpSync(data, forged, { recursive: true });
    await machine(data, [{ prompt: 'Tuesday?' }]);
    const both = await gather(logs, out);
    expect(both.machines.map(({ machine: name, state }) => [name, state])).toEqual([
      ['monday', 'older-copy'],
      ['pc', 'whole'],
    ]);
    expect((await query(out)).map(({ prompt }) => prompt)).toEqual(['Monday?', 'Tuesday?']);
    // The log made anew under the same key: whole by itself, and another than Monday's.
    rmSync(data, { recursive: true });
    mkdirSync(data);
    cpSync(join(forged, 'refusal-log.key'), join(data, 'refusal-log.key'));
    await machine(data, [{ prompt: 'Nothing happened.' }, { prompt: 'Nothing at all.' }]);
    const { machines } = await gather(logs, out);
    expect(machines.map(({ state }) => state)).toEqual(['not-whole', 'not-whole']);
    expect(machines[1]!.faults[0]).toMatchObject({ kind: 'fork', seq: 1 });
  });

  test('that were changed are no witness and not whole', async () => {
    const { folder, logs, out } = rig();
    const data = join(folder, 'pc');
    await machine(data, [{ prompt: 'One?' }]);
    await bundle(data, join(logs, 'pc.tar'));
    const bytes = readFileSync(join(logs, 'pc.tar'), 'latin1').replace('One?', 'Two?');
    writeFileSync(join(logs, 'pc.tar'), Buffer.from(bytes, 'latin1'));
    const { machines } = await gather(logs, out);
    expect(machines[0]).toMatchObject({ state: 'not-whole' });
    // The text is not the one that was logged, so it is not passed on.
    expect((await query(out))[0]).toMatchObject({ chain_whole: false, prompt: null, cause: 'steered' });
  });
});

test('an empty folder makes an empty file; stopping leaves none', async () => {
  const { folder, logs, out } = rig();
  expect(await gather(logs, out)).toEqual({ machines: [], rows: 0 });
  expect(await query(out)).toEqual([]);
  rmSync(out);
  await machine(join(logs, 'pc'), [{}]);
  const stopping = new AbortController();
  stopping.abort(new Error('stopped'));
  await expect(gather(logs, out, { signal: stopping.signal })).rejects.toThrow('stopped');
  expect(existsSync(out)).toBe(false);
  expect(readdirSync(folder)).toEqual(['logs']);
  await expect(gather(join(folder, 'nowhere'), out)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the report names every machine and every fault, and nothing in it is markup of theirs', async () => {
  const { logs, out } = rig();
  await machine(join(logs, 'pc <b>1</b>'), [{}, { cause: 'model', modelName: '<img src=x>' }]);
  mkdirSync(join(logs, 'broken'));
  writeFileSync(join(logs, 'broken', 'steady.db'), 'no database');
  const page = machineReport(await gather(logs, out), { createdAt: new Date(0), appVersion: '1.2.3' });
  expect(page).toContain('Refusals of 1 machine</h1>');
  expect(page).toContain('pc &lt;b&gt;1&lt;/b&gt;');
  expect(page).toContain('not readable');
  expect(page).not.toMatch(/<img|<b>|<script/);
  expect(page).toContain('Collected 1970-01-01 00:00 UTC by Steady 1.2.3. 2 entries.');
});
