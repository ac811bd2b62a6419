import { expect, it } from 'vitest';
import { unmetMergeChecks } from '../../../src/acts/pull-requests/merge-checks.ts';
import { createRestriction } from '../../../src/acts/restrictions/change.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { clearRole, saveStatus, type StatusState } from '../../../src/hosting/index.ts';
import {
  insertPullRequest,
  noteActivity,
  takePart,
  type ReviewState,
} from '../../../src/pull-requests/index.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { at, openHost } from '../host.ts';

const SOURCE = 'a'.repeat(40);

async function proposed(kind?: 'postgres') {
  const host = await openHost(kind);
  const { services } = host;
  const { database } = services;
  const people = new Map<string, string>();
  for (const name of ['ada', 'bob', 'cyd', 'eve']) people.set(name, (await host.person(name)).id);
  const workspace = await host.workspace('acme', 'ada');
  const id = await host.repository(workspace, 'app', { isPrivate: false });
  const idOf = (name: string) => people.get(name) ?? name;
  const actor = (name: string) =>
    people.has(name)
      ? ({ actor_type: 'account', actor_id: idOf(name) } as const)
      : ({ actor_type: 'app_user', actor_id: name } as const);
  const pullRequest = await database.transaction().execute((trx) =>
    insertPullRequest(
      trx,
      {
        repositoryId: id,
        title: 'x',
        description: '',
        isDraft: false,
        sourceBranch: 'feature',
        destinationBranch: 'main',
        sourceCommit: SOURCE,
        destinationCommit: 'b'.repeat(40),
        closesSourceBranch: false,
        author: actor('bob'),
        credentialId: null,
      },
      host.now,
    ),
  );
  const changing = await enterAsOperator(services, 'restriction.change', [at('acme/app')]);
  return {
    host,
    id,
    idOf,
    actor,
    rule: (kind: string, value?: number, pattern = 'main') =>
      createRestriction(services, changing, { kind, pattern, ...(value !== undefined && { value }) }),
    decides: (name: string, state: ReviewState | null) =>
      database.transaction().execute((trx) => takePart(trx, pullRequest, actor(name), host.now, state)),
    builds: (key: string, state: StatusState, commit = SOURCE) =>
      saveStatus(
        database,
        { repositoryId: id, commit },
        { key, state, name: '', url: 'https://ci.example.org/', description: '', refname: null },
        { ...actor('bot'), credential_id: 'cred_x' },
        host.now,
      ),
    role: (name: string, role: 'read' | 'write' | null) =>
      role === null
        ? clearRole(database, id, { type: 'account', id: idOf(name) })
        : host.role(id, { id: idOf(name) } as Parameters<typeof host.role>[1], role),
    /** @param source the commit that is to be merged */
    unmet: async (source = SOURCE) => [
      ...(await unmetMergeChecks(services, id, { ...pullRequest, sourceCommit: source })),
    ],
  };
}

async function approvals(kind?: 'postgres') {
  const { host, id, idOf, actor, rule, decides, role, unmet } = await proposed(kind);
  const { database } = host.services;
  await rule('require_approvals_to_merge', 5, 'other');
  expect(await unmet()).toEqual([]);
  await rule('require_approvals_to_merge', 2);
  const has = async () => Number(/has (\d)/.exec((await unmet())[0] ?? 'has 9')?.[1]);
  // Its author, a bot, and whoever reads it because all the world does.
  for (const name of ['bob', 'bot', 'eve']) await decides(name, 'approved');
  await role('bob', 'write');
  expect(await has()).toBe(0);
  await role('cyd', 'read');
  await decides('cyd', 'approved');
  expect(await has()).toBe(1);
  await decides('ada', 'approved');
  expect(await unmet()).toEqual([]);
  // What was so when they approved does not matter: who lost the role, is disabled or kept out approves nothing.
  await role('cyd', null);
  expect(await has()).toBe(1);
  await role('cyd', 'read');
  const cyd = database.updateTable('account').where('id', '=', idOf('cyd'));
  await cyd.set({ state: 'disabled' }).execute();
  expect(await has()).toBe(1);
  await cyd.set({ state: 'active' }).execute();
  expect(await unmet()).toEqual([]);
  await database.updateTable('workspace').set({ requires_two_step: 1 }).execute();
  expect(await has()).toBe(0);
  await database.updateTable('workspace').set({ requires_two_step: 0 }).execute();
  await decides('ada', null);
  expect(await has()).toBe(1);
  await decides('ada', 'approved');
  expect(await unmet()).toEqual([]);

  // Whoever pushed to its source approves of their own, whoever opened it; having changed its title is no such thing.
  const noted = { repositoryId: id, number: 1 };
  await noteActivity(database, noted, 'update', actor('cyd'), host.now);
  expect(await unmet()).toEqual([]);
  await noteActivity(database, noted, 'push', actor('cyd'), host.now);
  expect(await has()).toBe(1);
  await database.deleteFrom('pull_request_activity').execute();

  // Of a commit that the rows do not know yet nobody approved, where a rule will say so in a moment.
  const next = 'd'.repeat(40);
  await rule('reset_pullrequest_approvals_on_change', undefined, 'feature');
  expect(await unmet(next)).toEqual([]);
  await rule('reset_pullrequest_approvals_on_change', undefined, 'm*');
  expect(await unmet(next)).toHaveLength(1);
  expect(await unmet()).toEqual([]);

  await rule('require_default_reviewer_approvals_to_merge', 1);
  expect(await unmet()).toEqual([
    'It takes 1 approval by default reviewers of the repository, and has 0 (branch restriction on main).',
  ]);
  await database
    .insertInto('default_reviewer')
    .values({ repository_id: id, account_id: idOf('cyd'), added_at: host.now })
    .execute();
  expect(await unmet()).toEqual([]);

  await rule('require_no_changes_requested');
  for (const name of ['bot', 'eve']) await decides(name, 'changes_requested');
  expect(await unmet()).toEqual([]);
  await decides('bob', 'changes_requested');
  const asked = 'Changes are asked for by 1 person (branch restriction on main).';
  expect(await unmet()).toEqual([asked]);
  expect(await unmet(next)).toContain(asked);
}

