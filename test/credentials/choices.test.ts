import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseExpiry, chooseExpiryOf, chooseLabel, chooseScopes } from '../../src/credentials/index.ts';
import { GRANULAR_SCOPE_NAMES, SECRET_KIND_NAMES, SCOPE_NAMES } from '../../src/gate/index.ts';
import { Problem } from '../../src/problem.ts';

const problem = (work: () => unknown): Problem => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('It was accepted.');
};

describe('scopes', () => {
  it('are kept as chosen, each once, and never expanded', () => {
    expect(chooseScopes('app_password', ['repository:write', 'wiki', 'repository:write'])).toEqual([
      'repository:write',
      'wiki',
    ]);
    expect(chooseScopes('app_password', SCOPE_NAMES)).toEqual(SCOPE_NAMES);
  });

  it('must be some', () => {
    for (const kind of SECRET_KIND_NAMES)
      expect(problem(() => chooseScopes(kind, [])).fields).toHaveProperty('scopes');
  });

  it.each([
    ['repository:wirte', 'repository:write'],
    ['Repository', 'repository'],
    ['repository ', 'repository'],
    ['pull_request', 'pullrequest'],
  ])('that are unknown, such as %j, are refused with the nearest names', (typed, meant) => {
    const { code, message } = problem(() => chooseScopes('app_password', ['wiki', typed]));
    expect(code).toBe('invalid');
    expect(message).toContain(JSON.stringify(typed));
    expect(message).toMatch(new RegExp(`Did you mean .*\\b${meant}\\b`));
  });

  it('that no longer exist say what replaced them', () => {
    expect(problem(() => chooseScopes('app_password', ['project:write'])).message).toMatch(/project:admin/);
  });

  it.each([
    '*',
    'null',
    '',
    '__proto__',
    'constructor',
    'x'.repeat(10_000),
    '\0',
    'repository\nrepository:write',
  ])('like %j are refused in one readable line', (typed) => {
    const { message } = problem(() => chooseScopes('app_password', [typed]));
    expect(message).not.toMatch(/[\n\0]/);
    expect(message.length).toBeLessThan(600);
  });

  /** The lists of Bitbucket Cloud's REST introduction, and wikis, which it lets no token open. */
  const ofRepositories = [
    'repository',
    'repository:write',
    'repository:admin',
    'repository:delete',
    'pullrequest',
    'pullrequest:write',
    'webhook',
    'pipeline',
    'pipeline:write',
    'pipeline:variable',
    'runner',
    'runner:write',
    'wiki',
  ];
  it.each([
    ['repository_access_token', ofRepositories],
    ['project_access_token', [...ofRepositories, 'project']],
    ['workspace_access_token', [...ofRepositories, 'project', 'project:admin', 'account']],
  ] as const)('that a %s cannot carry are refused on it, and no others', (kind, carried) => {
    for (const name of SCOPE_NAMES) {
      const choose = () => chooseScopes(kind, [name]);
      if ((carried as readonly string[]).includes(name)) expect(choose()).toEqual([name]);
      else expect(problem(choose).message).toContain(`cannot carry ${name}: it belongs to a`);
    }
  });

  it('are refused with what could carry them', () => {
    expect(problem(() => chooseScopes('repository_access_token', ['project'])).message).toBe(
      'A repository access token cannot carry project: it belongs to a project access token, or to an account.',
    );
    expect(problem(() => chooseScopes('workspace_access_token', ['email'])).message).toBe(
      'A workspace access token cannot carry email: it belongs to an account.',
    );
  });

  it('are never anything but scopes of ours, of the catalogue of the kind', () => {
    const anyKind = fc.constantFrom('app_password' as const, 'api_token' as const);
    const allScopes: readonly string[] = [...SCOPE_NAMES, ...GRANULAR_SCOPE_NAMES];
    fc.assert(
      fc.property(anyKind, fc.array(fc.oneof(fc.string(), fc.constantFrom(...allScopes))), (kind, asked) => {
        try {
          const chosen = chooseScopes(kind, asked);
          const own: readonly string[] = kind === 'api_token' ? GRANULAR_SCOPE_NAMES : SCOPE_NAMES;
          expect(asked.every((name) => own.includes(name))).toBe(true);
          expect(new Set(chosen)).toEqual(new Set(asked));
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});

describe('scopes of the other catalogue', () => {
  it('are refused on an API token, which is told its own that come nearest', () => {
    expect(chooseScopes('api_token', GRANULAR_SCOPE_NAMES)).toEqual(GRANULAR_SCOPE_NAMES);
    for (const [classic, said] of [
      [
        'repository:write',
        /holds granular ones: choose write:repository:bitbucket, and read:repository:bitbucket as well where it has to clone\./,
      ],
      ['account', /choose read:user:bitbucket or read:workspace:bitbucket/],
      ['wiki', /without a counterpart.*create an app password for it/],
    ] as const) {
      const { message, fields } = problem(() => chooseScopes('api_token', [classic]));
      expect(message).toMatch(said);
      expect(fields).toHaveProperty('scopes');
    }
    for (const name of SCOPE_NAMES) expect(() => chooseScopes('api_token', [name])).toThrow(Problem);
  });

  it('are refused on everything else, which is told the classic ones', () => {
    for (const kind of SECRET_KIND_NAMES.filter((each) => each !== 'api_token')) {
      for (const name of GRANULAR_SCOPE_NAMES) {
        const { message } = problem(() => chooseScopes(kind, [name]));
        expect(message).toMatch(/is a granular scope, and an? .* holds classic ones: choose /);
        for (const named of /choose (.*)\.$/.exec(message)?.[1]?.split(' or ') ?? [''])
          expect(SCOPE_NAMES).toContain(named);
      }
    }
  });

  it.each([
    ['read:repositry:bitbucket', /Did you mean read:repository:bitbucket/],
    ['read:repository', /Did you mean read:repository:bitbucket/],
    ['read:wiki:bitbucket', /There is no scope "read:wiki:bitbucket": an API token holds none for wikis\. /],
    ['repo:write', /Did you mean write:repository:bitbucket\?$/],
    ['write:repo', /Did you mean write:repository:bitbucket\?$/],
    ['READ:REPOSITORY:BITBUCKET', /Did you mean read:repository:bitbucket/],
  ])('and %s is none of either', (typed, said) =>
    expect(problem(() => chooseScopes('api_token', [typed])).message).toMatch(said),
  );
});

describe('a label', () => {
  it.each([
    'CI',
    '  nightly backup  ',
    'Größe',
    'バックアップ',
    'a'.repeat(100),
    'it’s "mine" & <b>yours</b>',
  ])('may be %j', (label) => expect(chooseLabel(label)).toBe(label.trim()));
  it.each(['', '   ', 'a\nb', 'a\tb', 'a\0b', '\u202egnp.exe', 'a'.repeat(101), '\ud800', '\x7f'])(
    'may not be %j',
    (label) => expect(problem(() => chooseLabel(label)).fields).toHaveProperty('label'),
  );
});

describe('an expiry', () => {
  const now = Date.UTC(2026, 10, 1);
  it('lies in the future, or is none where that is allowed', () => {
    expect(chooseExpiry(now + 1, now, false)).toBe(now + 1);
    expect(chooseExpiry(null, now, true)).toBeNull();
    expect(problem(() => chooseExpiry(null, now, false)).fields).toHaveProperty('expires');
  });
  it('of an API token is at least a day and at most a year away, and a year where none is given', () => {
    const day = 86_400_000;
    expect(chooseExpiryOf('api_token', null, now, true)).toBe(now + 365 * day);
    for (const at of [now + day, now + 30 * day, now + 366 * day]) {
      expect(chooseExpiryOf('api_token', at, now, true)).toBe(at);
    }
    for (const at of [
      now - 1,
      now,
      now + day - 1,
      now + 366 * day + 1,
      Number.NaN,
      Infinity,
      now + 2 * day + 0.5,
    ]) {
      const { fields, message } = problem(() => chooseExpiryOf('api_token', at, now, true));
      expect(fields).toHaveProperty('expires');
      // Days mean their ends: the last one that is named is taken whole.
      expect(message).toMatch(/^API tokens always end.*between 2026-11-02 and 2027-11-01\.$/);
    }
    for (const named of ['2026-11-02', '2027-11-01'])
      chooseExpiryOf('api_token', Date.parse(`${named}T23:59:59.999Z`), now, true);
    expect(chooseExpiryOf('app_password', null, now, true)).toBeNull();
    expect(problem(() => chooseExpiryOf('app_password', null, now, false)).fields).toHaveProperty('expires');
  });
  it.each([now, now - 1, 0, -1, Number.NaN, Infinity, now + 0.5])('may not be %d', (at) => {
    expect(problem(() => chooseExpiry(at, now, true)).fields).toHaveProperty('expires');
  });
});
