import { beforeAll, describe, expect, it } from 'vitest';
import { startSession } from '../../../src/accounts/index.ts';
import type { Confinement } from '../../../src/acts/credentials/confinement.ts';
import { createAccessToken } from '../../../src/acts/credentials/create-access-token.ts';
import { listAccessTokens } from '../../../src/acts/credentials/list.ts';
import { narrowCredential } from '../../../src/acts/credentials/narrow.ts';
import { replaceCredential } from '../../../src/acts/credentials/replace.ts';
import { revokeCredential } from '../../../src/acts/credentials/revoke.ts';
import type { TokenVerb } from '../../../src/acts/credentials/token-place.ts';
import { viewCredential } from '../../../src/acts/credentials/view.ts';
import { viewEntering } from '../../../src/acts/explain/entering.ts';
import { simulate } from '../../../src/acts/explain/simulate.ts';
import { whoCan } from '../../../src/acts/explain/who-can.ts';
import { createRestriction } from '../../../src/acts/restrictions/change.ts';
import { viewRestrictions, viewRestrictionCandidates } from '../../../src/acts/restrictions/view.ts';
import { createProject } from '../../../src/acts/workspaces/projects.ts';
import { Secret } from '../../../src/credentials/index.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import type { Grant, OperationName, TargetReference } from '../../../src/gate/index.ts';
import { takeMessage } from '../../../src/mail/index.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { meanwhile } from '../meanwhile.ts';
import { at, bearer, openHost, refusalOf, type TestHost } from '../host.ts';

const acme = { type: 'workspace', workspace: 'acme' } as const;

