import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from '../../src/git/turns.ts';

it('lets so many go on at once, the others in their order, and refuses beyond those that may wait', async () => {
  const turns = new Turns(2, 3);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const work = (name: number) => async (): Promise<number> => {
    running += 1;
    most = Math.max(most, running);
    order.push(name);
    await delay(5);
    running -= 1;
    if (name === 1) throw new Error('failed');
    return name;
  };
  const asked = [0, 1, 2, 3, 4].map((name) => turns.take(work(name)));
  await expect(turns.take(work(5))).rejects.toThrow(/busy reading repositories/);
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
  // What failed has given its turn back as well.
  expect(await Promise.all([6, 7].map((name) => turns.take(work(name))))).toEqual([6, 7]);
  expect(most).toBe(2);
});
