/** Refusals for a SIEM: the fields that OCSF and RFC 5424 ask for, and a tail that tells each row once. */
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import type { RefusalDetail } from '../../../electron/contract/index.ts';
import { ocsfLine } from '../../../electron/siem/ocsf.ts';
import { syslogLine } from '../../../electron/siem/syslog.ts';
import { readPlace, tailRefusals, writePlace } from '../../../electron/siem/tail.ts';
import { logRefusal, refusal, temporaryFolder, temporaryStore } from '../store/helpers.ts';

const id = (n: number) => `018f0000-0000-7000-8000-0000000${String(n).padStart(5, '0')}`;
const SOURCE = { hostname: 'büro pc', appVersion: '1.2.3', prompts: false };

async function logged(change = {}): Promise<RefusalDetail> {
  const { store } = await temporaryStore();
  return logRefusal(store, refusal(id(1), id(2), { prompt: 'Wie?\n<13>1 forged', ...change }));
}

describe('an event', () => {
  test('in OCSF is a detection finding with all that the class requires, and no text', async () => {
    const row = await logged();
    const line = ocsfLine(row, SOURCE);
    expect(line).not.toContain('\n');
    expect(line).not.toContain('forged');
    expect(JSON.parse(line)).toMatchObject({
      ...{ activity_id: 1, category_uid: 2, class_uid: 2004, type_uid: 200401, severity_id: 3, time: 1_750_000_000_000 },
      metadata: {
        version: '1.3.0',
        product: { name: 'Steady', vendor_name: 'Steady', version: '1.2.3' },
        uid: 'büro pc:1',
        profiles: ['host'],
      },
      device: { hostname: 'büro pc', type_id: 0 },
      finding_info: { uid: row.hash, title: 'A request was refused', created_time: 1_750_000_000_000 },
      unmapped: { number: 1, cause: 'steered', verdict: 'refused', top_gate: 0.5, model: 'A model', hash: row.hash },
    });
    expect(JSON.parse(ocsfLine(row, { ...SOURCE, prompts: true }))).toMatchObject({ unmapped: { prompt: 'Wie?\n<13>1 forged' } });
  });

  test('in syslog is one line of ASCII, whatever people wrote', async () => {
    const row = await logged({ cause: 'answered', verdict: 'complied' });
    const line = syslogLine(row, { ...SOURCE, prompts: true });
    expect(line).toMatch(/^<108>1 2025-06-15T15:06:40\.000Z b_ro_pc steady - refusal - @cee: \{[\x20-\x7e]*\}$/);
    const said = JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>;
    expect(said).toMatchObject({
      title: 'A request that protection pushed against was answered',
      cause: 'answered',
      prompt: 'Wie?\n<13>1 forged',
    });
  });

  test('is as grave as what happened', async () => {
    const of = async (cause: 'model' | 'both' | 'answered') =>
      (JSON.parse(ocsfLine(await logged({ cause }), SOURCE)) as { severity: string }).severity;
    expect([await of('model'), await of('both'), await of('answered')]).toEqual(['Low', 'Medium', 'High']);
  });
});

describe('a tail', () => {
  test('tells what is there, oldest first, then what comes, and each once', async () => {
    const { store } = await temporaryStore();
    let next = 10;
    const log = () => logRefusal(store, refusal(id(next++), id(next++)));
    for (let i = 0; i < 3; i++) await log();
    await store.refusals.review(2, 'right', '');
    const told: number[] = [];
    const stopping = new AbortController();
    const onRows = (rows: readonly RefusalDetail[]) => {
      told.push(...rows.map(({ seq }) => seq));
      return Promise.resolve();
    };
    const tail = tailRefusals({ store: store.refusals, after: 1, follow: true, signal: stopping.signal, onRows });
    await vi.waitFor(() => expect(told).toEqual([2, 3]));
    await log();
    await vi.waitFor(() => expect(told).toEqual([2, 3, 5]), { timeout: 10_000 });
    stopping.abort();
    await tail;
    await tailRefusals({ store: store.refusals, after: 5, follow: false, signal: new AbortController().signal, onRows });
    expect(told).toEqual([2, 3, 5]);
  });

  test('of more than a page loses nothing', async () => {
    const rows = Array.from({ length: 450 }, (_, at) => at + 1);
    const page = ({ limit, before }: { limit: number; before: number | null }) =>
      Promise.resolve({
        rows: rows
          .filter((seq) => before === null || seq < before)
          .reverse()
          .slice(0, limit)
          .map((seq) => ({ seq })),
        total: null,
      });
    const told: number[] = [];
    await tailRefusals({
      store: { page, get: (seq: number) => Promise.resolve({ seq }) } as never,
      ...{ after: 3, follow: false, signal: new AbortController().signal },
      onRows: (some) => Promise.resolve(void told.push(...some.map(({ seq }) => seq))),
    });
    expect(told).toEqual(rows.slice(3));
  });

  test('goes on where it was, and does not begin anew by mistake', async () => {
    const path = join(temporaryFolder(), 'place.json');
    expect(await readPlace(path)).toBe(0);
    await writePlace(path, 17);
    expect(await readPlace(path)).toBe(17);
    writeFileSync(path, '{"after": "x"');
    await expect(readPlace(path)).rejects.toMatchObject({ code: 'bad-input' });
  });
});
