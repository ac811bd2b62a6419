import { beforeAll, describe, expect, it, test } from 'vitest';
import { createPersonalCredential } from '../../src/acts/credentials/create-personal.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { simulate } from '../../src/acts/explain/simulate.ts';
import { createRestriction } from '../../src/acts/restrictions/change.ts';
import { enterAsOperator, examine } from '../../src/entry/index.ts';
import * as entry from '../../src/entry/index.ts';
import { declarationOf, Grant, OPERATION_NAMES, type Refusal } from '../../src/gate/index.ts';
import { at, basic, bearer, openHost, refusalOf, type TestHost } from './host.ts';

let host: TestHost;
let workspace: string;

beforeAll(async () => {
  host = await openHost();
  const ada = await host.person('ada');
  const bob = await host.person('bob');
  await host.person('eve');
  workspace = await host.workspace('acme', 'ada');
  await host.workspace('hers', 'eve');
  await host.member(workspace, bob);
  const app = await host.repository(workspace, 'app');
  await host.repository(workspace, 'open', { isPrivate: false });
  await host.repository(workspace, 'dry', { hasWiki: false });
  await host.role(app, bob, 'write');
  expect(ada.username).toBe('ada');
});

const operator = () => enterAsOperator(host.services, 'credential.explain', [{ type: 'host' }]);
const ask = async (credentialId: string, operation: string, target: string, more = {}) =>
  simulate(host.services, await operator(), {
    credentialId,
    operation,
    targets: target === '' ? [] : [target],
    ...more,
  });
const confined = async (
  user: string,
  input: Omit<Parameters<typeof createPersonalCredential>[2], 'label'>,
) => {
  const grant = await enterAsOperator(host.services, 'app_password.create', [
    { type: 'account', account: user },
  ]);
  return createPersonalCredential(host.services, grant, { label: 'x', ...input });
};

describe('examining', () => {
  it('says of every operation what entry says, and admits nobody', async () => {
    const credentials = [
      { ...(await host.appPassword('ada', ['repository:write', 'repository:admin', 'wiki'])), user: 'ada' },
      { ...(await host.appPassword('bob', ['repository', 'repository:delete'])), user: 'bob' },
      { ...(await host.appPassword('eve', ['repository:write', 'account'])), user: 'eve' },
      { ...(await host.accessToken('acme/app', ['repository:write', 'wiki'])), user: null },
    ];
    let compared = 0;
    for (const { id, secret, user } of credentials) {
      for (const operation of OPERATION_NAMES) {
        const { targets, kinds } = declarationOf(operation);
        const [need] = targets;
        if (kinds.length === 0 || need === undefined || targets.length !== 1) continue;
        for (const path of ['acme/app', 'acme/open', 'acme/dry', 'acme/none', 'hers/none']) {
          const target = {
            repository: at(path),
            workspace: { type: 'workspace', workspace: path.split('/')[0] ?? '' },
            account: { type: 'account', self: true },
            host: { type: 'host' },
          }[need.on] as ReturnType<typeof at>;
          const presented = user === null ? bearer(secret) : basic(user, secret);
          const surface = user === null ? 'rest' : 'git';
          const entered: Refusal | null = await host
            .enter(operation, target, presented, surface)
            .then(() => null)
            .catch(async (error: unknown) => refusalOf(Promise.reject(error)));
          const examined = await examine(host.services, {
            credentialId: id,
            questions: [{ operation, targets: [target] }],
            address: '127.0.0.1',
            now: host.now,
          });
          const verdict = examined?.answers[0]?.verdict;
          expect(verdict?.allowed === true ? null : verdict?.refusal, `${id} ${operation} ${path}`).toEqual(
            entered,
          );
          compared += 1;
        }
      }
    }
    expect(compared).toBeGreaterThan(200);
  });

  it('answers with data: nothing in it is a grant, a principal or facts, and nothing is written', async () => {
    const { id } = await host.appPassword('ada', ['repository:write']);
    host.statements.length = 0;
    const examination = await examine(host.services, {
      credentialId: id,
      questions: [{ operation: 'repository.push', targets: [at('acme/app')] }],
      address: null,
      now: host.now,
    });
    expect(host.statements.filter((kind) => kind !== 'SelectQueryNode')).toEqual([]);
    const found: unknown[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      found.push(value);
      for (const each of Object.values(value)) walk(each);
    };
    walk(examination);
    expect(found.some((value) => Grant.isGenuine(value))).toBe(false);
    for (const value of found)
      expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(value));
    expect(Object.keys(entry)).not.toContain('identify');
  });

  it('knows no credential that is not there', async () => {
    const request = { questions: [], address: null, now: host.now };
    expect(await examine(host.services, { ...request, credentialId: 'cred_none' })).toBeUndefined();
  });
});

