import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { unlessAborted } from '../src/unless-aborted.ts';
import { stillHeld } from './support/garbage.ts';

const never = new Promise<never>(() => {});

describe('what was begun, unless aborted', () => {
  it('is what it comes to', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(signal, Promise.resolve(7))).toBe(7);
    await expect(unlessAborted(signal, Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('fails with the reason of the signal, before or while', async () => {
    const controller = new AbortController();
    const begun = unlessAborted(controller.signal, never);
    controller.abort(new Error('the client is gone'));
    await expect(begun).rejects.toThrow('the client is gone');
    await expect(unlessAborted(controller.signal, never)).rejects.toThrow('the client is gone');
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('leaves no failure unheard that comes after the abort', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(unlessAborted(AbortSignal.abort(new Error('gone')), promise)).rejects.toThrow('gone');
    reject(new Error('Too late to matter.'));
    // An unhandled rejection fails the run.
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('is not held by a signal that lives on', async () => {
    const { signal } = new AbortController();
    const references: WeakRef<object>[] = [];
    const begin = async () => {
      const value = { is: 'large' };
      references.push(new WeakRef(value));
      await unlessAborted(signal, Promise.resolve(value));
    };
    for (let time = 0; time < 100; time++) await begin();
    expect(await stillHeld(references)).toBeLessThan(5);
    expect(signal.aborted).toBe(false);
  });
});
