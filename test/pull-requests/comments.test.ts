import { expect, it } from 'vitest';
import {
  countsOf,
  findComment,
  idsIn,
  findTask,
  insertComment,
  insertPullRequest,
  insertTask,
  listComments,
  updateComment,
  updateTask,
} from '../../src/pull-requests/index.ts';
import { openHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

function onDatabase(kind: 'sqlite' | 'postgres'): void {
  it(`comments and tasks are of one pull request, are counted and go with their repository, on ${kind}`, async () => {
    const host = await openHost(kind);
    const { database } = host.services;
    const ada = await host.person('ada');
    const workspace = await host.workspace('acme', 'ada');
    const [app, other] = [await host.repository(workspace, 'app'), await host.repository(workspace, 'other')];
    const author = { actor_type: 'account', actor_id: ada.id } as const;
    const propose = (repositoryId: string) =>
      database.transaction().execute((trx) =>
        insertPullRequest(
          trx,
          {
            repositoryId,
            title: 'Proposed',
            description: '',
            isDraft: false,
            sourceBranch: 'a',
            destinationBranch: 'main',
            sourceCommit: 'a'.repeat(40),
            destinationCommit: 'b'.repeat(40),
            closesSourceBranch: false,
            author,
            credentialId: null,
          },
          1,
        ),
      );
    const [first, second, third] = [await propose(app), await propose(app), await propose(other)];
    const say = async (place: typeof first, now: number) => {
      const said = { parentId: null, author, content: `at ${now}`, path: 'a', from: null, to: 2 };
      return (await insertComment(database, place, said, now)).id;
    };
    const [one, two, three, four] = [
      await say(first, 10),
      await say(second, 20),
      await say(first, 30),
      await say(third, 40),
    ];
    const ids = async (number: number | undefined, window: { before?: number; limit: number }) =>
      (
        await listComments(database, { repositoryId: app, ...(number !== undefined && { number }) }, window)
      ).map(({ id }) => id);
    expect(await ids(undefined, { limit: 10 })).toEqual([three, two, one]);
    expect(await ids(undefined, { limit: 1, before: three })).toEqual([two]);
    expect(await ids(1, { limit: 10 })).toEqual([three, one]);

    await updateComment(database, first, one, { content: 'changed' }, 50);
    await updateComment(database, first, three, { resolver: author }, 60);
    await updateComment(database, second, two, { isDeleted: true }, 70);
    expect(await findComment(database, first, one)).toMatchObject({
      content: 'changed',
      updatedAt: 50,
      createdAt: 10,
      path: 'a',
      from: null,
      to: 2,
    });
    expect(await findComment(database, first, three)).toMatchObject({
      resolvedAt: 60,
      resolver: author,
      updatedAt: 30,
    });
    expect(await findComment(database, second, two)).toMatchObject({ deletedAt: 70, content: '' });
    expect(await findComment(database, second, one)).toBeUndefined();
    expect(await findComment(database, first, four)).toBeUndefined();
    expect(
      await idsIn(database, 'pull_request_comment', first, { by: 'updated_at', descending: true }),
    ).toEqual([one, three]);
    expect(await ids(2, { limit: 10 })).toEqual([]);

    const task = async (now: number) =>
      (await insertTask(database, first, { commentId: one, creator: author, content: 'Do' }, now)).id;
    const [done, open] = [await task(10), await task(20)];
    await updateTask(database, first, done, { resolver: author }, 30);
    expect(await findTask(database, first, done)).toMatchObject({ resolvedAt: 30, resolver: author });
    expect(await idsIn(database, 'pull_request_task', first, { by: 'created_at', descending: true })).toEqual(
      [open, done],
    );
    expect(await countsOf(database, app, [1, 2, 3])).toEqual(
      new Map([
        [1, { comments: 2, tasks: 1 }],
        [2, { comments: 0, tasks: 0 }],
        [3, { comments: 0, tasks: 0 }],
      ]),
    );

    await database.deleteFrom('pull_request').where('repository_id', '=', app).execute();
    expect(await database.selectFrom('pull_request_task').selectAll().execute()).toEqual([]);
    const left = await database.selectFrom('pull_request_comment').select('id').execute();
    expect(left).toEqual([{ id: four }]);
  });
}

onDatabase('sqlite');
await describeOnPostgres('on PostgreSQL', () => onDatabase('postgres'));
