import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { endSessions, hashPassword, setAccountState, startSession } from '../../src/accounts/index.ts';
import { changePassword } from '../../src/acts/accounts/password.ts';
import { enableAccount } from '../../src/acts/accounts/state.ts';
import { createAccessToken } from '../../src/acts/credentials/create-access-token.ts';
import { createPersonalCredential } from '../../src/acts/credentials/create-personal.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { createOauthConsumer } from '../../src/acts/oauth/consumers.ts';
import { changeRepository } from '../../src/acts/repositories/change.ts';
import { grantRole } from '../../src/acts/repositories/roles.ts';
import { changeByPush, transact } from '../../src/acts/transaction.ts';
import { addMember } from '../../src/acts/workspaces/members.ts';
import { revokeCredentials, Secret } from '../../src/credentials/index.ts';
import { claim, enter, enterAsOperator, type Presented } from '../../src/entry/index.ts';
import type { Grant, OperationName, TargetReference } from '../../src/gate/index.ts';
import { clearRole, createProject, removeMember, setMember } from '../../src/hosting/index.ts';
import type { Services } from '../../src/services.ts';
import type { Handle } from '../../src/store/handle.ts';
import { openDatabase } from '../../src/store/open.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { at, basic, openHost, type TestHost } from './host.ts';
import { meanwhile } from './meanwhile.ts';

const acme: TargetReference = { type: 'workspace', workspace: 'acme' };
const account = (name: string): TargetReference => ({ type: 'account', account: name });
const NEXT = 'an entirely different one';

/** Ada owns acme; eve is an owner as well, admin of acme/app and administrator of the host: until she is not. */
async function opened(kind: 'sqlite' | 'postgres' = 'sqlite') {
  const host = await openHost(kind);
  await host.person('ada', { isAdministrator: true });
  await host.person('bob');
  const eve = await host.person('eve', {
    isAdministrator: true,
    password: await hashPassword('the password of eve'),
  });
  const workspaceId = await host.workspace('acme', 'ada');
  await host.member(workspaceId, eve, 'owner');
  const repositoryId = await host.repository(workspaceId, 'app');
  await host.role(repositoryId, eve, 'admin');
  const { database, clock } = host.services;
  const { token } = await startSession(database, eve.id, { address: '', userAgent: '' }, clock());
  const session: Presented = { type: 'cookie', token: new Secret(token) };
  /** What takes away all that eve holds; each on a handle, so that it can be part of somebody's transaction. */
  const losses = {
    role: async (db: Handle) => {
      await clearRole(db, repositoryId, { type: 'account', id: eve.id });
      await removeMember(db, workspaceId, eve.id);
    },
    ownership: (db: Handle) => setMember(db, workspaceId, eve.id, 'member', host.now),
    membership: (db: Handle) => removeMember(db, workspaceId, eve.id),
    account: (db: Handle) => setAccountState(db, eve.id, 'disabled', host.now),
    sessions: (db: Handle) => endSessions(db, eve.id, 'all', host.now),
  };
  return { host, eve, session, losses };
}

const everything = async ({ services: { database } }: TestHost) => ({
  accounts: await database.selectFrom('account').select(['id', 'password', 'state']).orderBy('id').execute(),
  credentials: await database.selectFrom('credential').select(['id', 'revoked_at']).orderBy('id').execute(),
  roles: await database.selectFrom('repository_role').selectAll().execute(),
  members: await database.selectFrom('workspace_member').selectAll().orderBy('account_id').execute(),
  repositories: await database.selectFrom('repository').selectAll().execute(),
  audit: await database.selectFrom('audit').select('at').execute(),
});

interface Case<Op extends OperationName> {
  readonly operation: Op;
  readonly targets: readonly TargetReference[];
  readonly loses: keyof Awaited<ReturnType<typeof opened>>['losses'];
  readonly does: (services: Services, grant: Grant<Op>) => Promise<unknown>;
}
const of = <Op extends OperationName>(each: Case<Op>): Case<Op> => each;

