import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Ability } from '../../src/acts/explain/abilities.ts';
import { viewEntering } from '../../src/acts/explain/entering.ts';
import { sift } from '../../src/acts/explain/sift.ts';
import { whoCan } from '../../src/acts/explain/who-can.ts';
import { createAccessToken } from '../../src/acts/credentials/create-access-token.ts';
import { addAccessKey } from '../../src/acts/keys/access-keys.ts';
import { createOauthConsumer } from '../../src/acts/oauth/consumers.ts';
import { createRepository } from '../../src/acts/repositories/create.ts';
import { createRestriction } from '../../src/acts/restrictions/change.ts';
import { viewOpenedPlaces } from '../../src/acts/workspaces/access.ts';
import { listCredentials, listLivingCredentials } from '../../src/credentials/index.ts';
import { examine, examineEach } from '../../src/entry/examine.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { evaluate } from '../../src/gate/index.ts';
import { addToGroup, createGroup, listHoldings, setRole } from '../../src/hosting/index.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { newPublicKey } from '../support/public-key.ts';
import { crowdOn } from './crowd.ts';
import { at, openHost, type TestHost } from './host.ts';

const PEOPLE = 40;
const OPERATIONS = ['repository.fetch', 'repository.push', 'wiki.push', 'restriction.list'] as const;

let host: TestHost;
let workspaceId: string;
let repositoryId: string;
let otherId: string;

/** `acme/app` with {@link PEOPLE}, tokens, access keys, a consumer, groups and rules. */
async function build(kind: 'sqlite' | 'postgres'): Promise<void> {
  host = await openHost(kind);
  const { services, now } = host;
  const { database } = services;
  await host.person('ada');
  workspaceId = await host.workspace('acme', 'ada');
  otherId = await host.repository(workspaceId, 'other');
  const creating = await enterAsOperator(services, 'repository.create', [
    { type: 'workspace', workspace: 'acme' },
  ]);
  repositoryId = (await createRepository(services, creating, { slug: 'app', isPrivate: true })).id;
  await crowdOn(host, { id: repositoryId, workspaceId, otherId }, { from: 0, to: PEOPLE });
  for (const [path, scopes] of [
    ['acme/app', ['repository:write']],
    ['acme/app', ['repository']],
    ['acme/app', ['runner']],
    ['acme/other', ['repository:admin']],
  ] as const)
    await host.accessToken(path, scopes);
  const wide = await enterAsOperator(services, 'workspace_access_token.create', [
    { type: 'workspace', workspace: 'acme' },
  ]);
  for (const of of [{}, { project: 'MAIN' }]) {
    const token = { name: 'wide', scopes: ['repository:write'], expiresAt: null, ...of };
    await createAccessToken(services, wide, token);
  }
  for (const [path, role] of [
    ['acme/app', 'write'],
    ['acme/app', 'read'],
    ['acme/other', 'write'],
  ] as const)
    await addAccessKey(services, await enterAsOperator(services, 'access_key.add', [at(path)]), {
      publicKey: newPublicKey().line,
      label: 'deploys',
      role,
    });
  const consumers = await enterAsOperator(services, 'consumer.create', [
    { type: 'workspace', workspace: 'acme' },
  ]);
  for (const scopes of [['repository:write'], ['account']])
    await createOauthConsumer(services, consumers, {
      name: `With ${scopes[0]}`,
      scopes,
      isPrivate: true,
      callbacks: ['https://app.example.com/'],
    });
  const people = (await listHoldings(database, { id: repositoryId, workspaceId })).slice(0, 9);
  const { id: groupId } = await createGroup(database, workspaceId, { slug: 'devs', name: 'Devs' }, now);
  for (const { account } of people)
    await database.transaction().execute((trx) => addToGroup(trx, workspaceId, groupId, account.id, now));
  await setRole(database, repositoryId, { type: 'group', id: groupId }, 'write', now);
  const ruling = await enterAsOperator(services, 'restriction.change', [at('acme/app')]);
  const named = { users: ['crowd-0004'], groups: ['devs'] };
  await createRestriction(services, ruling, { kind: 'push', pattern: 'main', ...named });
}

