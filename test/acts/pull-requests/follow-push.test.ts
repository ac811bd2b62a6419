import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pushFromHere } from '../../../src/acts/git/push-from-here.ts';
import { reconcilePushes } from '../../../src/acts/git/reconcile.ts';
import { settlePush } from '../../../src/acts/git/settle-push.ts';
import {
  catchUp,
  followPush,
  lookAtFollowers,
  MovedMeanwhile,
} from '../../../src/acts/pull-requests/follow-push.ts';
import { createRestriction } from '../../../src/acts/restrictions/change.ts';
import { enterAgain, enterAsJob, enterAsOperator } from '../../../src/entry/index.ts';
import { createRepository } from '../../../src/git/create.ts';
import { encodeCommit, encodeTree } from '../../../src/git/encode-object.ts';
import { openForWriting } from '../../../src/git/open.ts';
import { newObject, type NewObject } from '../../../src/git/pack-writer.ts';
import {
  findPullRequest,
  insertPullRequest,
  listActivity,
  participantsOf,
  takePart,
} from '../../../src/pull-requests/index.ts';
import { insertPush } from '../../../src/push/index.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { at, basic, bearer, openHost } from '../host.ts';

const ZERO = '0'.repeat(40);
const WRITER = { name: 'Ada', email: 'ada@example.org' };
const TREE = newObject('sha1', 'tree', encodeTree([]));

/** One line of history beside another, and what joins them: no Git is started for any of it. */
function history() {
  const objects = [TREE];
  const commit = (message: string, ...parents: NewObject[]): NewObject => {
    const made = newObject(
      'sha1',
      'commit',
      encodeCommit({
        tree: TREE.id,
        parents: parents.map(({ id }) => id),
        author: WRITER,
        committer: WRITER,
        at: 0,
        message,
      }),
    );
    objects.push(made);
    return made;
  };
  const base = commit('base');
  const [main1, feature1] = [commit('main 1', base), commit('feature 1', base)];
  const feature2 = commit('feature 2', feature1);
  const merge = commit('merge', main1, feature2);
  const after = commit('after', merge);
  return { objects, commits: { base, main1, feature1, feature2, merge, after } };
}
const { objects, commits } = history();
const ids = {
  base: commits.base.id,
  main1: commits.main1.id,
  feature1: commits.feature1.id,
  feature2: commits.feature2.id,
  merge: commits.merge.id,
  after: commits.after.id,
};

