import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../src/accounts/index.ts';
import type { Confinement } from '../../src/acts/credentials/confinement.ts';
import { createAccessToken } from '../../src/acts/credentials/create-access-token.ts';
import { createPersonalCredential } from '../../src/acts/credentials/create-personal.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { createOauthConsumer } from '../../src/acts/oauth/consumers.ts';
import { createRepository } from '../../src/acts/repositories/create.ts';
import { createRestriction } from '../../src/acts/restrictions/change.ts';
import { simulate } from '../../src/acts/explain/simulate.ts';
import { viewEntering, type Entering } from '../../src/acts/explain/entering.ts';
import { credentialsIn, whoCan, type WhoCan } from '../../src/acts/explain/who-can.ts';
import { listCredentials, pushLayer } from '../../src/credentials/index.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { heldRole, setMember, setRole, addToGroup, createGroup } from '../../src/hosting/index.ts';
import { granularLike, isScope, roleReaches, strongerRole } from '../../src/gate/index.ts';
import type { Services } from '../../src/services.ts';
import { at, openHost, type TestHost } from './host.ts';

const OPERATIONS = [
  'repository.fetch',
  'repository.push',
  'wiki.push',
  'repository.delete',
  'restriction.list',
  'pull_request.merge',
  'status.write',
] as const;
const SCOPES = [
  'repository',
  'repository:write',
  'repository:admin',
  'repository:delete',
  'pullrequest:write',
  'wiki',
  'account',
];
const REFS = ['main', 'release/1', 'refs/tags/v1'];

const world = fc.record({
  isPrivate: fc.boolean(),
  hasWiki: fc.boolean(),
  requiresTwoStep: fc.boolean(),
  twoStep: fc.subarray([0, 1, 2, 3]),
  owner: fc.subarray([0, 1, 2, 3]),
  direct: fc.array(fc.record({ person: fc.nat(3), role: fc.constantFrom('read', 'write', 'admin') }), {
    maxLength: 3,
  }),
  group: fc.record({
    people: fc.subarray([0, 1, 2, 3]),
    role: fc.constantFrom('read', 'write', 'admin', null),
  }),
  credentials: fc.array(
    fc.record({
      owner: fc.option(fc.nat(3), { freq: 3 }),
      scopes: fc.oneof(fc.constant(SCOPES), fc.subarray(SCOPES, { minLength: 1 })),
      isApiToken: fc.boolean(),
      refs: fc.subarray(['refs/heads/main', 'refs/heads/release/*:create,delete', 'refs/tags/**']),
      elsewhere: fc.nat(3).map((n) => n === 0),
      window: fc.nat(3).map((n) => n === 0),
      revoked: fc.nat(4).map((n) => n === 0),
    }),
    { maxLength: 6 },
  ),
  rules: fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom('push', 'force', 'delete', 'restrict_merges'),
      pattern: fc.constantFrom('main', 'release/*', '*'),
      person: fc.option(fc.nat(3)),
      group: fc.boolean(),
      token: fc.boolean(),
    }),
    { selector: ({ kind, pattern }) => kind + pattern, maxLength: 3 },
  ),
  operation: fc.constantFrom(...OPERATIONS),
  ref: fc.option(fc.constantFrom(...REFS)),
});
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

/** An app password, or an API token with the scopes that are like those. */
async function createOwn(
  services: Services,
  account: string,
  { scopes, isApiToken }: World['credentials'][number],
  confinement: Confinement,
) {
  const target = { type: 'account', account } as const;
  if (!isApiToken) {
    const grant = await enterAsOperator(services, 'app_password.create', [target]);
    return createPersonalCredential(services, grant, { label: 'password', scopes, confinement });
  }
  const grant = await enterAsOperator(services, 'api_token.create', [target]);
  const granular = ['read:user:bitbucket', ...scopes.filter(isScope).flatMap(granularLike)];
  return createPersonalCredential(services, grant, { label: 'token', scopes: granular, confinement });
}

