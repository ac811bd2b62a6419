import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expandScopes,
  GRANULAR_SCOPE_NAMES,
  GRANULAR_SCOPES,
  granularLike,
  heldScopes,
  isGranularScope,
  isScope,
  nearestScopes,
  RETIRED_SCOPES,
  SCOPE_NAMES,
  SCOPES,
} from '../../src/gate/index.ts';
import { projectRoot } from '../support/run.ts';

/** Written down by hand from the documentation, and not read from the table that it is held against. */
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  email: ['email'],
  account: ['account'],
  'account:write': ['account:write'],
  team: ['team'],
  'team:write': ['team:write'],
  project: ['project', 'repository'],
  'project:admin': ['project:admin'],
  repository: ['repository'],
  'repository:write': ['repository', 'repository:write'],
  'repository:admin': ['repository:admin'],
  'repository:delete': ['repository:delete'],
  pullrequest: ['pullrequest', 'repository'],
  'pullrequest:write': ['pullrequest', 'pullrequest:write', 'repository', 'repository:write'],
  issue: ['issue'],
  'issue:write': ['issue', 'issue:write'],
  wiki: ['wiki'],
  snippet: ['snippet'],
  'snippet:write': ['snippet', 'snippet:write'],
  webhook: ['webhook'],
  pipeline: ['pipeline'],
  'pipeline:write': ['pipeline:write'],
  'pipeline:variable': ['pipeline:variable'],
  runner: ['runner'],
  'runner:write': ['runner:write'],
  test: ['test'],
  'test:write': ['test:write'],
};

const scope = fc.constantFrom(...SCOPE_NAMES);
const scopes = fc.array(scope, { maxLength: 8 });
const sorted = (of: Iterable<string>) => [...of].toSorted();

describe('the catalogue', () => {
  it('holds the documented scopes and no others, each with its documented implications and no others', () => {
    expect(sorted(SCOPE_NAMES)).toEqual(Object.keys(DOCUMENTED).toSorted());
    for (const name of SCOPE_NAMES)
      expect([name, sorted(expandScopes([name]))]).toEqual([name, DOCUMENTED[name]]);
  });

  const reference = join(projectRoot, '../shared/reference/data/scopes.json');
  it.skipIf(!existsSync(reference))(
    `agrees with the collected reference${existsSync(reference) ? '' : ' (skipped: the reference is not on this machine)'}`,
    () => {
      const { classic, granular } = JSON.parse(readFileSync(reference, 'utf8')) as {
        classic: Record<string, { closure_documented: string[] }>;
        granular: Record<string, string>;
      };
      expect(sorted(GRANULAR_SCOPE_NAMES)).toEqual(sorted(Object.keys(granular)));
      for (const [name, { closure_documented }] of Object.entries(classic)) {
        if (Object.hasOwn(RETIRED_SCOPES, name)) continue;
        expect([name, isScope(name)]).toEqual([name, true]);
        expect([name, sorted(expandScopes([name]))]).toEqual([name, closure_documented.toSorted()]);
      }
      expect(SCOPE_NAMES.filter((name) => !Object.hasOwn(classic, name))).toEqual([]);
    },
  );

  it('knows no scope by the name of something that every object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '']) {
      expect(isScope(name)).toBe(false);
      expect(expandScopes([name]).size).toBe(0);
    }
  });

  it('has words for people with every scope', () => {
    for (const name of SCOPE_NAMES) {
      expect(SCOPES[name].meaning).toMatch(/^[A-Z].*\.$/);
      expect(SCOPES[name].label).not.toBe('');
    }
  });
});