/** A repository with `main` and `feature` on the same commit, and whatever is wanted around it. */
async function repository(kind?: 'postgres') {
  const host = await openHost(kind);
  const { services } = host;
  const { database } = services;
  const ada = await host.person('ada');
  const id = await host.repository(await host.workspace('acme', 'ada'), 'app');
  const folder = services.storage.pathOf(id, 'repository');
  await createRepository(folder);
  for (const { type, size, id: object, content } of objects) {
    const path = join(folder, 'objects', object.slice(0, 2), object.slice(2));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, deflateSync(Buffer.concat([Buffer.from(`${type} ${size}\0`), content as Buffer])));
  }
  const secret = (await host.appPassword('ada', ['repository:write'])).secret;
  const grant = await host.enter('repository.push', at('acme/app'), basic('ada', secret));
  const handle = await openForWriting(services.storage, grant);
  const standing = new Map<string, string>();
  /** Moves refs as Git would, and says what became of each. */
  const move = (refs: Readonly<Record<string, string>>) =>
    Object.entries(refs).map(([name, to]) => {
      const ref = name.startsWith('refs/') ? name : `refs/heads/${name}`;
      const command = { ref, old: standing.get(ref) ?? ZERO, new: to };
      const path = join(folder, ref);
      mkdirSync(dirname(path), { recursive: true });
      if (to === ZERO) rmSync(path);
      else writeFileSync(path, `${to}\n`);
      standing.set(ref, to);
      return command;
    });
  const begin = (commands: ReturnType<typeof move>) =>
    database
      .transaction()
      .execute((trx) =>
        insertPush(
          trx,
          { repositoryId: id, data: 'repository', commands, principal: grant.principal, address: null },
          host.now,
        ),
      );
  const settle = (push: string, commands: ReturnType<typeof move>) =>
    settlePush(services, handle, {
      id: push,
      repositoryId: id,
      commands,
      moved: new Set(commands.map(({ ref }) => ref)),
    });
  const push = async (refs: Readonly<Record<string, string>>) => {
    const commands = move(refs);
    const pushed = await begin(commands);
    host.now += 1000;
    await settle(pushed, commands);
    return () => settle(pushed, commands);
  };
  const propose = (sourceBranch = 'feature', destinationBranch = 'main') =>
    database.transaction().execute((trx) =>
      insertPullRequest(
        trx,
        {
          repositoryId: id,
          title: 'x',
          description: '',
          isDraft: false,
          sourceBranch,
          destinationBranch,
          sourceCommit: standing.get(`refs/heads/${sourceBranch}`) ?? ZERO,
          destinationCommit: standing.get(`refs/heads/${destinationBranch}`) ?? ZERO,
          closesSourceBranch: false,
          author: { actor_type: 'account', actor_id: 'somebody' },
          credentialId: null,
        },
        host.now,
      ),
    );
  const shown = async (number = 1) => {
    const found = await findPullRequest(database, id, number);
    if (found === undefined) throw new Error('There is no such pull request.');
    return found;
  };
  await database
    .insertInto('webhook')
    .values({
      id: 'hook',
      repository_id: id,
      url: 'https://ci.example.org/',
      description: '',
      events: 'pullrequest:fulfilled pullrequest:push pullrequest:updated',
      active: 1,
      skip_cert_verification: 0,
      sealed_secret: null,
      maker_account_id: ada.id,
      maker_credential_id: null,
      created_at: 0,
      failing: 0,
      not_kept: 0,
      not_kept_since: null,
    })
    .execute();
  await push({ main: ids.base, feature: ids.feature1 });
  return {
    host,
    id,
    ada,
    handle,
    move,
    begin,
    settle,
    push,
    propose,
    shown,
    activity: async (number = 1) => listActivity(database, { repositoryId: id, number }, { limit: 10 }),
    told: async () =>
      (await database.selectFrom('webhook_delivery').select(['event', 'about']).orderBy('id').execute())
        .map(({ event, about }) => `${event} ${JSON.parse(about ?? '{}').number}`)
        .toSorted(),
  };
}

async function follows(kind?: 'postgres') {
  const { host, ada, push, propose, shown, activity, told } = await repository(kind);
  const before = await propose();
  const again = await push({ feature: ids.feature2 });
  const pusher = { actor_type: 'account', actor_id: ada.id };
  expect(await shown()).toEqual({ ...before, sourceCommit: ids.feature2, updatedAt: host.now });
  expect(await activity()).toMatchObject([
    {
      kind: 'push',
      actor: pusher,
      at: host.now,
      detail: { state: 'open', sourceCommit: ids.feature2, destinationCommit: ids.base, changes: {} },
    },
  ]);
  const once = ['pullrequest:push 1', 'pullrequest:updated 1'];
  expect(await told()).toEqual(once);

  // A destination that moves on is no update.
  const updated = await shown();
  await push({ main: ids.main1, other: ids.main1 });
  expect(await shown()).toEqual({ ...updated, destinationCommit: ids.main1 });
  // Nothing is said twice, however often the end of a push is written down.
  await again();
  expect(await shown()).toEqual({ ...updated, destinationCommit: ids.main1 });
  expect([(await activity()).length, await told()]).toEqual([1, once]);

  const last = await push({ main: ids.merge });
  const merged = {
    ...updated,
    state: 'merged',
    destinationCommit: ids.main1,
    mergeCommit: ids.merge,
    closedBy: pusher,
    closedAt: host.now,
    updatedAt: host.now,
  };
  expect(await shown()).toEqual(merged);
  await last();
  await push({ main: ids.after, feature: ids.after });
  expect(await shown()).toEqual(merged);
  expect(await told()).toEqual(['pullrequest:fulfilled 1', ...once]);
  const [newest, ...older] = await activity();
  expect(newest).toMatchObject({
    kind: 'update',
    actor: pusher,
    detail: { state: 'merged', changes: { status: { old: 'open', new: 'merged' } } },
  });
  expect(older).toHaveLength(1);
}

