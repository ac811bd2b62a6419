import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { setAccountState, setWantsMail, type Account } from '../../../src/accounts/index.ts';
import { tellOfPullRequest, type PullRequestEvent } from '../../../src/acts/pull-requests/tell.ts';
import { deleteRepository } from '../../../src/acts/repositories/remove.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { clearRole } from '../../../src/hosting/index.ts';
import { writeNotices } from '../../../src/housekeeping.ts';
import { takeMessage, type Letter } from '../../../src/mail/index.ts';
import {
  changeOpen,
  insertPullRequest,
  setReviewers,
  takePart,
  type PullRequest,
  type PullRequestActor,
} from '../../../src/pull-requests/index.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { at, openHost, type TestHost } from '../host.ts';

const MINUTE = 60_000;
const TITLE = 'Fix it\r\nBcc: eve@example.net';

function suite(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  let people: Record<'ada' | 'bob' | 'cyd' | 'dan', Account>;
  let workspaceId: string;
  let repositoryId: string;
  let slug: string;
  let repositories = 0;

  beforeAll(async () => {
    host = await openHost(kind);
    people = {
      ada: await host.person('ada'),
      bob: await host.person('bob'),
      cyd: await host.person('cyd'),
      dan: await host.person('dan'),
    };
    workspaceId = await host.workspace('acme', 'ada');
  });

  beforeEach(async () => {
    repositories += 1;
    slug = `app-${repositories}`;
    repositoryId = await host.repository(workspaceId, slug);
    for (const name of ['bob', 'cyd', 'dan'] as const) await host.role(repositoryId, people[name], 'read');
    // No message of the test before counts for this one.
    await host.services.database.deleteFrom('mail').execute();
    host.now += 61 * MINUTE;
  });

  type Name = keyof typeof people;
  const actor = (name: Name): PullRequestActor => ({ actor_type: 'account', actor_id: people[name].id });
  const inOne = <Result>(work: Parameters<ReturnType<typeof transaction>['execute']>[0]): Promise<Result> =>
    transaction().execute(work) as Promise<Result>;
  const transaction = () => host.services.database.transaction();

  /** Of ada, unless it is somebody else's. */
  const open = (
    change: { reviewers?: Name[]; isDraft?: boolean; author?: Name } = {},
  ): Promise<PullRequest> => {
    const { reviewers = [], isDraft = false, author = 'ada' } = change;
    return inOne(async (trx) => {
      const made = await insertPullRequest(
        trx,
        {
          repositoryId,
          title: TITLE,
          description: '',
          isDraft,
          sourceBranch: 'topic',
          destinationBranch: 'main',
          sourceCommit: 'a'.repeat(40),
          destinationCommit: 'b'.repeat(40),
          closesSourceBranch: false,
          author: actor(author),
          credentialId: null,
        },
        host.now,
      );
      await setReviewers(
        trx,
        made,
        reviewers.map((name) => people[name].id),
      );
      await tellOfPullRequest(trx, 'pullrequest:created', made, actor(author), host.now);
      return made;
    });
  };
  const happen = (
    made: PullRequest,
    event: PullRequestEvent,
    name: Name | null,
    state?: 'approved' | 'changes_requested' | null,
    comment?: number,
  ): Promise<void> =>
    inOne(async (trx) => {
      if (name !== null && name !== 'ada') await takePart(trx, made, actor(name), host.now, state);
      await tellOfPullRequest(trx, event, made, name === null ? null : actor(name), host.now, comment);
    });
  const comment = async (made: PullRequest, name: Name, parent: number | null = null): Promise<number> => {
    const { id } = await host.services.database
      .insertInto('pull_request_comment')
      .values({
        repository_id: repositoryId,
        number: made.number,
        parent_id: parent,
        ...actor(name),
        content: 'the password is sesame',
        path: null,
        line_from: null,
        line_to: null,
        created_at: host.now,
        updated_at: host.now,
        deleted_at: null,
        resolved_at: null,
        resolver_type: null,
        resolver_id: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await happen(made, 'pullrequest:comment_created', name, undefined, id);
    return id;
  };
  const write = () => writeNotices(host.services, new Set());
  /** What went out after a minute of quiet, to whom. */
  const letters = async (wait = MINUTE): Promise<Letter[]> => {
    host.now += wait;
    await write();
    const { database, seals } = host.services;
    const taken: Letter[] = [];
    for (;;) {
      const letter = await takeMessage(database, seals, host.now);
      if (letter === undefined) return taken.toSorted((one, other) => (one.to < other.to ? -1 : 1));
      if ('to' in letter) taken.push(letter);
      await database.deleteFrom('mail').where('id', '=', letter.id).execute();
    }
  };
  const to = async (wait?: number) => (await letters(wait)).map((letter) => letter.to.split('@')[0]);
  /** The lines in which a message says what happened. */
  const said = ({ text }: Letter) => text.split('\n\n')[1]?.split('\n');
  const waiting = () => host.services.database.selectFrom('pull_request_notice').select('id').execute();

  it('reviewers are told once that they are asked, in plain words that nobody adds a line to', async () => {
    const made = await open({ reviewers: ['bob', 'cyd'] });
    expect(await letters(MINUTE - 1)).toEqual([]);
    const [bobs, cyds] = await letters(1);
    expect([bobs?.to, cyds?.to]).toEqual(['bob@example.org', 'cyd@example.org']);
    expect(bobs?.subject).toBe(`To be reviewed: Fix it Bcc: eve@example.net (acme/${slug} #1)`);
    expect(bobs?.text).toBe(
      [
        `Pull request #1 of acme/${slug} at localhost:7990, “Fix it Bcc: eve@example.net”:`,
        'ada asks you to review it.',
        `http://localhost:7990/acme/${slug}/pull-requests/1`,
        'Mail about pull requests is switched off at http://localhost:7990/account/settings.\n',
      ].join('\n\n'),
    );
    await inOne(async (trx) => {
      await setReviewers(trx, made, [people.bob.id, people.dan.id]);
      await tellOfPullRequest(trx, 'pullrequest:updated', made, actor('cyd'), host.now);
    });
    const [dans, ...others] = await letters();
    expect(others).toEqual([]);
    expect([dans?.to, dans && said(dans)]).toEqual(['dan@example.org', ['cyd asks you to review it.']]);
    await happen(made, 'pullrequest:updated', 'ada');
    expect(await letters()).toEqual([]);
    expect(await waiting()).toEqual([]);
  });

  it('nobody is asked to review a draft before it is ready, nor what is declined', async () => {
    const made = await open({ reviewers: ['bob'], isDraft: true });
    expect(await letters()).toEqual([]);
    await inOne((trx) => changeOpen(trx, repositoryId, made.number, { isDraft: false }, host.now));
    await happen(made, 'pullrequest:updated', 'ada');
    expect(await to()).toEqual(['bob']);
    const other = await open({ reviewers: ['bob'] });
    const closed = { state: 'declined', by: actor('bob'), mergeCommit: null, reason: '' } as const;
    await inOne((trx) => changeOpen(trx, repositoryId, other.number, { closed }, host.now));
    expect(await letters()).toEqual([]);
  });

  it('the author is told in one message what others did, and nobody what they did themselves', async () => {
    const made = await open();
    await happen(made, 'pullrequest:approved', 'bob', 'approved');
    await happen(made, 'pullrequest:changes_request_created', 'cyd', 'changes_requested');
    // Taken back before anybody was told.
    await happen(made, 'pullrequest:approved', 'dan', 'approved');
    await happen(made, 'pullrequest:unapproved', 'dan', null);
    await happen(made, 'pullrequest:push', 'bob');
    await happen(made, 'pullrequest:fulfilled', null);
    const [adas, ...others] = await letters();
    expect(others).toEqual([]);
    expect(adas?.to).toBe('ada@example.org');
    expect(adas?.subject).toMatch(/^Pull request: Fix it/);
    expect(adas && said(adas)).toEqual(['bob approved it.', 'cyd asks for changes.', 'It was merged.']);
    await happen(made, 'pullrequest:fulfilled', 'ada');
    await happen(made, 'pullrequest:rejected', 'ada');
    expect(await letters()).toEqual([]);
    await happen(made, 'pullrequest:rejected', 'dan');
    const [declined] = await letters();
    expect(declined && said(declined)).toEqual(['dan declined it.']);
  });

  it('of comments whoever is answered, the author, and reviewers who took part, without what was said', async () => {
    const made = await open({ reviewers: ['bob', 'cyd'] });
    await letters();
    const first = await comment(made, 'bob');
    await comment(made, 'bob');
    expect((await letters()).map((letter) => [letter.to, said(letter)])).toEqual([
      ['ada@example.org', ['bob commented on it (2 times).']],
    ]);
    const answer = await comment(made, 'dan', first);
    await comment(made, 'ada', answer);
    const told = await letters();
    expect(told.map((letter) => [letter.to.split('@')[0], said(letter)])).toEqual([
      ['ada', ['dan commented on it.']],
      ['bob', ['dan answered a comment of yours.', 'ada commented on it.']],
      ['dan', ['ada answered a comment of yours.']],
    ]);
    expect(JSON.stringify(told)).not.toContain('sesame');
    const gone = await comment(made, 'dan');
    const { database } = host.services;
    await database
      .updateTable('pull_request_comment')
      .set({ deleted_at: host.now })
      .where('id', '=', gone)
      .execute();
    expect(await letters()).toEqual([]);
  });

  it('nobody who cannot read it any more, is disabled, or does not want to be told', async () => {
    const { database } = host.services;
    await open({ reviewers: ['bob', 'cyd', 'dan'] });
    await clearRole(database, repositoryId, { type: 'account', id: people.bob.id });
    await setAccountState(database, people.cyd.id, 'disabled', host.now);
    await setWantsMail(database, people.dan.id, 'pull_requests', false);
    expect(await letters()).toEqual([]);
    await setAccountState(database, people.cyd.id, 'active', host.now);
    await setWantsMail(database, people.dan.id, 'pull_requests', true);
    // What they missed is not told later.
    expect(await letters()).toEqual([]);
    await open({ reviewers: ['cyd', 'dan'] });
    expect(await to()).toEqual(['cyd', 'dan']);
  });

  it('one message in ten minutes where it never ends, and sixty in an hour', async () => {
    const made = await open();
    await letters();
    const begun = host.now;
    let messages = 0;
    while (host.now < begun + 20 * MINUTE) {
      await comment(made, 'bob');
      messages += (await letters(MINUTE / 2)).length;
    }
    expect(messages).toBe(2);
    await letters();
    host.now += 61 * MINUTE;
    for (let count = 0; count < 65; count += 1) await open({ reviewers: ['cyd'] });
    messages = 0;
    for (let round = 0; round < 3; round += 1) messages += (await letters()).length;
    expect(messages).toBe(60);
    expect(await waiting()).toEqual([]);
  });

  it('once, whoever writes it, and later where too many messages wait', async () => {
    const { database } = host.services;
    await open({ reviewers: ['bob'] });
    const row = { sealed: '', attempts: 0, next_at: host.now + 1e9, created_at: host.now };
    const full = Array.from({ length: 500 }, (_, index) => ({ id: `waits ${index}`, ...row }));
    await database.insertInto('mail').values(full).execute();
    expect(await letters()).toEqual([]);
    expect(await waiting()).toHaveLength(1);
    await database.deleteFrom('mail').where('id', '=', 'waits 0').execute();
    await Promise.all([write(), write(), write()]);
    expect(await to()).toEqual(['bob']);
  });

  it('never where the repository was deleted, nor a day later', async () => {
    await open({ reviewers: ['bob'] });
    host.now += 24 * 60 * MINUTE;
    expect(await letters(1)).toEqual([]);
    expect(await waiting()).toEqual([]);
    await open({ reviewers: ['bob'] });
    const grant = await enterAsOperator(host.services, 'repository.delete', [at(`acme/${slug}`)]);
    await deleteRepository(host.services, grant);
    expect(await letters()).toEqual([]);
    expect(await waiting()).toEqual([]);
  });
}

describe('people are told by mail of pull requests', () => suite('sqlite'));
if (inject('database') === 'sqlite')
  await describeOnPostgres('on PostgreSQL as well', () => suite('postgres'));
