import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delimiterPacket, encodePacket, flushPacket } from '../../../src/git/pkt-line.ts';
import { readRequest } from '../../../src/git/wire/request.ts';
import { requestIn } from './request-in.ts';

const request = (head: readonly string[], args: readonly string[] | null): Buffer =>
  Buffer.concat([
    ...head.map((line) => encodePacket(line)),
    ...(args === null ? [] : [delimiterPacket, ...args.map((line) => encodePacket(line))]),
    flushPacket,
  ]);

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe('a request of protocol version 2', () => {
  it('is told by its command, with its capabilities and arguments', async () => {
    expect(
      await requestIn(request(['agent=git/2\n', 'command=fetch\n'], ['thin-pack\n', 'want 00\n'])),
    ).toEqual({
      command: 'fetch',
      capabilities: ['agent=git/2'],
      args: ['thin-pack', 'want 00'],
    });
    expect((await requestIn(request(['command=ls-refs'], null)))?.args).toEqual([]);
  });

  it('is not understood where Git would refuse it', async () => {
    const refused = [
      request(['agent=git/2'], []),
      request(['command=fetch', 'command=ls-refs'], []),
      request(['command=ls-refs', ''], []),
      request(['command=ls-refs'], ['peel\0']),
      Buffer.concat([request(['command=ls-refs'], ['peel']).subarray(0, -4), delimiterPacket, flushPacket]),
      Buffer.from('0003'),
      Buffer.from('zzzz'),
      Buffer.alloc(0),
      flushPacket,
      request(['command=ls-refs'], ['peel']).subarray(0, -1),
    ];
    for (const bytes of refused) expect(await requestIn(bytes), bytes.toString('latin1')).toBeUndefined();
  });

  it('is the same in whatever chunks it comes, and gives back every byte that was taken', async () => {
    const bytes = request(['command=ls-refs', 'agent=git/2'], ['peel', 'ref-prefix refs/heads/\xe9']);
    for (let size = 1; size <= bytes.length; size += 1) {
      const read = await readRequest(inChunks(bytes, size), 1024);
      expect(read).toEqual({ request: await requestIn(bytes), bytes });
    }
    const more = Buffer.concat([bytes, Buffer.from('behind it')]);
    expect(await readRequest(inChunks(more, 1024), 1024)).toEqual({
      request: await requestIn(bytes),
      bytes: more,
    });
  });

  it('is read no further than it may be long, and not behind its end', async () => {
    const long = request(
      ['command=fetch'],
      Array.from({ length: 100 }, () => 'have 0123456789'),
    );
    const body = inChunks(long, 10);
    const { request: understood, bytes } = await readRequest(body, 100);
    expect(understood).toBeUndefined();
    expect(bytes.length).toBe(110);
    const rest = await Array.fromAsync(body);
    expect(Buffer.concat([bytes, ...rest])).toEqual(long);
  });

  it('never throws, whatever strangers send (fuzz)', async () => {
    const packets = fc
      .array(
        fc.oneof(
          fc.string().map((text) => encodePacket(text)),
          fc.constantFrom(flushPacket, delimiterPacket),
        ),
      )
      .map((parts) => Buffer.concat(parts));
    const strangers = fc.oneof(
      packets,
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(strangers, async (bytes) => {
        const understood = await requestIn(bytes);
        if (understood !== undefined)
          expect(bytes.toString('latin1')).toContain(`command=${understood.command}`);
      }),
      { numRuns: 2000 },
    );
  });
});
