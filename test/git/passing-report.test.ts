import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { PassingReport } from '../../src/git/passing-report.ts';
import { band, encodeBand, encodePacket, flushPacket } from '../../src/git/pkt-line.ts';

const status = (...lines: readonly string[]): Buffer =>
  Buffer.concat([...lines.map((line) => encodePacket(line)), flushPacket]);
const report = status(
  'unpack ok\n',
  'ok refs/heads/main\n',
  'option refname refs/heads/other\n',
  'ng refs/heads/kept not allowed\n',
  'ok refs/tags/é\n',
);
const banded = (...parts: readonly Buffer[]): Buffer =>
  Buffer.concat([
    encodeBand(band.progress, 'ok refs/heads/progress\n'),
    ...parts.map((part) => encodeBand(band.pack, part)),
    flushPacket,
  ]);

/** What came out, and what was read on the way. */
async function passed(capabilities: readonly string[], chunks: readonly Buffer[]) {
  const passing = new PassingReport(new Map(capabilities.map((name) => [name, ''])));
  for (const chunk of chunks) passing.write(chunk);
  passing.end();
  const bytes = await buffer(passing);
  return { bytes, moved: passing.moved && [...passing.moved] };
}

const inPieces = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );

it.each([
  ['in bands', ['report-status', 'side-band-64k'], banded(report)],
  ['in bands that cut packets', ['report-status', 'side-band-64k'], banded(...inPieces(report, 7))],
  ['without bands', ['report-status'], report],
])('reads which refs moved, %s, and hands on every byte', async (_how, capabilities, bytes) => {
  for (const size of [1, 3, 64, bytes.length]) {
    expect(await passed(capabilities, inPieces(bytes, size))).toEqual({
      bytes,
      moved: ['refs/heads/main', 'refs/tags/é'],
    });
  }
});

it('says nothing of a report that broke off, is none, or was not asked for', async () => {
  const capabilities = ['report-status', 'side-band-64k'];
  const whole = banded(report);
  for (const bytes of [
    whole.subarray(0, whole.length - 12),
    Buffer.alloc(0),
    Buffer.from('fatal: no'),
    banded(Buffer.from('zzzz')),
    encodeBand(band.progress, 'nothing more\n'),
  ]) {
    expect(await passed(capabilities, [bytes])).toEqual({ bytes, moved: undefined });
  }
});

it('takes whatever comes', async () => {
  for (let round = 0; round < 300; round += 1) {
    const bytes = Buffer.from(banded(report));
    for (const at of randomBytes(1 + (round % 6))) bytes[at % bytes.length] = (at * 7 + round) & 0xff;
    const capabilities = round % 2 === 0 ? ['side-band-64k'] : [];
    expect((await passed(capabilities, inPieces(bytes, 11))).bytes.equals(bytes)).toBe(true);
  }
});
