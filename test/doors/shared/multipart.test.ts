import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMultipart, type MultipartForm } from '../../../src/doors/shared/multipart.ts';
import { Problem } from '../../../src/problem.ts';
import { atEndOfFile } from '../../support/cleanup.ts';

const root = mkdtempSync(join(tmpdir(), 'latchkey-multipart-'));
atEndOfFile(async () => rmSync(root, { recursive: true, force: true }));

interface Part {
  readonly headers: readonly string[];
  readonly body: string | Buffer;
}

const disposition = (parameters: string): string => `Content-Disposition: form-data; ${parameters}`;
const field = (name: string, body: string | Buffer): Part => ({
  headers: [disposition(`name="${name}"`)],
  body,
});
const file = (name: string, filename: string, body: string | Buffer, ...more: string[]): Part => ({
  headers: [disposition(`name="${name}"; filename="${filename}"`), ...more],
  body,
});

const encoded = (parts: readonly Part[], end = '--b--\r\n'): Buffer =>
  Buffer.concat([
    ...parts.flatMap(({ headers, body }) => [
      Buffer.from(`--b\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`),
      Buffer.from(body),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(end),
  ]);

async function* pieces(bytes: Buffer, at: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += at) yield bytes.subarray(from, from + at);
}

async function read(
  body: Buffer | AsyncIterable<Buffer>,
  { contentType = 'multipart/form-data; boundary=b', limit = 64 * 1024 * 1024, at = 65_536 } = {},
): Promise<MultipartForm & { readonly contents: readonly string[]; readonly folder: string }> {
  const folder = await mkdtemp(join(root, 'form-'));
  const form = await readMultipart(Buffer.isBuffer(body) ? pieces(body, at) : body, {
    contentType,
    folder,
    limit,
  });
  return { ...form, folder, contents: form.files.map(({ path }) => readFileSync(path, 'latin1')) };
}

const problem = async (body: Buffer | AsyncIterable<Buffer>, options?: Parameters<typeof read>[1]) => {
  const error: unknown = await read(body, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
};

test('fields and files come in their order, with what their parts say of them', async () => {
  const { fields, files, contents } = await read(
    encoded([
      field('message', 'Grüße\r\n--no boundary'),
      file('a/b.sh', 'x/../b.sh', '#!/bin/sh\n', 'X-Attributes: executable', 'Content-Type: text/x-sh'),
      field('message', ''),
      file('a/b.sh', '', ''),
      { headers: [disposition('name=bytes'), 'content-type: application/octet-stream'], body: '\0\xff' },
    ]),
  );
  expect(fields).toEqual([
    { name: 'message', value: 'Grüße\r\n--no boundary' },
    { name: 'message', value: '' },
    // Without a file name it is no file, whatever it says that it is.
    { name: 'bytes', value: '\0ÿ' },
  ]);
  expect(files).toMatchObject([
    { name: 'a/b.sh', filename: 'x/../b.sh', size: 10, attributes: 'executable' },
    { name: 'a/b.sh', filename: '', size: 0 },
  ]);
  expect(files[1]).not.toHaveProperty('attributes');
  expect(files[0]?.sha256).toBe(createHash('sha256').update('#!/bin/sh\n').digest('hex'));
  expect(contents).toEqual(['#!/bin/sh\n', '']);
});

test.each([
  ['as UTF-8', 'filename="pläne.txt"', 'pläne.txt'],
  ['as browsers and newer curls write quotation marks', 'filename="a%22b%0Ac%41.txt"', 'a"b\nc%41.txt'],
  ['as older curls do', String.raw`filename="a\"b\\c.txt"`, String.raw`a"b\c.txt`],
  ['with the backslashes of Windows', String.raw`filename="C:\dir\file.txt"`, String.raw`C:\dir\file.txt`],
  ['as some clients of Python do', "filename=ab.txt; filename*=utf-8''pl%C3%A4ne.txt", 'pläne.txt'],
  ['in another order and another case', 'FileName = "a;b=c" ;', 'a;b=c'],
])('a file name is read %s', async (_how, parameters, filename) => {
  const { files } = await read(
    encoded([
      { headers: [`content-DISPOSITION: Form-Data; ${parameters}; name="f"`.replace(';;', ';')], body: 'x' },
    ]),
  );
  expect(files).toMatchObject([{ name: 'f', filename }]);
});

test('what stands around the form, a form without parts and a line end less are no matter', async () => {
  const one = await read(
    Buffer.concat([Buffer.from('before\r\n'), encoded([field('a', '1')]), Buffer.alloc(9000, 'x')]),
  );
  expect(one.fields).toEqual([{ name: 'a', value: '1' }]);
  expect(await read(encoded([], '--b--'))).toMatchObject({ fields: [], files: [] });
});

const NO_DISPOSITION = /each part needs a header/;
test.each<[string, Buffer, RegExp, Problem['code']?]>([
  ['it ends within a file', encoded([file('f', 'f', 'abc')], ''), /ends before its last boundary/],
  ['it ends within headers', Buffer.from('--b\r\nContent-Disp'), /ends before its last boundary/],
  ['it is empty', Buffer.alloc(0), /ends before its last boundary/],
  ['it is something else', Buffer.from('{"a": 1}'), /ends before its last boundary/],
  ['a part has no headers', Buffer.from('--b\r\n\r\nx\r\n--b--'), NO_DISPOSITION],
  ['the headers of a part have no end', Buffer.from('--b\r\nfoo: bar\r\n--b--'), /no end of its headers/],
  ['a part has no name', encoded([{ headers: [disposition('filename="x"')], body: '' }]), NO_DISPOSITION],
  [
    'a part is an attachment',
    encoded([{ headers: ['Content-Disposition: attachment; name=x'], body: '' }]),
    NO_DISPOSITION,
  ],
  [
    'a quotation mark has no other',
    encoded([{ headers: [disposition('name="x')], body: '' }]),
    NO_DISPOSITION,
  ],
  [
    'a name is not UTF-8',
    encoded([{ headers: [disposition("name*=utf-8''%FF")], body: '' }]),
    NO_DISPOSITION,
  ],
  ['a value is not UTF-8', encoded([field('x', Buffer.from([0xff]))]), /field "x" is not UTF-8/],
  [
    'a part is in base64',
    encoded([file('f', 'f', 'eA==', 'Content-Transfer-Encoding: base64')]),
    /Transfer-Encoding/,
  ],
  ['a value is long', encoded([field('x', 'y'.repeat(1024 * 1024 + 1))]), /send it as a file/, 'too_large'],
  [
    'all values are',
    encoded(Array.from({ length: 5 }, () => field('x', 'y'.repeat(1e6)))),
    /together/,
    'too_large',
  ],
  [
    'names are',
    encoded(Array.from({ length: 400 }, () => field('x'.repeat(15_000), ''))),
    /together/,
    'too_large',
  ],
  ['a header is', encoded([file('x'.repeat(20_000), 'f', '')]), /bytes or 49 lines of headers/, 'too_large'],
  [
    'a header is very',
    encoded([file('x'.repeat(200_000), 'f', '')]),
    /bytes or 49 lines of headers/,
    'too_large',
  ],
  [
    'headers are many',
    encoded([file('x', 'f', '', ...Array(60).fill('a: b'))]),
    /lines of headers/,
    'too_large',
  ],
  [
    'parts are many',
    encoded(Array.from({ length: 1001 }, () => field('x', 'y'))),
    /more than 1000 parts/,
    'too_large',
  ],
])('a body is refused where %s', async (_where, body, sentence, code = 'invalid') => {
  for (const at of [body.length || 1, 4093]) {
    expect(await problem(body, { at })).toMatchObject({ message: expect.stringMatching(sentence), code });
  }
});

test('a body that is too large is refused before it has come whole', async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    yield encoded([file('f', 'f', '')], '--b\r\nContent-Disposition: form-data; name=g; filename=g\r\n\r\n');
    for (;;) {
      sent += 65_536;
      yield Buffer.alloc(65_536);
    }
  }
  expect(await problem(endless(), { limit: 1_000_000 })).toMatchObject({
    code: 'too_large',
    message: expect.stringContaining('larger than 1000000 bytes'),
  });
  expect(sent).toBeLessThan(2_000_000);
});

