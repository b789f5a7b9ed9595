import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LockStep } from '../../../electron/engine/worker/lock-step.ts';

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
