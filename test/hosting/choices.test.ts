import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseDescription,
  chooseName,
  chooseProjectKey,
  chooseRepositorySlug,
  chooseWorkspaceSlug,
  slugFrom,
  uuidIn,
} from '../../src/hosting/index.ts';
import { Problem } from '../../src/problem.ts';

const refused = (work: () => unknown): Problem => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('It was accepted.');
};

describe('the slug of a repository or a workspace', () => {
  it.each([
    'a',
    'app',
    'my-app',
    'my_app',
    'app.js',
    '0',
    '_',
    'a'.repeat(62),
    'console',
    'com',
    'lpt',
    'git',
    'x.gitx',
    'conx',
  ])('may be %j', (slug) => expect(chooseRepositorySlug(slug)).toBe(slug));

  it.each([
    '',
    '.',
    '..',
    'a..b',
    '.a',
    'a.',
    '-a',
    '.git',
    'a.git',
    'x.git',
    'a.lock',
    'a/b',
    'a\\b',
    'a b',
    ' a',
    'a ',
    'A',
    'App',
    'con',
    'CON',
    'con.txt',
    'prn',
    'aux',
    'nul',
    'com1',
    'com0',
    'lpt9',
    'com1.tar',
    'a%2Fb',
    '%2e%2e',
    'a\0',
    'a\n',
    'a\r',
    '\x7f',
    'приложение',
    'аpp',
    'ａｐｐ',
    'app\u200b',
    'app\u202e',
    'é',
    'e\u0301',
    '{a}',
    '@a',
    '~',
    '!api',
    'a:b',
    'a?b',
    'a#b',
    'a&b',
    'a'.repeat(63),
    'ﬁle',
    'app\u0000',
    '\ud800',
    '*',
    '$HOME',
    '`id`',
    "a'b",
    'a"b',
    '<b>',
  ])('may not be %j', (slug) => {
    expect(refused(() => chooseRepositorySlug(slug))).toMatchObject({
      code: 'invalid',
      fields: { name: [expect.stringMatching(/1 to 62/)] },
    });
    expect(refused(() => chooseWorkspaceSlug(slug)).fields).toHaveProperty('slug');
  });

  it.each([
    'account',
    'site',
    'api',
    '2.0',
    'login',
    'logout',
    'metrics',
    'admin',
    'oauth',
    'assets',
    'settings',
    'repositories',
    'workspaces',
    'user',
    'robots.txt',
    'favicon.ico',
  ])('of a workspace may not hide the host’s own %s; of a repository it may', (slug) => {
    expect(refused(() => chooseWorkspaceSlug(slug)).message).toMatch(/reserved/);
    expect(chooseRepositorySlug(slug)).toBe(slug);
  });

  it('that is accepted is one plain segment of a path, an address and a file name, whatever it was made from', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[a-z0-9._/-]{0,70}$/),
      fc.stringMatching(/^[.a-g]{0,8}$/),
    );
    fc.assert(
      fc.property(text, (wanted) => {
        for (const candidate of [wanted, slugFrom(wanted)]) {
          let slug: string;
          try {
            slug = chooseRepositorySlug(candidate);
          } catch (error) {
            expect(error).toBeInstanceOf(Problem);
            continue;
          }
          expect(slug).toMatch(/^[a-z0-9_.-]{1,62}$/);
          expect(encodeURIComponent(slug)).toBe(slug);
          expect(new URL(`http://h/w/${slug}`).pathname).toBe(`/w/${slug}`);
          expect(slug).not.toMatch(/^[.-]|\.$|\.\.|\.git$|\.lock$/);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['My App', 'my-app'],
    ['  Größe & Maß  ', 'gro-e-ma'],
    ['a..b', 'a.b'],
    ['../../etc/passwd', 'etc-passwd'],
    ['приложение', ''],
    ['---', ''],
    [`${'a'.repeat(61)}.b`, 'a'.repeat(61)],
  ])('made from the name %j is %j', (name, slug) => {
    // A sharp s has no decomposition: it becomes a separator like every letter that is not plain.
    expect(slugFrom(name)).toBe(slug);
  });
});

describe('words for people', () => {
  it.each(['Größe', 'приложение', 'a'.repeat(62), '😀'.repeat(62), 'a "b" <c> & d'])(
    'a name may be %j',
    (name) => expect(chooseName(` ${name} `)).toBe(name.normalize('NFC')),
  );
  it.each(['', ' ', 'a\nb', 'a\0', '\u202eabc', 'a'.repeat(63), '\ud800'])('a name may not be %j', (name) => {
    expect(refused(() => chooseName(name)).fields).toHaveProperty('name');
  });
  it('a description may have lines, and no control characters', () => {
    expect(chooseDescription('one\n\ttwo\r\n👩‍👩‍👧')).toBe('one\n\ttwo\r\n👩‍👩‍👧');
    for (const text of ['\0', '\x1b[31m', '\x7f', '\ud800', 'a'.repeat(10_001)]) {
      expect(refused(() => chooseDescription(text)).fields).toHaveProperty('description');
    }
  });
  it('a project key is short, capital and plain', () => {
    for (const key of ['A', 'PROJ', 'P_1', 'A'.repeat(20)]) expect(chooseProjectKey(key)).toBe(key);
    for (const key of ['', 'a', '1A', '_A', 'A B', 'A-B', 'Ä', 'A'.repeat(21), 'A\n']) {
      expect(refused(() => chooseProjectKey(key)).fields).toHaveProperty('key');
    }
  });
});

it('an id in braces is an id, and nothing else is', () => {
  const id = '01234567-89ab-4def-8123-456789abcdef';
  expect(uuidIn(`{${id}}`)).toBe(id);
  expect(uuidIn(`{${id.toUpperCase()}}`)).toBe(id);
  for (const name of [id, '{}', `{${id}`, `${id}}`, ` {${id}}`, `{${id}}\n`, `{{${id}}}`])
    expect(uuidIn(name)).toBeUndefined();
});
