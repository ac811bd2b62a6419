import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { writingHandle } from '../../../src/git/handle.ts';
import { BuiltRepository } from '../../git/build-repository.ts';
import { basicHeader, openRest, PUBLIC_URL, type Answer, type RestHost } from './rest-host.ts';

let rest: RestHost;
/** An app password of jane's, who owns the workspace, and a token of the repository. */
let jane: string;
let token: string;
let git: BuiltRepository;

const R = '/2.0/repositories/team/app';

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository:write');
  token = await rest.bearer('team/app', 'repository:write');
  git = rest.git.app;
});

type Part = readonly [name: string, value: string | Blob];

/** As `curl --form name=value` sends it, and with a `Blob` as `--form name=@file`. */
async function send(parts: readonly Part[], who: string | undefined = token, at = R): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, 'upload.bin');
  }
  const request = new Request('http://localhost', { method: 'POST', body: form });
  return rest.call(`${at}/src`, who, {
    method: 'POST',
    body: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
  });
}
const raw = (type: string, body: string, who = token) =>
  rest.call(`${R}/src`, who, { method: 'POST', body, headers: { 'content-type': type } });
const urlencoded = (fields: readonly (readonly [string, string])[], who = token) =>
  raw(
    'application/x-www-form-urlencoded',
    new URLSearchParams(fields.map((pair) => [...pair])).toString(),
    who,
  );
const file = (content: string | Buffer): Blob => new Blob([content as BlobPart]);
const show = async (path: string, at = 'main'): Promise<string> =>
  (await git.git(['cat-file', 'blob', `${at}:${path}`])).toString();
const paths = async (at = 'main'): Promise<string[]> =>
  (await git.git(['ls-tree', '-r', '-z', '--name-only', at])).toString().split('\0').filter(Boolean);
const said = async (format: string, at = 'main'): Promise<string> =>
  (await git.git(['log', '-1', `--format=${format}`, at])).toString().replace(/\n$/, '');
const refs = async (): Promise<string> => await git.state();

/** Calls, and expects that no ref moved. */
async function still(call: () => Promise<Answer>): Promise<Answer> {
  const before = await refs();
  const answer = await call();
  expect(await refs()).toBe(before);
  return answer;
}

