import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { startSession } from '../../src/accounts/index.ts';
import { listEverything } from '../../src/acts/credentials/everything.ts';
import { narrowCredential } from '../../src/acts/credentials/narrow.ts';
import { viewBoundWords } from '../../src/acts/credentials/view.ts';
import { viewEntering } from '../../src/acts/explain/entering.ts';
import { transferRepository } from '../../src/acts/repositories/remove.ts';
import { disableAccount } from '../../src/acts/accounts/state.ts';
import {
  addAccessKey,
  addProjectAccessKey,
  revokeAccessKey,
  revokeProjectAccessKey,
} from '../../src/acts/keys/access-keys.ts';
import { viewAccessKey, viewProjectAccessKey } from '../../src/acts/keys/access-key.ts';
import { CONFINED_ELSEWHERE, listAccessKeys } from '../../src/acts/keys/access-key-list.ts';
import { addSshKey, listSshKeys, revokeSshKey, viewSshKey } from '../../src/acts/keys/ssh-keys.ts';
import { placesOfKey, removeFromPlace, Secret } from '../../src/credentials/index.ts';
import { enterAsOperator, proveKey, type Presented } from '../../src/entry/index.ts';
import { Problem } from '../../src/problem.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { sshBlob } from '../support/ssh-blob.ts';
import { at, openHost, refusalOf, type TestHost } from './host.ts';

interface TestKey {
  readonly line: string;
  readonly blob: Buffer;
  readonly privateKey: KeyObject;
}

function newKey(comment = 'ada@laptop'): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const blob = sshBlob('ssh-ed25519', Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'));
  return { line: `ssh-ed25519 ${blob.toString('base64')} ${comment}`, blob, privateKey };
}

/** As a door presents a key after its holder proved it. */
function proven({ blob, privateKey }: TestKey, userName = 'git'): Presented {
  const signed = Buffer.from('a session');
  const signature = sign(null, signed, privateKey);
  const key = proveKey({ type: 'ssh-ed25519', blob, signed, signature, rsaHash: undefined });
  if (key === undefined) throw new Error('The proof of the test does not hold.');
  return { type: 'key', userName, key };
}

