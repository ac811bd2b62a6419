import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACCESS_TOKEN_KINDS,
  CREDENTIAL_KIND_NAMES,
  CREDENTIAL_KINDS,
  declarationOf,
  explain,
  GRANULAR_SCOPE_NAMES,
  OPERATION_NAMES,
  SCOPE_NAMES,
  scopesFor,
  type OperationName,
} from '../../src/gate/index.ts';
import {
  account,
  anyBounds,
  anyCircumstances,
  anyCredential,
  anyPrincipal,
  anyRequest,
  anyScopes,
  ask,
  confinedTo,
  credential,
  everyTarget,
  everyTargetsOf,
  HERE,
  NOON,
} from './questions.ts';

/** Which credentials see public keys and take them away, by which scope: all that the reference gives them (SSH keys, deploy keys). */
const everyKind = [
  'app_password',
  ...ACCESS_TOKEN_KINDS,
  'federated_job_token',
  'oauth_access_token',
  'api_token',
];

/** Webhooks are seen and deleted by scope; made by what acts for a person and is told apart from a person in what they see. */
const WEBHOOKS_BY_SCOPE = {
  'webhook.list': { scopes: ['webhook'], granular: ['read:webhook:bitbucket'], kinds: everyKind },
  'webhook.change': {
    targets: [
      { on: 'account', is: 'self' },
      { on: 'repository', role: 'admin' },
    ],
    scopes: ['webhook', 'repository'],
    granular: ['read:repository:bitbucket', 'read:webhook:bitbucket', 'write:webhook:bitbucket'],
    kinds: ['api_token', 'oauth_access_token'],
    judges: ['repositories', 'time'],
    fresh: true,
  },
  'webhook.delete': { scopes: ['webhook'], granular: ['delete:webhook:bitbucket'], kinds: everyKind },
};