describe('files that are uploaded', () => {
  test('make a commit on the main branch, beside what is there', async () => {
    const before = { tip: await git.id('main'), paths: await paths() };
    const made = await send(
      [
        ['/deep/in/picture.bin', file(Buffer.from([0, 255, 10, 13, 0]))],
        ['notes.txt', file('one\r\ntwo\n')],
        ['message', 'Two files\n\nBy a script.'],
      ],
      jane,
    );
    expect([made.status, made.body]).toEqual([201, '']);
    const tip = await git.id('main');
    expect(made.headers['location']).toBe(`${PUBLIC_URL}${R}/commit/${tip}`);
    expect((await rest.call(made.headers['location']?.replace(PUBLIC_URL, '') ?? '', token)).json.hash).toBe(
      tip,
    );
    expect(await git.id('main~1')).toBe(before.tip);
    expect(await paths()).toEqual([...before.paths, 'deep/in/picture.bin', 'notes.txt'].toSorted());
    expect(await git.git(['cat-file', 'blob', 'main:deep/in/picture.bin'])).toEqual(
      Buffer.from([0, 255, 10, 13, 0]),
    );
    expect(await show('notes.txt')).toBe('one\r\ntwo\n');
    expect(await said('%an <%ae> | %cn <%ce> | %B')).toBe(
      'jane <jane@example.org> | jane <jane@example.org> | Two files\n\nBy a script.',
    );
  });

  test('are written by the bot of a token, or in the name of the author that is named', async () => {
    expect((await send([['/a.txt', file('1')]])).status).toBe(201);
    expect(await said('%ae')).toMatch(/@bots\.localhost$/);
    expect(await said('%s')).toBe('a.txt edited over the API');
    expect(
      (
        await send([
          ['a.txt', file('2')],
          ['author', 'Ada Example <ada@example.org>'],
        ])
      ).status,
    ).toBe(201);
    expect(await said('%an|%ae')).toBe('Ada Example|ada@example.org');
    expect(await said('%ce')).toMatch(/@bots\.localhost$/);
    for (const author of ['Ada', 'Ada <>', '<a@b> x', 'A\nB <a@b>', 'x'.repeat(2000)]) {
      const { status, json } = await still(() =>
        send([
          ['a.txt', file('3')],
          ['author', author],
        ]),
      );
      expect([status, Object.keys(json.error.fields)], author).toEqual([400, ['author']]);
    }
  });

  test('go where they are named and not sent, and a rename is both at once', async () => {
    await send([
      ['old/one', file('1')],
      ['old/two', file('2')],
    ]);
    const gone = await send([
      ['files', '/old/one'],
      ['files', 'old/two'],
      ['new/one', file('1')],
    ]);
    expect(gone.status).toBe(201);
    const left = await paths();
    expect([left.includes('old/one'), left.includes('old/two'), left.includes('new/one')]).toEqual([
      false,
      false,
      true,
    ]);
    // Named and sent: it is changed.
    await send([
      ['files', 'new/one'],
      ['new/one', file('again')],
    ]);
    expect(await show('new/one')).toBe('again');
    const none = await still(() => send([['files', 'new/none']]));
    expect([none.status, none.json.error.fields]).toEqual([
      400,
      { 'new/none': ['There is no file new/none to delete.'] },
    ]);
  });

  test('may come as a form, where a slash tells a file from what is said of the commit', async () => {
    const made = await urlencoded([
      ['/path/to/me.txt', 'Lorem ipsum.'],
      ['/message', 'a file'],
      ['plain', 'ünï'],
      ['message', 'Initial commit'],
      ['author', 'Erik Example <erik@example.org>'],
    ]);
    expect(made.status).toBe(201);
    expect([await show('path/to/me.txt'), await show('message'), await show('plain')]).toEqual([
      'Lorem ipsum.',
      'a file',
      'ünï',
    ]);
    expect(await said('%an|%s')).toBe('Erik Example|Initial commit');
    // A part with a file name is a file, whatever it is called.
    await send([['author', file('of the book')]]);
    expect(await show('author')).toBe('of the book');
  });

  test('are links and programs where their part says so, and else plain', async () => {
    const part = (name: string, attribute: string, content: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"; filename="x"${attribute}\r\n\r\n${content}\r\n`;
    const body = (...parts: string[]) => `${parts.join('')}--b--\r\n`;
    const made = await raw(
      'multipart/form-data; boundary=b',
      body(
        part('bin/stop', '; x-attributes:"executable"', '#!/bin/sh\nhalt\n'),
        part('README', '; x-attributes="link"', 'README.md'),
        part('plain.sh', '', '#!/bin/sh\n'),
      ),
    );
    expect(made.status).toBe(201);
    const modes = (await git.git(['ls-tree', '-r', 'main', 'bin/stop', 'README', 'plain.sh'])).toString();
    expect(
      modes
        .split('\n')
        .filter(Boolean)
        .map((line) => [line.slice(0, 6), line.split('\t')[1]]),
    ).toEqual([
      ['120000', 'README'],
      ['100755', 'bin/stop'],
      ['100644', 'plain.sh'],
    ]);
    await raw('multipart/form-data; boundary=b', body(part('bin/stop', '', 'x')));
    expect((await git.git(['ls-tree', 'main', 'bin/stop'])).toString().slice(0, 6)).toBe('100644');
    const odd = await still(() =>
      raw('multipart/form-data; boundary=b', body(part('x', '; x-attributes="setuid"', 'x'))),
    );
    expect([odd.status, odd.json.error.message]).toEqual([400, 'x: x-attributes is executable or link.']);
  });

  test.each([
    ['a slash', '/'],
    ['two slashes before it', '//a'],
    ['two slashes in it', 'a//b'],
    ['a slash behind it', 'a/'],
    ['a dot', '.'],
    ['two dots', '..'],
    ['two dots in it', 'a/../b'],
    ['a dot before it', './a'],
    ['the folder of Git', '.git/config'],
    ['the folder of Git in capitals', 'a/.GIT/hooks/x'],
    ['a zero byte', 'a\0b'],
    ['a line end', 'a\nb'],
    ['too long a name', 'a'.repeat(256)],
    ['too long a path', `${'abc/'.repeat(1100)}x`],
  ])('cannot lie at %s', async (_what, path) => {
    const { status, json } = await still(() => urlencoded([[path, 'x']]));
    expect(status).toBe(400);
    expect(json.error.message).toMatch(/path of a file/);
  });

  test('come as a form and as nothing else', async () => {
    for (const type of ['application/json', 'text/plain', 'application/octet-stream']) {
      const { status, json } = await still(() => raw(type, '{"/a":"b"}'));
      expect([status, json.error.message], type).toEqual([
        415,
        expect.stringContaining('multipart/form-data'),
      ]);
    }
  });

  test('are the bytes that were sent, and what is said about them is text', async () => {
    const type = 'application/x-www-form-urlencoded';
    expect((await raw(type, '/bytes=%ff%FE%00+%2B%zz%&/empty=&/bare&message=caf%C3%A9&files=')).status).toBe(
      201,
    );
    expect(await git.git(['cat-file', 'blob', 'main:bytes'])).toEqual(
      Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(' +%zz%')]),
    );
    expect([await show('empty'), await show('bare'), await said('%B')]).toEqual(['', '', 'café']);
    for (const body of ['caf%E9.txt=x', '/a=b&message=caf%E9', '/a=b&author=%ff+<a@b.org>']) {
      const { status, json } = await still(() => raw(type, body));
      expect([status, json.error.message], body).toEqual([400, expect.stringContaining('UTF-8')]);
    }
  });

  test('are so many at most, and lie so deep together', async () => {
    const form = (count: number, depth: number) =>
      urlencoded(Array.from({ length: count }, (_, index) => [`/many/${index}/${'a/'.repeat(depth)}a`, '']));
    expect((await still(() => form(1001, 0))).status).toBe(413);
    expect((await still(() => form(10, 1000))).status).toBe(413);
  });

  test('that Git itself would not take are refused by it, and nothing moves', async () => {
    const { status, json } = await still(() => urlencoded([['a/git~1/config', 'x']]));
    expect([status, json.error.message]).toEqual([
      400,
      expect.stringMatching(/^Git does not take this: .*\.git/),
    ]);
  });
});

