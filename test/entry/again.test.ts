import { beforeEach, describe, expect, it } from 'vitest';
import { endSessions, startSession } from '../../src/accounts/index.ts';
import { changeRepository } from '../../src/acts/repositories/change.ts';
import {
  deleteRepository,
  restoreRepository,
  transferRepository,
} from '../../src/acts/repositories/remove.ts';
import { revokeRole } from '../../src/acts/repositories/roles.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { removeMember } from '../../src/acts/workspaces/members.ts';
import { Secret } from '../../src/credentials/index.ts';
import { enterAgain, enterAsOperator } from '../../src/entry/index.ts';
import type { Grant } from '../../src/gate/index.ts';
import { createRepository } from '../../src/git/create.ts';
import { at, basic, openHost, refusalOf, type TestHost } from '../acts/host.ts';

/** Between the decision and the act something changes; deciding again must see it. */
let host: TestHost;
let app: string;
const onHost = [{ type: 'host' }] as const;

beforeEach(async () => {
  host = await openHost();
  for (const name of ['ada', 'bob']) await host.person(name);
  const workspace = await host.workspace('acme', 'ada');
  await host.workspace('other', 'ada');
  app = await host.repository(workspace, 'app');
  await createRepository(host.services.storage.pathOf(app, 'repository'));
});

async function bobPushes(): Promise<{ id: string; grant: Grant<'repository.push'> }> {
  const bob = await host.services.database
    .selectFrom('account')
    .select('id')
    .where('username', '=', 'bob')
    .executeTakeFirstOrThrow();
  await host.role(app, { id: bob.id } as never, 'write');
  const { id, secret } = await host.appPassword('bob', ['repository:write']);
  return { id, grant: await host.enter('repository.push', at('acme/app'), basic('bob', secret), 'git') };
}
async function tokenPushes(): Promise<{ id: string; grant: Grant<'repository.push'> }> {
  const { id, secret } = await host.accessToken('acme/app', ['repository:write']);
  return {
    id,
    grant: await host.enter('repository.push', at('acme/app'), basic('x-token-auth', secret), 'git'),
  };
}
const again = (grant: Grant<'repository.push'>) => enterAgain(host.services, grant);

