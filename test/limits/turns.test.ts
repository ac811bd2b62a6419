import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { streamToClient } from '../../src/acts/git/patience.ts';
import { Turns } from '../../src/limits/turns.ts';

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

it('is left by whoever goes while they wait', async () => {
  const turns = new Turns(1, 1);
  const first = await turns.enter();
  const gone = new AbortController();
  const waiting = turns.enter(gone.signal);
  await expect(turns.enter()).rejects.toThrow(/busy reading repositories/);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(turns.enter(gone.signal)).rejects.toThrow('gone');
  const next = turns.enter();
  first.end();
  (await next).end();
  expect(await turns.take(async () => 'free')).toBe('free');
});

describe('a stream that has a turn', () => {
  const endless = () =>
    new Readable({
      read(bytes) {
        setImmediate(() => this.push(Buffer.alloc(bytes)));
      },
    });
  const open = async (turns: Turns, slowMs?: number, made = endless()) => {
    const turn = await turns.enter();
    return { made, stream: streamToClient(() => made, turn, slowMs) };
  };

  it('keeps it as long as it is read, until it is closed', async () => {
    const turns = new Turns(1, 9);
    const { made, stream } = await open(turns);
    stream.resume();
    let isNext = false;
    const next = turns.take(async () => void (isNext = true));
    await delay(50);
    expect(isNext).toBe(false);
    stream.destroy();
    await next;
    expect(made.destroyed).toBe(true);
  });

  it('gives it to others where nothing is taken, and breaks off where as many are waited for already', async () => {
    const turns = new Turns(1, 9);
    const first = await open(turns, 20);
    first.stream.read(0);
    const second = await open(turns, 20);
    second.stream.read(0);
    const third = await open(turns);
    expect([first, second, third].map(({ made }) => made.destroyed)).toEqual([false, true, false]);
    await expect(second.stream.toArray()).rejects.toThrow();
    for await (const chunk of first.stream) if (Buffer.isBuffer(chunk)) break;
    expect(first.made.destroyed).toBe(true);
  });

  it('gives it back when it is closed before anything came, and where it could not be made', async () => {
    const turns = new Turns(1, 9);
    const { made, stream } = await open(turns, 1000, new Readable({ read() {} }));
    stream.read(0);
    stream.destroy();
    const turn = await turns.enter();
    expect(made.destroyed).toBe(true);
    const start = (): Readable => {
      throw new Error('not made');
    };
    expect(() => streamToClient(start, turn)).toThrow('not made');
    await turns.take(async () => {});
  });
});