describe('the branch of a commit', () => {
  const put = (fields: Readonly<Record<string, string>>, who = token) =>
    urlencoded([['/file', JSON.stringify(fields)], ...Object.entries(fields)], who);

  test('is the one that is named, with its tip as the parent', async () => {
    const [main, x] = [await git.id('main'), await git.id('feature/x')];
    expect((await put({ branch: 'feature/x' })).status).toBe(201);
    expect(await git.id('feature/x~1')).toBe(x);
    expect(await git.id('main')).toBe(main);
    const stale = await still(() => put({ branch: 'feature/x', parents: x }));
    expect([stale.status, stale.json.data.tip]).toEqual([409, await git.id('feature/x')]);
    expect(
      (await put({ branch: 'feature/x', parents: (await git.id('feature/x')).toUpperCase() })).status,
    ).toBe(201);
    const behind = await git.id('main~1');
    expect((await still(() => put({ parents: behind }))).status).toBe(409);
    expect((await put({ parents: await git.id('main') })).status).toBe(201);
  });

  test('is made where it is not there: at the main branch, or at the parent that is named', async () => {
    const main = await git.id('main');
    expect((await put({ branch: 'made/here' })).status).toBe(201);
    expect(await git.id('made/here~1')).toBe(main);
    const older = await git.id('main~2');
    expect((await put({ branch: 'made/older', parents: older })).status).toBe(201);
    expect(await git.id('made/older~1')).toBe(older);
    expect(await git.id('main')).toBe(main);
    // Without files, a commit that changes nothing.
    const bare = await urlencoded([
      ['branch', 'made/empty'],
      ['parents', older],
    ]);
    expect(bare.status).toBe(201);
    expect(await git.id('made/empty~1')).toBe(older);
    expect(await git.id('made/empty^{tree}')).toBe(await git.id(`${older}^{tree}`));
    for (const fields of [[], [['branch', 'made/empty']], [['message', 'x']]] as [string, string][][])
      expect((await still(() => urlencoded(fields))).json.error.fields).toHaveProperty('files');
    const unknown = await still(() => put({ branch: 'made/none', parents: 'f'.repeat(40) }));
    expect([unknown.status, unknown.json.error.message]).toEqual([404, 'Commit not found']);
    for (const fields of [
      { branch: 'made' },
      { branch: 'made/here/too' },
      { branch: 'refs/heads/x' },
      { branch: 'a..b' },
      { branch: 'x', parents: 'main' },
      { branch: 'x', parents: `${main},${older}` },
    ] as Record<string, string>[])
      expect([fields, (await still(() => put(fields))).status]).toEqual([fields, 400]);
    expect(
      (
        await still(() =>
          urlencoded([
            ['branch', 'x'],
            ['branch', 'y'],
            ['/f', ''],
          ]),
        )
      ).status,
    ).toBe(400);
  });

  test('of an empty repository is its main branch from then on, and there is one root', async () => {
    const E = '/2.0/repositories/team/empty';
    const admin = await rest.basic('jane', 'repository:write');
    const path = rest.host.services.storage.pathOf(rest.ids.empty, 'repository');
    const empty = new BuiltRepository(path, writingHandle(rest.ids.empty, 'repository', path));
    const first = await send(
      [
        ['README', file('hello')],
        ['branch', 'trunk'],
      ],
      admin,
      E,
    );
    expect(first.status).toBe(201);
    expect((await empty.git(['symbolic-ref', 'HEAD'])).toString()).toBe('refs/heads/trunk\n');
    expect((await empty.git(['rev-list', '--count', 'trunk'])).toString()).toBe('1\n');
    expect((await send([['b', file('2')]], admin, E)).status).toBe(201);
    expect((await empty.git(['rev-list', '--count', 'trunk'])).toString()).toBe('2\n');
    await empty.git(['symbolic-ref', 'HEAD', 'refs/heads/unborn']);
    const root = await send([['b', file('3')]], admin, E);
    expect([root.status, root.json.error.message]).toEqual([
      400,
      expect.stringContaining('main branch has no commit yet'),
    ]);
    expect((await empty.git(['fsck', '--strict', '--no-dangling'])).toString()).toBe('');
  });

  test('takes the commits of those who come at once one after the other: nobody named a parent', async () => {
    const before = Number(await git.git(['rev-list', '--count', 'main']));
    const names = ['one', 'two', 'three', 'four'];
    const all = await Promise.all(names.map((name) => urlencoded([[`/at-once/${name}`, name]])));
    expect(all.map(({ status }) => status)).toEqual(names.map(() => 201));
    for (const name of names) expect(await show(`at-once/${name}`)).toBe(name);
    expect(Number(await git.git(['rev-list', '--count', 'main']))).toBe(before + names.length);
    const parents = await git.id('main');
    const told = await Promise.all(
      names.map((name) =>
        urlencoded([
          [`/told/${name}`, name],
          ['parents', parents],
        ]),
      ),
    );
    expect(told.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(told.filter(({ status }) => status === 409)).toHaveLength(3);
  });
});

describe('whoever may not push', () => {
  test('commits nothing', async () => {
    for (const [status, who] of [
      [401, undefined],
      [403, await rest.basic('jane', 'repository', 'repository:admin')],
      [403, await rest.basic('rob', 'repository:write')],
      [404, await rest.basic('eve', 'repository:write')],
    ] as const) {
      const at = who === undefined ? '/2.0/repositories/team/open' : R;
      expect(
        (
          await still(() =>
            rest.call(`${at}/src`, who, {
              method: 'POST',
              body: 'a=b',
              headers: { 'content-type': 'application/x-www-form-urlencoded' },
            }),
          )
        ).status,
      ).toBe(status);
    }
    const writing = basicHeader(
      'jane',
      (await rest.host.apiToken('jane', ['write:repository:bitbucket'])).secret,
    );
    expect((await send([['api', file('1')]], writing)).status).toBe(201);
  });

  test('T22, T33: past the rule for sensitive paths gets nobody, by whatever makes a commit', async () => {
    const writer = await rest.basic('jane', 'repository:write');
    await send(
      [
        ['.ci/run', file('1')],
        ['CODEOWNERS', file('1')],
      ],
      writer,
    );
    const key = await rest.bounded('team/app', { deniedPaths: ['.ci/**', 'CODEOWNERS'] }, 'repository:write');
    const ways: readonly (readonly Part[])[] = [
      [['.ci/run', file('2')]],
      [['/.ci/new', file('2')]],
      [['files', 'CODEOWNERS']],
      [
        ['files', '.ci/run'],
        ['moved', file('1')],
      ],
      [
        ['fine', file('2')],
        ['CODEOWNERS', file('2')],
      ],
      [
        ['CODEOWNERS', file('2')],
        ['branch', 'sensitive'],
      ],
      [
        ['CODEOWNERS', file('2')],
        ['branch', 'sensitive'],
        ['parents', await git.id('main~1')],
      ],
    ];
    for (const parts of ways) {
      const { status, json } = await still(() => send(parts, key));
      expect([status, json.error.message]).toEqual([
        403,
        expect.stringMatching(/^cred_\w+: .*(?:\.ci|CODEOWNERS)/),
      ]);
    }
    expect((await send([['fine', file('2')]], key)).status).toBe(201);
    const reading = await rest.bearer('team/app', 'repository');
    expect((await still(() => send([['fine', file('3')]], reading))).status).toBe(403);
  });

  test('to these files, this branch, so much, or in the name of another, is refused as with Git', async () => {
    const docs = await rest.bounded('team/app', { paths: ['docs/**'] }, 'repository:write');
    expect((await send([['docs/new.md', file('1')]], docs)).status).toBe(201);
    const outside = await still(() =>
      send(
        [
          ['docs/new.md', file('2')],
          ['src.ts', file('x')],
        ],
        docs,
      ),
    );
    expect([outside.status, outside.json.error.message]).toEqual([
      403,
      expect.stringMatching(/^cred_\w+: .*src\.ts/),
    ]);
    const ci = await rest.bounded('team/app', { refs: ['refs/heads/ci/**'] }, 'repository:write');
    expect(
      (
        await send(
          [
            ['x', file('1')],
            ['branch', 'ci/one'],
          ],
          ci,
        )
      ).status,
    ).toBe(201);
    expect((await still(() => send([['x', file('1')]], ci))).status).toBe(403);
    const small = await rest.bounded('team/app', { maximumBytes: 2000 }, 'repository:write');
    expect((await send([['small', file('x')]], small)).status).toBe(201);
    const noise = Buffer.from(
      Array.from({ length: 5000 }, (_, index) => (index * 7919 * (index ^ 77)) % 251),
    );
    const large = await still(() => send([['large', file(noise)]], small));
    expect([large.status, large.json.error.message]).toEqual([
      403,
      expect.stringMatching(/at most 2000 bytes/),
    ]);
    const self = await rest.bounded('team/app', { authorSelf: true }, 'repository:write');
    expect((await send([['self', file('x')]], self)).status).toBe(201);
    const once = await rest.bounded('team/app', { uses: 1 }, 'repository:write');
    expect((await still(() => send([['..', file('x')]], once))).status).toBe(400);
    expect((await send([['once', file('x')]], once)).status).toBe(201);
    expect((await still(() => send([['twice', file('x')]], once))).status).toBe(403);
  });
});

test('anything that is sent is taken or refused, and what is taken is sound', async () => {
  const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.stringMatching(/^[a-c./]{1,8}$/));
  const body = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(fc.tuple(name, fc.string({ maxLength: 20 })), { maxLength: 4 })
      .map(
        (fields) =>
          `${fields.map(([field, value]) => `--b\r\nContent-Disposition: form-data; name="${field}"${value.length % 2 ? '; filename="f"' : ''}\r\n\r\n${value}\r\n`).join('')}--b--\r\n`,
      ),
  );
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const { status } = await raw('multipart/form-data; boundary=b', text);
      expect([201, 400, 409, 413]).toContain(status);
    }),
    { numRuns: 30 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, fc.string({ maxLength: 20 })), { maxLength: 4 }),
      async (fields) => {
        expect([201, 400, 404, 409]).toContain((await urlencoded(fields)).status);
      },
    ),
    { numRuns: 25 },
  );
  expect((await git.git(['fsck', '--strict', '--no-dangling'])).toString()).toBe('');
});