test.each([
  'multipart/form-data',
  'multipart/form-data; boundary=""',
  `multipart/form-data; boundary=${'b'.repeat(71)}`,
])('no boundary, no form: %s', async (contentType) => {
  expect(await problem(encoded([]), { contentType })).toMatchObject({
    message: expect.stringContaining('boundary'),
  });
});

test('a body that breaks off says why, and nothing waits for ever', async () => {
  async function* cut(): AsyncGenerator<Buffer> {
    yield encoded([file('f', 'f', 'x'.repeat(200_000))], '');
    throw new Error('gone');
  }
  await expect(read(cut())).rejects.toThrow('gone');
});

/** Of bytes among which the marks of the format are more than a matter of luck. */
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('\r', '\n', '\r\n', '-', '--', '\r\n--', '--b', '\r\n--b', '"', ';'),
      fc.string(),
    ),
  )
  .map((texts) => texts.join(''));

test('what was sent comes back, however it is cut into chunks', async () => {
  const part = fc.record({ name: bytes, filename: fc.option(bytes), body: bytes });
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 6 }),
      fc.integer({ min: 1, max: 200 }),
      async (parts, at) => {
        const marked = (text: string): string => text.replaceAll('\r\n--b', '\r\n--c').replace(/^--b/, '--c');
        const escape = (text: string): string =>
          text
            .replaceAll('%', '_')
            .replaceAll('\\', '_')
            .replaceAll('"', '%22')
            .replaceAll('\r', '%0D')
            .replaceAll('\n', '%0A');
        const kept = (text: string): string => text.replaceAll('%', '_').replaceAll('\\', '_');
        const sent = parts.map(({ name, filename, body }) => ({ name, filename, body: marked(body) }));
        const { fields, files, contents } = await read(
          encoded(
            sent.map(({ name, filename, body }) =>
              filename === null ? field(escape(name), body) : file(escape(name), escape(filename), body),
            ),
          ),
          { at },
        );
        expect(fields).toEqual(
          sent
            .filter(({ filename }) => filename === null)
            .map(({ name, body }) => ({ name: kept(name), value: body })),
        );
        const filesSent = sent.filter(({ filename }) => filename !== null);
        expect(files.map(({ name, filename }) => [name, filename])).toEqual(
          filesSent.map(({ name, filename }) => [kept(name), kept(filename ?? '')]),
        );
        expect(contents).toEqual(filesSent.map(({ body }) => Buffer.from(body).toString('latin1')));
      },
    ),
    { numRuns: 150 },
  );
});