async function build(host: TestHost, drawn: World) {
  const { services } = host;
  const { database } = services;
  const mark = randomUUID().slice(0, 8);
  const founder = await host.person(`founder-${mark}`);
  const people: Account[] = [];
  for (let index = 0; index < 4; index += 1) people.push(await host.person(`p${index}-${mark}`));
  const slug = `ws-${mark}`;
  const workspaceId = await host.workspace(slug, founder.username);
  const other = await host.repository(workspaceId, 'other');
  const creating = await enterAsOperator(services, 'repository.create', [
    { type: 'workspace', workspace: slug },
  ]);
  const { id } = await createRepository(services, creating, {
    slug: 'app',
    isPrivate: drawn.isPrivate,
    hasWiki: drawn.hasWiki,
  });
  await database.transaction().execute(async (trx) => {
    for (const [index, person] of people.entries()) {
      await setMember(
        trx,
        workspaceId,
        person.id,
        drawn.owner.includes(index) ? 'owner' : 'member',
        host.now,
      );
    }
    const group = await createGroup(trx, workspaceId, { slug: 'devs', name: 'Devs' }, host.now);
    for (const index of drawn.group.people)
      await addToGroup(trx, workspaceId, group.id, people[index]?.id ?? '', host.now);
    if (drawn.group.role !== null)
      await setRole(trx, id, { type: 'group', id: group.id }, drawn.group.role as 'read', host.now);
    for (const { person, role } of drawn.direct)
      await setRole(trx, id, { type: 'account', id: people[person]?.id ?? '' }, role as 'read', host.now);
  });
  const path = `${slug}/app`;
  const tokens: string[] = [];
  for (const each of drawn.credentials) {
    const confinement = {
      refs: each.refs,
      ...(each.elsewhere && each.owner !== null && { repositoryNames: [`${slug}/other`] }),
      ...(each.window && { windows: ['Mon-Sun 10:00-11:00 UTC'] }),
    };
    const made =
      each.owner === null
        ? await createAccessToken(
            services,
            await enterAsOperator(services, 'access_token.create', [at(path)]),
            {
              name: 'token',
              scopes: each.scopes.filter((scope) => scope !== 'account').concat('runner'),
              expiresAt: null,
              confinement,
            },
          )
        : await createOwn(services, people[each.owner]?.username ?? '', each, confinement);
    // No act confines a token to what lies outside of its place; of a project one is left so where a repository moves.
    if (each.elsewhere && each.owner === null)
      await pushLayer(database, made.id, [
        { kind: 'repositories', workspaces: [], projects: [], repositories: [other] },
      ]);
    if (each.revoked) {
      const grant = await enterAsOperator(services, 'credential.revoke', [{ type: 'host' }]);
      await revokeCredential(services, grant, made.id);
    } else if (each.owner === null) tokens.push(made.id);
  }
  const changing = await enterAsOperator(services, 'restriction.change', [at(path)]);
  for (const { kind, pattern, person, group, token } of drawn.rules) {
    const named = person === null ? undefined : people[person];
    const holds =
      named !== undefined && (await heldRole(database, { id, workspaceId }, named.id)) !== null
        ? [named.username]
        : [];
    await createRestriction(services, changing, {
      kind,
      pattern,
      ...((kind === 'push' || kind === 'restrict_merges') && {
        users: holds,
        groups: group ? ['devs'] : [],
        accessTokens: token ? tokens.slice(0, 1) : [],
      }),
    });
  }
  expect(other).not.toBe(id);
  await database
    .updateTable('workspace')
    .set({ requires_two_step: drawn.requiresTwoStep ? 1 : 0 })
    .where('id', '=', workspaceId)
    .execute();
  for (const index of drawn.twoStep)
    await database
      .updateTable('account')
      .set({ two_step_at: host.now })
      .where('id', '=', people[index]?.id ?? '')
      .execute();
  return { path, id, workspaceId, people: [founder, ...people] };
}

const PAGE = 2;
/** A list of the overview of a repository, read page by page to its end. */
async function everyPage<List extends 'own' | 'people' | 'groups' | 'personal'>(
  host: TestHost,
  path: string,
  list: List,
): Promise<Entering[List]['rows'][number][]> {
  const grant = await enterAsOperator(host.services, 'repository.who_can', [at(path)]);
  const none = { offset: 0, limit: 0 };
  const rows: Entering[List]['rows'][number][] = [];
  for (;;) {
    const which = { own: none, people: { named: '', ...none }, groups: none, personal: none };
    const at = { named: '', offset: rows.length, limit: PAGE };
    const read: Entering[List] = (await viewEntering(host.services, grant, { ...which, [list]: at }))[list];
    rows.push(...read.rows);
    if (read.rows.length < PAGE) {
      expect(rows).toHaveLength(read.size);
      return rows;
    }
  }
}