function keys(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  let appId: string;

  beforeAll(async () => {
    host = await openHost(kind);
    const ada = await host.person('ada');
    await host.person('bob');
    const workspace = await host.workspace('acme', 'ada');
    appId = await host.repository(workspace, 'app');
    await host.repository(workspace, 'other');
    await host.repository(workspace, 'open', { isPrivate: false });
    await host.role(appId, ada, 'write');
  });

  const account = (user: string) => [{ type: 'account', account: user }] as const;
  const addTo = async (user: string, key: TestKey, change: { label?: string; expiresAt?: number } = {}) =>
    addSshKey(host.services, await enterAsOperator(host.services, 'ssh_key.add', account(user)), {
      publicKey: key.line,
      label: '',
      ...change,
    });
  const giveAccess = async (path: string, key: TestKey, role: 'read' | 'write' = 'read') =>
    addAccessKey(host.services, await enterAsOperator(host.services, 'access_key.add', [at(path)]), {
      publicKey: key.line,
      label: 'ci',
      role,
    });
  const fetch = (path: string, key: TestKey) => host.enter('repository.fetch', at(path), proven(key), 'ssh');
  const push = (path: string, key: TestKey) => host.enter('repository.push', at(path), proven(key), 'ssh');
  const problemOf = async (promise: Promise<unknown>) => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    if (!(error instanceof Problem)) throw new Error('It was no problem.', { cause: error });
    return error;
  };

  it('an SSH key acts as its person, at the SSH door alone, and never before it is registered', async () => {
    const key = newKey();
    expect(await refusalOf(fetch('acme/app', key))).toMatchObject({ code: 'secret_unknown' });
    const { id, fingerprint } = await addTo('ada', key);
    expect(await fetch('acme/app', key)).toMatchObject({
      principal: { credentialId: id, kind: 'ssh_key', owner: { account: { username: 'ada' } } },
    });
    await push('acme/app', key);
    for (const surface of ['git', 'rest', 'web'] as const) {
      const asked = host.enter('repository.fetch', at('acme/app'), proven(key), surface);
      expect(await refusalOf(asked)).toMatchObject({ code: 'secret_unknown' });
    }
    const [listed] = await listSshKeys(
      host.services,
      await enterAsOperator(host.services, 'ssh_key.list', account('ada')),
    );
    expect(listed).toMatchObject({
      credential: { id, label: 'ada@laptop', state: 'active', scopes: [] },
      key: { fingerprint, comment: 'ada@laptop', publicKey: key.line.split(' ').slice(0, 2).join(' ') },
    });
  });

  it('with another user name than git is told which belongs to it', async () => {
    const key = newKey();
    const { id } = await addTo('ada', key);
    const asked = host.enter('repository.fetch', at('acme/app'), proven(key, 'ada'), 'ssh');
    expect(await refusalOf(asked)).toEqual({
      code: 'user_name_wrong',
      credentialId: id,
      kind: 'ssh_key',
      expected: ['"git"'],
    });
  });

  it('a key belongs to one account or to access keys, to the first of many who add it at once', async () => {
    const key = newKey();
    const outcomes = await Promise.allSettled(['ada', 'bob', 'ada', 'bob'].map((user) => addTo(user, key)));
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const each of refused) {
      expect(each).toMatchObject({
        reason: {
          code: 'taken',
          message: expect.stringMatching(/^Someone has already registered that SSH key\./),
        },
      });
    }
    expect((await problemOf(giveAccess('acme/app', key))).code).toBe('taken');
    const shared = newKey();
    await giveAccess('acme/app', shared);
    expect((await problemOf(addTo('bob', shared))).code).toBe('taken');
  });

  it('a key that was revoked or has expired says so to its holder, and can be added anew', async () => {
    const key = newKey();
    const { id } = await addTo('ada', key);
    const revoking = await enterAsOperator(host.services, 'ssh_key.revoke', account('ada'));
    await revokeSshKey(host.services, revoking, id);
    expect(await refusalOf(fetch('acme/app', key))).toMatchObject({
      code: 'credential_ended',
      state: 'revoked',
      credentialId: id,
    });
    expect((await problemOf(revokeSshKey(host.services, revoking, id))).code).toBe('not_found');
    const { id: again } = await addTo('bob', key, { expiresAt: host.now + 60_000 });
    expect(await refusalOf(fetch('acme/app', key))).toMatchObject({ code: 'target_missing' });
    await host.enter('repository.fetch', at('acme/open'), proven(key), 'ssh');
    host.now += 120_000;
    expect(await refusalOf(fetch('acme/open', key))).toMatchObject({
      code: 'credential_ended',
      state: 'expired',
      credentialId: again,
    });
    await addTo('ada', key);
    await fetch('acme/app', key);
  });

  it('one access key opens the places it was given, each in its own way, and ends with the last', async () => {
    const key = newKey();
    const { number, credentialId } = await giveAccess('acme/app', key);
    const other = await giveAccess('acme/other', key, 'write');
    expect(other.credentialId).toBe(credentialId);
    await fetch('acme/app', key);
    expect(await refusalOf(push('acme/app', key))).toMatchObject({ code: 'role_too_small', held: 'read' });
    await push('acme/other', key);
    // A private one that it was not given is missing to it, a public one is told apart.
    await host.repository((await fetch('acme/app', key)).targets[0].workspace.id, `hidden-${kind}`);
    expect(await refusalOf(fetch(`acme/hidden-${kind}`, key))).toMatchObject({ code: 'target_missing' });
    expect(await refusalOf(fetch('acme/open', key))).toMatchObject({ code: 'out_of_bounds' });
    expect((await problemOf(giveAccess('acme/app', key))).code).toBe('taken');

    const revoke = async (path: string, which: number) =>
      revokeAccessKey(
        host.services,
        await enterAsOperator(host.services, 'access_key.revoke', [at(path)]),
        which,
      );
    // A number of another place is none here.
    expect((await problemOf(revoke('acme/other', number))).code).toBe('not_found');
    await revoke('acme/app', number);
    expect(await refusalOf(fetch('acme/app', key))).toMatchObject({ code: 'target_missing' });
    await fetch('acme/other', key);
    await revoke('acme/other', other.number);
    expect(await refusalOf(fetch('acme/other', key))).toMatchObject({
      code: 'credential_ended',
      state: 'revoked',
    });
    const listing = await enterAsOperator(host.services, 'access_key.list', [at('acme/other')]);
    expect((await listAccessKeys(host.services, listing)).map((each) => each.credentialId)).not.toContain(
      credentialId,
    );
  });

  it('the page of an SSH key tells its owner alone what it was used for', async () => {
    const key = newKey();
    const { id, fingerprint } = await addTo('ada', key);
    await fetch('acme/app', key);
    await refusalOf(fetch(`acme/nothing`, key));
    const listing = async (user: string) => enterAsOperator(host.services, 'ssh_key.list', account(user));
    const viewed = await viewSshKey(host.services, await listing('ada'), id);
    expect(viewed).toMatchObject({ credential: { id }, key: { fingerprint }, bounds: [] });
    expect(viewed.usage.uses).toHaveLength(2);
    expect(viewed.usage.uses).toContainEqual(
      expect.objectContaining({ operation: 'repository.fetch', targetName: 'acme/app', outcome: 'allowed' }),
    );
    expect(viewed.usage.days.at(-1)).toMatchObject({ admitted: 1, refused: 1 });
    expect((await problemOf(viewSshKey(host.services, await listing('bob'), id))).code).toBe('not_found');
    // An access key is no SSH key of anybody’s.
    const { credentialId } = await giveAccess('acme/app', newKey());
    const asked = viewSshKey(host.services, await listing('ada'), credentialId);
    expect((await problemOf(asked)).code).toBe('not_found');
  });

  it('the page of an access key tells of its place alone once it was let into another', async () => {
    const { services } = host;
    const key = newKey();
    const here = await giveAccess('acme/app', key);
    const view = async (path: string, number: number) =>
      viewAccessKey(services, await enterAsOperator(services, 'access_key.list', [at(path)]), `${number}`);
    const told = async (path: string, number: number) => {
      const { usage, tellsHereAlone } = await view(path, number);
      const uses = usage.uses.map(({ targetName, outcome }) => `${targetName} ${outcome}`).toSorted();
      return { uses, tellsHereAlone };
    };
    await fetch('acme/app', key);
    await refusalOf(push('acme/app', key));
    const all = ['acme/app allowed', 'undefined role_too_small'];
    expect(await told('acme/app', here.number)).toEqual({ uses: all, tellsHereAlone: false });

    const other = await giveAccess('acme/other', key, 'write');
    await push('acme/other', key);
    const places = [
      ['acme/app', here.number],
      ['acme/other', other.number],
    ] as const;
    for (const [path, number] of places)
      expect(await told(path, number)).toEqual({ uses: [`${path} allowed`], tellsHereAlone: true });
    expect((await view('acme/app', here.number)).usage.days.at(-1)).toMatchObject({
      admitted: 1,
      refused: 0,
    });
    const project = await enterAsOperator(services, 'project_access_key.add', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    const input = { publicKey: key.line, label: 'all', role: 'read' } as const;
    const { number } = await addProjectAccessKey(services, project, 'MAIN', input);
    const listing = await enterAsOperator(services, 'project_access_key.list', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    const { usage } = await viewProjectAccessKey(services, listing, 'MAIN', `${number}`);
    expect(new Set(usage.uses.map(({ targetName }) => targetName))).toEqual(
      new Set(['acme/app', 'acme/other']),
    );

    // What was let in elsewhere once stays untold when it is no longer.
    const ending = await enterAsOperator(services, 'access_key.revoke', [at('acme/other')]);
    await revokeAccessKey(services, ending, other.number);
    const endingAll = await enterAsOperator(services, 'project_access_key.revoke', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    await revokeProjectAccessKey(services, endingAll, 'MAIN', number);
    expect((await told('acme/app', here.number)).uses).toEqual(['acme/app allowed']);
    expect((await problemOf(view('acme/other', other.number))).code).toBe('not_found');
    expect((await problemOf(view('acme/other', here.number))).code).toBe('not_found');
  });

  it('what a key is called, confined to and used for in another workspace is not told here, now or later', async () => {
    const { services } = host;
    const { database } = services;
    const own = await host.workspace('own', 'bob');
    await host.repository(own, 'mine');
    const acme = await database
      .selectFrom('workspace')
      .select('id')
      .where('slug', '=', 'acme')
      .executeTakeFirstOrThrow();
    await host.repository(acme.id, 'moved');
    const asSession = async (name: string) => {
      const { id } = await database
        .selectFrom('account')
        .select('id')
        .where('username', '=', name)
        .executeTakeFirstOrThrow();
      const { token } = await startSession(database, id, { address: '', userAgent: '' }, host.now);
      return { type: 'cookie', token: new Secret(token) } as const;
    };
    const [ada, bob] = [await asSession('ada'), await asSession('bob')];
    const key = newKey('machine');
    const add = async (path: string, which: TestKey, label: string) =>
      addAccessKey(services, await enterAsOperator(services, 'access_key.add', [at(path)]), {
        publicKey: which.line,
        label,
        role: 'read',
      });
    const there = await add('acme/app', key, 'theirs');
    await narrowCredential(
      services,
      await enterAsOperator(services, 'credential.narrow', [{ type: 'host' }]),
      there.credentialId,
      { networks: ['127.0.0.0/8'] },
    );
    await fetch('acme/app', key);
    await add('own/mine', key, 'ours');
    const seen = async (who: typeof bob, path: string, label: string) =>
      (await listAccessKeys(services, await host.enter('access_key.list', at(path), who, 'web'))).find(
        (each) => each.label === label,
      );
    const untold = { tellsUse: false, lastUsedAt: null, bounds: [], boundWords: [CONFINED_ELSEWHERE] };
    expect(await seen(bob, 'own/mine', 'ours')).toMatchObject(untold);
    expect(await seen(ada, 'acme/app', 'theirs')).toMatchObject({
      tellsUse: false,
      boundWords: ['only from 127.0.0.0/8'],
    });
    const whoCan = await host.enter('repository.who_can', at('own/mine'), bob, 'web');
    const window = { offset: 0, limit: 10 };
    const entering = await viewEntering(services, whoCan, {
      own: window,
      people: { ...window, named: '' },
      groups: window,
      personal: window,
    });
    expect(entering.own.rows.map(({ credential }) => credential.label)).toEqual(['ours']);
    const access = await host.enter('workspace.access', { type: 'workspace', workspace: 'own' }, bob, 'web');
    const { credentials } = await listEverything(services, access, { ended: false, page: 1 });
    expect(credentials.map(({ label }) => label)).toEqual(['ours']);
    expect([...(await viewBoundWords(services, access, credentials)).values()]).toEqual([
      [CONFINED_ELSEWHERE],
    ]);

    // Nor when it was taken away there.
    await revokeAccessKey(
      services,
      await enterAsOperator(services, 'access_key.revoke', [at('acme/app')]),
      String(there.number),
    );
    expect(await seen(bob, 'own/mine', 'ours')).toMatchObject(untold);

    // Nor when the repository itself came here.
    const mover = newKey('mover');
    const moving = await add('acme/moved', mover, 'theirs');
    await add('acme/other', mover, 'theirs');
    await narrowCredential(
      services,
      await enterAsOperator(services, 'credential.narrow', [{ type: 'host' }]),
      moving.credentialId,
      { networks: ['127.0.0.0/8'] },
    );
    await fetch('acme/moved', mover);
    await services.writeUses();
    host.now += 1;
    await transferRepository(
      services,
      await enterAsOperator(services, 'repository.transfer', [
        at('acme/moved'),
        { type: 'workspace', workspace: 'own' },
      ]),
    );
    host.now += 1;
    const { number } = await add('own/moved', mover, 'ours');
    const viewed = async () =>
      viewAccessKey(
        services,
        await host.enter('access_key.list', at('own/moved'), bob, 'web'),
        String(number),
      );
    expect((await viewed()).usage.uses).toEqual([]);
    expect(await seen(bob, 'own/moved', 'ours')).toMatchObject(untold);
    expect((await viewed()).usage.days.every(({ admitted }) => admitted === 0)).toBe(true);
    // Counts are those of days: of the day itself nothing is told.
    host.now += 86_400_000;
    await fetch('own/moved', mover);
    expect((await viewed()).usage.uses).toMatchObject([{ count: 1 }]);
  });

  it('an access key ends with its last two places when both are taken away at once', async () => {
    const { database } = host.services;
    const key = newKey();
    const { credentialId } = await giveAccess('acme/app', key);
    await giveAccess('acme/other', key);
    const places = await placesOfKey(database, credentialId);
    expect(places).toHaveLength(2);
    const took = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const takeAway = (of: (typeof places)[number] | undefined, then: () => Promise<void>) =>
      database.transaction().execute(async (trx) => {
        if (of !== undefined) await removeFromPlace(trx, of.place, { number: of.id }, null, host.now);
        await then();
      });
    // The first does not come to its end before the second has come as far as it may.
    const first = takeAway(places[0], () => (took.resolve(), goOn.promise));
    await took.promise;
    const second = takeAway(places[1], async () => goOn.resolve());
    await Promise.race([second, delay(300)]);
    goOn.resolve();
    await Promise.all([first, second]);
    expect(await placesOfKey(database, credentialId)).toEqual([]);
    expect(await refusalOf(fetch('acme/app', key))).toMatchObject({
      code: 'credential_ended',
      state: 'revoked',
    });
  });

  it('an access key of a project opens its repositories, those to come included', async () => {
    const key = newKey();
    const adding = await enterAsOperator(host.services, 'project_access_key.add', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    const [target] = (await host.enter('repository.view', at('acme/app'), await ownerOf(host))).targets;
    const { database } = host.services;
    const { key: projectKey } = await database
      .selectFrom('project')
      .select('key')
      .where('id', '=', target.projectId)
      .executeTakeFirstOrThrow();
    await addProjectAccessKey(host.services, adding, projectKey, {
      publicKey: key.line,
      label: 'all',
      role: 'read',
    });
    await host.repository(target.workspace.id, 'later');
    await fetch('acme/later', key);
    expect(await refusalOf(push('acme/later', key))).toMatchObject({ code: 'role_too_small' });
    const unknown = addProjectAccessKey(host.services, adding, 'NONE', {
      publicKey: newKey().line,
      label: 'x',
      role: 'read',
    });
    expect((await problemOf(unknown)).code).toBe('not_found');
  });

  it('T40: a disabled person is refused at the next request with every key', async () => {
    const eve = await host.person('eve');
    await host.role(appId, eve, 'write');
    const key = newKey();
    await addTo('eve', key);
    await fetch('acme/app', key);
    const disabling = await enterAsOperator(host.services, 'account.disable', [
      { type: 'host' },
      ...account('eve'),
    ]);
    await disableAccount(host.services, disabling);
    expect(await refusalOf(fetch('acme/app', key))).toEqual({ code: 'account_disabled' });
    expect(await refusalOf(fetch('acme/open', key))).toEqual({ code: 'account_disabled' });
  });

  it('what is no key is refused, and nothing is left of it', async () => {
    const rows = async () =>
      (await host.services.database.selectFrom('ssh_public_key').select('uuid').execute()).length;
    const before = await rows();
    const bad = { ...newKey(), line: 'ssh-ed25519 AAAA' };
    expect(await problemOf(addTo('ada', bad))).toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/SSH key is invalid/),
    });
    expect((await problemOf(giveAccess('acme/app', bad))).code).toBe('invalid');
    expect(await rows()).toBe(before);
  });
}

async function ownerOf(host: TestHost): Promise<Presented> {
  const { secret } = await host.appPassword('ada', ['repository']);
  const { basic } = await import('./host.ts');
  return basic('ada', secret);
}

describe('keys, on SQLite', () => keys('sqlite'));
await describeOnPostgres('keys, on PostgreSQL', () => keys('postgres'));