test('large files come whole, whatever chunks they come in, and wait for nothing', async () => {
  const size = fc.oneof(fc.integer({ max: 300_000, min: 0 }), fc.constantFrom(0, 1, 16_384, 65_536, 131_072));
  await fc.assert(
    fc.asyncProperty(
      fc.array(size, { maxLength: 5 }),
      fc.integer({ min: 900, max: 400_000 }),
      async (sizes, at) => {
        const bodies = sizes.map((length, index) => String.fromCharCode(97 + index).repeat(length));
        const { contents } = await read(encoded(bodies.map((body) => file('f', 'f', body))), { at });
        expect(contents.map((text) => text.length)).toEqual(sizes);
        expect(contents.join('')).toBe(bodies.join(''));
      },
    ),
    { numRuns: 100 },
  );
});

test('whatever comes is a form or a problem', async () => {
  const line = fc.oneof(
    fc.constantFrom(
      '--b',
      '--b--',
      '',
      'Content-Disposition: form-data; name="a"',
      'Content-Type: application/octet-stream',
      'Content-Disposition: form-data; name=a; filename=b',
      'Content-Disposition: form-data; name="a',
      ': x',
      ' folded',
      'x',
    ),
    bytes,
  ); // prettier-ignore
  const seen = { forms: 0, problems: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 50 }), async (lines, at) => {
      const outcome = await read(Buffer.from(lines.join('\r\n')), { at }).then(
        ({ folder, files }) => {
          expect(readdirSync(folder)).toHaveLength(files.length);
          return 'forms' as const;
        },
        (error: unknown) => {
          expect(error).toBeInstanceOf(Problem);
          return 'problems' as const;
        },
      );
      seen[outcome] += 1;
    }),
    { numRuns: 400 },
  );
  expect(seen.problems).toBeGreaterThan(0);
  expect(seen.forms).toBeGreaterThan(0);
});