/** What the overview of a repository says in all of its pages is what is said of reading it and of pushing to it. */
async function expectOverview(host: TestHost, path: string, holders: readonly string[]): Promise<void> {
  const grant = await enterAsOperator(host.services, 'repository.who_can', [at(path)]);
  const reading = await whoCan(host.services, grant, { operation: 'repository.fetch' });
  const pushing = await whoCan(host.services, grant, { operation: 'repository.push' });
  const can = ({ people }: WhoCan, id: string) => people.some(({ account }) => account.id === id);
  const people = await everyPage(host, path, 'people');
  expect(people.map(({ account }) => account.id)).toEqual(
    people
      .toSorted((a, b) => (a.account.username < b.account.username ? -1 : 1))
      .map((each) => each.account.id),
  );
  expect(new Set(people.map(({ account }) => account.id))).toEqual(new Set(holders));
  for (const { account, reads, pushes } of people)
    expect([reads, pushes]).toEqual([can(reading, account.id), can(pushing, account.id)]);

  const ability = (answer: WhoCan, id: string) => {
    const found = credentialsIn(answer).find(({ credential }) => credential.id === id);
    return found === undefined ? 'no' : (found.waitsFor ?? 'yes');
  };
  const personal = await everyPage(host, path, 'personal');
  // Nobody else is told of a person's credential that opens nothing here.
  for (const { reads, pushes } of personal) expect([reads, pushes]).not.toEqual(['no', 'no']);
  const entering = [...(await everyPage(host, path, 'own')), ...personal];
  for (const { credential, reads, pushes } of entering)
    expect([reads, pushes]).toEqual([ability(reading, credential.id), ability(pushing, credential.id)]);
  const listed = new Set(entering.map(({ credential }) => credential.id));
  for (const { credential } of [...credentialsIn(reading), ...credentialsIn(pushing)])
    expect(listed).toContain(credential.id);
  expect(listed.size).toBe(entering.length);
}