describe('the simulator', () => {
  test('names each factor, and stops where the gate stopped', async () => {
    const { id } = await host.appPassword('bob', ['repository']);
    const { allowed, factors, hint, refusal } = await ask(id, 'repository.push', 'acme/app');
    expect(allowed).toBe(false);
    expect(factors.map(({ factor, allows }) => [factor, allows])).toEqual([
      ['state', true],
      ['kind', true],
      ['scopes', false],
      ['bounds', null],
      ['target', null],
      ['role', null],
    ]);
    expect(refusal?.code).toBe('scope_missing');
    expect(hint).toContain(id);
    expect(hint).toContain('repository:write');
    const more = await ask(id, 'repository.fetch', 'acme/app');
    expect([more.allowed, more.hint, more.refusal]).toEqual([true, null, null]);
  });

  test('judges address, hour and the end of a credential', async () => {
    const { id } = await confined('bob', {
      scopes: ['repository'],
      expiresAt: host.now + 3600_000,
      confinement: { networks: ['192.0.2.0/24'], windows: ['Mon-Sun 00:00-12:00 UTC'] },
    });
    const fetch = (more: object) => ask(id, 'repository.fetch', 'acme/app', more);
    expect((await fetch({ address: '192.0.2.7' })).allowed).toBe(true);
    expect((await fetch({ address: '198.51.100.1' })).allowed).toBe(false);
    const nowhere = await fetch({});
    expect(nowhere.allowed).toBe(false);
    expect(nowhere.notes[0]).toContain('networks');
    expect((await fetch({ address: '192.0.2.7', at: host.now - 6 * 3600_000 })).allowed).toBe(false);
    const late = await fetch({ address: '192.0.2.7', at: host.now + 7200_000 });
    expect(late.refusal?.code).toBe('credential_ended');
    expect(late.factors[0]).toMatchObject({ factor: 'state', allows: false, says: 'It is expired.' });
    await expect(fetch({ address: 'not an address' })).rejects.toThrow('is no network address');
  });

  test('judges refs, changes and paths as a push does, with the rules of the repository', async () => {
    const { id } = await confined('bob', {
      scopes: ['repository:write'],
      confinement: { refs: ['refs/heads/**:create,fast-forward,force'], paths: ['docs/**'] },
    });
    const grant = await enterAsOperator(host.services, 'restriction.change', [at('acme/app')]);
    await createRestriction(host.services, grant, { kind: 'force', pattern: 'main' });
    await createRestriction(host.services, grant, { kind: 'push', pattern: 'release/*', users: ['ada'] });
    const push = (more: object) => ask(id, 'repository.push', 'acme/app', more);
    const reasons = async (more: object) =>
      Object.fromEntries((await push(more)).refs.map(({ change, reason }) => [change, reason]));
    expect(await reasons({ ref: 'main' })).toEqual({
      create: null,
      'fast-forward': null,
      force: expect.stringContaining('Permission denied to update branch main'),
      delete: expect.stringContaining('this would delete'),
    });
    expect((await push({ ref: 'refs/heads/release/1' })).allowed).toBe(false);
    expect((await push({ ref: 'dev', change: 'force' })).allowed).toBe(true);
    expect((await push({ ref: 'refs/tags/v1' })).allowed).toBe(false);
    expect((await push({ ref: 'dev', path: 'docs/a.md' })).allowed).toBe(true);
    expect(await reasons({ ref: 'dev', change: 'fast-forward', path: 'src/a.ts' })).toEqual({
      'fast-forward': expect.stringContaining('docs/**'),
    });
    expect(await reasons({ ref: 'refs/pull/1', change: 'create' })).toEqual({
      create: expect.stringContaining('Only refs under refs/heads/'),
    });
    await expect(push({ path: 'docs/a.md' })).rejects.toThrow('Say to which ref');
    await expect(push({ ref: 'main', change: 'sideways' })).rejects.toThrow(
      'create, fast-forward, force, delete',
    );
    await expect(ask(id, 'repository.fetch', 'acme/app', { ref: 'main' })).rejects.toThrow(
      'belong to repository.push',
    );
  });

  test('refuses questions that cannot be put, with what would be right', async () => {
    const { id } = await host.appPassword('bob', ['repository']);
    await expect(ask('cred_none', 'repository.fetch', 'acme/app')).rejects.toThrow(
      'no credential "cred_none"',
    );
    await expect(ask(id, 'repository.pusch', 'acme/app')).rejects.toThrow('Did you mean repository.push');
    await expect(ask(id, '__proto__', 'acme/app')).rejects.toThrow('There is no operation');
    await expect(ask(id, 'repository.fetch', 'acme')).rejects.toThrow('WORKSPACE/NAME');
    await expect(ask(id, 'repository.fetch', '')).rejects.toThrow('WORKSPACE/NAME');
    await expect(ask(id, 'account.view', 'a', { targets: ['a', 'b'] })).rejects.toThrow('takes no target');
    expect((await ask(id, 'account.view', '')).refusal?.code).toBe('scope_missing');
    expect((await ask(id, 'repository.transfer', '', { targets: ['acme/app', 'hers'] })).refusal?.code).toBe(
      'asker_not_accepted',
    );
  });
});

