import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { Pieces } from '../../../src/git/packs/pieces.ts';

const ROOM = 1024;
const COUNT = 40;
/** As many stay as are said to. */
const LEFT = 8;

let pieces: Pieces;
let reads: number[];
beforeEach(() => {
  pieces = new Pieces();
  reads = [];
});

const at = (index: number, length = ROOM) => ({ position: index * ROOM, length, room: ROOM });

/** Fills the buffer with what stands there, some time later. */
const reading =
  (index: number, wait: () => Promise<unknown> = setImmediate) =>
  async (bytes: Buffer): Promise<boolean> => {
    reads.push(index);
    bytes.fill(0);
    await wait();
    bytes.fill(index + 1);
    return true;
  };

async function held(index: number) {
  const piece = await pieces.hold(at(index), reading(index));
  if (piece === undefined) throw new Error('It did not come.');
  return piece;
}

const isRight = (bytes: Buffer, index: number): boolean => bytes.every((byte) => byte === index + 1);

describe('pieces of an answer', () => {
  it('are read once for all who are at the same place, or a little behind', async () => {
    const reader = async (late: number) => {
      await delay(late);
      for (let index = 0; index < COUNT; index++) {
        const piece = await held(index);
        expect(isRight(piece.bytes, index)).toBe(true);
        await setImmediate();
        piece.letGo();
      }
    };
    await Promise.all([0, 0, 0, 1, 1, 0].map(reader));
    expect(reads.length).toBeLessThan(1.5 * COUNT);
    expect(new Set(reads).size).toBe(COUNT);
  });

  it('stay as they are for as long as somebody holds them, whatever others read meanwhile', async () => {
    const reader = async (seed: number) => {
      for (let step = 0; step < 60; step++) {
        const index = (step * seed + seed) % COUNT;
        const piece = await held(index);
        for (let wait = 0; wait < (step * seed) % 4; wait++) {
          expect(isRight(piece.bytes, index)).toBe(true);
          await setImmediate();
        }
        expect(isRight(piece.bytes, index)).toBe(true);
        piece.letGo();
      }
    };
    await Promise.all([1, 2, 3, 5, 7, 11, 13, 17].map(reader));
  });

  it('leave memory when nobody holds them, but for the last ones', async () => {
    for (let index = 0; index < COUNT; index++) (await held(index)).letGo();
    reads = [];
    for (let index = COUNT - 1; index >= COUNT - LEFT; index--) (await held(index)).letGo();
    expect(reads).toEqual([]);
    (await held(0)).letGo();
    expect(reads).toEqual([0]);
  });

  it('are not the same where they are of another length or answer', async () => {
    const whole = await held(0);
    const part = await pieces.hold(at(0, 10), reading(0));
    expect(part?.bytes).toHaveLength(10);
    const other = await new Pieces().hold(at(0), reading(5));
    expect(isRight(other?.bytes ?? Buffer.alloc(1), 5)).toBe(true);
    expect(isRight(whole.bytes, 0)).toBe(true);
    for (const piece of [whole, part, other]) piece?.letGo();
  });

  it('are read again by whoever waited for somebody that could not', async () => {
    const gone = pieces.hold(at(0), async () => {
      await setImmediate();
      throw new Error('closed');
    });
    const waiting = held(0);
    await expect(gone).rejects.toThrow('closed');
    const piece = await waiting;
    expect(isRight(piece.bytes, 0)).toBe(true);
    piece.letGo();
    expect(reads).toEqual([0]);
  });

  it('that are not good are given to nobody, and looked at again by who comes later', async () => {
    const bad = () => pieces.hold(at(0), () => setImmediate(false));
    expect(await Promise.all([bad(), bad()])).toEqual([undefined, undefined]);
    const piece = await held(0);
    expect(isRight(piece.bytes, 0)).toBe(true);
    piece.letGo();
  });
});
