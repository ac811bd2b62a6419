import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecentlyUsed } from '../src/recently-used.ts';

it('keeps what was used last, as far as it weighs no more than is allowed, whatever comes when', () => {
  const step = fc.record({
    does: fc.constantFrom('get', 'set', 'delete'),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    weight: fc.nat({ max: 12 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const used = new RecentlyUsed<number>(10);
      /** The longest unused first. */
      let model: { key: string; value: number; weight: number }[] = [];
      for (const [value, { does, key, weight }] of steps.entries()) {
        const before = model.find((entry) => entry.key === key);
        model = model.filter((entry) => entry !== before);
        if (does === 'get') {
          expect(used.get(key)).toBe(before?.value);
          if (before !== undefined) model.push(before);
        } else if (does === 'delete') {
          used.delete(key);
        } else {
          used.set(key, value, weight);
          if (weight > 10) continue;
          model.push({ key, value, weight });
          while (model.reduce((sum, entry) => sum + entry.weight, 0) > 10) model.shift();
        }
      }
      for (const { key, value } of model.slice()) expect(used.get(key)).toBe(value);
      for (const key of 'abcde')
        if (!model.some((entry) => entry.key === key)) expect(used.get(key)).toBeUndefined();
    }),
  );
});
