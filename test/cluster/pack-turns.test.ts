import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Calls, type Channel } from '../../src/cluster/calls.ts';
import { LeasedPackTurns, RemotePackTurns } from '../../src/cluster/pack-turns.ts';
import { Busy, PackQueue } from '../../src/limits/pack-queue.ts';

/** Two ends of a channel, over which messages go as text and later, as between processes. */
function channel(): [Channel, Channel] {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const end = (own: EventEmitter, other: EventEmitter): Channel => ({
    send: (message) => setImmediate(() => other.emit('message', JSON.parse(JSON.stringify(message)))),
    on: (event, listener) => own.on(event, listener),
  });
  return [end(ends[0], ends[1]), end(ends[1], ends[0])];
}

/** A queue, and how a worker sees it. */
function host(bounds: Partial<ConstructorParameters<typeof PackQueue>[0]> = {}) {
  const queue = new PackQueue({ running: 1, waiting: 4, waitMs: 5_000, ...bounds });
  const worker = () => {
    const [here, there] = channel();
    const leased = new LeasedPackTurns(queue);
    const ours = new Calls(here, leased.handlers);
    const theirs = new Calls(there, {});
    const die = (): void => {
      ours.end();
      theirs.end();
      leased.endAll();
    };
    return { turns: new RemotePackTurns(theirs), die };
  };
  return { queue, worker };
}

const work = (credential: string, repository = credential) => ({ credential, repository });
const settled = () => delay(20);

describe('turns of several workers', () => {
  it('come out of one queue: what one has, another waits for', async () => {
    const { queue, worker } = host();
    const [one, two] = [worker().turns, worker().turns];
    const first = await one.enter(work('a'));
    let isIn = false;
    const second = two.enter(work('b')).then((turn) => {
      isIn = true;
      return turn;
    });
    await settled();
    expect(isIn).toBe(false);
    expect(queue.state).toMatchObject({ running: 1, waiting: 1 });
    first.end();
    first.end();
    (await second).end();
    await settled();
    expect(queue.state).toMatchObject({ running: 0, waiting: 0, lent: 0 });
  });

  it('are refused beyond its bounds, with the sentence of the queue', async () => {
    const { worker } = host({ waiting: 0 });
    const [one, two] = [worker().turns, worker().turns];
    expect(await two.isFull(work('b'))).toBe(false);
    const first = await one.enter(work('a'));
    expect(await two.isFull(work('b'))).toBe(true);
    await expect(two.enter(work('b'))).rejects.toThrow(Busy);
    first.end();
    await settled();
    expect(await two.isFull(work('b'))).toBe(false);
  });

  it('are given back by who went away, whether it waited or was let in at that moment', async () => {
    const { queue, worker } = host();
    const { turns } = worker();
    const first = await turns.enter(work('a'));
    const gone = new AbortController();
    const waits = turns.enter(work('b'), gone.signal);
    await settled();
    gone.abort();
    await expect(waits).rejects.toThrow('aborted');
    await settled();
    expect(queue.state).toMatchObject({ running: 1, waiting: 0 });
    first.end();
    await settled();
    const quick = new AbortController();
    const crossed = turns.enter(work('c'), quick.signal);
    quick.abort();
    await expect(crossed).rejects.toThrow('aborted');
    await settled();
    expect(queue.state).toMatchObject({ running: 0, waiting: 0, lent: 0 });
    await expect(turns.enter(work('d'), quick.signal)).rejects.toThrow('aborted');
  });

  it('are lent while their clients are slow', async () => {
    const { queue, worker } = host();
    const { turns } = worker();
    const slow = await turns.enter(work('a'));
    expect(await slow.lend()).toBe(true);
    await settled();
    expect(queue.state).toMatchObject({ running: 0, lent: 1 });
    slow.end();
    await settled();
    expect(queue.state.lent).toBe(0);
  });

  it('end with their worker, those that wait included', async () => {
    const { queue, worker } = host();
    const [dies, lives] = [worker(), worker()];
    await dies.turns.enter(work('a'));
    const waits = dies.turns.enter(work('b'));
    waits.catch(() => {});
    await settled();
    const next = lives.turns.enter(work('c'));
    await settled();
    expect(queue.state).toMatchObject({ running: 1, waiting: 2 });
    dies.die();
    await expect(waits).rejects.toThrow('ended');
    (await next).end();
    await settled();
    expect(queue.state).toMatchObject({ running: 0, waiting: 0, lent: 0 });
  });
});

describe('questions between processes', () => {
  it('have their own answers, and failures are told as their sentence', async () => {
    const [here, there] = channel();
    const ours = new Calls(here, {});
    new Calls(there, {
      later: async (value: number) => {
        await delay(10 - value);
        return value;
      },
      fails: () => {
        throw new Error('It cannot be done.');
      },
    });
    const answers = await Promise.all([1, 2, 3].map((value) => ours.ask('later', value)));
    expect(answers).toEqual([1, 2, 3]);
    await expect(ours.ask('fails')).rejects.toThrow('It cannot be done.');
    const unanswered = ours.ask('later', 9);
    ours.end();
    await expect(unanswered).rejects.toThrow('ended');
    await expect(ours.ask('later', 1)).rejects.toThrow('ended');
  });
});
