import { expect, it } from 'vitest';
import {
  countStatuses,
  findStatus,
  forgetRepository,
  listStatuses,
  markDeleted,
  saveStatus,
  type StatusInput,
} from '../../src/hosting/index.ts';
import { openHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

const FIRST = 'a'.repeat(40);
const SECOND = 'b'.repeat(40);
const status = (key: string, change: Partial<StatusInput> = {}): StatusInput => ({
  key,
  state: 'INPROGRESS',
  name: '',
  url: 'https://ci.example.org/1',
  description: '',
  refname: null,
  ...change,
});

function onDatabase(kind: 'sqlite' | 'postgres'): void {
  it(`statuses are of a repository, a commit and a key, and go with the repository, on ${kind}`, async () => {
    const host = await openHost(kind);
    const { database } = host.services;
    const ada = await host.person('ada');
    const workspace = await host.workspace('acme', 'ada');
    const app = await host.repository(workspace, 'app');
    const other = await host.repository(workspace, 'other');
    const by = { actor_type: 'account', actor_id: ada.id, credential_id: 'cred_1' } as const;
    const byGone = { actor_type: 'app_user', actor_id: 'gone', credential_id: 'cred_2' } as const;
    const save = (repositoryId: string, commit: string, input: StatusInput, now: number, who = by) =>
      saveStatus(database, { repositoryId, commit }, input, who, now);

    await save(app, FIRST, status('z/first'), 10);
    await saveStatus(database, { repositoryId: app, commit: FIRST }, status('a'), byGone, 20);
    await save(app, SECOND, status('a', { state: 'FAILED' }), 30);
    await save(other, FIRST, status('a', { state: 'STOPPED' }), 40);
    // Written at once they are one row, of which the moment of the first stays.
    await Promise.all(
      ['x', 'y', 'ü “🔑”'].map((name, index) =>
        save(app, FIRST, status('z/first', { name, state: 'SUCCESSFUL', refname: 'feature/x' }), 50 + index),
      ),
    );

    const listed = await listStatuses(database, app, FIRST);
    expect(listed.map(({ key, createdAt, authorName }) => [key, createdAt, authorName])).toEqual([
      ['z/first', 10, 'ada'],
      ['a', 20, null],
    ]);
    expect(listed[0]).toMatchObject({ state: 'SUCCESSFUL', refname: 'feature/x', author: by });
    expect(listed[0]?.updatedAt).toBeGreaterThanOrEqual(50);
    expect(await findStatus(database, app, FIRST, 'a')).toEqual(listed[1]);
    expect(await findStatus(database, app, FIRST, 'A')).toBeUndefined();
    await save(app, FIRST, status('b', { state: 'SUCCESSFUL' }), 60);
    expect(await countStatuses(database, app, [FIRST, SECOND, 'c'.repeat(40)])).toEqual(
      new Map([
        [FIRST, { SUCCESSFUL: 2, INPROGRESS: 1 }],
        [SECOND, { FAILED: 1 }],
      ]),
    );
    expect(await countStatuses(database, app, [])).toEqual(new Map());

    await markDeleted(database, app, 100);
    expect(await listStatuses(database, app, FIRST)).toHaveLength(3);
    expect(await forgetRepository(database, app, 101)).toBe(true);
    expect(await database.selectFrom('commit_status').select('repository_id').execute()).toEqual([
      { repository_id: other },
    ]);
  });
}

onDatabase('sqlite');
await describeOnPostgres('on PostgreSQL', () => onDatabase('postgres'));