const CASES = [
  of({
    operation: 'role.grant',
    targets: [at('acme/app')],
    loses: 'role',
    does: (services, grant) => grantRole(services, grant, { holder: 'eve', role: 'admin' }),
  }),
  of({
    operation: 'access_token.create',
    targets: [at('acme/app')],
    loses: 'role',
    does: (services, grant) =>
      createAccessToken(services, grant, { name: 'kept', scopes: ['repository:write'], expiresAt: null }),
  }),
  of({
    operation: 'repository.update',
    targets: [at('acme/app')],
    loses: 'account',
    does: (services, grant) => changeRepository(services, grant, { isPrivate: false }),
  }),
  of({
    operation: 'workspace.member.add',
    targets: [acme],
    loses: 'membership',
    does: (services, grant) => addMember(services, grant, { user: 'eve', membership: 'owner' }),
  }),
  of({
    operation: 'consumer.create',
    targets: [acme],
    loses: 'membership',
    does: (services, grant) =>
      createOauthConsumer(services, grant, {
        name: 'Kept',
        callbacks: ['http://127.0.0.1/cb'],
        scopes: ['repository:write'],
        isPrivate: true,
      }),
  }),
  of({
    operation: 'account.enable',
    targets: [{ type: 'host' }, account('eve')],
    loses: 'account',
    does: enableAccount,
  }),
  of({
    operation: 'app_password.create',
    targets: [account('eve')],
    loses: 'sessions',
    does: (services, grant) =>
      createPersonalCredential(services, grant, { label: 'kept', scopes: ['repository'] }),
  }),
  of({
    operation: 'account.password',
    targets: [account('eve')],
    loses: 'sessions',
    does: (services, grant) =>
      changePassword(services, grant, { current: 'the password of eve', next: NEXT }),
  }),
];

async function lost<Op extends OperationName>({ operation, targets, loses, does }: Case<Op>): Promise<void> {
  const { host, session, losses } = await opened();
  const asked = { operation, targets, presented: session, surface: 'web', address: '127.0.0.1' } as const;
  const grant = await enter(host.services, asked);
  let after: unknown;
  const late = meanwhile(host.services, async () => {
    await host.services.database.transaction().execute(async (trx) => void (await losses[loses](trx)));
    after = await everything(host);
  });
  await expect(does(late, grant)).rejects.toMatchObject({ name: 'Refused' });
  expect(after).toBeDefined();
  expect(await everything(host)).toEqual(after);
}

describe('whoever loses a right while they use it', () => {
  it.each(CASES.map((each) => [each.operation, each.loses, () => lost(each as never)] as const))(
    '%s: changes nothing any more without the %s',
    (_operation, _loses, run) => run(),
  );

  it('an owner who is admin alone at this moment moves no repository to another project', async () => {
    const { host, session, losses } = await opened();
    const { database } = host.services;
    const [{ id: workspaceId }] = (await enterAsOperator(host.services, 'project.list', [acme])).targets;
    await createProject(database, workspaceId, { key: 'LIBS', name: 'Libs', description: '' }, host.now);
    const asked = { presented: session, surface: 'web', address: '127.0.0.1' } as const;
    const grant = await host.enter('repository.update', at('acme/app'), session, 'web');
    const targets = [at('acme/app'), acme];
    const moving = await enter(host.services, { ...asked, operation: 'repository.move', targets });
    let after: unknown;
    const late = meanwhile(host.services, async () => {
      await database.transaction().execute((trx) => losses.ownership(trx));
      after = await everything(host);
    });
    const move = { grant: moving, project: 'LIBS' };
    await expect(changeRepository(late, grant, { move })).rejects.toMatchObject({ name: 'Refused' });
    expect(await everything(host)).toEqual(after);
  });

  it('a credential that was revoked at this moment changes nothing', async () => {
    const { host } = await opened();
    const { id, secret } = await host.appPassword('eve', ['repository:admin']);
    const grant = await host.enter('repository.update', at('acme/app'), basic('eve', secret));
    let after: unknown;
    const late = meanwhile(host.services, async () => {
      await revokeCredentials(host.services.database, { id }, null, host.now);
      after = await everything(host);
    });
    const changing = changeRepository(late, grant, { isPrivate: false });
    await expect(changing).rejects.toMatchObject({ refusal: { code: 'credential_ended', state: 'revoked' } });
    expect(await everything(host)).toEqual(after);
  });

  it('the last use of a credential is not taken for one too many', async () => {
    const { host } = await opened();
    const { id, secret } = await host.appPassword('eve', ['repository:admin']);
    await host.services.database
      .insertInto('credential_bound')
      .values({ credential_id: id, layer: 0, kind: 'uses', value: '{"limit":1}' })
      .execute();
    const grant = await host.enter('repository.update', at('acme/app'), basic('eve', secret));
    await claim(host.services, grant);
    await changeRepository(host.services, grant, { description: 'Changed' });
    const again = host.enter('repository.update', at('acme/app'), basic('eve', secret));
    await expect(again).rejects.toMatchObject({ refusal: { code: 'out_of_bounds', bound: 'uses' } });
  });
});

