import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { applySelection, isAsked, parseFields } from '../../../src/doors/rest/partial.ts';
import { readPosition, writePosition } from '../../../src/doors/rest/position.ts';
import { parseFilter, passes, type FieldValue } from '../../../src/doors/rest/query-language.ts';
import { Problem } from '../../../src/problem.ts';
import { openRest, type RestHost } from './rest-host.ts';

/** What a reading gives, or undefined where it is refused; any other error fails the test. */
function orRefused<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

describe('fields=', () => {
  const value = {
    size: 2,
    values: [
      { name: 'a', links: { self: { href: 'x' }, html: { href: 'y' } }, owner: null },
      { name: 'b', links: { self: { href: 'z' } }, owner: { name: 'o' } },
    ],
  };
  const select = (text: string) => applySelection(value, parseFields(text));

  test.each([
    ['size', { size: 2 }],
    ['values.name', { values: [{ name: 'a' }, { name: 'b' }] }],
    ['values.owner.name,size', { size: 2, values: [{}, { owner: { name: 'o' } }] }],
    ['-values', { size: 2 }],
    ['-values.links,-values.owner', { size: 2, values: [{ name: 'a' }, { name: 'b' }] }],
    ['-*,+size', { size: 2 }],
    ['-*, size', { size: 2 }],
    [
      '-values.links,+values.links.self.href',
      {
        size: 2,
        values: [
          { name: 'a', owner: null, links: { self: { href: 'x' } } },
          { name: 'b', owner: { name: 'o' }, links: { self: { href: 'z' } } },
        ],
      },
    ],
    [
      'values.links.*.href',
      {
        values: [{ links: { self: { href: 'x' }, html: { href: 'y' } } }, { links: { self: { href: 'z' } } }],
      },
    ],
    [
      'values.*,-values.links',
      {
        values: [
          { name: 'a', owner: null },
          { name: 'b', owner: { name: 'o' } },
        ],
      },
    ],
    ['*', value],
    ['', value],
    ['nothing', {}],
  ])('%s', (text, expected) => {
    expect(select(text)).toEqual(expected);
  });

  /** An item of a list that has no such field becomes null, so that the others stay where they were. */
  const isPartOf = (part: unknown, whole: unknown): boolean => {
    if (part === null || Object.is(part, whole)) return true;
    if (Array.isArray(part)) {
      return (
        Array.isArray(whole) &&
        part.length === whole.length &&
        part.every((item, index) => isPartOf(item, whole[index]))
      );
    }
    if (typeof part !== 'object' || typeof whole !== 'object' || whole === null) return false;
    const held = new Map(Object.entries(whole));
    return Object.entries(part).every(([key, child]) => held.has(key) && isPartOf(child, held.get(key)));
  };

  test('never gives what the value does not hold, and never fails', () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[-+ ,.*a-z_]{0,40}$/),
      fc.constant('__proto__,constructor.prototype'),
    );
    fc.assert(
      fc.property(text, fc.jsonValue(), (fields, json) => {
        const selection = orRefused(() => parseFields(fields));
        if (selection === undefined) return;
        const before = JSON.stringify(json);
        const answered = JSON.stringify(applySelection(json, selection));
        expect(answered === undefined || isPartOf(JSON.parse(answered), JSON.parse(before))).toBe(true);
        expect(JSON.stringify(json)).toBe(before);
      }),
      { numRuns: 500, examples: [['__proto__,constructor.prototype', ['', '']]] },
    );
  });
});

