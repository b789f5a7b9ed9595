import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LockStep, shareOut } from '../../../electron/engine/worker/lock-step.ts';

test('all go on together, in their order, however late each arrives', async () => {
  const step = new LockStep(3);
  const order: string[] = [];
  const member = async (number: number, delays: readonly number[]) => {
    for (const [round, delay] of delays.entries()) {
      await wait(delay);
      await step.arrive(number);
      order.push(`${round}${number}`);
    }
    step.leave();
  };
  await Promise.all([member(0, [20, 0, 5]), member(1, [0, 10, 0]), member(2, [5, 5, 15])]);
  expect(order).toEqual(['00', '01', '02', '10', '11', '12', '20', '21', '22']);
});

test('whoever has left is not waited for', async () => {
  const step = new LockStep(2);
  const arrived = step.arrive(1);
  step.leave();
  await arrived;
  await step.arrive(1);
});

test('items are given out in order, however late each of those who are free comes', async () => {
  const givenOut = async (late: (member: number) => number) => {
    const owners: number[] = [];
    await shareOut(3, 8, async (item, member, turn) => {
      owners[item] = member;
      // Items of one, two or three steps: several end at the same one.
      for (let step = 0; step <= item % 3; step++) await turn();
      await wait(late(member));
    });
    return owners;
  };
  const first = await givenOut((member) => 3 * member);
  expect(first).toEqual([0, 1, 2, 0, 1, 0, 2, 1]);
  expect(await givenOut((member) => 6 - 3 * member)).toEqual(first);
});

test('whoever fails is waited for no more, and the failure is passed on', async () => {
  const done: number[] = [];
  const work = shareOut(2, 4, async (item, _member, turn) => {
    await turn();
    if (item === 1) throw new Error('broken');
    done.push(item);
    if (done.length === 3) all();
  });
  let all = (): void => undefined;
  const others = new Promise<void>((resolve) => (all = resolve));
  await expect(work).rejects.toThrow('broken');
  await others;
  expect(done).toEqual([0, 2, 3]);
});
