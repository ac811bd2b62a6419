import { describe, expect, it } from 'vitest';
import { Turns, type DueWebhook } from '../../src/acts/webhooks/turns.ts';

const of = (repositoryId: string, count: number): DueWebhook[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${repositoryId}${1000 + index}`, repositoryId }));
/** Joins all of these that a look finds. */
const look = (turns: Turns, due: readonly DueWebhook[]): void => {
  const { part } = turns;
  const behind = due.filter(({ id }) => id > part.after).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  turns.join(behind.slice(0, part.limit), part);
};
function begun(turns: Turns): string[] {
  const ids: string[] = [];
  for (let next = turns.next(); next !== undefined; next = turns.next()) ids.push(next.id);
  return ids;
}

describe('turns of webhooks', () => {
  it('four of one repository and sixteen in all', () => {
    const turns = new Turns();
    look(turns, [...of('a', 50), ...of('b', 2), ...of('c', 5), ...of('d', 5), ...of('e', 5)]);
    expect(begun(turns)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].flatMap((name) =>
        of(name, { a: 4, b: 2, c: 4, d: 4, e: 2 }[name] ?? 0).map(({ id }) => id),
      ),
    );
  });

  it('one at a time for each, and another one when it has ended', () => {
    const turns = new Turns();
    const [one = { id: '', repositoryId: '' }] = of('a', 1);
    look(turns, [one]);
    look(turns, [one]);
    expect(begun(turns)).toEqual(['a1000']);
    look(turns, [one]);
    expect(begun(turns)).toEqual([]);
    turns.ended(one);
    expect(begun(turns)).toEqual([]);
    look(turns, [one]);
    expect(begun(turns)).toEqual(['a1000']);
  });

  it('each comes to its turn, however often the same are due again', () => {
    const turns = new Turns();
    const all = [...of('a', 50), ...of('b', 1)];
    const served = new Map<string, number>();
    const running: DueWebhook[] = [];
    for (let round = 0; round < 500; round += 1) {
      // Whoever was found first is found first again.
      look(turns, all);
      for (const id of begun(turns)) {
        served.set(id, (served.get(id) ?? 0) + 1);
        running.push(all.find((each) => each.id === id) as DueWebhook);
      }
      const first = running.shift();
      if (first !== undefined) turns.ended(first);
    }
    const counts = all
      .filter(({ repositoryId }) => repositoryId === 'a')
      .map(({ id }) => served.get(id) ?? 0);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(served.get('b1000')).toBeGreaterThan(50);
  });

  it('each comes to its turn where more are due than stand in line, and none of them ever ends', () => {
    const turns = new Turns();
    const all = Array.from({ length: 1300 }, (_, index) => ({ id: `w${index}`, repositoryId: `r${index}` }));
    const served = new Set<string>();
    let running: DueWebhook[] = [];
    for (let round = 0; round < 1000 && served.size < all.length; round += 1) {
      look(turns, all);
      for (const webhook of running) turns.ended(webhook);
      running = [];
      for (let next = turns.next(); next !== undefined; next = turns.next()) running.push(next);
      expect(running).toHaveLength(16);
      for (const { id } of running) served.add(id);
    }
    expect(served.size).toBe(all.length);
  });

  it('has room for five hundred', () => {
    const turns = new Turns();
    look(turns, of('a', 499));
    expect(turns.part).toEqual({ after: '', limit: 1 });
    turns.next();
    expect(turns.part.limit).toBe(2);
  });
});
