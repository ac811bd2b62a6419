import { describe, expect, it } from 'vitest';
import * as gate from '../../src/gate/index.ts';
import { Grant, OPERATIONS, Refused, type OperationName, type TargetFacts } from '../../src/gate/index.ts';
import { Facts, mintGrant, Principal, sealFacts, sealPrincipal } from '../../src/gate/sealed.ts';
import { defaultBranches } from '../../src/git/default-branches.ts';
import { RepositorySizes } from '../../src/git/sizes.ts';
import { openForReading, openForWriting } from '../../src/git/open.ts';
import { RepositoryStorage } from '../../src/git/storage.ts';

const repository = (role: 'read' | 'write' | 'admin' | null): TargetFacts => ({
  type: 'repository',
  id: '11111111-1111-4111-8111-111111111111',
  slug: 'app',
  workspace: {
    id: '22222222-2222-4222-8222-222222222222',
    slug: 'acme',
    name: 'Acme',
    requiresTwoStep: false,
  },
  projectId: '33333333-3333-4333-8333-333333333333',
  isPrivate: true,
  hasWiki: true,
  role,
  isOwned: false,
});
const holder = sealPrincipal({
  type: 'credential',
  credentialId: 'cred_1',
  originId: 'cred_1',
  kind: 'app_password',
  label: 'ci',
  scopes: ['repository:write', 'wiki'],
  bounds: [],
  owner: {
    type: 'account',
    account: {
      id: 'a',
      username: 'ada',
      displayName: 'Ada',
      email: 'ada@example.org',
      state: 'active',
      isAdministrator: false,
      mustChangePassword: false,
      hasTwoStep: false,
      mustEnrolTwoStep: false,
    },
  },
});
const mint = <Op extends OperationName>(operation: Op, target = repository('admin')) =>
  mintGrant(operation, holder, sealFacts([target]), { now: 0, address: '127.0.0.1' });
const nowhere = { now: 0, address: null };
const storage = new RepositoryStorage('/nonexistent');

/** What a caller without a type checker could hand over. */
const smuggled = (value: unknown) => value as never;

