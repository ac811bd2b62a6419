import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { subjectById } from '../../src/accounts/index.ts';
import {
  addKey,
  addPlace,
  createCredential,
  listCredentials,
  listVisibleCredentials,
  pageOfOwned,
  pageOfPlacedKeys,
  type Credential,
  type PublicKey,
} from '../../src/credentials/index.ts';
import {
  ACCESS_TOKEN_KINDS,
  CREDENTIAL_KINDS,
  evaluate,
  visibilityOf,
  type PresentTarget,
  type PrincipalData,
} from '../../src/gate/index.ts';
import {
  defaultProject,
  markDeleted,
  repositoryFacts,
  setMember,
  setRole,
  workspaceFacts,
} from '../../src/hosting/index.ts';
import {
  allowancesOf,
  consumersById,
  createConsent,
  insertConsumer,
  pageOfAllowed,
  pageOfConsumers,
} from '../../src/oauth/index.ts';
import { openHost, type TestHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

/** Who owns what, who administers what, and credentials of every kind that live and that have ended. By number. */
const world = fc.record({
  members: fc.array(
    fc.record({
      workspace: fc.nat(1),
      person: fc.nat(2),
      membership: fc.constantFrom('owner' as const, 'member' as const),
    }),
    { maxLength: 5 },
  ),
  repositories: fc.array(
    fc.record({ workspace: fc.nat(1), isPrivate: fc.boolean(), deleted: fc.nat(4).map((n) => n === 0) }),
    { minLength: 1, maxLength: 4 },
  ),
  admins: fc.array(fc.record({ repository: fc.nat(3), person: fc.nat(2) }), { maxLength: 4 }),
  credentials: fc.array(
    fc.record({
      kind: fc.constantFrom('app_password', ...ACCESS_TOKEN_KINDS, 'ssh_key', 'access_key'),
      owner: fc.nat(3),
      places: fc.array(fc.record({ on: fc.constantFrom('repository', 'project'), at: fc.nat(3) }), {
        minLength: 1,
        maxLength: 3,
      }),
      end: fc.constantFrom('none', 'none', 'revoked', 'expired', 'paused'),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  /** Whether the second workspace asks its people for two-step verification; who has it. */
  requiresTwoStep: fc.boolean(),
  haveTwoStep: fc.subarray([0, 1, 2]),
  pageSize: fc.integer({ min: 1, max: 4 }),
});
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

const circumstances = { now: 0, address: null };

const someKey = (): PublicKey => ({
  type: 'ssh-ed25519',
  blob: randomBytes(51).toString('base64'),
  fingerprint: `SHA256:${randomBytes(32).toString('base64').replace(/=+$/, '')}`,
  comment: '',
});

interface Made {
  readonly id: string;
  readonly accountId: string | null;
  readonly repositoryId: string | null;
  /** Of a token of a project or of a workspace itself: that workspace. */
  readonly workspaceId: string | null;
  readonly places: readonly { readonly on: 'repository' | 'project'; readonly id: string }[];
}

async function checkWorld(host: TestHost, drawn: World): Promise<void> {
  const { database } = host.services;
  const mark = randomUUID().slice(0, 8);
  const people: string[] = [];
  for (let i = 0; i < 3; i++) people.push((await host.person(`p${i}-${mark}`)).id);
  const founder = await host.person(`f-${mark}`);
  const workspaces = [
    await host.workspace(`w0-${mark}`, founder.username),
    await host.workspace(`w1-${mark}`, founder.username),
  ];
  const repositories: string[] = [];
  for (const [i, { workspace, isPrivate }] of drawn.repositories.entries())
    repositories.push(await host.repository(workspaces[workspace]!, `r${i}`, { isPrivate }));
  const projects = await database
    .transaction()
    .execute(async (trx) => [
      await defaultProject(trx, workspaces[0]!, host.now),
      await defaultProject(trx, workspaces[1]!, host.now),
    ]);
  const repositoryAt = (number: number) => repositories[number % repositories.length]!;
  const made: Made[] = [];
  await database.transaction().execute(async (trx) => {
    for (const { workspace, person, membership } of drawn.members)
      await setMember(trx, workspaces[workspace]!, people[person]!, membership, host.now);
    for (const { repository, person } of drawn.admins)
      await setRole(
        trx,
        repositoryAt(repository),
        { type: 'account', id: people[person]! },
        'admin',
        host.now,
      );
    for (const each of drawn.credentials) made.push(await make(each));
    for (const [i, { deleted }] of drawn.repositories.entries())
      if (deleted) await markDeleted(trx, repositories[i]!, host.now);

    async function make({ kind, owner, places, end }: World['credentials'][number]): Promise<Made> {
      const common = {
        label: kind,
        notBefore: null,
        expiresAt: end === 'expired' ? host.now : null,
        bounds: [],
        createdBy: null,
      };
      const accountId = people[owner % 3]!;
      const repositoryId = repositoryAt(owner);
      let one: Made;
      const workspaceId = workspaces[owner % 2]!;
      if (kind !== 'ssh_key' && kind !== 'access_key') {
        const type = CREDENTIAL_KINDS[kind].owner;
        const ids = {
          account: accountId,
          repository: repositoryId,
          project: projects[owner % 2]!.id,
          workspace: workspaceId,
        };
        const wanted = {
          ...common,
          kind,
          scopes: ['repository' as const],
          owner: { type, id: ids[type] } as const,
        };
        const { id } = await createCredential(trx, host.services.keys, wanted, host.now);
        one = {
          id,
          accountId: type === 'account' ? accountId : null,
          repositoryId: type === 'repository' ? repositoryId : null,
          workspaceId: type === 'project' || type === 'workspace' ? workspaceId : null,
          places: [],
        };
      } else if (kind === 'ssh_key') {
        const wanted = { ...common, kind, owner: { type: 'account' as const, id: accountId } };
        const id = await addKey(trx, wanted, someKey(), host.now);
        one = { id, accountId, repositoryId: null, workspaceId: null, places: [] };
      } else {
        const wanted = { ...common, kind, owner: { type: 'places' as const, id: '' } };
        const credentialId = await addKey(trx, wanted, someKey(), host.now);
        const at = new Map(
          places.map((place) => {
            const id = place.on === 'repository' ? repositoryAt(place.at) : projects[place.at % 2]!.id;
            return [id, { on: place.on, id }] as const;
          }),
        );
        for (const place of at.values()) {
          const placed = { credentialId, place, label: 'x', role: 'read', expiresAt: null } as const;
          await addPlace(trx, { ...placed, createdBy: null }, host.now);
        }
        one = {
          id: credentialId,
          accountId: null,
          repositoryId: null,
          workspaceId: null,
          places: [...at.values()],
        };
      }
      if (end === 'revoked' || end === 'paused') {
        const column = end === 'revoked' ? 'revoked_at' : 'paused_at';
        await trx
          .updateTable('credential')
          .set({ [column]: host.now })
          .where('id', '=', one.id)
          .execute();
      }
      return one;
    }
  });
  const states = new Map(
    (await listCredentials(database, 'every', host.now)).map(({ id, state }) => [id, state]),
  );
  const isEnded = ({ id }: Made) => states.get(id) === 'revoked' || states.get(id) === 'expired';

  const sessions: PrincipalData[] = [];
  await database
    .updateTable('workspace')
    .set({ requires_two_step: drawn.requiresTwoStep ? 1 : 0 })
    .where('id', '=', workspaces[1]!)
    .execute();
  for (const [number, id] of people.entries()) {
    const hasTwoStep = drawn.haveTwoStep.includes(number);
    const account = { ...(await subjectById(database, id))!, hasTwoStep };
    sessions.push({ type: 'session', sessionId: 's', confirmedAt: 0, account });
  }
  const may = (
    operation: Parameters<typeof evaluate>[0]['operation'],
    principal: PrincipalData,
    target: PresentTarget | null,
  ) => target !== null && evaluate({ operation, principal, targets: [target], circumstances }).allowed;

  for (const principal of sessions) {
    const accountId = principal.type === 'session' ? principal.account.id : '';
    const own = { type: 'account', id: accountId, username: 'x' } as const;
    expect(may('own_credential.list', principal, own)).toBe(true);
    const mine = made.filter((each) =>
      may('app_password.list', principal, {
        type: 'account',
        id: each.accountId ?? randomUUID(),
        username: 'x',
      }),
    );
    await agree(visibilityOf(principal, own), mine);

    for (const workspaceId of workspaces) {
      const facts = await workspaceFacts(database, `{${workspaceId}}`, accountId);
      expect(facts).not.toBeNull();
      const within: Made[] = [];
      for (const each of made) {
        const repositoryIds = [
          ...(each.repositoryId === null ? [] : [each.repositoryId]),
          ...each.places.flatMap(({ on, id }) => (on === 'repository' ? [id] : [])),
        ];
        const inRepository = await Promise.all(
          repositoryIds.map(async (id) => {
            const name = { workspace: `{${workspaceId}}`, repository: `{${id}}` };
            const operation = each.repositoryId === null ? 'access_key.list' : 'access_token.list';
            return may(operation, principal, await repositoryFacts(database, name, accountId));
          }),
        );
        const inProject = each.places.some(
          ({ on, id }) =>
            on === 'project' &&
            id === projects[workspaces.indexOf(workspaceId)]?.id &&
            may('project_access_key.list', principal, facts),
        );
        const ofAll =
          each.workspaceId === workspaceId && may('workspace_access_token.list', principal, facts);
        if (inRepository.includes(true) || inProject || ofAll) within.push(each);
      }
      const isOwner = may('workspace.access', principal, facts);
      await agree(visibilityOf(principal, facts!), isOwner ? within : []);
    }
  }
  await agree({ workspace: { only: workspaces[0]! }, seenBy: { type: 'public' }, within: [] }, []);

  async function agree(visibility: ReturnType<typeof visibilityOf>, shown: readonly Made[]): Promise<void> {
    for (const ended of [false, true]) {
      const expected = shown.filter((each) => isEnded(each) === ended).map(({ id }) => id);
      const listed: Credential[] = [];
      for (let offset = 0; ; offset += drawn.pageSize) {
        const page = { ended, offset, limit: drawn.pageSize };
        const { credentials, size, others } = await listVisibleCredentials(
          database,
          visibility,
          page,
          host.now,
        );
        expect({ size, others }).toEqual({ size: expected.length, others: shown.length - expected.length });
        listed.push(...credentials);
        if (credentials.length < drawn.pageSize) break;
      }
      expect(listed.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
      for (const { id } of made) {
        const page = { ended, offset: 0, limit: 1, id };
        const { size } = await listVisibleCredentials(database, visibility, page, host.now);
        expect(size).toBe(expected.includes(id) ? 1 : 0);
      }
    }
  }
}

/** All pages of two, as labels; that each says the same of how many there are. */
async function inPages<Sizes extends { readonly size: number }>(
  page: (window: { offset: number; limit: number }) => Promise<readonly [string[], Sizes]>,
): Promise<readonly [labels: string[][], sizes: Sizes]> {
  const [first, sizes] = await page({ offset: 0, limit: 2 });
  const pages = [first];
  for (let offset = 2; offset < sizes.size; offset += 2) {
    const [labels, again] = await page({ offset, limit: 2 });
    expect(again).toEqual(sizes);
    pages.push(labels);
  }
  expect((await page({ offset: 2 * pages.length, limit: 2 }))[0]).toEqual([]);
  return [pages, sizes];
}

async function checkPages(host: TestHost): Promise<void> {
  const { database } = host.services;
  const mark = randomUUID().slice(0, 8);
  const ada = await host.person(`ada-${mark}`);
  const workspaceId = await host.workspace(`w-${mark}`, ada.username);
  const id = await host.repository(workspaceId, 'app');
  const place = { on: 'repository', id } as const;
  const owner = { type: 'account', id: ada.id } as const;
  const common = { notBefore: null, bounds: [], createdBy: null };
  // By label; those in capitals have ended.
  const ends = (label: string) => (label === label.toUpperCase() ? host.now : null);
  await database.transaction().execute(async (trx) => {
    for (const [age, label] of ['e', 'D', 'c', 'B', 'a'].entries()) {
      const at = host.now - 100 + age;
      const made = { ...common, label, expiresAt: ends(label) };
      const password = { ...made, kind: 'app_password', owner, scopes: ['repository'] } as const;
      await createCredential(trx, host.services.keys, password, at);
      await addKey(trx, { ...made, kind: 'ssh_key', owner }, someKey(), at);
      // What expires here may be the key, or its place alone.
      const expiresAt = label === 'B' ? null : ends(label);
      const key = { ...common, label, expiresAt, kind: 'access_key' } as const;
      const credentialId = await addKey(trx, { ...key, owner: { type: 'places', id: '' } }, someKey(), at);
      const placed = { credentialId, place, label, role: 'read', expiresAt: ends(label) } as const;
      await addPlace(trx, { ...placed, createdBy: null }, at);
      const about = { name: `${label}-${mark}`, description: '', url: '', callbacks: [], scopes: [] };
      const consumer = await insertConsumer(trx, workspaceId, { ...about, isPrivate: false }, null, at);
      const consent = { consumerId: consumer.id, accountId: ada.id, type: 'tokens', bounds: [] } as const;
      const allowed = { ...consent, label: null, expiresAt: null } as const;
      // The same again, which is one line with the later day, and something else.
      await createConsent(trx, { ...allowed, scopes: ['account'] }, at);
      await createConsent(trx, { ...allowed, scopes: ['account'] }, at - 50);
      await createConsent(trx, { ...allowed, scopes: ['repository'] }, at - 60);
    }
  });

  const shown = {
    false: { pages: [['a', 'c'], ['e']], sizes: { size: 3, others: 2 } },
    true: { pages: [['B', 'D']], sizes: { size: 2, others: 3 } },
  };
  for (const ended of [false, true]) {
    const { pages, sizes } = shown[`${ended}`];
    for (const kind of ['app_password', 'ssh_key'] as const) {
      const owned = await inPages(async (window) => {
        const page = await pageOfOwned(database, { owner, kind }, { ended, ...window }, host.now);
        const { credentials, ...rest } = page;
        return [credentials.map(({ label }) => label), rest] as const;
      });
      expect(owned).toEqual([pages, sizes]);
    }
    const placed = await inPages(async (window) => {
      const page = await pageOfPlacedKeys(database, place, { ended, ...window }, host.now);
      const { placed: keys, ...rest } = page;
      return [keys.map(({ label }) => label), rest] as const;
    });
    expect(placed).toEqual([pages, sizes]);
  }
  const named = (name: string) => name.split('-')[0] ?? '';
  const consumers = await inPages(async (window) => {
    const { consumers: some, size } = await pageOfConsumers(database, workspaceId, window);
    return [some.map(({ name }) => named(name)), { size }] as const;
  });
  expect(consumers).toEqual([[['a', 'B'], ['c', 'D'], ['e']], { size: 5 }]);
  const lines: string[] = [];
  const allowed = await inPages(async (window) => {
    const { consumerIds, size } = await pageOfAllowed(database, ada.id, window);
    const of = await consumersById(database, workspaceId, consumerIds);
    for (const each of await allowancesOf(database, ada.id, consumerIds))
      lines.push(`${named(each.consumerName)} ${each.scopes.join()} ${each.allowedAt - host.now}`);
    return [consumerIds.map((consumer) => named(of.get(consumer)?.name ?? '')), { size }] as const;
  });
  expect(allowed).toEqual([[['a', 'B'], ['c', 'D'], ['e']], { size: 5 }]);
  expect(lines.toSorted()).toEqual(
    ['B', 'D', 'a', 'c', 'e'].flatMap((label) => {
      const at = ['e', 'D', 'c', 'B', 'a'].indexOf(label) - 100;
      return [`${label} account ${at}`, `${label} repository ${at - 60}`];
    }),
  );
  // Nobody else's.
  const eve = await host.person(`eve-${mark}`);
  const nobody = { offset: 0, limit: 2 };
  expect(await pageOfAllowed(database, eve.id, nobody)).toEqual({ consumerIds: [], size: 0 });
  const none = { credentials: [], size: 0, others: 0 };
  const hers = { owner: { type: 'account', id: eve.id }, kind: 'app_password' } as const;
  expect(await pageOfOwned(database, hers, { ended: false, ...nobody }, host.now)).toEqual(none);
}

function lists(kind: 'sqlite' | 'postgres', numRuns: number): void {
  let host: TestHost;
  beforeAll(async () => {
    host = await openHost(kind);
  });

  it('of everything shows what asking for the credentials of each owner alone would show, with its size and pages', async () => {
    await fc.assert(
      fc.asyncProperty(world, (drawn) => checkWorld(host, drawn)),
      { numRuns },
    );
  }, 60_000);

  it('of one kind, of a place, of a workspace and of an account come in pages, the newest first', () =>
    checkPages(host));
}

describe('lists on SQLite', () => lists('sqlite', 25));
await describeOnPostgres('lists on PostgreSQL', () => lists('postgres', 6));
