import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askBeforePack } from '../../src/git/pack-answer.ts';
import { delimiterPacket, encodeBand, encodePacket, flushPacket } from '../../src/git/pkt-line.ts';

const id = 'a'.repeat(40);
const pack = Buffer.concat([Buffer.from('PACK\0\0\0\x02'), Buffer.alloc(70_000, 7)]);
const join = (...parts: readonly (Buffer | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? encodePacket(part) : part)));

interface Case {
  readonly version: 0 | 1 | 2;
  readonly bytes: Buffer;
  /** What has passed when the pack begins, less what is replaced by the error; null for an answer without a pack. */
  readonly before: Buffer | null;
}

const banded = Buffer.concat([encodeBand(2, 'Counting\n'), encodeBand(1, pack), flushPacket]);
const CASES: Readonly<Record<string, Case>> = {
  'version 2, refs': {
    version: 2,
    bytes: join(`${id} HEAD\n`, `${id} refs/heads/packfile\n`, flushPacket),
    before: null,
  },
  'version 2, negotiation': {
    version: 2,
    bytes: join('acknowledgments\n', `ACK ${id}\n`, flushPacket),
    before: null,
  },
  'version 2, a pack': {
    version: 2,
    bytes: join('acknowledgments\n', `ACK ${id}\n`, 'ready\n', delimiterPacket, 'packfile\n', banded),
    before: join('acknowledgments\n', `ACK ${id}\n`, 'ready\n', delimiterPacket),
  },
  'version 2, a pack at once': { version: 2, bytes: join('packfile\n', banded), before: Buffer.alloc(0) },
  'version 1, negotiation': { version: 1, bytes: join(`ACK ${id} common\n`, 'NAK\n'), before: null },
  'version 0, a pack in bands': {
    version: 0,
    bytes: join(`ACK ${id} common\n`, 'NAK\n', banded),
    before: join(`ACK ${id} common\n`),
  },
  'version 0, a bare pack': { version: 0, bytes: join('NAK\n', pack), before: Buffer.alloc(0) },
  'version 1, a shallow one': {
    version: 1,
    bytes: join(`shallow ${id}\n`, flushPacket, 'NAK\n', banded),
    before: join(`shallow ${id}\n`, flushPacket),
  },
  nothing: { version: 0, bytes: Buffer.alloc(0), before: null },
};

/** The bytes in pieces that are cut anywhere. */
async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const cut of [...cuts.map((part) => Math.floor(part * bytes.length)), bytes.length].toSorted(
    (a, b) => a - b,
  )) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
}

const anyCuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { maxLength: 12 });

describe.each(Object.entries(CASES))('%s', (_name, { version, bytes, before }) => {
  it('passes as it came, asked for at most once and before its pack, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(anyCuts, async (cuts) => {
        let asked = 0;
        const answer = askBeforePack(pieces(bytes, cuts), version, async () => {
          asked += 1;
          return null;
        });
        expect((await buffer(Readable.from(answer))).equals(bytes)).toBe(true);
        expect(asked).toBe(before === null ? 0 : 1);
      }),
    );
  });

  it('ends with the refusal where the pack would begin, with no byte of it', async () => {
    await fc.assert(
      fc.asyncProperty(anyCuts, async (cuts) => {
        const answer = askBeforePack(pieces(bytes, cuts), version, async () => 'no more.');
        const sent = await buffer(Readable.from(answer));
        expect(sent.equals(before === null ? bytes : join(before, 'ERR no more.'))).toBe(true);
      }),
    );
  });
});

it('every byte of it in a piece of its own', async () => {
  const { version, bytes, before } = CASES['version 0, a pack in bands']!;
  const single = (async function* () {
    for (const byte of bytes.subarray(0, 300)) yield Buffer.from([byte]);
  })();
  const sent = await buffer(Readable.from(askBeforePack(single, version, async () => 'no.')));
  expect(sent.equals(join(before!, 'ERR no.'))).toBe(true);
});