describe('a grant', () => {
  it('carries what was decided', () => {
    const grant = mint('repository.push');
    expect(grant.operation).toBe('repository.push');
    expect(grant.targets[0].id).toBe('11111111-1111-4111-8111-111111111111');
    expect(grant.everyTarget).toHaveLength(1);
    expect(grant.address).toBe('127.0.0.1');
    expect(grant.principal).toBe(holder.data);
    expect(() => grant.visibility).toThrow(TypeError);
  });

  it('is not made when the answer is no, and says which credential asked', () => {
    let thrown: unknown;
    try {
      mint('repository.push', repository('read'));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Refused);
    expect((thrown as Refused).refusal).toMatchObject({ code: 'role_too_small', held: 'read' });
    expect((thrown as Refused).credential).toEqual({
      id: 'cred_1',
      kind: 'app_password',
      scopes: ['repository:write', 'wiki'],
    });
  });

  it('is expected for exactly its operation', () => {
    const grant = mint('repository.fetch');
    expect(Grant.expect(grant, 'repository.fetch')).toBe(grant);
    for (const operation of Object.keys(OPERATIONS) as OperationName[]) {
      if (operation !== 'repository.fetch') expect(() => Grant.expect(grant, operation)).toThrow(TypeError);
    }
  });

  it.each([null, undefined, 0, '', 'repository.fetch', {}, [], () => {}, Grant, Grant.prototype])(
    'is not %s',
    (value) => {
      expect(Grant.isGenuine(value)).toBe(false);
      expect(() => Grant.expect(value, 'repository.fetch')).toThrow(TypeError);
    },
  );

  it('cannot be imitated, by shape, prototype or proxy', async () => {
    const genuine = mint('repository.push');
    const imitations = [
      { operation: genuine.operation, targets: genuine.targets, everyTarget: genuine.everyTarget },
      Object.create(Grant.prototype, { operation: { value: 'repository.push' } }),
      Object.create(genuine),
      new Proxy(genuine, {}),
      Object.assign({}, genuine, { operation: 'repository.push', everyTarget: genuine.everyTarget }),
      structuredClone(Object.assign({}, genuine)),
    ];
    for (const imitation of imitations) {
      expect(Grant.isGenuine(imitation)).toBe(false);
      expect(() => Grant.expect(imitation, 'repository.push')).toThrow(TypeError);
      await expect(openForWriting(storage, smuggled(imitation))).rejects.toThrow(TypeError);
      await expect(openForReading(storage, smuggled(imitation))).rejects.toThrow(TypeError);
    }
  });

  it('cannot be changed after it was made', () => {
    const grant = mint('repository.fetch');
    expect(() => Object.assign(grant, { operation: 'repository.push' })).toThrow(TypeError);
    expect(grant.operation).toBe('repository.fetch');
  });

  it('cannot be constructed without the seal, nor can what it is made of', () => {
    const make = (Class: unknown, ...input: unknown[]) => Reflect.construct(Class as never, input);
    for (const key of [undefined, null, Symbol('mint'), Symbol.for('mint'), Symbol('seal'), 'mint']) {
      expect(() => make(Grant, key, 'repository.push', holder.data, [], null, null)).toThrow(TypeError);
      expect(() => make(Principal, key, holder.data)).toThrow(TypeError);
      expect(() => make(Facts, key, [])).toThrow(TypeError);
    }
    class Own extends (Grant as unknown as new (...input: unknown[]) => object) {}
    expect(() => new Own(Symbol('mint'), 'repository.push', holder.data, [], null, null)).toThrow(TypeError);
  });

  it('is minted only from a principal and facts that entry sealed', () => {
    const facts = sealFacts([repository('admin')]);
    expect(() => mintGrant('repository.push', smuggled({}), facts, nowhere)).toThrow(TypeError);
    expect(() => mintGrant('repository.push', holder, smuggled({}), nowhere)).toThrow(TypeError);
    const borrowed = Object.create(Principal.prototype) as Principal;
    expect(() => mintGrant('repository.push', borrowed, facts, nowhere)).toThrow(TypeError);
  });
});

describe('the openers', () => {
  it('refuse a grant for another operation at run time, too', async () => {
    for (const operation of ['repository.fetch', 'wiki.fetch'] as const) {
      await expect(openForWriting(storage, smuggled(mint(operation)))).rejects.toThrow(/does not open/);
    }
    await expect(openForReading(storage, smuggled(mint('repository.view')))).rejects.toThrow(/does not open/);
  });

  it('refuse a grant for another kind of target', async () => {
    const operator = sealPrincipal({ type: 'operator' });
    const onHost = mintGrant(
      'host.inspect',
      operator,
      sealFacts([{ type: 'host', peopleMayCreateWorkspaces: true }]),
      nowhere,
    );
    await expect(openForReading(storage, smuggled(onHost))).rejects.toThrow(TypeError);
    await expect(openForWriting(storage, smuggled(onHost))).rejects.toThrow(TypeError);
  });

  it('tell no default branch and no size to a grant that lists nothing', async () => {
    for (const grant of [mint('repository.fetch'), { operation: 'repository.list' }]) {
      await expect(defaultBranches(storage, smuggled(grant), [])).rejects.toThrow(TypeError);
      await expect(new RepositorySizes().ofListed(storage, smuggled(grant), [])).rejects.toThrow(TypeError);
    }
  });

  it('open what the grant names and nothing else', async () => {
    const handle = await openForWriting(storage, mint('repository.push'));
    expect(handle.path).toBe('/nonexistent/11/11111111-1111-4111-8111-111111111111.git');
  });
});

it('the gate gives away nothing that makes principals, facts or grants', () => {
  const given = Object.keys(gate);
  for (const name of ['mintGrant', 'sealPrincipal', 'sealFacts', 'Principal', 'Facts', 'MINT', 'SEAL']) {
    expect(given).not.toContain(name);
  }
});