it('approvals count of people with a role now, others than its author', () => approvals());

async function buildsAndThreads(kind?: 'postgres') {
  const { host, id, actor, rule, builds, unmet } = await proposed(kind);
  const { database } = host.services;
  await rule('require_passing_builds_to_merge', 1, 'm*');
  await builds('ci', 'SUCCESSFUL', 'c'.repeat(40));
  expect(await unmet()).toEqual([
    'Its last commit takes 1 passing build, and has 0 (branch restriction on m*).',
  ]);
  await builds('ci', 'SUCCESSFUL');
  expect(await unmet()).toEqual([]);
  for (const state of ['FAILED', 'INPROGRESS', 'STOPPED'] as const) {
    await builds('lint', state);
    expect(await unmet()).toHaveLength(1);
  }
  await builds('lint', 'SUCCESSFUL');

  await rule('require_tasks_to_be_completed');
  await rule('require_all_comments_resolved');
  const place = { repository_id: id, number: 1, ...actor('bot'), created_at: 0, updated_at: 0 };
  const nobody = { resolver_type: null, resolver_id: null };
  const task = { ...place, ...nobody, comment_id: null, content: 'x' };
  await database
    .insertInto('pull_request_task')
    .values({ ...task, resolved_at: 1 })
    .execute();
  const comment = { ...place, ...nobody, content: 'x', path: null, line_from: null, line_to: null };
  const { id: resolved } = await database
    .insertInto('pull_request_comment')
    .values({ ...comment, parent_id: null, deleted_at: null, resolved_at: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  const open = { ...comment, resolved_at: null };
  // An answer belongs to its thread, and a comment that is gone says nothing.
  await database
    .insertInto('pull_request_comment')
    .values([
      { ...open, parent_id: resolved, deleted_at: null },
      { ...open, parent_id: null, deleted_at: 1 },
    ])
    .execute();
  expect(await unmet()).toEqual([]);
  await database
    .insertInto('pull_request_task')
    .values({ ...task, resolved_at: null })
    .execute();
  await database
    .insertInto('pull_request_comment')
    .values({ ...open, parent_id: null, deleted_at: null })
    .execute();
  expect(await unmet()).toEqual([
    'Its tasks must be completed, and 1 is not (branch restriction on main).',
    'Comments on it must be resolved, and 1 is not (branch restriction on main).',
  ]);
}

it('builds of the source commit must all pass, tasks and comments be done with', () => buildsAndThreads());

it('rules about moving branches, and those that are so in any case, stand against no merge by themselves', async () => {
  const { host, rule, unmet } = await proposed();
  for (const kind of ['push', 'restrict_merges', 'force', 'delete', 'enforce_merge_checks']) await rule(kind);
  host.statements.length = 0;
  expect(await unmet()).toEqual([]);
  expect(host.statements).toHaveLength(1);
});

await describeOnPostgres('merge checks on PostgreSQL', () => {
  it('count approvals', () => approvals('postgres'));
  it('look at builds, tasks and comments', () => buildsAndThreads('postgres'));
});