describe('who can', () => {
  it('says what asking each person and each credential alone says', { timeout: 300_000 }, async () => {
    const host = await openHost();
    const { services } = host;
    let listed = 0;
    await fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const { path, id, workspaceId, people } = await build(host, drawn);
        const { operation } = drawn;
        const isMerge = operation === 'pull_request.merge' && drawn.ref?.startsWith('refs/') === false;
        const ref = operation.endsWith('.push') || isMerge ? drawn.ref : null;
        const answer = await whoCan(
          services,
          await enterAsOperator(services, 'repository.who_can', [at(path)]),
          {
            operation,
            ref,
          },
        );
        const explaining = await enterAsOperator(services, 'credential.explain', [{ type: 'host' }]);
        const owners = new Map(people.map((person) => [person.id, person]));
        const all = await listCredentials(services.database, 'every', host.now);
        for (const credential of all) {
          const mine =
            credential.owner.type === 'repository'
              ? credential.owner.id === id
              : owners.has(credential.owner.id);
          const shown = credentialsIn(answer).find((each) => each.credential.id === credential.id);
          // Credentials of those who hold nothing here are everybody's, and not listed one by one.
          const stranger =
            credential.owner.type === 'account' &&
            (await heldRole(services.database, { id, workspaceId }, credential.owner.id)) === null;
          if (!mine || (answer.everybody && stranger)) {
            expect(shown).toBeUndefined();
            continue;
          }
          const alone = await simulate(services, explaining, {
            credentialId: credential.id,
            operation,
            targets: [path],
            ref,
          });
          const because = `${credential.id} ${operation} ${ref}: ${JSON.stringify(alone.factors)}`;
          const deletesDefault =
            ref === 'main' &&
            alone.refs.every(({ change, reason }) => reason !== null || change === 'delete');
          if (shown === undefined) expect(alone.allowed && !deletesDefault, because).toBe(false);
          else if (shown.now) expect(alone.allowed, because).toBe(true);
          else {
            const inTime = await simulate(services, explaining, {
              credentialId: credential.id,
              operation,
              targets: [path],
              ref,
              at: Date.UTC(2026, 10, 1, 10, 30),
            });
            expect([alone.allowed, inTime.allowed], because).toEqual([false, true]);
          }
          listed += shown === undefined ? 0 : 1;
        }
        for (const [index, person] of people.entries()) {
          const role = await heldRole(services.database, { id, workspaceId }, person.id);
          const shown = answer.people.find(({ account }) => account.id === person.id);
          // The founder, who comes first, was drawn nothing.
          const isKept = drawn.requiresTwoStep && !drawn.twoStep.includes(index - 1);
          const isGivenAlone = drawn.isPrivate || operation === 'status.write';
          const counts = strongerRole(isKept ? null : role, isGivenAlone ? null : 'read');
          const reaches =
            role !== null &&
            roleReaches(counts, answer.role) &&
            !(operation === 'wiki.push' && !drawn.hasWiki);
          if (ref === null) expect(shown !== undefined).toBe(reaches);
          else if (shown !== undefined) expect(reaches).toBe(true);
          if (shown !== undefined) {
            expect(shown.role).toBe(role);
            expect(shown.through.length).toBeGreaterThan(0);
          }
        }
        const holders = [];
        for (const person of people)
          if ((await heldRole(services.database, { id, workspaceId }, person.id)) !== null)
            holders.push(person.id);
        await expectOverview(host, path, holders);
      }),
      { numRuns: 40 },
    );
    // What is drawn would prove little if nothing could do anything.
    expect(listed).toBeGreaterThan(5);
  });

  it('lists the private consumers of the workspace by their secrets, as the tokens that they get are judged', async () => {
    const host = await openHost();
    await host.person('ada');
    await host.workspace('acme', 'ada');
    await host.workspace('other', 'ada');
    const creating = await enterAsOperator(host.services, 'repository.create', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    await createRepository(host.services, creating, { slug: 'app', isPrivate: true });
    const make = async (workspace: string, name: string, scopes: readonly string[], isPrivate = true) => {
      const grant = await enterAsOperator(host.services, 'consumer.create', [
        { type: 'workspace', workspace },
      ]);
      const input = { name, scopes, isPrivate, callbacks: ['https://app.example.com/'] };
      return createOauthConsumer(host.services, grant, input);
    };
    const deploys = await make('acme', 'Deploys', ['repository:write']);
    await make('acme', 'Reads', ['repository']);
    await make('acme', 'Phone', ['repository:write'], false);
    await make('other', 'Elsewhere', ['repository:write']);
    const grant = await enterAsOperator(host.services, 'repository.who_can', [at('acme/app')]);
    const labels = async (operation: string, ref: string | null = null) =>
      credentialsIn(await whoCan(host.services, grant, { operation, ref })).map(
        ({ credential }) => credential.label,
      );
    expect(await labels('repository.fetch')).toEqual(['Deploys', 'Reads']);
    expect(await labels('repository.push', 'main')).toEqual(['Deploys']);
    const pushing = await whoCan(host.services, grant, { operation: 'repository.push' });
    expect(credentialsIn(pushing)).toMatchObject([
      { credential: { id: deploys.secret?.id, scopes: ['repository:write'] }, owner: null, now: true },
    ]);
    // A rule that lets nobody push counts for it as well.
    const ruling = await enterAsOperator(host.services, 'restriction.change', [at('acme/app')]);
    await createRestriction(host.services, ruling, { kind: 'push', pattern: 'main' });
    expect(await labels('repository.push', 'main')).toEqual([]);
  });

  it('reads nothing of what has ended, of which an account has more with each refresh', async () => {
    const host = await openHost();
    const { services } = host;
    await host.person('ada');
    await host.repository(await host.workspace('acme', 'ada'), 'app');
    const { id } = await host.appPassword('ada', ['repository']);
    const grant = await enterAsOperator(services, 'repository.who_can', [at('acme/app')]);
    const asked = async () => {
      host.statements.length = 0;
      const answer = await whoCan(services, grant, { operation: 'repository.fetch' });
      return {
        found: credentialsIn(answer).map(({ credential }) => credential.id),
        statements: host.statements.length,
      };
    };
    const before = await asked();
    expect(before.found).toEqual([id]);
    await sql`
      insert into credential (id, kind, owner_type, owner_id, family_id, label, digest, digest_key_version, expires_at, created_at)
      with recursive numbers(i) as (select 1 union all select i + 1 from numbers where i < 2000)
      select id || i, 'oauth_access_token', owner_type, owner_id, id, label, id || i, digest_key_version, ${sql.lit(host.now)}, created_at
      from credential, numbers where id = ${id}`.execute(services.database);
    expect(await asked()).toEqual(before);
  });

  it('refuses what is not about one repository', async () => {
    const host = await openHost();
    await host.person('ada');
    await host.repository(await host.workspace('acme', 'ada'), 'app');
    const grant = await enterAsOperator(host.services, 'repository.who_can', [at('acme/app')]);
    const ask = (operation: string, ref: string | null = null) =>
      whoCan(host.services, grant, { operation, ref });
    await expect(ask('workspace.view')).rejects.toThrow('is not about one repository');
    await expect(ask('repository.transfer')).rejects.toThrow('is not about one repository');
    await expect(ask('nonsense')).rejects.toThrow('There is no operation');
    await expect(ask('repository.fetch', 'main')).rejects.toThrow('Refs, changes and paths belong to');
    await expect(ask('pull_request.merge', 'refs/tags/v1')).rejects.toThrow('are merged into branches');
    for (const name of ['bad..ref', 'refs/heads/', 'a b', 'x.lock'])
      await expect(ask('repository.push', name)).rejects.toThrow('No branch or tag can have this name');
    const answer = await ask('repository.fetch');
    const { everybody, people } = answer;
    expect([everybody, people.map(({ account }) => account.username), credentialsIn(answer)]).toEqual([
      false,
      ['ada'],
      [],
    ]);
  });
});
