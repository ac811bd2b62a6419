import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandListParser, MalformedRequest, expectsPack } from '../../src/git/command-list.ts';
import { encodePacket, flushPacket } from '../../src/git/pkt-line.ts';
import { encodePushReport } from '../../src/git/push-report.ts';
import { bytesOfRefText } from '../../src/git/ref-text.ts';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const zero = '0'.repeat(40);

function request(lines: readonly (string | Buffer)[], rest: Buffer | string = ''): Buffer {
  return Buffer.concat([...lines.map(encodePacket), flushPacket, Buffer.from(rest)]);
}

function parse(bytes: Buffer, limits?: { maxBytes: number; maxCommands: number }) {
  const parser = new CommandListParser(limits);
  return { parser, list: parser.push(bytes) };
}

function problem(bytes: Buffer, limits?: { maxBytes: number; maxCommands: number }): string {
  try {
    parse(bytes, limits).parser.end();
  } catch (error) {
    if (error instanceof MalformedRequest) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a command list', () => {
  it('is read with its capabilities, and what follows is left alone', () => {
    const bytes = request(
      [
        `${a} ${b} refs/heads/main\0 report-status side-band-64k object-format=sha1 agent=git/2.39`,
        `${b} ${zero} refs/heads/gone\n`,
      ],
      'PACK and more',
    );
    const { parser, list } = parse(bytes);
    expect(list?.commands).toEqual([
      { ref: 'refs/heads/main', old: a, new: b },
      { ref: 'refs/heads/gone', old: b, new: zero },
    ]);
    expect(list?.capabilities.get('object-format')).toBe('sha1');
    expect(list?.capabilities.has('side-band-64k')).toBe(true);
    expect(list?.format).toBe('sha1');
    expect(parser.rest.toString()).toBe('PACK and more');
    expect(parser.consumed.equals(bytes.subarray(0, bytes.length - 13))).toBe(true);
    expect(list && expectsPack(list)).toBe(true);
  });

  it('may be empty, as Git asks before it sends a large body', () => {
    const { list } = parse(flushPacket);
    expect(list?.commands).toEqual([]);
    expect(list && expectsPack(list)).toBe(false);
  });

  it('may begin with shallow lines and be SHA-256', () => {
    const long = 'c'.repeat(64);
    const { list } = parse(
      request([`shallow ${long}`, `${'0'.repeat(64)} ${long} refs/heads/é\0object-format=sha256`]),
    );
    expect(list).toMatchObject({ shallow: [long], format: 'sha256', commands: [{ ref: 'refs/heads/é' }] });
  });

  it('may name what is not UTF-8, which leads back to its bytes', () => {
    const names = [[0xe9], [0xc3, 0xa9], [0xc3, 0xa9, 0xff], [0xed, 0xb2, 0x80]].map((bytes) =>
      Buffer.concat([Buffer.from('refs/heads/'), Buffer.from(bytes)]),
    );
    const { list } = parse(request(names.map((name) => Buffer.concat([Buffer.from(`${a} ${b} `), name]))));
    const refs = list?.commands.map(({ ref }) => ref) ?? [];
    expect(refs.map((ref) => ref.isWellFormed())).toEqual([false, true, false, false]);
    expect(new Set(refs).size).toBe(4);
    expect(refs.map(bytesOfRefText)).toEqual(names);
  });

  it('needs no pack where everything is deleted, what is gone already among it', () => {
    const { list } = parse(request([`${a} ${zero} refs/heads/x\0`, `${zero} ${zero} refs/heads/gone`]));
    expect(list?.commands.at(-1)).toEqual({ ref: 'refs/heads/gone', old: zero, new: zero });
    expect(list && expectsPack(list)).toBe(false);
  });

  it.each([
    ['a certificate', request(['push-cert\0report-status']), /--signed/],
    ['no object id', request([`main ${b} refs/heads/x\0`]), /object id/],
    ['ids of two lengths', request([`${a} ${'b'.repeat(64)} refs/heads/x\0`]), /object id/],
    [
      'ids that belie the announced format',
      request([`${a} ${b} refs/heads/x\0object-format=sha256`]),
      /announced/,
    ],
    ['one ref twice', request([`${a} ${b} refs/heads/x\0`, `${a} ${zero} refs/heads/x`]), /twice/],
    [
      'capabilities twice',
      request([`${a} ${b} refs/heads/x\0`, `${a} ${b} refs/heads/y\0atomic`]),
      /first command/,
    ],
    ['capabilities on a shallow line', request([`shallow ${a}\0atomic`]), /first command/],
    [
      'a shallow line after commands',
      request([`${a} ${b} refs/heads/x\0`, `shallow ${a}`]),
      /before the commands/,
    ],
    ['no name', request([`${a} ${b} \0`]), /empty/],
    ['a newline in the name', request([`${a} ${b} refs/heads/x\nrefs/heads/y\0`]), /control/],
    ['a newline before the capabilities', request([`${a} ${b} refs/heads/x\n\0`]), /control/],
    ['a long name', request([`${a} ${b} refs/heads/${'a'.repeat(65_400)}\0`]), /longer than 4096 bytes/],
    [
      'a long name behind others',
      request([`${a} ${b} refs/heads/x\0`, `${a} ${b} refs/heads/${'é'.repeat(2043)}`]),
      /longer than 4096 bytes/,
    ],
    ['a delimiter', Buffer.from('0001'), /flush/],
    ['no packet', Buffer.from('GET / HTTP/1.1'), /packet length/],
    ['a packet that is too long', Buffer.from('ffff'), /packet length/],
    ['a body cut off', request([`${a} ${b} refs/heads/x\0`]).subarray(0, 60), /middle of its command list/],
    ['an empty packet', Buffer.from('00040000'), /form/],
  ])('refuses %s', (_name, bytes, sentence) => {
    expect(problem(bytes)).toMatch(sentence);
  });

  it('holds no name that does not go into a report with its reason', () => {
    const ref = `refs/heads/a${'é'.repeat(2042)}`;
    expect(Buffer.byteLength(ref)).toBe(4096);
    const { list } = parse(request([`${a} ${b} ${ref}\0report-status`]));
    const refs = [{ ref, outcome: 'refused', reason: '€'.repeat(1000) }] as const;
    const report = encodePushReport(list?.capabilities ?? new Map(), { unpack: 'ok', refs });
    expect(report.toString()).toContain(`ng ${ref} €`);
  });

  it('is limited in commands and bytes, however the bytes arrive', () => {
    const lines = Array.from(
      { length: 4 },
      (_, index) => `${a} ${b} refs/heads/b${index}${index === 0 ? '\0' : ''}`,
    );
    const bytes = request(lines);
    expect(problem(bytes, { maxBytes: 10_000, maxCommands: 3 })).toMatch(/3 refs/);
    expect(problem(bytes, { maxBytes: 10_000, maxCommands: 4 })).toBe('accepted');
    expect(problem(bytes, { maxBytes: bytes.length - 1, maxCommands: 9 })).toMatch(/fewer refs/);
    const parser = new CommandListParser({ maxBytes: 100, maxCommands: 9 });
    expect(() => {
      for (const byte of bytes) parser.push(Buffer.from([byte]));
    }).toThrow(MalformedRequest);
  });

  it('reads the same in any pieces', () => {
    const bytes = request([`${a} ${b} refs/heads/main\0report-status`, `${zero} ${b} refs/tags/v1`], 'PACK');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const parser = new CommandListParser();
        let offset = 0;
        let list;
        for (let turn = 0; !list; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          list = parser.push(bytes.subarray(offset, offset + size));
          offset += size;
        }
        expect(list.commands).toHaveLength(2);
        expect(Buffer.concat([parser.consumed, parser.rest]).equals(bytes.subarray(0, offset))).toBe(true);
        expect(parser.consumed.equals(bytes.subarray(0, bytes.length - 4))).toBe(true);
      }),
    );
  });

  it('answers any bytes with a list or a MalformedRequest', () => {
    const packet = fc.oneof(
      fc.uint8Array({ maxLength: 120 }).map((raw) => encodePacket(Buffer.from(raw))),
      fc
        .tuple(
          fc.constantFrom(a, b, zero, 'x', 'c'.repeat(64)),
          fc.constantFrom(a, b, zero, ''),
          fc.string(),
          fc.boolean(),
        )
        .map(([old, next, name, first]) =>
          encodePacket(`${old} ${next} ${name}${first ? '\0report-status' : ''}`),
        ),
      fc.constantFrom(
        flushPacket,
        Buffer.from('0001'),
        Buffer.from('0003'),
        Buffer.from('shallow'),
        Buffer.from('push-cert'),
      ),
      fc.uint8Array({ maxLength: 20 }).map((raw) => Buffer.from(raw)),
    );
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 8 }), (packets) => {
        expect(problem(Buffer.concat(packets), { maxBytes: 500, maxCommands: 3 })).toEqual(
          expect.any(String),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
