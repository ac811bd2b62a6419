import { randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { startSession } from '../../../src/accounts/index.ts';
import { createAccessToken } from '../../../src/acts/credentials/create-access-token.ts';
import { createRepository } from '../../../src/acts/repositories/create.ts';
import { readSettings } from '../../../src/config.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { composeServer } from '../../../src/server.ts';
import { at, openHost, type TestHost } from '../../acts/host.ts';
import { atEndOfFile } from '../../support/cleanup.ts';

/** How many people, groups, projects and branch restrictions there are. */
export const MANY = 200;
/** Some have names that are no letters from A to Z. */
const NAMED: Readonly<Record<number, string>> = { 77: 'Élodie Čapek', 78: 'JÖRG MÜLLER', 79: 'Anna McÉwan' };

export interface HostAnswer {
  readonly status: number;
  readonly text: string;
  /** Where it leads; '' where it does not. */
  readonly location: string;
}

export interface HostOfMany {
  /** Makes one; it counts in the lists from then on. */
  readonly apiToken: TestHost['apiToken'];
  /** A page as its owner and administrator, `ada`, is shown it. */
  page(path: string): Promise<string>;
  /** Whatever `ada` is answered there. */
  ask(path: string): Promise<HostAnswer>;
  /** Sends a form as `ada`. */
  send(path: string, form: Readonly<Record<string, string>>): Promise<HostAnswer>;
}

export const numbered = (number: number): string => String(number).padStart(3, '0');

/**
 * The pages of a host with {@link MANY} of each, in this process: `employee-number-001` and so on, all members of `acme`, each with a
 * role on `acme/app` by itself and by their groups; the first group and the first restriction name all of them. `ada` owns all other
 * workspaces but two, of which she is a member, and may create repositories in all but one.
 */
export async function hostOfMany(kind: 'sqlite' | 'postgres'): Promise<HostOfMany> {
  const host = await openHost(kind);
  const { services, now } = host;
  const { database } = services;
  const ada = await host.person('ada', { isAdministrator: true });
  const workspace = await host.workspace('acme', 'ada');
  const creating = await enterAsOperator(services, 'repository.create', [
    { type: 'workspace', workspace: 'acme' },
  ]);
  const repository = (await createRepository(services, creating, { name: 'app', isPrivate: true })).id;

  const numbers = Array.from({ length: MANY }, (_, index) => index + 1);
  const people = numbers.map((number) => ({
    id: randomUUID(),
    name: `employee-number-${numbered(number)}`,
    number,
  }));
  await database
    .insertInto('account')
    .values(
      people.map(({ id, name, number }) => ({
        id,
        account_id: id.replaceAll('-', '').slice(0, 24),
        username: name,
        username_key: name,
        email: `${name}@engineering.example.org`,
        email_key: `${name}@engineering.example.org`,
        display_name: NAMED[number] ?? `Employee Number ${numbered(number)} of Acme`,
        password: '',
        must_change_password: 0,
        is_administrator: 0,
        state: 'active' as const,
        created_at: now,
        updated_at: now,
      })),
    )
    .execute();
  await database
    .insertInto('workspace_member')
    .values(
      people.map(({ id }) => ({
        workspace_id: workspace,
        account_id: id,
        membership: 'member' as const,
        created_at: now,
      })),
    )
    .execute();
  const groups = numbers.map((number) => ({ id: randomUUID(), number }));
  await database
    .insertInto('workspace_group')
    .values(
      groups.map(({ id, number }) => ({
        id,
        workspace_id: workspace,
        slug: `team-number-${numbered(number)}`,
        name: `Team Number ${numbered(number)}`,
        created_at: now,
      })),
    )
    .execute();
  const members = groups.flatMap(({ id, number }) =>
    (number === 1 ? people : people.slice(0, 5)).map((person) => ({
      group_id: id,
      account_id: person.id,
      created_at: now,
    })),
  );
  for (let start = 0; start < members.length; start += 500)
    await database
      .insertInto('workspace_group_member')
      .values(members.slice(start, start + 500))
      .execute();
  await database
    .insertInto('repository_role')
    .values(
      [
        ...people.map(({ id }) => ({ type: 'account' as const, id })),
        ...groups.map(({ id }) => ({ type: 'group' as const, id })),
      ].map(({ type, id }) => ({
        repository_id: repository,
        subject_type: type,
        subject_id: id,
        role: 'write' as const,
        created_at: now,
      })),
    )
    .execute();
  await database
    .insertInto('project')
    .values(
      numbers.map((number) => ({
        id: randomUUID(),
        workspace_id: workspace,
        key: `PRJ${numbered(number)}`,
        name: `Project Number ${numbered(number)}`,
        description: `${'Keeps what belongs to the work on it together. '.repeat(100)}\n\nAnd a second paragraph.`,
        created_at: now,
        updated_at: now,
      })),
    )
    .execute();
  const others = numbers.map((number) => ({
    id: randomUUID(),
    slug: `subsidiary-${numbered(number)}`,
    number,
  }));
  await database
    .insertInto('workspace')
    .values(
      others.map(({ id, slug, number }) => ({
        id,
        slug,
        slug_key: slug,
        name: `Subsidiary Number ${numbered(number)} of Acme`,
        members_may_create_repositories: number === 13 ? 0 : 1,
        tokens_may_live_forever: 1,
        created_at: now,
        updated_at: now,
      })),
    )
    .execute();
  await database
    .insertInto('workspace_member')
    .values(
      others.map(({ id, number }) => ({
        workspace_id: id,
        account_id: ada.id,
        membership: number === 13 || number === 14 ? ('member' as const) : ('owner' as const),
        created_at: now,
      })),
    )
    .execute();
  const row = await database.selectFrom('repository').selectAll().executeTakeFirstOrThrow();
  await database
    .insertInto('repository')
    .values(
      numbers.map((number) => ({
        ...row,
        id: randomUUID(),
        slug: `gone-${numbered(number)}`,
        slug_key: `gone-${numbered(number)}`,
        name: 'gone',
        name_key: 'gone',
        deleted_at: now - number,
      })),
    )
    .execute();
  const rules = await database
    .insertInto('branch_restriction')
    .values(
      numbers.map((number) => ({
        repository_id: repository,
        kind: 'push' as const,
        pattern: `release/${numbered(number)}/*`,
        created_at: now,
      })),
    )
    .returning('id')
    .execute();
  await database
    .insertInto('branch_restriction_subject')
    .values(
      rules.flatMap(({ id }, index) =>
        people
          .slice(0, index === 0 ? MANY : 5)
          .map((person) => ({ restriction_id: id, subject_type: 'account' as const, subject_id: person.id })),
      ),
    )
    .execute();
  for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
    const grant = await enterAsOperator(services, 'access_token.create', [at('acme/app')]);
    const name = `Deploy to cluster ${numbered(number)}`;
    await createAccessToken(services, grant, { name, scopes: ['repository:write'], expiresAt: null });
    await host.appPassword(`employee-number-${numbered(number)}`, ['repository:write']);
  }

  const { token } = await startSession(database, ada.id, { address: '127.0.0.1', userAgent: 'test' }, now);
  const { app } = await composeServer(
    readSettings({ data: host.data }, { LATCHKEY_LOG: 'silent' }),
    services,
  );
  atEndOfFile(() => app.close());
  const answered = (response: LightMyRequestResponse): HostAnswer => ({
    status: response.statusCode,
    text: response.body,
    location: String(response.headers.location ?? ''),
  });
  const headers = { host: 'localhost:7990', cookie: `__Host-latchkey=${token}` };
  return {
    apiToken: host.apiToken,
    async page(path) {
      const { statusCode, body } = await app.inject({ url: path, headers });
      if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${body.slice(0, 2000)}`);
      return body;
    },
    ask: async (path) => answered(await app.inject({ url: path, headers })),
    async send(path, form) {
      const response = await app.inject({
        method: 'POST',
        url: path,
        headers: {
          ...headers,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: new URLSearchParams(form).toString(),
      });
      return answered(response);
    },
  };
}