/** A change waits for another that began before it, and goes by what that one left. */
const waits = (kind: 'sqlite' | 'postgres') => async () => {
  const { host, session, losses } = await opened(kind);
  const asked = {
    operation: 'role.grant',
    targets: [at('acme/app')],
    presented: session,
    surface: 'web',
    address: '127.0.0.1',
  } as const;
  const grant = await enter(host.services, asked);
  const { promise: isLost, resolve: lose } = Promise.withResolvers<void>();
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const losing = transact(host.services, async (trx) => {
    await losses.role(trx);
    lose();
    await mayEnd;
  });
  await isLost;
  const granting = grantRole(host.services, grant, { holder: 'eve', role: 'admin' });
  const outcome = granting.then(
    () => 'granted',
    (error: Error) => error.name,
  );
  await delay(500);
  end();
  await losing;
  expect(await outcome).toBe('Refused');
  expect((await everything(host)).roles).toEqual([]);
};

it('a change goes by what another one is about to take away', waits('sqlite'));
await describeOnPostgres('on PostgreSQL', () => {
  it('a change goes by what another one is about to take away', waits('postgres'));

  it('changes that wait leave connections for whoever reads', async () => {
    const { host } = await opened('postgres');
    const { services } = host;
    const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const other = await openDatabase(host.location);
    const holding = transact({ ...services, database: other }, () => {
      hold();
      return mayEnd;
    });
    await isHeld;
    const grant = await enterAsOperator(services, 'repository.update', [at('acme/app')]);
    const waiting = Array.from({ length: 40 }, (_, i) =>
      changeRepository(services, grant, { description: `${i}` }),
    );
    await delay(200);
    const read = services.database.selectFrom('account').select('id').execute();
    expect(await Promise.race([read, delay(3000)])).toHaveLength(3);
    end();
    await Promise.all([holding, ...waiting]);
    await other.destroy();
  });

  it('a revocation comes behind a push that is being decided, and pushes do not wait for each other', async () => {
    const { host } = await opened('postgres');
    const { id, secret } = await host.appPassword('eve', ['repository:write']);
    const push = await host.enter('repository.push', at('acme/app'), basic('eve', secret), 'git');
    const revoking = await enterAsOperator(host.services, 'credential.revoke', [{ type: 'host' }]);
    const events: string[] = [];
    /** A push that is in the middle of its decision, until it is told to end. */
    const decided = async (name: string) => {
      const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>();
      const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
      const work = () => {
        begin();
        return mayEnd;
      };
      const ended = changeByPush(host.services, push, work, () => null).then(() => events.push(name));
      await hasBegun;
      return () => {
        end();
        return ended;
      };
    };
    const endFirst = await decided('first push');
    const revoked = revokeCredential(host.services, revoking, id).then(() => events.push('revoked'));
    await delay(300);
    expect(events).toEqual([]);
    await Promise.all([endFirst(), revoked]);
    expect(events).toEqual(['first push', 'revoked']);

    const endSlow = await decided('slow push');
    const endQuick = await decided('quick push');
    await endQuick();
    await endSlow();
    expect(events.slice(2)).toEqual(['quick push', 'slow push']);
  });
});
