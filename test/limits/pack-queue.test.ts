import { describe, expect, it } from 'vitest';
import { Busy, PackQueue, type PackWork, type Turn } from '../../src/limits/pack-queue.ts';
import { fromClient, toClient } from '../../src/acts/git/patience.ts';
import { stillHeld } from '../support/garbage.ts';

const queue = (bounds: Partial<ConstructorParameters<typeof PackQueue>[0]> = {}) =>
  new PackQueue({ running: 1, waiting: 10, waitMs: 60_000, ...bounds });
const work = (credential: string, repository = credential): PackWork => ({ credential, repository });
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Writes down in which order turns come, and lets each end when told. */
function recorder(of: PackQueue) {
  const order: string[] = [];
  const turns: Turn[] = [];
  const enter = (name: string, asked: PackWork): void => {
    of.enter(asked).then(
      (turn) => {
        order.push(name);
        turns.push(turn);
      },
      () => order.push(`${name} is refused`),
    );
  };
  const endFirst = async (): Promise<void> => {
    turns.shift()?.end();
    await soon();
  };
  return { order, enter, endFirst };
}

describe('the queue of pack work', () => {
  it('lets the one go first whose credential and repository have the least running', async () => {
    const of = queue({ running: 2 });
    const { order, enter, endFirst } = recorder(of);
    enter('a1', work('a', 'r'));
    enter('a2', work('a', 'r'));
    for (const name of ['a3', 'a4', 'a5']) enter(name, work('a', 'r'));
    enter('same repository', work('b', 'r'));
    enter('nobody else', work('c', 's'));
    await soon();
    expect(order).toEqual(['a1', 'a2']);
    await endFirst();
    expect(order.at(-1)).toBe('nobody else');
    await endFirst();
    // Now only c runs: whoever came first.
    expect(order.at(-1)).toBe('a3');
    await endFirst();
    expect(order.at(-1)).toBe('same repository');
  });

  it('refuses beyond its bounds, and beyond half of them for one credential or one repository', async () => {
    const of = queue({ waiting: 4 });
    const { order, enter } = recorder(of);
    enter('runs', work('a', 'r'));
    enter('waits', work('b', 'r'));
    enter('waits, too', work('c', 'r'));
    await soon();
    expect(await of.isFull(work('d', 'r'))).toBe(true);
    expect(await of.isFull(work('d', 's'))).toBe(false);
    await expect(of.enter(work('d', 'r'))).rejects.toThrow(Busy);
    enter('d1', work('d', 's'));
    enter('d2', work('d', 't'));
    await expect(of.enter(work('e', 'u'))).rejects.toThrow(Busy);
    expect(order).toEqual(['runs']);
    expect(of.state).toMatchObject({ running: 1, waiting: 4, lent: 0 });
  });

  it('refuses who waited too long, and forgets who went away', async () => {
    const of = queue({ waitMs: 20 });
    const running = await of.enter(work('a'));
    await expect(of.enter(work('b'))).rejects.toThrow(Busy);
    const gone = new AbortController();
    const waits = of.enter(work('c'), gone.signal);
    gone.abort();
    await expect(waits).rejects.toThrow('aborted');
    await expect(of.enter(work('d'), gone.signal)).rejects.toThrow('aborted');
    expect(of.state).toMatchObject({ running: 1, waiting: 0, lent: 0 });
    running.end();
    running.end();
    expect(of.state.running).toBe(0);
  });

  it('runs no more than it may, whatever ends and is lent in whatever order', async () => {
    const of = queue({ running: 3, waiting: 100 });
    let most = 0;
    const one = async (index: number): Promise<void> => {
      const turn = await of.enter(work(`c${index % 7}`, `r${index % 5}`));
      most = Math.max(most, of.state.running);
      await new Promise((resolve) => setTimeout(resolve, index % 4));
      if (index % 3 === 0) await turn.lend();
      most = Math.max(most, of.state.running);
      turn.end();
    };
    await Promise.all(Array.from({ length: 40 }, (_, index) => one(index)));
    expect(most).toBe(3);
    expect(of.state).toMatchObject({ running: 0, waiting: 0, lent: 0 });
  });
});

describe('a slow client', () => {
  it('lends its turn, and ends where too many do and others wait', async () => {
    const of = queue();
    for (let index = 0; index < 4; index += 1)
      expect(await (await of.enter(work(`a${index}`))).lend()).toBe(true);
    const fifth = await of.enter(work('b'));
    expect(await fifth.lend()).toBe(true);
    const waits = of.enter(work('c'));
    expect(await fifth.lend()).toBe(false);
    fifth.end();
    (await waits).end();
    expect(of.state).toMatchObject({ running: 0, waiting: 0, lent: 4 });
  });

  async function* never(): AsyncGenerator<Buffer> {
    yield Buffer.from('a');
    await new Promise(() => {});
  }

  it('that sends nothing does not hold a turn', async () => {
    const of = queue();
    const body = fromClient(never(), await of.enter(work('a')), 20);
    await body.next();
    void body.next();
    (await of.enter(work('b'))).end();
    expect(of.state.lent).toBe(1);
  });

  it('that kept its turn because nobody waited is asked for it again when somebody does', async () => {
    const of = queue();
    for (let index = 0; index < 4; index += 1) await (await of.enter(work(`a${index}`))).lend();
    const ended = Promise.withResolvers<void>();
    const turn = await of.enter(work('slow'));
    await toClient(never(), turn, () => (turn.end(), ended.resolve()), 20).next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(of.state).toMatchObject({ running: 1, lent: 4 });
    (await of.enter(work('b'))).end();
    await ended.promise;
  });

  it('is asked for its turn no more when it was given up', async () => {
    let asked = 0;
    const ended = Promise.withResolvers<void>();
    const lend = async () => {
      asked += 1;
      return false;
    };
    await toClient(never(), { end: () => {}, lend }, ended.resolve, 10).next();
    await ended.promise;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked).toBe(1);
  });

  it('that sends nothing to a busy host is told so', async () => {
    const body = fromClient(never(), { end: () => {}, lend: async () => false }, 20);
    await body.next();
    await expect(body.next()).rejects.toThrow('too slow');
  });

  it('has what it sent let go of when it was read, not when the push is over', async () => {
    const references: WeakRef<Buffer>[] = [];
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < 100; sent++) {
        const chunk = Buffer.alloc(1024);
        references.push(new WeakRef(chunk));
        yield chunk;
      }
      await new Promise(() => {});
    }
    const body = fromClient(chunks(), { end: () => {}, lend: async () => true });
    for (let read = 0; read < 100; read++) await body.next();
    void body.next();
    expect(await stillHeld(references)).toBeLessThan(5);
  });

  it('that takes nothing does not hold a turn, and ends the work on a busy host', async () => {
    const of = queue();
    await toClient(never(), await of.enter(work('a')), () => {}, 20).next();
    (await of.enter(work('b'))).end();
    const ended = Promise.withResolvers<void>();
    await toClient(never(), { end: () => {}, lend: async () => false }, ended.resolve, 20).next();
    await ended.promise;
  });
});
