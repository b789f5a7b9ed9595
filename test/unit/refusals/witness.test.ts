/** A log that was put back or computed anew is found by what a folder outside it knows. */
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { DEFAULT_POLICIES } from '../../../electron/admin/policies.ts';
import { LogWitness } from '../../../electron/refusals/witness.ts';
import { openStore, type Store } from '../../../electron/store/index.ts';
import { logRefusal, refusal, temporaryFolder } from '../store/helpers.ts';

const id = (n: number) => `018f0000-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`;
let next = 10;
const log = (store: Store) => logRefusal(store, refusal(id(next++), id(next++)));

function rig() {
  const folder = temporaryFolder();
  const [data, share] = [join(folder, 'data'), join(folder, 'share')];
  mkdirSync(data);
  mkdirSync(share);
  const databasePath = join(data, 'steady.db');
  const warn = vi.fn();
  const run = async <T>(task: (store: Store, witness: LogWitness) => Promise<T>, logWitness: string | null = share): Promise<T> => {
    const store = await openStore({ path: databasePath });
    const policies = { current: () => ({ ...DEFAULT_POLICIES, logWitness }) };
    const witness = new LogWitness({ store: store.refusals, policies, databasePath, warn });
    try {
      return await task(store, witness);
    } finally {
      await witness.close();
      await store.close();
    }
  };
  const lines = () =>
    readFileSync(join(share, readdirSync(share)[0]!), 'utf8')
      .trimEnd()
      .split('\n');
  return { folder, data, share, databasePath, warn, run, lines };
}

describe('a witness', () => {
  test('gets the head of the log, signed, once each, and finds nothing wrong with what fits', async () => {
    const { run, lines, share } = rig();
    await run(async (store, witness) => {
      await witness.tell();
      await log(store);
      await witness.tell();
      await witness.tell();
      await log(store);
      await log(store);
      witness.changed();
    });
    expect(lines().map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([1, 3]);
    expect(readdirSync(share)[0]).toMatch(/^[0-9a-f]{32}\.jsonl$/);
    await run(async (store, witness) => {
      expect(await witness.faults()).toEqual([]);
      await log(store);
      expect(await witness.faults()).toEqual([]);
    });
  });

  test('knows what was cut off with the database and its recorded head put back together', async () => {
    const { run, data, folder, lines } = rig();
    await run(async (store, witness) => {
      await log(store);
      await witness.tell();
    });
    mkdirSync(join(folder, 'backup'));
    const copy = (from: string, to: string) => {
      for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
    };
    copy(data, join(folder, 'backup'));
    await run(async (store, witness) => {
      await log(store);
      await witness.tell();
    });
    rmSync(data, { recursive: true });
    mkdirSync(data);
    copy(join(folder, 'backup'), data);
    await run(async (store, witness) => {
      expect(await witness.faults()).toEqual([{ kind: 'head', seq: 2, message: 'The log ends before row 2, which the witness knows.' }]);
      // Written on, it is another log; and it is not vouched for.
      await log(store);
      expect((await witness.faults())[0]).toMatchObject({ message: 'Row 2 is another than the one that the witness knows.' });
      await witness.tell();
    });
    expect(lines()).toHaveLength(2);
  });

  test('believes no line that this machine did not write, and a line that was cut off costs nothing', async () => {
    const { run, share, lines } = rig();
    await run(async (store, witness) => {
      await log(store);
      await witness.tell();
    });
    const file = join(share, readdirSync(share)[0]!);
    appendFileSync(file, '{"format":"steady-log-wit');
    await run(async (store, witness) => {
      expect(await witness.faults()).toEqual([]);
      await log(store);
      await witness.tell();
      expect(await witness.faults()).toEqual([]);
    });
    expect(lines().map((one) => one.endsWith('}'))).toEqual([true, false, true]);
    const [line] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, `${line}\n${line!.replace('"seq":1', '"seq":9')}\n{}\n`);
    await run(async (_, witness) =>
      expect((await witness.faults()).map(({ message }) => /Line (\d)/.exec(message)?.[1])).toEqual(['2', '3']),
    );
  });

  test('that cannot be reached is said once, and is no fault of the log', async () => {
    const { run, folder, warn } = rig();
    writeFileSync(join(folder, 'file'), '');
    for (const place of [join(folder, 'file', 'inner'), join(folder, 'not-mounted'), 'relative/path']) {
      warn.mockClear();
      await run(async (store, witness) => {
        await log(store);
        await witness.tell();
        await witness.tell();
        expect(await witness.faults()).toEqual([]);
      }, place);
      expect(warn).toHaveBeenCalledTimes(1);
    }
  });

  test('is none unless a policy names one', async () => {
    const { run, share } = rig();
    await run(async (store, witness) => {
      await log(store);
      witness.changed();
      await witness.tell();
      expect(await witness.faults()).toEqual([]);
    }, null);
    expect(readdirSync(share)).toEqual([]);
  });
});