/** What the gate says to one credential alone of reading a repository, or of pushing to it, as the overview says it. */
async function abilityAlone(
  credentialId: string,
  operation: 'repository.fetch' | 'repository.push',
): Promise<Ability> {
  const targets = [{ type: 'repository', workspace: '{}', repository: `{${repositoryId}}` }] as const;
  const questions = [{ operation, targets }];
  const asked = { credentialId, questions, address: null, now: host.now };
  const answer = (await examine(host.services, asked))?.answers[0];
  if (answer === undefined) return 'no';
  const { verdict, question } = answer;
  if (verdict.allowed) return 'yes';
  if (verdict.refusal.code === 'credential_ended') return 'no';
  // In the hours and from the networks that are laid.
  const circumstances = { now: Date.UTC(2026, 10, 1, 10, 30), address: '192.0.2.7' };
  if (!evaluate({ ...question, circumstances }).allowed) return 'no';
  if (verdict.refusal.code === 'credential_paused')
    return verdict.refusal.from === undefined ? 'pause' : 'start';
  return verdict.refusal.code === 'out_of_bounds' && verdict.refusal.bound === 'time' ? 'time' : 'networks';
}

function suite(kind: 'sqlite' | 'postgres'): void {
  beforeAll(() => build(kind));

  it('the gate says to each of many what it says to it alone', async () => {
    const { services, now } = host;
    const all = await listCredentials(services.database, 'every', now);
    expect(all.length).toBeGreaterThan(PEOPLE * 5);
    const credentialIds = [...all.map(({ id }) => id), 'cred_nobody'];
    const targets = [{ type: 'repository', workspace: '{}', repository: `{${repositoryId}}` }] as const;
    const questions = OPERATIONS.map((operation) => ({ operation, targets }));
    const verdicts = new Set<string>();
    for (const strict of [0, 1]) {
      await services.database.updateTable('workspace').set({ requires_two_step: strict }).execute();
      await services.database
        .updateTable('repository')
        .set({ is_private: 1 - strict })
        .where('id', '=', repositoryId)
        .execute();
      const each = await examineEach(services, { credentialIds, operations: OPERATIONS, repositoryId, now });
      for (const credentialId of credentialIds) {
        const alone = await examine(services, { credentialId, questions, address: null, now });
        expect(each.get(credentialId), credentialId).toEqual(alone);
        for (const { verdict } of alone?.answers ?? [])
          verdicts.add(verdict.allowed ? 'allowed' : verdict.refusal.code);
      }
    }
    // What is laid would prove little if one thing were said to all.
    for (const said of ['allowed', 'account_disabled', 'scope_missing', 'out_of_bounds', 'two_step_needed'])
      expect(verdicts).toContain(said);
    for (const said of ['credential_paused', 'credential_ended', 'role_too_small', 'target_missing'])
      expect(verdicts).toContain(said);
    await services.database.updateTable('workspace').set({ requires_two_step: 0 }).execute();
    await services.database.updateTable('repository').set({ is_private: 1 }).execute();
  });

  it('the overview shows of people’s credentials those that enter, page by page, each as it is judged alone', async () => {
    const { services, now } = host;
    const expected: string[][] = [];
    // What it came of stands for it.
    const children = services.database
      .selectFrom('credential')
      .select('id')
      .where('parent_id', 'is not', null);
    const cameOfOthers = new Set((await children.execute()).map(({ id }) => id));
    for (const { account } of await listHoldings(services.database, { id: repositoryId, workspaceId })) {
      const owner = { type: 'account', id: account.id } as const;
      for (const { id } of await listLivingCredentials(services.database, { owner }, now)) {
        if (cameOfOthers.has(id)) continue;
        const reads = await abilityAlone(id, 'repository.fetch');
        const pushes = await abilityAlone(id, 'repository.push');
        if (reads !== 'no' || pushes !== 'no') expected.push([id, account.username, reads, pushes]);
      }
    }
    const grant = await enterAsOperator(services, 'repository.who_can', [at('acme/app')]);
    const none = { offset: 0, limit: 0 };
    const shown: (string | null)[][] = [];
    for (let offset = 0; offset <= shown.length; offset += 40) {
      const personal = { offset, limit: 40 };
      const which = { own: none, people: { named: '', ...none }, groups: none, personal };
      const page = (await viewEntering(services, grant, which)).personal;
      expect([page.size, page.isMore]).toEqual([expected.length, false]);
      shown.push(
        ...page.rows.map(({ credential, owner, reads, pushes }) => [credential.id, owner, reads, pushes]),
      );
    }
    expect(shown).toEqual(expected);
    for (const said of ['yes', 'no', 'start', 'pause', 'time', 'networks'])
      expect(expected.flat()).toContain(said);
  });

  it('reads what many share once: as many statements when they are twenty more', async () => {
    const { services, statements } = host;
    const page = { offset: 0, limit: 10 };
    const which = { own: page, people: { named: '', ...page }, groups: page, personal: page };
    const counted = async (ask: () => Promise<unknown>): Promise<number> => {
      statements.length = 0;
      await ask();
      return statements.length;
    };
    const pages = async () => {
      const grant = await enterAsOperator(services, 'repository.who_can', [at('acme/app')]);
      const pushing = { operation: 'repository.push', ref: 'main', machines: page, personal: page };
      return [
        await counted(() => viewEntering(services, grant, which)),
        await counted(() => whoCan(services, grant, pushing)),
      ];
    };
    const before = await pages();
    for (const each of before) expect(each).toBeLessThan(60);
    await crowdOn(host, { id: repositoryId, workspaceId, otherId }, { from: PEOPLE, to: PEOPLE + 20 });
    expect(await pages()).toEqual(before);
  });

  it('of an access key in many places the first are named, and all names are read together', async () => {
    const { services, statements, now } = host;
    const publicKey = newPublicKey().line;
    const names = [1, 2, 3, 4, 5, 6].map((number) => `place-${number}`);
    for (const name of names) {
      await host.repository(workspaceId, name);
      const grant = await enterAsOperator(services, 'access_key.add', [at(`acme/${name}`)]);
      await addAccessKey(services, grant, { publicKey, label: 'everywhere', role: 'read' });
    }
    const grant = await enterAsOperator(services, 'workspace.access', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    const all = await listCredentials(services.database, 'every', now);
    const machines = all.filter(({ owner }) => owner.type !== 'account');
    statements.length = 0;
    const opened = await viewOpenedPlaces(services, grant, machines);
    expect(statements).toHaveLength(3);
    const placed = (label: string) => opened.get(machines.find((each) => each.label === label)?.id ?? '');
    const key = { number: expect.any(Number) as number, role: 'read' };
    expect(placed('everywhere')).toEqual({
      first: names.slice(0, 4).map((name) => ({ on: 'repository', name, key })),
      size: 6,
    });
    const wide = machines.filter(({ label }) => label === 'wide').map(({ id }) => opened.get(id));
    expect(wide).toEqual(
      expect.arrayContaining([
        { first: [{ on: 'workspace', name: 'acme', key: null }], size: 1 },
        { first: [{ on: 'project', name: 'MAIN', key: null }], size: 1 },
      ]),
    );
  });
}

describe('many people with many credentials', () => suite('sqlite'));
if (inject('database') === 'sqlite')
  await describeOnPostgres('many people with many credentials, on PostgreSQL', () => suite('postgres'));

describe('what is judged to find a page', () => {
  const numbers = Array.from({ length: 9000 }, (_, index) => index);
  /** One of so many comes through. */
  const page = async (among: readonly number[], offset: number, oneOf = 2) => {
    let judged = 0;
    const found = await sift(
      async ({ offset: start, limit }) => among.slice(start, start + limit),
      async (candidates) => {
        judged += candidates.length;
        return candidates.filter((each) => each % oneOf === 0);
      },
      { offset, limit: 10 },
    );
    return { ...found, judged };
  };

  it('is counted to a thousand, and no further', async () => {
    const first = await page(numbers, 0);
    expect(first.rows).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(first).toMatchObject({ size: 1000, isMore: true });
    expect(first.judged).toBeLessThan(3000);
    const later = await page(numbers, 2000);
    expect(later.rows[0]).toBe(4000);
    expect(later).toMatchObject({ size: 2010, isMore: true });
  });

  it('is counted among some thousands where few come through, but goes on until the page is full', async () => {
    const first = await page(numbers, 0, 50);
    expect(first).toMatchObject({ size: 69, isMore: true, judged: 3500 });
    expect(await page(numbers, 90, 50)).toMatchObject({
      rows: [4500, 4550, 4600, 4650, 4700, 4750, 4800, 4850, 4900, 4950],
      size: 109,
      isMore: true,
    });
    const lone = await page(numbers, 0, 8999);
    expect(lone).toMatchObject({ rows: [0, 8999], size: 2, isMore: false });
  });

  it('ends with the candidates', async () => {
    expect(await page(numbers.slice(0, 1000), 490)).toMatchObject({
      rows: [980, 982, 984, 986, 988, 990, 992, 994, 996, 998],
      size: 500,
      isMore: false,
    });
    expect(await page(numbers, 4496)).toMatchObject({
      rows: [8992, 8994, 8996, 8998],
      size: 4500,
      isMore: false,
    });
    expect(await page([], 0)).toMatchObject({ rows: [], size: 0, isMore: false });
  });
});