describe('pull requests when their branches are pushed', () => {
  it('follow both, and are merged where the destination comes to contain the source', () => follows());

  it('are merged with the commits that the same push brings, and by one that takes the source away', async () => {
    const { push, propose, shown } = await repository();
    await push({ topic: ids.feature1, behind: ids.base });
    for (const source of ['feature', 'topic', 'behind']) await propose(source);
    await propose('topic', 'feature');
    await push({ main: ids.feature2, feature: ids.feature2, topic: ZERO });
    expect(await shown(1)).toMatchObject({ state: 'merged', sourceCommit: ids.feature2 });
    expect(await shown(2)).toMatchObject({ state: 'merged', sourceCommit: ids.feature1 });
    // What the destination contained before, it did not come to contain.
    expect(await shown(3)).toMatchObject({ state: 'open', destinationCommit: ids.feature2 });
    expect(await shown(4)).toMatchObject({ state: 'open', destinationCommit: ids.feature2 });
  });

  it('stay open where a branch of theirs is deleted, and follow it when it is there again', async () => {
    const { push, propose, shown, activity } = await repository();
    await push({ third: ids.base });
    const before = await propose();
    await propose('feature', 'third');
    await push({ feature: ZERO });
    await push({ main: ZERO });
    expect(await shown()).toEqual(before);
    await push({ main: ids.main1, feature: ids.feature2, 'refs/tags/feature': ids.base });
    expect(await shown()).toMatchObject({
      state: 'open',
      sourceCommit: ids.feature2,
      destinationCommit: ids.main1,
    });
    expect(await activity()).toHaveLength(1);
    expect(await shown(2)).toMatchObject({ sourceCommit: ids.feature2, destinationCommit: ids.base });
  });

  it('are not merged by a rewrite that leaves them out', async () => {
    const { push, propose, shown } = await repository();
    await push({ main: ids.main1 });
    await propose();
    await push({ main: ids.base });
    expect(await shown()).toMatchObject({ state: 'open', destinationCommit: ids.base });
    await push({ main: ids.feature1 });
    expect(await shown()).toMatchObject({ state: 'merged', mergeCommit: ids.feature1 });
  });

  it('lose decisions where a rule of their destination says so, and keep them otherwise', async () => {
    const { host, id, push, propose } = await repository();
    const { services } = host;
    await propose();
    const decide = async () => {
      for (const [name, state] of [
        ['bob', 'approved'],
        ['cyd', 'changes_requested'],
      ] as const)
        await takePart(
          services.database,
          { repositoryId: id, number: 1 },
          { actor_type: 'account', actor_id: name },
          host.now,
          state,
        );
    };
    const decided = async () =>
      (await participantsOf(services.database, id, [1])).get(1)?.map(({ state }) => state);
    const grant = await enterAsOperator(services, 'restriction.change', [at('acme/app')]);
    const rule = (kind: string, pattern: string) => createRestriction(services, grant, { kind, pattern });
    await rule('reset_pullrequest_approvals_on_change', 'feature');
    await decide();
    await push({ feature: ids.feature2 });
    expect(await decided()).toEqual(['approved', 'changes_requested']);
    await rule('reset_pullrequest_approvals_on_change', 'm*');
    await push({ main: ids.main1 });
    expect(await decided()).toEqual(['approved', 'changes_requested']);
    await push({ feature: ids.feature1 });
    expect(await decided()).toEqual([null, 'changes_requested']);
    await rule('reset_pullrequest_changes_requested_on_change', 'main');
    await decide();
    await push({ feature: ids.feature2 });
    expect(await decided()).toEqual([null, null]);
  });

  it('cost a push that concerns none one question more, and one of tags alone none', async () => {
    const { host, push, propose } = await repository();
    await propose('elsewhere', 'nowhere');
    const asked = async (refs: Readonly<Record<string, string>>) => {
      host.statements.length = 0;
      await push(refs);
      return host.statements.filter((kind) => kind.startsWith('Select')).length;
    };
    const tags = await asked({ 'refs/tags/v1': ids.base });
    expect(await asked({ other: ids.main1 })).toBe(tags + 1);
  });

  it('are looked at again where another push of the same branch was written down in between', async () => {
    const { host, handle, move, begin, settle, push, propose, shown } = await repository();
    await propose();
    const slow = move({ feature: ids.feature2 });
    const slowPush = await begin(slow);
    const looked = await lookAtFollowers(host.services, handle, slow);
    await push({ feature: ids.merge });
    const late = host.services.database
      .transaction()
      .execute((trx) => followPush(trx, looked!, null, host.now));
    await expect(late).rejects.toThrow(MovedMeanwhile);
    expect(await shown()).toMatchObject({ sourceCommit: ids.merge });
    await settle(slowPush, slow);
    expect(await shown()).toMatchObject({ sourceCommit: ids.merge });
  });

  it('that were made while a branch moved catch up with it, and nothing is written of those that need not', async () => {
    const { host, ada, move, push, propose, shown, activity } = await repository();
    const made = await propose();
    const reads = await host.appPassword(ada.username, ['pullrequest']);
    const grant = await host.enter('pull_request.read', at('acme/app'), basic('ada', reads.secret));
    await catchUp(host.services, grant, made);
    expect([await shown(), await activity()]).toEqual([made, []]);
    move({ feature: ids.feature2, main: ids.main1 });
    await catchUp(host.services, grant, made);
    expect(await shown()).toMatchObject({ sourceCommit: ids.feature2, destinationCommit: ids.main1 });
    expect(await activity()).toMatchObject([{ kind: 'push', actor: null }]);
    await push({ main: ids.merge });
    expect(await shown()).toMatchObject({ state: 'merged' });
  });

  it('are followed as the host starts, for pushes whose end was not written down', async () => {
    const { host, begin, move, propose, shown } = await repository();
    const { services } = host;
    await propose();
    await begin(move({ main: ids.feature2, feature: ids.feature2 }));
    host.now += 60_000;
    const job = await enterAsJob(services, 'reconcile', 'host.inspect', [{ type: 'host' }]);
    const found = await reconcilePushes(services, job, () =>
      enterAsJob(services, 'reconcile', 'repository.push', [at('acme/app')]),
    );
    expect([found, await shown()]).toMatchObject([1, { state: 'merged', mergeCommit: ids.feature2 }]);
  });

  it('are closed by the bot whose push was carried out by Git', async () => {
    const { host, propose, shown } = await repository();
    const { services } = host;
    await propose();
    const { secret } = await host.accessToken('acme/app', ['repository:write']);
    const grant = await host.enter('repository.push', at('acme/app'), bearer(secret));
    await pushFromHere(services, grant, {
      command: { ref: 'refs/heads/main', old: ids.base, new: ids.feature1 },
      objects: [],
      decideAgain: (database) => enterAgain({ ...services, database }, grant),
    });
    expect(await shown()).toMatchObject({ state: 'merged', closedBy: { actor_type: 'app_user' } });
  });
});

/** Each push ends when it will: what is known last is where the branch stands. */
async function crowd(kind?: 'postgres') {
  const { move, begin, settle, propose, shown } = await repository(kind);
  await propose();
  const tips = [ids.feature2, ids.merge, ids.after, ids.main1, ids.feature2, ids.after];
  const settling: Promise<void>[] = [];
  for (const tip of tips) {
    const commands = move({ feature: tip });
    const push = await begin(commands);
    settling.push(settle(push, commands));
  }
  await Promise.all(settling);
  expect((await shown()).sourceCommit).toBe(tips.at(-1));
}

it('of many pushes that end at once the newest tip stays', () => crowd());

await describeOnPostgres('pull requests on PostgreSQL', () => {
  it('follow their branches', () => follows('postgres'));
  it('know the newest tip', () => crowd('postgres'));
});
