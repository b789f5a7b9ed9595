/** Another process adds to the log while it is checked, at the worst moment: behind the last row that was read, before the log's end is looked at. */
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { createRefusalVerifier } from '../../../../electron/store/refusals/verify.ts';
import { entry, fillLog, openLog, openedLog } from './helpers.ts';

let whenRowIsHashed: (() => void) | null = null;
vi.mock('../../../../electron/store/refusals/chain.ts', async (original) => {
  const chain = await original<typeof import('../../../../electron/store/refusals/chain.ts')>();
  return {
    ...chain,
    entryHash: (...given: Parameters<typeof chain.entryHash>) => {
      const now = whenRowIsHashed;
      whenRowIsHashed = null;
      now?.();
      return chain.entryHash(...given);
    },
  };
});

test.each([
  ['a refusal', (log: Awaited<ReturnType<typeof openLog>>['log']) => log.append(entry({ prompt: 'Meanwhile.' }))],
  ['a review', (log: Awaited<ReturnType<typeof openLog>>['log']) => log.review(1, 'right', 'Meanwhile.')],
  ['a removal', (log: Awaited<ReturnType<typeof openLog>>['log']) => log.remove([9], 'row', 'retention')],
])('%s that is added meanwhile is no fault', async (_, add) => {
  const { db, log, folder } = await openLog(onTestFinished);
  fillLog(log);
  const theirs = await openDatabase(join(folder, 'steady.db'));
  onTestFinished(() => void theirs.close());
  const their = openedLog(theirs);
  const verifier = createRefusalVerifier(db);
  let added = false;
  whenRowIsHashed = () => {
    add(their);
    added = true;
  };
  expect(await verifier.verifyChain()).toMatchObject({ ok: true, faults: [] });
  expect(added).toBe(true);
  expect(await verifier.verifyChain()).toMatchObject({ ok: true, faults: [] });
});