describe('deciding again', () => {
  it('grants what is still so, as a new grant', async () => {
    for (const { grant } of [await bobPushes(), await tokenPushes()]) {
      const second = await again(grant);
      expect(second).not.toBe(grant);
      expect(second.operation).toBe('repository.push');
      expect(second.targets).toEqual(grant.targets);
      expect(second.address).toBe('127.0.0.1');
    }
  });

  it('sees a revocation', async () => {
    for (const { id, grant } of [await bobPushes(), await tokenPushes()]) {
      await revokeCredential(
        host.services,
        await enterAsOperator(host.services, 'credential.revoke', onHost),
        id,
      );
      expect(await refusalOf(again(grant))).toMatchObject({
        code: 'credential_ended',
        state: 'revoked',
        credentialId: id,
      });
    }
  });

  it('sees an expiry', async () => {
    const { secret } = await host.accessToken('acme/app', ['repository:write'], host.now + 60_000);
    const grant = await host.enter('repository.push', at('acme/app'), basic('x-token-auth', secret), 'git');
    host.now += 60_000;
    expect(await refusalOf(again(grant))).toMatchObject({ code: 'credential_ended', state: 'expired' });
  });

  it('sees narrower scopes, a new bound, a pause', async () => {
    const { id, grant } = await bobPushes();
    const { database } = host.services;
    await database.updateTable('credential').set({ paused_at: 1 }).where('id', '=', id).execute();
    expect(await refusalOf(again(grant))).toMatchObject({ code: 'credential_paused' });
    await database.updateTable('credential').set({ paused_at: null }).where('id', '=', id).execute();
    const bound = { credential_id: id, layer: 0, kind: 'repositories', value: '[]' };
    await database.insertInto('credential_bound').values(bound).execute();
    expect(await refusalOf(again(grant))).toMatchObject({ code: 'out_of_bounds' });
    await database.deleteFrom('credential_bound').execute();
    await expect(again(grant)).resolves.toBeDefined();
    await database.deleteFrom('credential_scope').where('credential_id', '=', id).execute();
    expect(await refusalOf(again(grant))).toMatchObject({ code: 'scope_missing' });
  });

  it('sees a role that was taken or lowered, and a member who was removed', async () => {
    const { grant } = await bobPushes();
    const bob = {
      id:
        grant.principal.type === 'credential' && grant.principal.owner.type === 'account'
          ? grant.principal.owner.account.id
          : '',
    };
    await host.role(app, bob as never, 'read');
    expect(await refusalOf(again(grant))).toMatchObject({ code: 'role_too_small', held: 'read' });
    await host.role(app, bob as never, 'write');
    await revokeRole(
      host.services,
      await enterAsOperator(host.services, 'role.revoke', [at('acme/app')]),
      'bob',
    );
    expect(await refusalOf(again(grant))).toMatchObject({ code: 'target_missing' });
    const workspace = grant.targets[0].workspace.id;
    await host.member(workspace, bob as never, 'owner');
    await expect(again(grant)).resolves.toBeDefined();
    const leave = await enterAsOperator(host.services, 'workspace.member.remove', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    await removeMember(host.services, leave, 'bob');
    expect(await refusalOf(again(grant))).toMatchObject({ code: 'target_missing' });
  });

  it('sees an account that was disabled', async () => {
    const { grant } = await bobPushes();
    await host.services.database
      .updateTable('account')
      .set({ state: 'disabled' })
      .where('username', '=', 'bob')
      .execute();
    expect(await refusalOf(again(grant))).toEqual({ code: 'account_disabled' });
  });

  it('sees a transfer, for roles and tokens alike', async () => {
    const pushes = [await bobPushes(), await tokenPushes()];
    const transfer = await enterAsOperator(host.services, 'repository.transfer', [
      at('acme/app'),
      { type: 'workspace', workspace: 'other' },
    ]);
    await transferRepository(host.services, transfer);
    expect(await refusalOf(again(pushes[0]!.grant))).toMatchObject({ code: 'target_missing' });
    expect(await refusalOf(again(pushes[1]!.grant))).toMatchObject({
      code: 'credential_ended',
      state: 'revoked',
    });
  });

  it('sees a deletion; what comes back does not bring its tokens back', async () => {
    const pushes = [await bobPushes(), await tokenPushes()];
    await deleteRepository(
      host.services,
      await enterAsOperator(host.services, 'repository.delete', [at('acme/app')]),
    );
    expect(await refusalOf(again(pushes[0]!.grant))).toMatchObject({ code: 'target_missing' });
    expect(await refusalOf(again(pushes[1]!.grant))).toMatchObject({ code: 'credential_ended' });
    const restore = await enterAsOperator(host.services, 'repository.restore', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    await restoreRepository(host.services, restore, 'app');
    await expect(again(pushes[0]!.grant)).resolves.toBeDefined();
    expect(await refusalOf(again(pushes[1]!.grant))).toMatchObject({ code: 'credential_ended' });
  });

  it('follows a rename, and another repository that took the name is another', async () => {
    const { grant } = await bobPushes();
    const update = await enterAsOperator(host.services, 'repository.update', [at('acme/app')]);
    await changeRepository(host.services, update, { slug: 'renamed' });
    expect((await again(grant)).targets[0]).toMatchObject({ id: app, slug: 'renamed' });

    const byOldName = await enterAsOperator(host.services, 'repository.view', [at('ACME/App')]);
    expect(byOldName.targets[0]).toMatchObject({ id: app, slug: 'renamed', renamedFrom: 'App' });
    const workspace = grant.targets[0].workspace.id;
    const taken = await host.repository(workspace, 'app');
    const now = await enterAsOperator(host.services, 'repository.view', [at('acme/app')]);
    expect(now.targets[0].id).toBe(taken);
    expect(now.targets[0].renamedFrom).toBeUndefined();
    expect((await again(grant)).targets[0].id).toBe(app);
  });

  it('sees that somebody signed out, or changed the password elsewhere', async () => {
    const { database } = host.services;
    const ada = await database
      .selectFrom('account')
      .select('id')
      .where('username', '=', 'ada')
      .executeTakeFirstOrThrow();
    const { id, token } = await startSession(database, ada.id, { address: '', userAgent: '' }, host.now);
    const cookie = { type: 'cookie', token: new Secret(token) } as const;
    const grant = await host.enter('repository.delete', at('acme/app'), cookie, 'web');
    await expect(enterAgain(host.services, grant)).resolves.toBeDefined();
    await endSessions(database, ada.id, { id }, host.now);
    expect(await refusalOf(enterAgain(host.services, grant))).toMatchObject({ code: 'sign_in_needed' });
  });

  it('sees that a session grew too old', async () => {
    const { database } = host.services;
    const ada = await database
      .selectFrom('account')
      .select('id')
      .where('username', '=', 'ada')
      .executeTakeFirstOrThrow();
    const { token } = await startSession(database, ada.id, { address: '', userAgent: '' }, host.now);
    const grant = await host.enter(
      'repository.delete',
      at('acme/app'),
      { type: 'cookie', token: new Secret(token) },
      'web',
    );
    host.now += 31 * 24 * 3600_000;
    expect(await refusalOf(enterAgain(host.services, grant))).toMatchObject({ code: 'sign_in_needed' });
  });
});