describe('the catalogue of granular scopes', () => {
  /** Written down by hand from the documentation: what each thing can be done to. */
  const VERBS: Readonly<Record<string, string>> = {
    repository: 'read write admin delete',
    pullrequest: 'read write',
    project: 'read admin',
    workspace: 'read admin',
    user: 'read write',
    pipeline: 'read write admin',
    runner: 'read write',
    issue: 'read write delete',
    webhook: 'read write delete',
    snippet: 'read write delete',
    'ssh-key': 'read write delete',
    'gpg-key': 'read write delete',
    permission: 'read write delete',
  };

  it('holds the documented ones and no others, in words for people, and none brings another along', () => {
    const documented = Object.entries(VERBS).flatMap(([thing, verbs]) =>
      verbs.split(' ').map((verb) => `${verb}:${thing}:bitbucket`),
    );
    expect(sorted(GRANULAR_SCOPE_NAMES)).toEqual(documented.toSorted());
    for (const name of GRANULAR_SCOPE_NAMES) {
      expect(GRANULAR_SCOPES[name].meaning).toMatch(/^[A-Z].*\.$/);
      expect(sorted(heldScopes([name]))).toEqual([name]);
    }
    for (const name of ['__proto__', 'constructor', 'read:wiki:bitbucket', 'read:repository', ''])
      expect([isGranularScope(name), heldScopes([name]).size]).toEqual([false, 0]);
  });

  it('shares no name with the classic one, and beside it adds nothing to what that implies', () => {
    expect(GRANULAR_SCOPE_NAMES.filter((name) => isScope(name))).toEqual([]);
    const granular = fc.array(fc.constantFrom(...GRANULAR_SCOPE_NAMES));
    fc.assert(
      fc.property(scopes, granular, fc.array(fc.string()), (held, beside, noise) => {
        const strange = noise.filter((name) => !isScope(name) && !isGranularScope(name));
        expect(sorted(heldScopes([...strange, ...beside, ...held]))).toEqual(
          sorted(new Set<string>([...expandScopes(held), ...beside])),
        );
      }),
    );
  });

  it('names what is like each classic scope, and nothing for wikis', () => {
    const without = SCOPE_NAMES.filter((name) => granularLike(name).length === 0);
    expect(without).toEqual(['wiki']);
    expect(granularLike('repository:write')).toEqual(['write:repository:bitbucket']);
  });
});

describe('expansion', () => {
  it('of nothing is nothing', () => expect(expandScopes([]).size).toBe(0));

  it('is idempotent, contains what was held, and does not depend on order or repetition', () => {
    fc.assert(
      fc.property(scopes, (held) => {
        const once = expandScopes(held);
        expect(sorted(expandScopes(once))).toEqual(sorted(once));
        for (const name of held) expect(once.has(name)).toBe(true);
        expect(sorted(expandScopes([...held, ...held].toReversed()))).toEqual(sorted(once));
      }),
    );
  });

  it('is monotone, and that of a union is the union of the parts', () => {
    fc.assert(
      fc.property(scopes, scopes, (some, more) => {
        const both = expandScopes([...some, ...more]);
        expect(sorted(both)).toEqual(sorted(expandScopes(some).union(expandScopes(more))));
        expect(expandScopes(some).isSubsetOf(both)).toBe(true);
      }),
    );
  });

  it('drops every string that is no scope', () => {
    fc.assert(
      fc.property(scopes, fc.array(fc.string()), (held, noise) => {
        const strange = noise.filter((name) => !isScope(name));
        expect(sorted(expandScopes([...strange, ...held]))).toEqual(sorted(expandScopes(held)));
      }),
    );
  });
});

describe('the nearest names', () => {
  it.each([
    ['repository:wirte', 'repository:write'],
    ['repositories', 'repository'],
    ['pull-request', 'pullrequest'],
    ['REPOSITORY', 'repository'],
    ['wikis', 'wiki'],
    ['repo', 'repository'],
    ['pull', 'pullrequest'],
    ['acount', 'account'],
    ['repo:write', 'repository:write'],
    ['write:repo:bitbucket', 'repository:write'],
    ['read:repo', 'repository'],
    ['delete:repository', 'repository:delete'],
  ])('to %s begin with %s', (typed, meant) => expect(nearestScopes(typed, SCOPE_NAMES)[0]).toBe(meant));

  it('are at most three, and end for any input', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5000 }), (typed) => {
        expect(nearestScopes(typed, SCOPE_NAMES).length).toBeLessThanOrEqual(3);
      }),
    );
    expect(nearestScopes('completely-unrelated-words-here', SCOPE_NAMES)).toEqual([]);
  });
});
