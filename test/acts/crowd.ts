import { randomUUID } from 'node:crypto';
import type { Insertable } from 'kysely';
import type { Schema } from '../../src/store/schema.ts';
import type { TestHost } from './host.ts';

/** What each of them has, by the owner's number: one confined in some way, one of too few scopes, a key, and a token by consent. */
const KEYS = [
  { kind: 'app_password', scopes: ['repository:write', 'account'], bound: null },
  { kind: 'app_password', scopes: ['repository:write', 'wiki'], bound: 'changing' },
  { kind: 'app_password', scopes: ['account'], bound: null },
  { kind: 'ssh_key', scopes: [], bound: null },
  { kind: 'oauth_access_token', scopes: ['repository:write'], bound: null },
] as const;

const ROWS_AT_ONCE = 500;

/**
 * Lays people of these numbers with a role on a repository and five credentials each, row by row: by their numbers some read and some push,
 * some have two-step verification, some are disabled, some keys are confined, paused, ended, derived from another one or of a consent
 * that was taken back.
 */
export async function crowdOn(
  { services: { database }, now }: TestHost,
  repository: { readonly id: string; readonly workspaceId: string; readonly otherId: string },
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const insert = async <Table extends keyof Schema>(
    table: Table,
    rows: readonly Insertable<Schema[Table]>[],
  ): Promise<void> => {
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE)
      await database
        .insertInto(table)
        .values(rows.slice(start, start + ROWS_AT_ONCE) as never)
        .execute();
  };
  const people = Array.from({ length: to - from }, (_, index) => ({
    number: from + index,
    id: randomUUID(),
    name: `crowd-${String(from + index).padStart(4, '0')}`,
  }));
  await insert(
    'account',
    people.map(({ id, name, number }) => ({
      id,
      account_id: id.replaceAll('-', '').slice(0, 24),
      username: name,
      username_key: name,
      email: `${name}@example.org`,
      email_key: `${name}@example.org`,
      display_name: name,
      password: '',
      must_change_password: 0,
      is_administrator: 0,
      state: number % 17 === 5 ? ('disabled' as const) : ('active' as const),
      created_at: now,
      updated_at: now,
      two_step_at: number % 3 === 0 ? now : null,
    })),
  );
  await insert(
    'workspace_member',
    people.map(({ id, number }) => ({
      workspace_id: repository.workspaceId,
      account_id: id,
      membership: number % 20 === 9 ? ('owner' as const) : ('member' as const),
      created_at: now,
    })),
  );
  await insert(
    'repository_role',
    people.map(({ id, number }) => ({
      repository_id: repository.id,
      subject_type: 'account' as const,
      subject_id: id,
      role: (['read', 'write', 'admin'] as const)[number % 3] ?? 'read',
      created_at: now,
    })),
  );
  const consumer = randomUUID();
  await insert('oauth_consumer', [
    {
      id: consumer,
      workspace_id: repository.workspaceId,
      key: consumer.slice(0, 18).replaceAll('-', 'x'),
      name: `Deploys ${from}`,
      name_key: `deploys ${from}`,
      description: '',
      url: '',
      is_private: 1,
      scopes: 'repository:write',
      callbacks: '[]',
      app_user_account_id: consumer.replaceAll('-', '').slice(0, 24),
      created_at: now,
      created_by: null,
      deleted_at: null,
    },
  ]);
  const made = people.flatMap((person) =>
    KEYS.map((key, index) => ({
      ...key,
      person,
      number: person.number * KEYS.length + index,
      id: `cred_${randomUUID().replaceAll('-', '').slice(0, 20)}`,
      consent: randomUUID(),
    })),
  );
  await insert(
    'credential',
    made.map(({ id, kind, person, number }, index) => ({
      id,
      kind,
      owner_type: 'account' as const,
      owner_id: person.id,
      parent_id: number % 31 === 10 ? (made[index - 1]?.id ?? null) : null,
      family_id: id,
      label: `key ${number}`,
      digest: `${id} digest`,
      digest_key_version: 1,
      paused_at: number % 29 === 3 ? now - 1000 : null,
      not_before: number % 23 === 3 ? now + 1000 : null,
      expires_at: number % 19 === 7 ? now : null,
      retires_at: number % 13 === 7 ? now + 1000 : null,
      revoked_at: number % 37 === 8 ? now - 1 : null,
      revoked_by: null,
      created_at: now + (number % 7),
      created_by: null,
      last_used_at: null,
    })),
  );
  await insert(
    'credential_scope',
    made.flatMap(({ id, scopes }) => scopes.map((scope) => ({ credential_id: id, scope }))),
  );
  const bounds = [
    { kind: 'repositories', value: { workspaces: [], projects: [], repositories: [repository.id] } },
    { kind: 'repositories', value: { workspaces: [], projects: [], repositories: [repository.otherId] } },
    { kind: 'time', value: { windows: ['Mon-Sun 10:00-11:00 UTC'] } },
    { kind: 'networks', value: { networks: ['192.0.2.0/24'], observe: false } },
    { kind: 'pushes', value: { limit: 2 } },
    { kind: 'of another version', value: {} },
    { kind: 'refs', value: { allow: [{ pattern: 'refs/heads/main', changes: ['fast-forward'] }], deny: [] } },
  ];
  const bounded = made.filter(({ bound }) => bound !== null);
  await insert(
    'credential_bound',
    bounded.flatMap(({ id, person }) => {
      const { kind, value } = bounds[person.number % bounds.length] ?? { kind: '', value: {} };
      return [{ credential_id: id, layer: 0, kind, value: JSON.stringify(value) }];
    }),
  );
  await insert(
    'credential_use',
    bounded
      .filter(({ person }) => person.number % bounds.length === 4)
      .map(({ id, person }) => ({
        credential_id: id,
        layer: 0,
        kind: 'pushes' as const,
        used: person.number % 4,
      })),
  );
  const tokens = made.filter(({ kind }) => kind === 'oauth_access_token');
  await insert(
    'oauth_consent',
    tokens.map(({ consent, person }) => ({
      id: consent,
      account_id: person.id,
      consumer_id: consumer,
      scopes: person.number % 2 === 0 ? 'repository' : 'repository:write',
      type: 'tokens' as const,
      bounds: '[]',
      label: null,
      expires_at: null,
      created_at: now,
      revoked_at: person.number % 11 === 4 ? now : null,
    })),
  );
  await insert(
    'oauth_token',
    tokens.map(({ id, consent }) => ({
      credential_id: id,
      consumer_id: consumer,
      consent_id: consent,
    })) as never,
  );
}