describe('what fields= asks for', () => {
  const value = { size: 2, values: [{ name: 'a', size: 5, branch: { name: 'b' } }] };
  const isShown = (shown: typeof value | undefined, name: string) =>
    name.split('.').reduce<unknown>((part, key) => {
      const one: unknown = Array.isArray(part) ? part[0] : part;
      return typeof one === 'object' && one !== null && key in one
        ? (one as Record<string, unknown>)[key]
        : undefined;
    }, shown) !== undefined;
  const paths = ['size', 'values.size', 'values.branch'];

  test('is told by the names alone: nothing is shown that is not, and nothing named is left out', () => {
    const name = fc
      .array(fc.constantFrom('values', 'size', 'name', 'branch', '*', 'other'), {
        minLength: 1,
        maxLength: 3,
      })
      .map((keys) => keys.join('.'));
    const fields = fc.array(fc.tuple(fc.constantFrom('', '-', '+'), name), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fields, (chosen) => {
        const selection = parseFields(chosen.map((one) => one.join('')).join(','));
        const shown = applySelection(value, selection) as typeof value | undefined;
        for (const path of paths) if (isShown(shown, path)) expect(isAsked(selection, path)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['values.name', []],
    ['-values.size', ['size', 'values.branch']],
    ['-values.*', ['size']],
    ['-values', ['size']],
    ['-values,+values.size', ['size', 'values.size']],
    ['values.branch.name', ['values.branch']],
    ['-values.branch.name', paths],
    ['values', ['values.size', 'values.branch']],
  ])('%s asks for %j', (fields, asked) => {
    expect(paths.filter((path) => isAsked(parseFields(fields), path))).toEqual(asked);
  });

  test('is everything where it is not there', () => {
    expect(isAsked(undefined, 'values.size')).toBe(true);
  });
});

describe('q=', () => {
  const record: Record<string, FieldValue> = {
    name: 'Latch Key',
    size: 10,
    open: true,
    gone: null,
    at: new Date('2026-01-02'),
  };
  const holds = (text: string) =>
    passes(parseFilter(text, Object.keys(record)), (field) => record[field] ?? null);

  test.each([
    ['name = "Latch Key"', true],
    ['name = "latch key"', false],
    ['name ~ "LATCH"', true],
    ['name !~ "door"', true],
    ['name != "x" AND size > 9', true],
    ['size <= 9 OR open = true', true],
    ['size <= 9 OR open = false AND name ~ "l"', false],
    ['(size = 10 OR size = 11) and gone = null', true],
    ['size IN (1, 10)', true],
    ['name NOT IN ("a", "b")', true],
    ['at > 2026-01-01', true],
    ['at < 2026-01-01T00:00:00Z', false],
    ['at = "2026-01-02"', true],
    ['name ~ "\\"" OR name ~ "y"', true],
    ['name > 5', false],
    ['name ~ "LATCH" AND name !~ "DOOR" AND name = "Latch Key"', true],
    ['name ~ 5 OR name ~ null', false],
    [Array.from({ length: 100 }, () => 'size = 9').join(' OR '), false],
    [`size IN (${Array.from({ length: 99 }, () => 9).join()}) OR size = 10`, true],
  ])('%s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test.each([
    '',
    'name',
    'name =',
    'name = x',
    'name ~ "',
    '(name = "a"',
    'name = "a")',
    'name = "a" name = "b"',
    'name not = "a"',
    'size IN 1',
    '= "a"',
    `${'('.repeat(60)}name = "a"${')'.repeat(60)}`,
    'x'.repeat(5000),
  ])('is refused: %s', (text) => {
    expect(orRefused(() => holds(text))).toBeUndefined();
  });

  test.each(['"yesterday"', '2026-13-45', '"5"', '5', 'true'])('is refused for a time: %s', (value) => {
    const read = (filter: string) => orRefused(() => parseFilter(filter, ['name', 'at'], ['at']));
    expect(read(`name = "a" AND (at > ${value})`)).toBeUndefined();
    expect(read(`at IN (2026-11-01, ${value})`)).toBeUndefined();
    expect(read('at > 2026-11-01 AND at < "2026-11-01T09:30:00Z" AND at != null')).toBeDefined();
  });

  test('names the field that cannot be asked for', () => {
    expect(() => holds('participants.uuid = "x"')).toThrow(
      'Field ".participants.uuid" does not support filtering',
    );
    expect(() => holds('constructor = "x"')).toThrow('does not support filtering');
  });

  test('compares with so many values and no more, however they are joined', () => {
    for (const values of [
      Array.from({ length: 101 }, () => 'size = 9').join(' OR '),
      `size IN (${Array.from({ length: 101 }, () => 9).join()})`,
      `size IN (${Array.from({ length: 60 }, () => 9).join()}) OR (size NOT IN (${Array.from({ length: 41 }, () => 9).join()}))`,
    ]) {
      expect(() => holds(values)).toThrow('it compares with more than 100 values');
    }
  });

  test('long chains and anything at all are read or refused', () => {
    expect(holds(Array.from({ length: 100 }, () => 'size = 10').join(' AND '))).toBe(true);
    const token = fc.constantFrom(
      'name',
      'size',
      'AND',
      'or',
      '(',
      ')',
      '=',
      '~',
      '!=',
      '"a"',
      '1',
      'null',
      'in',
      ',',
      'not',
      '2026-01-01',
    );
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 12 }),
        (tokens) => void orRefused(() => holds(tokens.join(' '))),
      ),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void orRefused(() => holds(text))));
  });
});

describe('page=', () => {
  const hash = fc.stringMatching(/^[0-9a-f]{40}$/);
  test('comes back as it was given, for few revisions', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.array(hash, { maxLength: 4 }),
        fc.array(hash, { maxLength: 4 }),
        (offset, include, exclude) => {
          expect(readPosition(writePosition({ offset, include, exclude }), 10)).toEqual({
            offset,
            include,
            exclude,
          });
        },
      ),
    );
  });

  test('is refused when it is none of ours', () => {
    fc.assert(fc.property(fc.string(), (text) => void orRefused(() => readPosition(text, 10))));
  });
});