const KEYS_BY_SCOPE = {
  'ssh_key.list': {
    scopes: ['account'],
    granular: ['read:ssh-key:bitbucket'],
    kinds: ['app_password', 'api_token', 'oauth_access_token'],
  },
  'ssh_key.revoke': {
    scopes: ['account:write'],
    granular: ['delete:ssh-key:bitbucket'],
    kinds: ['app_password', 'api_token', 'oauth_access_token'],
  },
  'access_key.list': {
    scopes: ['repository', 'repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: ['app_password', ...ACCESS_TOKEN_KINDS, 'federated_job_token', 'oauth_access_token', 'api_token'],
  },
  'access_key.revoke': {
    scopes: ['repository', 'repository:admin'],
    granular: ['admin:repository:bitbucket', 'delete:ssh-key:bitbucket'],
    kinds: ['app_password', 'api_token', 'oauth_access_token'],
  },
  'project_access_key.list': {
    scopes: ['project', 'project:admin'],
    granular: ['admin:project:bitbucket'],
    kinds: ['app_password', 'api_token', 'oauth_access_token'],
  },
  'project_access_key.revoke': {
    scopes: ['project', 'project:admin'],
    granular: ['admin:project:bitbucket', 'delete:ssh-key:bitbucket'],
    kinds: ['app_password', 'api_token', 'oauth_access_token'],
  },
} as const;

const credentialed = OPERATION_NAMES.filter((operation) => declarationOf(operation).kinds.length > 0);
const scoped = credentialed.filter((operation) => declarationOf(operation).scopes !== 'any');
const everyScope: readonly string[] = [...SCOPE_NAMES, ...GRANULAR_SCOPE_NAMES];

/**
 * Whatever makes, shows, changes or widens a credential, a key, an address to which one is sent, or who may do what.
 * Written down by hand: an operation that belongs here and is missing from the table fails, too.
 */
const PEOPLE_ONLY: readonly OperationName[] = [
  'workspace_access_token.list',
  'workspace_access_token.create',
  'workspace_access_token.revoke',
  'workspace_access_token.narrow',
  'workspace_access_token.rotate',
  'workspace_access_token.pause',
  'workspace_access_token.resume',
  'workspace_access_token.explain',
  'app_password.list',
  'app_password.create',
  'app_password.revoke',
  'app_password.narrow',
  'app_password.rotate',
  'api_token.list',
  'api_token.create',
  'api_token.revoke',
  'api_token.narrow',
  'api_token.rotate',
  'api_token.explain',
  'access_token.list',
  'access_token.create',
  'access_token.revoke',
  'access_token.narrow',
  'access_token.rotate',
  'access_token.pause',
  'access_token.resume',
  'trust_policy.list',
  'trust_policy.create',
  'trust_policy.test',
  'issuer.list',
  'issuer.change',
  'credential.list',
  'credential.revoke',
  'credential.narrow',
  'credential.rotate',
  'credential.pause',
  'credential.resume',
  'account.update',
  'account.password',
  'account.create',
  'session.create',
  'session.list',
  'session.revoke',
  'role.list',
  'role.grant',
  'role.revoke',
  'workspace.create',
  'workspace.update',
  'workspace.member.add',
  'workspace.member.remove',
  'group.change',
  'project.change',
  'repository.transfer',
  'repository.settings',
  'repository.who_can',
  'access_token.explain',
  'app_password.explain',
  'credential.explain',
  'own_credential.list',
  'own_credential.revoke',
  'own_credential.pause',
  'own_credential.resume',
  'ssh_key.add',
  'access_key.add',
  'project_access_key.add',
  'workspace.access',
];

/** What OAuth consumers speak with, and nobody else. */
const OAUTH = ['oauth.device', 'oauth.introspect', 'oauth.revoke', 'oauth.token'] as const;

/** What a credential does about itself and what came of it: the one way in which one makes another (test/acts/credentials/derived-within.test.ts). */
const DERIVED: readonly OperationName[] = [
  'derived_token.create',
  'derived_token.list',
  'derived_token.revoke',
];

describe('nothing is the default', () => {
  it('a credential without scopes may do nothing but what every genuine one may', () => {
    for (const operation of scoped) {
      for (const kind of declarationOf(operation).kinds) {
        if (kind === 'ssh_key' || kind === 'access_key') continue;
        for (const targets of everyTargetsOf(operation)) {
          const verdict = ask({ operation, principal: credential(kind, []), targets });
          expect(verdict).toMatchObject({ allowed: false, refusal: { code: 'scope_missing', granted: [] } });
        }
      }
    }
    expect(credentialed.filter((operation) => !scoped.includes(operation)).toSorted()).toEqual([
      'credential.self',
      ...DERIVED,
      ...OAUTH,
      'site.view',
      'user.view',
      'workspace.view',
    ]);
    // The secret of a consumer says who speaks, and opens nothing else.
    for (const operation of OAUTH) expect(declarationOf(operation).kinds).toEqual(['oauth_consumer_secret']);
  });

  it('an API token needs each granular scope of what it asks for, and one of them opens nothing by another', () => {
    const asked = OPERATION_NAMES.filter((name) => declarationOf(name).kinds.includes('api_token'));
    expect(asked.filter((operation) => scopesFor(operation, 'api_token') === 'any')).toEqual([
      'credential.self',
      ...DERIVED,
      'site.view',
    ]);
    for (const operation of asked) {
      const wanted = scopesFor(operation, 'api_token');
      if (wanted === 'any') continue;
      for (const [without, scope] of wanted.map((each) => [
        everyScope.filter((name) => name !== each),
        each,
      ])) {
        for (const targets of everyTargetsOf(operation)) {
          const verdict = ask({
            operation,
            principal: credential('api_token', without as string[]),
            targets,
          });
          expect([operation, verdict]).toMatchObject([
            operation,
            { allowed: false, refusal: { code: 'scope_missing', required: wanted, missing: [scope] } },
          ]);
        }
      }
      // The others are not needed: with these alone it is let in somewhere.
      const principal = credential('api_token', wanted);
      expect([
        operation,
        everyTargetsOf(operation).some((targets) => ask({ operation, principal, targets }).allowed),
      ]).toEqual([operation, true]);
    }
  });

  it('no kind is opened anything by the scopes of the other catalogue', () => {
    for (const kind of CREDENTIAL_KIND_NAMES) {
      const { scopes } = CREDENTIAL_KINDS[kind];
      if (scopes === 'none') continue;
      const others = scopes === 'granular' ? SCOPE_NAMES : GRANULAR_SCOPE_NAMES;
      for (const operation of OPERATION_NAMES) {
        for (const targets of everyTargetsOf(operation)) {
          const [bare, odd] = [[], others].map((held) =>
            ask({ operation, principal: credential(kind, held), targets }),
          );
          expect([operation, odd?.allowed]).toEqual([operation, bare?.allowed]);
        }
      }
    }
  });

  it('an API token opens no wiki, whatever it holds, and is told what does', () => {
    for (const operation of ['wiki.fetch', 'wiki.push'] as const) {
      for (const targets of everyTargetsOf(operation)) {
        const verdict = ask({ operation, principal: credential('api_token', everyScope), targets });
        expect(verdict).toEqual({ allowed: false, refusal: { code: 'asker_not_accepted', operation } });
        if (verdict.allowed) continue;
        const presented = { id: 'cred_x', kind: 'api_token', scopes: [] } as const;
        expect(explain(verdict.refusal, presented)).toMatch(
          /with an API token \(cred_x\)\. It takes an app password or a repository access token or .* or an OAuth access token with wiki/,
        );
      }
    }
  });

  it('scopes that are unknown permit nothing', () => {
    fc.assert(
      fc.property(
        anyRequest,
        anyCredential,
        fc.array(fc.string().filter((name) => !everyScope.includes(name))),
        ({ operation, targets }, principal, noise) => {
          const plain = ask({ operation, principal, targets });
          const noisy = ask({
            operation,
            principal: { ...principal, scopes: [...noise, ...principal.scopes] },
            targets,
          });
          expect(noisy.allowed).toBe(plain.allowed);
        },
      ),
    );
  });

  it('a bound that is unknown refuses everything, whatever stands beside it', () => {
    fc.assert(
      fc.property(anyRequest, anyCredential, ({ operation, targets }, held) => {
        const principal = { ...held, bounds: [...held.bounds, { kind: 'unknown' as const, name: 'moon' }] };
        expect(ask({ operation, principal, targets }).allowed).toBe(false);
      }),
    );
  });

  it('a bound that an operation cannot judge refuses it', () => {
    for (const operation of credentialed) {
      if (declarationOf(operation).judges.length > 0) continue;
      const bounds = [confinedTo(HERE)];
      for (const targets of everyTargetsOf(operation)) {
        const principal = credential('app_password', SCOPE_NAMES, { bounds });
        expect(ask({ operation, principal, targets })).toMatchObject({
          allowed: false,
          refusal: { code: 'out_of_bounds', bound: 'repositories' },
        });
      }
    }
  });

  it('an empty list of repositories is a bound that contains none', () => {
    const principal = credential('app_password', SCOPE_NAMES, {
      bounds: [confinedTo()],
    });
    for (const targets of everyTargetsOf('repository.fetch')) {
      expect(ask({ operation: 'repository.fetch', principal, targets }).allowed).toBe(false);
    }
  });

  it('fewer, more or other targets than were declared are refused', () => {
    for (const operation of OPERATION_NAMES) {
      const [targets = []] = everyTargetsOf(operation);
      for (const wrong of [
        [],
        targets.slice(1),
        [...targets, ...targets],
        targets.map(() => everyTarget.host[0]!),
      ]) {
        if (wrong.length === targets.length && wrong.every((target, i) => target.type === targets[i]?.type))
          continue;
        for (const principal of [
          credential('app_password', SCOPE_NAMES),
          { type: 'operator' } as const,
          {
            type: 'session',
            sessionId: 's',
            confirmedAt: NOON,
            account: account({ isAdministrator: true }),
          } as const,
        ]) {
          expect([operation, ask({ operation, principal, targets: wrong }).allowed]).toEqual([
            operation,
            false,
          ]);
        }
      }
    }
  });
});

describe('narrower is never wider', () => {
  it('a subset of scopes permits a subset', () => {
    fc.assert(
      fc.property(anyRequest, anyCredential, anyScopes, ({ operation, targets }, held, more) => {
        if (!ask({ operation, principal: held, targets }).allowed) return;
        const principal = { ...held, scopes: [...more, ...held.scopes] };
        expect(ask({ operation, principal, targets }).allowed).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('one more layer of bounds permits a subset, wherever it lies in the stack', () => {
    fc.assert(
      fc.property(
        anyRequest,
        anyCredential,
        anyBounds,
        anyCircumstances,
        ({ operation, targets }, held, more, circumstances) => {
          const wider = ask({ operation, principal: held, targets, circumstances });
          for (const bounds of [
            [...held.bounds, ...more],
            [...more, ...held.bounds],
          ]) {
            const narrower = ask({ operation, principal: { ...held, bounds }, targets, circumstances });
            if (narrower.allowed) expect(wider.allowed).toBe(true);
            // What a list shows is confined by every layer.
            if (narrower.allowed && wider.allowed && narrower.visibility !== null) {
              expect(narrower.visibility.within).toEqual(
                expect.arrayContaining([...(wider.visibility?.within ?? [])]),
              );
            }
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('nobody gains by being disabled, and no credential opens what its account cannot', () => {
    fc.assert(
      fc.property(anyRequest, anyCredential, ({ operation, targets }, held) => {
        if (held.owner.type !== 'account') return;
        const disabled = { ...held, owner: { ...held.owner, account: account({ state: 'disabled' }) } };
        expect(ask({ operation, principal: disabled, targets }).allowed).toBe(false);
        if (!ask({ operation, principal: held, targets }).allowed) return;
        // Git is for credentials alone; whatever else one may do, a person may do who signed in.
        if (!declarationOf(operation).askers.includes('session')) return;
        const { hasTwoStep } = held.owner.account;
        const person = account({ hasTwoStep });
        const session = { type: 'session', sessionId: 's', confirmedAt: NOON, account: person } as const;
        expect(ask({ operation, principal: session, targets }).allowed).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('people and credentials', () => {
  it.each(PEOPLE_ONLY)('%s is refused to every kind of credential, with all scopes', (operation) => {
    for (const kind of CREDENTIAL_KIND_NAMES) {
      const principal = credential(kind, everyScope, { account: account({ isAdministrator: true }) });
      for (const targets of everyTargetsOf(operation)) {
        expect(ask({ operation, principal, targets })).toEqual({
          allowed: false,
          refusal: { code: 'asker_not_accepted', operation },
        });
      }
    }
  });

  it('a key, which carries no scopes, may ask for Git and what it is, and for nothing else', () => {
    const lfs = ['lfs.download', 'lfs.upload', 'lfs_lock.list', 'lfs_lock.change', 'lfs_lock.break'];
    const git = ['repository.fetch', 'repository.push', 'wiki.fetch', 'wiki.push', ...lfs, 'credential.self'];
    for (const kind of ['ssh_key', 'access_key'] as const) {
      expect(OPERATION_NAMES.filter((name) => declarationOf(name).kinds.includes(kind))).toEqual(git);
      for (const operation of OPERATION_NAMES.filter((name) => !git.includes(name))) {
        for (const targets of everyTargetsOf(operation)) {
          const verdict = ask({ operation, principal: credential(kind, everyScope), targets });
          expect(verdict).toMatchObject({ refusal: { code: 'asker_not_accepted' } });
        }
      }
    }
  });

  it('public keys and webhooks may be seen and taken away by scope, which makes and widens nothing, and never by a key', () => {
    for (const [operation, expected] of Object.entries({ ...KEYS_BY_SCOPE, ...WEBHOOKS_BY_SCOPE })) {
      const declared = OPERATION_NAMES.find((name) => name === operation);
      expect(declared && declarationOf(declared)).toMatchObject(expected);
    }
  });

  it('T36, T37: no operation that names a credential, a role, a member, a password or a session accepts a credential', () => {
    const sensitive = OPERATION_NAMES.filter((name) =>
      /credential|password|token|role|member\.|session|group|key|consumer|webhook|email\.|transfer|trust|issuer/.test(
        name,
      ),
    );
    expect(sensitive.length).toBeGreaterThan(15);
    for (const operation of sensitive) {
      // A credential may ask what it is itself, and of no other; and make of itself what has nothing that it has not.
      if (operation === 'credential.self' || DERIVED.includes(operation)) continue;
      if (operation in KEYS_BY_SCOPE || operation in WEBHOOKS_BY_SCOPE) continue;
      // What is issued comes of a person's consent or of the consumer itself, never of a credential that opens anything.
      if (operation === 'oauth.token') continue;
      expect([operation, declarationOf(operation).kinds]).toEqual([operation, []]);
    }
  });

  it('a session may not do what is for credentials alone', () => {
    const principal = {
      type: 'session',
      sessionId: 's',
      confirmedAt: NOON,
      account: account({ isAdministrator: true }),
    } as const;
    for (const operation of OPERATION_NAMES) {
      if (declarationOf(operation).askers.includes('session')) continue;
      for (const targets of everyTargetsOf(operation)) {
        expect(ask({ operation, principal, targets }).allowed).toBe(false);
      }
    }
    for (const git of ['repository.fetch', 'repository.push', 'wiki.fetch', 'wiki.push'] as const) {
      expect(declarationOf(git).askers).not.toContain('session');
    }
  });

  it('nobody who presented nothing changes anything', () => {
    const open = OPERATION_NAMES.filter((operation) =>
      everyTargetsOf(operation).some(
        (targets) => ask({ operation, principal: { type: 'anonymous' }, targets }).allowed,
      ),
    );
    // A public consumer says its name alone, and brings a code, a refresh token or what it revokes; whoever chooses a new
    // password brings what was sent to them by mail, and a CI job a token that others signed.
    for (const operation of open.filter((name) => !OAUTH.some((each) => each === name)))
      expect(operation).toMatch(
        /\.(?:fetch|download|view|read|list|search)$|^session\.create$|^account\.reset_password$|^job_token\.exchange$/,
      );
  });

  it('a repository leaves a workspace by its owners alone, whoever is admin of it by a role', () => {
    const principal = { type: 'session', sessionId: 's', confirmedAt: NOON, account: account() } as const;
    const given = { role: 'admin', isOwned: false } as const;
    for (const targets of everyTargetsOf('repository.transfer')) {
      const [repository, to] = targets;
      if (repository?.type !== 'repository' || repository.role !== 'admin' || to === undefined) continue;
      if (repository.workspace.requiresTwoStep) continue;
      const verdict = ask({
        operation: 'repository.transfer',
        principal,
        targets: [{ ...repository, ...given }, to],
      });
      expect(verdict).toMatchObject({
        allowed: false,
        refusal: { code: 'role_too_small', needed: 'owner', held: 'admin' },
      });
    }
  });

  it('who must change the password may do that, sign in and out, and see pages that say nothing', () => {
    const principal = {
      type: 'session',
      sessionId: 's',
      confirmedAt: NOON,
      account: account({ mustChangePassword: true, isAdministrator: true }),
    } as const;
    const may = OPERATION_NAMES.filter((operation) =>
      everyTargetsOf(operation).some((targets) => ask({ operation, principal, targets }).allowed),
    );
    expect(may.toSorted()).toEqual([
      'account.password',
      'account.reset_password',
      'session.confirm',
      'session.create',
      'session.revoke',
      'site.view',
    ]);
  });
});

describe('a decision', () => {
  it('depends on the question alone', () => {
    fc.assert(
      fc.property(
        anyRequest,
        anyPrincipal,
        anyCircumstances,
        ({ operation, targets }, principal, circumstances) => {
          const question = deepFrozen({ operation, principal, targets, circumstances });
          const first = JSON.stringify(ask(question));
          ask({
            operation: 'site.view',
            principal: { type: 'anonymous' },
            targets: [everyTarget.host[0]!],
          });
          expect(JSON.stringify(ask(structuredClone(question)))).toBe(first);
        },
      ),
    );
  });

  it('of no can be explained in plain sentences that name no target', () => {
    fc.assert(
      fc.property(anyRequest, anyPrincipal, ({ operation, targets }, principal) => {
        const verdict = ask({ operation, principal, targets });
        if (verdict.allowed) return;
        const text = explain(verdict.refusal);
        expect(text).toMatch(/^(?:[A-Z]|cred_).*[.]$/);
        expect(text).not.toMatch(/undefined|null|NaN|\[object|acme|app\b(?! password)/);
      }),
      { numRuns: 1000 },
    );
  });
});

function deepFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFrozen(part);
    Object.freeze(value);
  }
  return value;
}