function places(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  let ids: Record<'app' | 'lib' | 'other', string>;
  beforeAll(async () => {
    host = await openHost(kind);
    for (const name of ['ada', 'bob']) await host.person(name);
    const workspaceId = await host.workspace('acme', 'ada');
    const elsewhere = await host.workspace('elsewhere', 'bob');
    ids = {
      app: await host.repository(workspaceId, 'app'),
      lib: await host.repository(workspaceId, 'lib'),
      other: await host.repository(elsewhere, 'other'),
    };
    // The oldest is where repositories go that name none.
    const project = await enterAsOperator(host.services, 'project.change', [acme]);
    await createProject(host.services, project, { key: 'LIBS', name: 'Libraries', description: '' });
    await moveTo('LIBS');
  });

  /** `acme/lib` to a project of its workspace. */
  const moveTo = async (key: string) => {
    const { database } = host.services;
    const { workspace_id } = await database
      .selectFrom('repository')
      .select('workspace_id')
      .where('id', '=', ids.lib)
      .executeTakeFirstOrThrow();
    const { id } = await database
      .selectFrom('project')
      .select('id')
      .where('key', '=', key)
      .where('workspace_id', '=', workspace_id)
      .executeTakeFirstOrThrow();
    await database.updateTable('repository').set({ project_id: id }).where('id', '=', ids.lib).execute();
  };
  const make = async (input: { project?: string; scopes?: readonly string[]; confinement?: Confinement }) => {
    const grant = await enterAsOperator(host.services, 'workspace_access_token.create', [acme]);
    const { scopes = ['repository:write'], ...rest } = input;
    const made = await createAccessToken(host.services, grant, {
      name: 'ci',
      scopes,
      expiresAt: null,
      ...rest,
    });
    return { id: made.id, secret: made.secret.reveal(), botEmail: made.botEmail };
  };
  const opened = async (secret: string) => {
    const outcomes: Record<string, string> = {};
    for (const path of ['acme/app', 'acme/lib', 'elsewhere/other']) {
      const entering = host.enter('repository.push', at(path), bearer(secret), 'git');
      outcomes[path] = await entering.then(
        () => 'opened',
        async () => (await refusalOf(entering)).code,
      );
    }
    return outcomes;
  };
  const asOwner = <Verb extends TokenVerb>(
    verb: Verb,
    name = 'ada',
    workspace = 'acme',
  ): Promise<Grant<`workspace_access_token.${Verb}`>> =>
    asPerson(`workspace_access_token.${verb}` as const, name, { type: 'workspace', workspace });
  const asPerson = async <Op extends OperationName>(
    operation: Op,
    name: string,
    target: TargetReference,
  ): Promise<Grant<Op>> => {
    const { database } = host.services;
    const { id } = await database
      .selectFrom('account')
      .select('id')
      .where('username', '=', name)
      .executeTakeFirstOrThrow();
    const { token } = await startSession(database, id, { address: '', userAgent: '' }, host.now);
    const cookie = { type: 'cookie', token: new Secret(token) } as const;
    return host.enter(operation, target, cookie, 'web');
  };

  it('open what lies in them now, and nothing else', async () => {
    const [whole, libraries] = [await make({}), await make({ project: 'libs' })];
    expect(whole.secret).toMatch(/^lkwt_/);
    expect(libraries.secret).toMatch(/^lkpt_/);
    expect(whole.botEmail).toMatch(/^[0-9a-f]{24}@bots\.localhost$/);
    expect(await opened(whole.secret)).toEqual({
      'acme/app': 'opened',
      'acme/lib': 'opened',
      'elsewhere/other': 'target_missing',
    });
    expect(await opened(libraries.secret)).toMatchObject({
      'acme/app': 'target_missing',
      'acme/lib': 'opened',
    });
    await moveTo('MAIN');
    expect(await opened(libraries.secret)).toMatchObject({ 'acme/lib': 'target_missing' });
    await moveTo('LIBS');
    expect(await opened(libraries.secret)).toMatchObject({ 'acme/lib': 'opened' });
  });

  it('are confined within what they open, and never beyond it', async () => {
    const names = (...repositoryNames: string[]) => ({ confinement: { repositoryNames } });
    expect(await opened((await make(names('acme/app'))).secret)).toEqual({
      'acme/app': 'opened',
      'acme/lib': 'out_of_bounds',
      'elsewhere/other': 'target_missing',
    });
  });

  it('are not made for, nor narrowed to, what lies outside of their place', async () => {
    const ofApp = await enterAsOperator(host.services, 'access_token.create', [at('acme/app')]);
    const place = { app: ofApp, LIBS: undefined, acme: undefined };
    const makeFor = (name: keyof typeof place, confinement: Confinement) => {
      const grant = place[name];
      const input = { name: 'ci', scopes: ['repository'], expiresAt: null, confinement };
      return grant === undefined
        ? make({ ...(name === 'LIBS' && { project: name }), confinement })
        : createAccessToken(host.services, grant, input);
    };
    const outside: readonly [keyof typeof place, Confinement, string][] = [
      ['app', { repositoryNames: ['acme/lib'] }, '"acme/lib" lies outside of the repository'],
      ['app', { repositoryNames: ['acme/app', 'acme/lib'] }, '"acme/lib" lies outside of the repository'],
      ['app', { projectNames: ['acme/LIBS'] }, '"acme/LIBS" lies outside of the repository'],
      ['app', { workspaceNames: ['elsewhere'] }, '"elsewhere" lies outside of the repository'],
      ['LIBS', { repositoryNames: ['acme/lib', 'acme/app'] }, '"acme/app" lies outside of the project'],
      ['LIBS', { projectNames: ['acme/MAIN'] }, '"acme/MAIN" lies outside of the project'],
      ['acme', { repositoryNames: ['elsewhere/other'] }, '"elsewhere/other" lies outside of the workspace'],
      ['acme', { workspaceNames: ['acme', 'elsewhere'] }, '"elsewhere" lies outside of the workspace'],
    ];
    const count = async () =>
      (await host.services.database.selectFrom('credential').select('id').execute()).length;
    const before = await count();
    for (const [name, confinement, sentence] of outside)
      await expect(makeFor(name, confinement), sentence).rejects.toThrow(sentence);
    expect(await count()).toBe(before);

    const within: readonly [keyof typeof place, Confinement][] = [
      ['app', { repositoryNames: ['acme/app'], workspaceNames: ['acme'] }],
      ['LIBS', { repositoryNames: ['acme/lib'], projectNames: ['acme/LIBS'], workspaceNames: ['acme'] }],
      ['acme', { repositoryNames: ['acme/app'], projectNames: ['acme/LIBS'] }],
    ];
    const narrow = await enterAsOperator(host.services, 'credential.narrow', [{ type: 'host' }]);
    for (const [name, confinement] of within) {
      const { id } = await makeFor(name, confinement);
      const beyond = narrowCredential(host.services, narrow, id, { repositoryNames: ['elsewhere/other'] });
      await expect(beyond).rejects.toThrow('"elsewhere/other" lies outside of the');
      await expect(narrowCredential(host.services, narrow, id, confinement)).resolves.toHaveLength(1);
    }
    // Somebody who may not see it is told no more than before.
    await expect(
      narrowCredential(host.services, await asOwner('narrow'), (await make({})).id, {
        repositoryNames: ['elsewhere/other'],
      }),
    ).rejects.toThrow('There is no repository "elsewhere/other"');
  });

  it('are listed, looked at, narrowed, replaced and revoked by the owners of their workspace alone', async () => {
    const [whole, libraries] = [await make({}), await make({ project: 'LIBS' })];
    const list = await asOwner('list');
    const idsOf = async (project?: string) =>
      (await listAccessTokens(host.services, list, { ended: false, page: 1 }, project)).credentials.map(
        ({ id }) => id,
      );
    expect(await idsOf()).toContain(whole.id);
    expect(await idsOf()).not.toContain(libraries.id);
    expect(await idsOf('LIBS')).toContain(libraries.id);
    expect(await idsOf('MAIN')).toEqual([]);
    await expect(idsOf('NOPE')).rejects.toThrow('There is no project "NOPE" in this workspace.');
    expect((await viewCredential(host.services, list, libraries.id, 'LIBS')).credential.kind).toBe(
      'project_access_token',
    );
    for (const project of [undefined, 'MAIN'])
      await expect(viewCredential(host.services, list, libraries.id, project)).rejects.toThrow(
        'has no access token of this id',
      );

    // Bob owns another workspace: the ids are right, and none of them is his.
    const question = { credentialId: libraries.id, operation: 'repository.fetch', targets: ['acme/lib'] };
    for (const { id } of [whole, libraries]) {
      const of = ['bob', 'elsewhere'] as const;
      const theirs = [
        async () => viewCredential(host.services, await asOwner('list', ...of), id),
        async () => narrowCredential(host.services, await asOwner('narrow', ...of), id, { uses: 1 }),
        async () => replaceCredential(host.services, await asOwner('rotate', ...of), id, { overlapDays: 1 }),
        async () => revokeCredential(host.services, await asOwner('revoke', ...of), id),
        async () =>
          simulate(host.services, await asOwner('explain', ...of), { ...question, credentialId: id }),
      ];
      for (const act of theirs) await expect(act()).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await refusalOf(asOwner('list', 'bob'))).toMatchObject({ code: 'target_missing' });
    expect(await opened(libraries.secret)).toMatchObject({ 'acme/lib': 'opened' });

    expect((await simulate(host.services, await asOwner('explain'), question)).allowed).toBe(true);
    const successor = await replaceCredential(host.services, await asOwner('rotate'), libraries.id, {
      overlapDays: 7,
    });
    expect(successor).toMatchObject({ kind: 'project_access_token', botEmail: libraries.botEmail });
    const letter = await takeMessage(host.services.database, host.services.seals, host.now);
    expect(letter).toMatchObject({
      text: expect.stringMatching(
        `^The project LIBS of acme at .* has a new project access token, “ci”, which ada made in place of ${libraries.id}:`,
      ),
    });
    await narrowCredential(host.services, await asOwner('narrow'), libraries.id, {
      networks: ['198.51.100.0/24'],
    });
    expect(await opened(libraries.secret)).toMatchObject({ 'acme/lib': 'out_of_bounds' });
    expect(await opened(successor.secret.reveal())).toMatchObject({ 'acme/lib': 'opened' });
    for (const id of [successor.id, whole.id])
      await revokeCredential(host.services, await asOwner('revoke'), id);
    for (const secret of [successor.secret.reveal(), whole.secret])
      expect(await opened(secret)).toMatchObject({ 'acme/lib': 'credential_ended' });
  });

  it('are nothing to who administers one repository, where they do not enter it; and where they do, what confines them is not', async () => {
    const { services } = host;
    const rob = await host.person(`rob-${host.now}`);
    await host.role(ids.app, rob, 'admin');
    const kept = await make({ confinement: { repositoryNames: ['acme/lib'] } });
    const other = await make({ project: 'LIBS' });
    const enters = await make({ confinement: { repositoryNames: ['acme/app', 'acme/lib'] } });
    await host.enter('repository.view', at('acme/lib'), bearer(enters.secret));
    const all = { offset: 0, limit: 100 };
    const seenBy = async (name: string) => {
      const grant = await asPerson('repository.who_can', name, at('acme/app'));
      const which = { own: all, people: { ...all, named: '' }, groups: all, personal: all };
      const { own } = await viewEntering(services, grant, which);
      const { machines } = await whoCan(services, grant, { operation: 'repository.fetch' });
      return {
        listed: own.rows.map(({ credential, tellsUse }) => [credential.id, tellsUse] as const),
        can: machines.rows.map(({ credential, bounds }) => [credential.id, bounds.join()] as const),
      };
    };
    const [his, hers] = [await seenBy(rob.username), await seenBy('ada')];
    for (const { id } of [kept, other])
      for (const { listed, can } of [his, hers])
        expect([...listed, ...can].map(([each]) => each)).not.toContain(id);
    expect(his.listed).toContainEqual([enters.id, false]);
    expect(his.can).toContainEqual([enters.id, 'confined further by its workspace: ask an owner of that']);
    expect(hers.listed).toContainEqual([enters.id, true]);
    expect(hers.can).toContainEqual([enters.id, 'only acme/app, acme/lib']);

    const changing = await asPerson('restriction.change', rob.username, at('acme/app'));
    const rule = { kind: 'push', pattern: 'main' };
    for (const { id } of [kept, other])
      await expect(createRestriction(services, changing, { ...rule, accessTokens: [id] })).rejects.toThrow(
        'There is no live access token',
      );
    const offered = await viewRestrictionCandidates(
      services,
      await asPerson('restriction.list', rob.username, at('acme/app')),
    );
    expect(offered.accessTokens.first.map(({ id }) => id)).toContain(enters.id);
    for (const { id } of [kept, other])
      expect(offered.accessTokens.first.map((each) => each.id)).not.toContain(id);

    // One that is named and stops entering stays named, by its id alone, so that nobody is let in unseen when it does again.
    const named = await createRestriction(services, changing, { ...rule, accessTokens: [enters.id] });
    const narrowing = await asOwner('narrow');
    await narrowCredential(services, narrowing, enters.id, { repositoryNames: ['acme/lib'] });
    const [shown] = (
      await viewRestrictions(services, await asPerson('restriction.list', 'ada', at('acme/app')))
    ).filter(({ id }) => id === named.id);
    expect(shown?.accessTokens).toEqual([{ id: enters.id, label: null }]);
  });

  it('end when the workspace wants that, and carry what their place can give', async () => {
    const { database } = host.services;
    const demand = (forever: 0 | 1) =>
      database
        .updateTable('workspace')
        .set({ tokens_may_live_forever: forever })
        .where('slug', '=', 'acme')
        .execute();
    await demand(0);
    await expect(make({})).rejects.toThrow('This workspace demands an expiry date');
    await expect(make({ project: 'LIBS' })).rejects.toThrow('This workspace demands an expiry date');
    await demand(1);
    // What is demanded, and whether one lives, is asked when it happens.
    const creating = await enterAsOperator(host.services, 'workspace_access_token.create', [acme]);
    const ids = async () => (await database.selectFrom('credential').select('id').execute()).length;
    const before = await ids();
    await expect(
      createAccessToken(
        meanwhile(host.services, () => demand(0)),
        creating,
        {
          name: 'late',
          scopes: ['repository'],
          expiresAt: null,
        },
      ),
    ).rejects.toThrow('This workspace demands an expiry date');
    expect(await ids()).toBe(before);
    await demand(1);
    const { id } = await make({});
    const revoking = await asOwner('revoke');
    await expect(
      narrowCredential(
        meanwhile(host.services, () => revokeCredential(host.services, revoking, id)),
        await asOwner('narrow'),
        id,
        { networks: ['192.0.2.0/24'] },
      ),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect(
      await database.selectFrom('credential_bound').select('kind').where('credential_id', '=', id).execute(),
    ).toEqual([]);
    await expect(make({ project: 'LIBS', scopes: ['account'] })).rejects.toThrow(
      'A project access token cannot carry account',
    );
    await expect(make({ scopes: ['account:write'] })).rejects.toThrow(
      'A workspace access token cannot carry account:write',
    );
  });
}

describe('access tokens of projects and workspaces, on SQLite', () => places('sqlite'));
await describeOnPostgres('access tokens of projects and workspaces, on PostgreSQL', () => places('postgres'));