describe('people ask about their own alone', () => {
  const asOwner = (account: string) =>
    enterAsOperator(host.services, 'app_password.explain', [{ type: 'account', account }]);
  const asAdmin = (path: string) => enterAsOperator(host.services, 'access_token.explain', [at(path)]);
  const question = { operation: 'repository.fetch', targets: ['acme/app'] };

  test('T28: knowing the id of another credential is not enough', async () => {
    const bobs = await host.appPassword('bob', ['repository']);
    const token = await host.accessToken('acme/app', ['repository']);
    const { services } = host;
    expect(
      (await simulate(services, await asOwner('bob'), { credentialId: bobs.id, ...question })).allowed,
    ).toBe(true);
    expect(
      (await simulate(services, await asAdmin('acme/app'), { credentialId: token.id, ...question })).allowed,
    ).toBe(true);
    for (const [grant, id] of [
      [await asOwner('ada'), bobs.id],
      [await asOwner('bob'), token.id],
      [await asAdmin('acme/open'), token.id],
      [await asAdmin('acme/app'), bobs.id],
    ] as const) {
      await expect(simulate(services, grant, { credentialId: id, ...question })).rejects.toThrow(
        'There is no credential',
      );
    }
  });

  test('nothing is said of a target that the owner cannot see, wherever the decision stops', async () => {
    for (const scopes of [['repository'], ['account']]) {
      const { id } = await host.appPassword('eve', scopes);
      const told = async (target: string) => {
        const { refusal, hint, factors, notes, refs } = await simulate(host.services, await asOwner('eve'), {
          credentialId: id,
          operation: 'repository.fetch',
          targets: [target],
        });
        return JSON.stringify({ refusal, hint, factors, notes, refs });
      };
      expect(await told('acme/app')).toBe(await told('acme/none'));
      expect(await told('acme/open')).not.toBe(await told('acme/none'));
    }
  });

  test('the operator is told of every target', async () => {
    const { id } = await host.appPassword('eve', ['repository']);
    const { factors } = await ask(id, 'repository.fetch', 'acme/app');
    expect(factors.find(({ factor }) => factor === 'target')?.says).toContain('acme/app is private');
  });

  test('an ended credential is explained as ended', async () => {
    const { id } = await host.appPassword('bob', ['repository']);
    const grant = await enterAsOperator(host.services, 'credential.revoke', [{ type: 'host' }]);
    await revokeCredential(host.services, grant, id);
    const { refusal, hint } = await simulate(host.services, await asOwner('bob'), {
      credentialId: id,
      ...question,
    });
    expect(refusal?.code).toBe('credential_ended');
    expect(hint).toContain('was revoked on');
  });
});