describe('over the wire', () => {
  let rest: RestHost;
  let jane: string;

  beforeAll(async () => {
    rest = await openRest();
    jane = await rest.basic('jane', 'account', 'repository', 'repository:admin', 'repository:delete');
  });

  const parameter = fc.constantFrom(
    'q',
    'sort',
    'page',
    'pagelen',
    'fields',
    'include',
    'exclude',
    'path',
    'role',
    'format',
    'max_depth',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      'main',
      'HEAD',
      '..',
      '\0',
      '-1',
      '0',
      '1',
      '100',
      '-name',
      'name ~ "a"',
      'values',
      'docs/../x',
      '--all',
      '^main',
      ':/x',
      'a'.repeat(5000),
    ),
  );
  const url = fc.constantFrom(
    '/2.0/user/workspaces',
    '/2.0/workspaces/team/members',
    '/2.0/repositories/team',
    ...[
      '',
      '/commits',
      '/commits/main',
      '/commit/main',
      '/refs',
      '/refs/branches',
      '/refs/tags',
      '/src',
      '/src/main/',
      '/src/main/README.md',
    ].map((tail) => `/2.0/repositories/team/app${tail}`),
  );

  test('no parameter brings the host down', async () => {
    await fc.assert(
      fc.asyncProperty(url, fc.array(fc.tuple(parameter, text), { maxLength: 4 }), async (path, pairs) => {
        const query = new URLSearchParams(pairs.map(([name, value]) => [name, value.toWellFormed()]));
        const { status, body } = await rest.call(`${path}?${query.toString()}`, jane);
        expect(status, `${path}?${query.toString()} ${body}`).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
  });

  test('no path does', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '..',
        '.',
        '',
        '%00',
        '%2F',
        '%2f..%2f',
        '%252e',
        '%',
        '%ff',
        '.git',
        'con',
        'main',
        'README.md',
        '{}',
        '*',
        ':',
        'a\\b',
        'HEAD',
        '@',
        'refs/heads/main',
        'a'.repeat(300),
      ),
    );
    const root = fc.constantFrom(
      '/2.0',
      '/2.0/workspaces',
      '/2.0/repositories',
      '/2.0/repositories/team/app/src',
      '/2.0/repositories/team/app/commits',
      '/2.0/repositories/team/app/commit',
      '/2.0/repositories/team/app/refs/branches',
      '/2.0/repositories/team/app/refs/tags',
      '/2.0/repositories/team/app/src/main',
    );
    await fc.assert(
      fc.asyncProperty(
        root,
        fc.array(piece, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (start, pieces, encoded) => {
          const tail = pieces
            .map((one) =>
              encoded ? encodeURIComponent(one.toWellFormed()) : one.replace(/[^!-~]|[?#]/g, ''),
            )
            .join('/');
          const { status, body } = await rest.call(`${start}/${tail}`, jane);
          expect(status, `${start}/${tail} ${body}`).toBeLessThan(500);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a path of slashes keeps nobody waiting', { timeout: 5_000 }, async () => {
    // A regular expression that trims takes minutes for so many.
    const path = `x${'/'.repeat(500_000)}x`;
    const jane = await rest.basic('jane', 'repository');
    const listed = await rest.call('/2.0/repositories/team/app/commits', jane, {
      method: 'POST',
      body: { path },
    });
    expect([listed.status, listed.json.values]).toEqual([200, []]);
  });

  test('no body does', async () => {
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constantFrom(
        '{"name":"\\u0000"}',
        '{"project":{"key":"\\u0000"}}',
        '{"project":{"uuid":"{\\u0000}"}}',
        '{"website":"http://\\u0000"}',
      ),
      fc.constant('{"description":"\\ud800"}'),
    );
    const type = fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
      'text/plain',
      '*/*',
      '',
    );
    const method = fc.constantFrom('POST' as const, 'PUT' as const);
    const path = fc.constantFrom(
      '/2.0/repositories/team/app',
      '/2.0/repositories/team/app/commits',
      '/2.0/repositories/team/fuzzed',
    );
    await fc.assert(
      fc.asyncProperty(method, path, type, body, async (verb, at, contentType, sent) => {
        const answer = await rest.call(at, jane, {
          method: verb,
          headers: { 'content-type': contentType },
          body: sent,
        });
        expect(answer.status, `${verb} ${at} ${contentType} ${sent} ${answer.body}`).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
  });
});
