import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadPacket, PacketDecoder, encodeBand, encodePacket, flushPacket } from '../../src/git/pkt-line.ts';
import { encodePushReport } from '../../src/git/push-report.ts';
import type { Packet } from '../../src/git/pkt-line.ts';

function decode(bytes: Buffer): Packet[] {
  const decoder = new PacketDecoder();
  decoder.push(bytes);
  const packets: Packet[] = [];
  for (let packet = decoder.next(); packet; packet = decoder.next()) packets.push(packet);
  expect(decoder.rest).toHaveLength(0);
  return packets;
}

function texts(bytes: Buffer): string[] {
  return decode(bytes).map((packet) =>
    packet.kind === 'data' ? packet.payload.toString('latin1') : packet.kind,
  );
}

describe('packet lines', () => {
  it('come back as they went in, in any pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 })),
        fc.integer({ min: 1, max: 50 }),
        (payloads, size) => {
          const bytes = Buffer.concat(payloads.map((payload) => encodePacket(Buffer.from(payload))));
          const decoder = new PacketDecoder();
          const found: Buffer[] = [];
          for (let offset = 0; offset < bytes.length; offset += size) {
            decoder.push(bytes.subarray(offset, offset + size));
            for (let packet = decoder.next(); packet; packet = decoder.next()) {
              if (packet.kind === 'data') found.push(packet.payload);
            }
          }
          expect(found.map((one) => one.toString('hex'))).toEqual(
            payloads.map((one) => Buffer.from(one).toString('hex')),
          );
        },
      ),
    );
  });

  it('know flush, delimiter and the end of a response', () => {
    expect(texts(Buffer.from('0000000100020005a'))).toEqual(['flush', 'delimiter', 'response-end', 'a']);
  });

  it.each(['0003', 'fff1', 'zzzz', '-001', ' 12a', '0x1f'])('refuse the length %s', (length) => {
    const decoder = new PacketDecoder();
    decoder.push(Buffer.from(length));
    expect(() => decoder.next()).toThrow(BadPacket);
  });

  it('refuse a payload that does not fit and split a band that does not', () => {
    expect(() => encodePacket(Buffer.alloc(65_517))).toThrow(RangeError);
    const packets = decode(encodeBand(1, Buffer.alloc(65_515 * 2 + 1, 7)));
    expect(
      packets.map((packet) => (packet.kind === 'data' ? [packet.payload.length, packet.payload[0]] : [])),
    ).toEqual([
      [65_516, 1],
      [65_516, 1],
      [2, 1],
    ]);
    expect(encodeBand(2, '')).toHaveLength(0);
  });
});

describe('the report of a refused push', () => {
  const report = {
    unpack: 'ok',
    refs: [
      { ref: 'refs/heads/a', outcome: 'ok' as const },
      { ref: 'refs/heads/b', outcome: 'refused' as const, reason: 'not\nyours' },
    ],
    message: 'Ask an admin.',
  };
  const lines = ['unpack ok\n', 'ok refs/heads/a\n', 'ng refs/heads/b not yours\n', 'flush'];

  it('stands plain, or in bands with its message', () => {
    expect(texts(encodePushReport(new Map([['report-status', '']]), report))).toEqual(lines);
    const banded = decode(
      encodePushReport(
        new Map([
          ['report-status-v2', ''],
          ['side-band-64k', ''],
        ]),
        report,
      ),
    );
    expect(banded).toHaveLength(3);
    const [progress, status, end] = banded;
    expect(progress?.kind === 'data' && progress.payload.toString()).toBe('\u0002Ask an admin.\n');
    expect(status?.kind === 'data' && texts(status.payload.subarray(1))).toEqual(lines);
    expect(end).toEqual({ kind: 'flush' });
  });

  it('is not sent to a client that wants none', () => {
    expect(encodePushReport(new Map(), report)).toHaveLength(0);
    expect(
      encodePushReport(new Map([['side-band-64k', '']]), { unpack: 'ok', refs: [] }).equals(flushPacket),
    ).toBe(true);
  });
});
