import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { reconcilePushes } from '../../../src/acts/git/reconcile.ts';
import { mergePullRequest } from '../../../src/acts/pull-requests/merge.ts';
import { enterAgain, enterAsJob, type Presented } from '../../../src/entry/index.ts';
import { changeOpen, clearReviews, listActivity } from '../../../src/pull-requests/index.ts';
import { insertPush } from '../../../src/push/index.ts';
import type { Services } from '../../../src/services.ts';
import { at, basic } from '../../acts/host.ts';
import { openRest, PUBLIC_URL, type Answer, type RestHost } from './rest-host.ts';

let rest: RestHost;
let jane: string;
let rob: string;
/** Jane, as entry is told of her. */
let presented: Presented;
let count = 0;

const R = '/2.0/repositories/team/app';
const P = `${R}/pullrequests`;

beforeAll(async () => {
  rest = await openRest();
  const { secret } = await rest.host.appPassword('jane', ['pullrequest:write', 'repository:admin']);
  presented = basic('jane', secret);
  jane = `Basic ${Buffer.from(`jane:${secret}`).toString('base64')}`;
  rob = await rest.basic('rob', 'pullrequest:write');
});

const post = (url: string, body: unknown = {}, who = jane): Promise<Answer> =>
  rest.call(url, who, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const merge = (number: number, body: object = {}, who = jane, query = '') =>
  post(`${P}/${number}/merge${query}`, { type: 'pullrequest', ...body }, who);
const git = (...args: string[]) => rest.git.app.git(args).then((output) => output.toString().trim());
const id = (revision: string) => rest.git.app.id(revision);
const database = () => rest.host.services.database;
const row = (number: number) =>
  database()
    .selectFrom('pull_request')
    .selectAll()
    .where('repository_id', '=', rest.ids.app)
    .where('number', '=', number)
    .executeTakeFirstOrThrow();
const pushes = (number: number) =>
  database()
    .selectFrom('push')
    .select(['state', 'merged_commit'])
    .where('pull_request', '=', number)
    .orderBy('created_at')
    .execute();
/** What its activity says of its being merged. */
const merges = async (number: number) =>
  (await listActivity(database(), { repositoryId: rest.ids.app, number }, { limit: 100 })).filter(
    ({ detail }) => detail?.state === 'merged',
  );
const scratch = () =>
  readdirSync(`${rest.git.app.handle.path}/objects`).filter((name) => name.includes('incoming'));

/** A branch with this file besides those of main, and the pull request that asks for it. */
async function proposed(
  content = 'new\n',
  { path, ...more }: { readonly path?: string; readonly [member: string]: unknown } = {},
): Promise<{ readonly number: number; readonly branch: string }> {
  count += 1;
  const branch = `feature/${count}`;
  await rest.git.app.commit({
    branch,
    from: 'main',
    message: `Work ${count}\n`,
    files: [{ path: path ?? `file-${count}`, content }],
  });
  const asked = { title: `Change ${count}`, source: { branch: { name: branch } }, ...more };
  const made = await post(P, asked);
  expect(made.status, made.body).toBe(201);
  return { number: made.json.id, branch };
}

/** Main goes on, with a file that nobody else touches unless one is named. */
const mainGoesOn = (path = `main-${(count += 1)}`, content = 'main\n') =>
  rest.git.app.commit({ branch: 'main', files: [{ path, content }] });

/** Calls, and expects that no ref moved, no object came, and no pull request changed. */
async function still(call: () => Promise<Answer>): Promise<Answer> {
  const state = async () => [
    await git('for-each-ref'),
    await git('count-objects', '-v'),
    scratch(),
    await database().selectFrom('pull_request').selectAll().orderBy('number').execute(),
  ];
  const before = await state();
  const answer = await call();
  expect(await state()).toEqual(before);
  return answer;
}

async function grantOfJane(services = rest.host.services) {
  const grant = await rest.host.enter('pull_request.merge', at('team/app'), presented, 'rest');
  const decideAgain = (db: Services['database']) => enterAgain({ ...services, database: db }, grant);
  return { grant, terms: { decideAgain } };
}

describe('merging', () => {
  test('makes a commit of both branches, and the pull request shows it', async () => {
    const { number, branch } = await proposed('new\n', { reviewers: [{ uuid: `{${rest.people.rob.id}}` }] });
    const before = await mainGoesOn();
    const source = await id(branch);
    expect((await post(`${P}/${number}/approve`, {}, rob)).status).toBe(200);
    expect((await post(`${P}/${number}/approve`)).status).toBe(200);
    const { status, json } = await merge(number);
    const main = await id('main');
    expect([status, json.state, json.merge_commit.hash]).toEqual([200, 'MERGED', main.slice(0, 12)]);
    expect(json.closed_by.nickname).toBe('jane');
    expect([json.source.commit.hash, json.destination.commit.hash]).toEqual([
      source.slice(0, 12),
      before.slice(0, 12),
    ]);
    expect(await git('show', '-s', '--format=%P|%an <%ae>|%cn <%ce>|%B', 'main')).toBe(
      `${before} ${source}|jane <jane@example.org>|jane <jane@example.org>|Merged in ${branch} (pull request #${number})\n\nChange ${count - 1}\n\nApproved-by: rob`,
    );
    expect(await git('diff-tree', '-r', '--name-only', before, 'main')).toBe(`file-${count - 1}`);
    // Where nobody asks that it goes, the source stays.
    expect(await id(branch)).toBe(source);
    expect(await pushes(number)).toEqual([{ state: 'completed', merged_commit: source }]);
    expect(await merges(number)).toMatchObject([
      {
        actor: { actor_id: rest.people.jane.id },
        detail: { changes: { status: { old: 'open', new: 'merged' } } },
      },
    ]);
    const audit = await database()
      .selectFrom('audit')
      .select(['actor_id', 'detail'])
      .where('operation', '=', 'pull_request.merge')
      .execute();
    expect(audit.map(({ detail }) => JSON.parse(detail).pull_request)).toContain(number);
    // What it changed is what it brought.
    expect((await rest.call(`${P}/${number}/commits`, jane)).json.values).toHaveLength(1);
  });

  test.each([
    ['squash', false, 'old'],
    ['squash_fast_forward', true, 'old'],
    ['merge_commit', true, 'old source'],
  ])('by %s', async (strategy, isAhead, parents) => {
    const { number, branch } = await proposed();
    await rest.git.app.commit({ branch, files: [{ path: 'second', content: branch }] });
    if (!isAhead) await mainGoesOn();
    const named: Record<string, string> = { old: await id('main'), source: await id(branch) };
    const message = 'Said\r\nby hand\n';
    const { status, body } = await merge(number, { merge_strategy: strategy, message });
    expect(status, body).toBe(200);
    expect(await git('show', '-s', '--format=%P|%B', 'main')).toBe(
      `${parents
        .split(' ')
        .map((name) => named[name])
        .join(' ')}|Said\nby hand`,
    );
    expect(await git('show', 'main:second')).toBe(branch);
    expect((await row(number)).merge_commit).toBe(await id('main'));
  });

  test('by fast forward moves the branch, and only where it has nothing of its own', async () => {
    const { number, branch } = await proposed();
    const tip = await id(branch);
    expect((await merge(number, { merge_strategy: 'fast_forward' })).status).toBe(200);
    expect([await id('main'), (await row(number)).merge_commit]).toEqual([tip, tip]);
    const other = await proposed();
    await mainGoesOn();
    for (const strategy of ['fast_forward', 'squash_fast_forward']) {
      const { status, json } = await still(() => merge(other.number, { merge_strategy: strategy }));
      expect([status, json.error.message]).toEqual([
        400,
        `merge_strategy: "main" has commits that "${other.branch}" has not, so it cannot be fast-forwarded: merge the former into the latter first, or choose "merge_commit" or "squash".`,
      ]);
    }
  });

  test('deletes the source branch where that is wanted, and says afterwards that it was', async () => {
    const kept = await proposed('kept\n', { close_source_branch: true });
    expect((await merge(kept.number, { close_source_branch: false })).json.close_source_branch).toBe(false);
    expect(await rest.git.app.has(`refs/heads/${kept.branch}`)).toBe(true);
    const gone = await proposed();
    expect((await merge(gone.number, { close_source_branch: true })).json.close_source_branch).toBe(true);
    expect(await rest.git.app.has(`refs/heads/${gone.branch}`)).toBe(false);
    const asked = await proposed('asked\n', { close_source_branch: true });
    // All of what can be sent may be left out, and with it the body.
    expect((await rest.call(`${P}/${asked.number}/merge`, jane, { method: 'POST' })).status).toBe(200);
    expect(await rest.git.app.has(`refs/heads/${asked.branch}`)).toBe(false);
  });

  test('with async=true answers where the outcome stands', async () => {
    const { number } = await proposed();
    const other = await proposed();
    expect((await still(() => merge(number, {}, jane, '?async=perhaps'))).status).toBe(400);
    const { status, headers, body } = await merge(number, {}, jane, '?async=true');
    expect([status, body]).toEqual([202, '']);
    const location = headers['location'] ?? '';
    expect(location).toBe(`${PUBLIC_URL}${P}/${number}/merge/task-status/${await id('main')}`);
    const task = await rest.call(location.slice(PUBLIC_URL.length), rob);
    expect([task.status, task.json.task_status, task.json.merge_result.state]).toEqual([
      200,
      'SUCCESS',
      'MERGED',
    ]);
    expect(task.json.links.self.href).toBe(location);
    for (const wrong of [
      `${number}/merge/task-status/x`,
      `${other.number}/merge/task-status/${await id('main')}`,
    ])
      expect((await rest.call(`${P}/${wrong}`, rob)).status, wrong).toBe(400);
    expect((await rest.call(`${P}/99999/merge/task-status/x`, rob)).status).toBe(404);
  });

  test('branches say by which strategies', async () => {
    const { json } = await rest.call(`${R}/refs/branches/main`, jane);
    expect([json.merge_strategies, json.default_merge_strategy]).toEqual([
      ['merge_commit', 'squash', 'fast_forward', 'squash_fast_forward'],
      'merge_commit',
    ]);
  });
});

describe('what is not merged', () => {
  test('conflicts are named, and nothing stays of the trial', async () => {
    const { number, branch } = await proposed('theirs\n', { path: 'README.md' });
    await mainGoesOn('README.md', 'ours\n');
    for (const strategy of ['merge_commit', 'squash']) {
      const { status, json } = await still(() => merge(number, { merge_strategy: strategy }));
      expect([status, json.error.message]).toEqual([
        409,
        `Both branches changed the same in different ways, in "README.md": merge "main" into "${branch}", resolve the conflicts there, and push.`,
      ]);
      expect(json.data.conflicts).toEqual(['README.md']);
    }
  });

  test('drafts, what is closed, what is gone, and what is there already', async () => {
    const draft = await proposed('draft\n', { draft: true });
    const gone = await proposed();
    await git('update-ref', '-d', `refs/heads/${gone.branch}`);
    const declined = await proposed();
    await post(`${P}/${declined.number}/decline`);
    const merged = await proposed();
    await merge(merged.number);
    const contained = await proposed();
    await git('update-ref', `refs/heads/${contained.branch}`, await id('main~1'));
    const unrelated = await proposed();
    await git('update-ref', '-d', `refs/heads/${unrelated.branch}`);
    await rest.git.app.commit({ branch: unrelated.branch, files: [{ path: 'alone', content: 'x' }] });
    const same = await proposed();
    await mainGoesOn('both', 'same');
    await git('update-ref', `refs/heads/${same.branch}`, await id('main~1'));
    await rest.git.app.commit({ branch: same.branch, files: [{ path: 'both', content: 'same' }] });
    for (const [number, sentence, body] of [
      [draft.number, /^This pull request is a draft: /],
      [gone.number, /^The source branch "feature\/\d+" is gone: /],
      [declined.number, /^This pull request is declined already: /],
      [merged.number, /^This pull request is merged already: /],
      [contained.number, /^There is nothing to merge: all of "feature\/\d+" is in "main" already\.$/],
      [unrelated.number, /have no common ancestor, and are not merged here/],
      [same.number, /nothing to squash/, { merge_strategy: 'squash' }],
    ] as const) {
      const { status, json } = await still(() => merge(number, body));
      expect([status, json.error.message], String(sentence)).toEqual([400, expect.stringMatching(sentence)]);
    }
    // A merge of what differs in nothing still joins the histories.
    expect((await merge(same.number)).status).toBe(200);
  });

  test('requests that say what cannot be', async () => {
    const { number } = await proposed();
    for (const body of [
      { merge_strategy: 'rebase_merge' },
      { merge_strategy: 'constructor' },
      { merge_strategy: 1 },
      { message: 'a\0b' },
      { message: 'x'.repeat(129 * 1024) },
      { close_source_branch: 'maybe' },
    ]) {
      const { status, json } = await still(() => merge(number, body));
      expect([status, json.type], JSON.stringify(body).slice(0, 80)).toEqual([400, 'error']);
    }
    for (const wrong of ['0', '-1', '1e3', 'x', '99999', '99999999999'])
      expect((await still(() => post(`${P}/${wrong}/merge`))).status, wrong).toBe(404);
    expect((await still(() => merge(number, {}, rob))).status).toBe(403);
  });

  test('what the credential may not push: another branch, too much, once too often', async () => {
    const { number, branch } = await proposed('x'.repeat(5000));
    await mainGoesOn();
    const confined = await rest.bounded('team/app', { refs: ['refs/heads/feature/*'] }, 'pullrequest:write');
    const refused = await still(() => merge(number, {}, confined));
    expect([refused.status, refused.json.error.message]).toEqual([
      403,
      expect.stringMatching(/^cred_\w+: it may change only refs\/heads\/feature\/\*\.$/),
    ]);
    const small = await rest.bounded('team/app', { maximumBytes: 40 }, 'pullrequest:write');
    expect((await still(() => merge(number, {}, small))).json.error.message).toMatch(/at most 40 bytes/);
    const paths = await rest.bounded('team/app', { paths: ['docs/**'] }, 'pullrequest:write');
    expect((await still(() => merge(number, {}, paths))).status).toBe(403);
    const reading = await rest.bearer('team/app', 'pullrequest', 'repository:write');
    expect((await still(() => merge(number, {}, reading))).status).toBe(403);
    // Its own push is the first one; that the branch goes would be the second.
    const once = await rest.bounded('team/app', { pushes: 1, authorSelf: true }, 'pullrequest:write');
    expect((await merge(number, { close_source_branch: true }, once)).status).toBe(200);
    expect(await rest.git.app.has(`refs/heads/${branch}`)).toBe(true);
    const next = await proposed();
    expect((await still(() => merge(next.number, {}, once))).status).toBe(403);
  });
});

describe('branch restrictions', () => {
  const restrict = (kind: string, more: object = {}) =>
    post(`${R}/branch-restrictions`, { kind, pattern: 'main', ...more });
  const lift = ({ json }: Answer) =>
    rest.call(`${R}/branch-restrictions/${json.id}`, jane, { method: 'DELETE' });

  test('on pushing do not stand against merging, and those on merging do', async () => {
    const { number } = await proposed();
    const pushing = await restrict('push', { users: [] });
    const merging = await restrict('restrict_merges', { users: [] });
    const { status, json } = await still(() => merge(number));
    expect([status, json.error.message]).toEqual([
      403,
      expect.stringMatching(
        /Permission denied to update branch main: only those whom .* may merge into this/,
      ),
    ]);
    await lift(merging);
    const named = await restrict('restrict_merges', { users: [{ uuid: `{${rest.people.jane.id}}` }] });
    expect((await merge(number)).status).toBe(200);
    await lift(named);
    // That the source goes is a push like any other.
    const sources = await restrict('push', { pattern: 'feature/*', users: [] });
    const { number: next, branch } = await proposed();
    expect((await merge(next, { close_source_branch: true })).status).toBe(200);
    expect(await rest.git.app.has(`refs/heads/${branch}`)).toBe(true);
    await lift(sources);
    await lift(pushing);
  });

  test('that want approvals are asked until the branch moves', async () => {
    const rule = await restrict('require_approvals_to_merge', { value: 1 });
    const { number } = await proposed();
    const unmet = await still(() => merge(number));
    expect([unmet.status, unmet.json.error.message]).toEqual([
      400,
      expect.stringMatching(/^This cannot be merged yet\. It takes 1 approval /),
    ]);
    expect(unmet.json.data.unmet).toHaveLength(1);
    expect((await post(`${P}/${number}/approve`, {}, rob)).status).toBe(200);
    const { services } = rest.host;
    const { grant, terms } = await grantOfJane();
    let asked = 0;
    const racing = {
      ...terms,
      async decideAgain(db: Services['database']) {
        asked += 1;
        if (asked === 2) await clearReviews(db, { repositoryId: rest.ids.app, number }, 'approved');
        return terms.decideAgain(db);
      },
    };
    const before = await id('main');
    await expect(mergePullRequest(services, grant, number, {}, racing)).rejects.toThrow(
      'It takes 1 approval',
    );
    expect([asked, await id('main')]).toEqual([2, before]);
    await post(`${P}/${number}/approve`, {}, rob);
    expect((await merge(number)).status).toBe(200);
    await lift(rule);
  });
});

describe('at the same time', () => {
  test('of two who merge one, one does and one hears that it is done', async () => {
    const { number } = await proposed();
    await mainGoesOn();
    const before = await id('main');
    const all = await Promise.all([1, 2, 3].map(() => merge(number, { merge_strategy: 'squash' })));
    for (const { status, json } of all.filter((answer) => answer.status !== 200))
      expect([400, 409], json.error?.message).toContain(status);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await id('main~1')).toBe(before);
    expect((await pushes(number)).filter(({ state }) => state === 'completed')).toHaveLength(1);
  });

  test('where the destination moves on, the merge is made anew', async () => {
    const { number } = await proposed();
    const { services } = rest.host;
    const { grant, terms } = await grantOfJane();
    let moved: string | undefined;
    const racing = {
      ...terms,
      async decideAgain(db: Services['database']) {
        moved ??= await mainGoesOn();
        return terms.decideAgain(db);
      },
    };
    const done = await mergePullRequest(services, grant, number, {}, racing);
    expect(done.mergeCommit).toBe(await id('main'));
    expect(done.destinationCommit).toBe(moved);
    expect(await id('main^1')).toBe(moved);
  });

  test('a push of its source that is written down meanwhile is merged, and one that comes meanwhile is not', async () => {
    const { services } = rest.host;
    const { grant, terms } = await grantOfJane();
    const pushed = (branch: string, path: string) =>
      rest.git.app.commit({ branch, files: [{ path, content: path }] });
    const racing = (number: number, sourceOf: () => Promise<string>) => {
      let asked = 0;
      return {
        ...terms,
        async decideAgain(db: Services['database']) {
          asked += 1;
          if (asked === 1) {
            const sourceCommit = await sourceOf();
            await changeOpen(db, rest.ids.app, number, { sourceCommit }, services.clock());
          }
          return terms.decideAgain(db);
        },
      };
    };
    const late = await proposed();
    const tip = await pushed(late.branch, `late-${late.number}`);
    const done = await mergePullRequest(
      services,
      grant,
      late.number,
      {},
      racing(late.number, async () => tip),
    );
    expect([done.sourceCommit, await id('main^2')]).toEqual([tip, tip]);

    const other = await proposed();
    const refs = await id('main');
    const goingOn = racing(other.number, () => pushed(other.branch, `more-${other.number}`));
    await expect(mergePullRequest(services, grant, other.number, {}, goingOn)).rejects.toThrow(
      'changed this pull request meanwhile',
    );
    const seen = { source: tip, destinationBranch: 'main' };
    await expect(mergePullRequest(services, grant, other.number, { seen }, terms)).rejects.toThrow(
      'changed this pull request meanwhile',
    );
    expect([await id('main'), await pushes(other.number), scratch()]).toEqual([refs, [], []]);
  });

  test('what is decided about it in between counts', async () => {
    const { services } = rest.host;
    const { grant, terms } = await grantOfJane();
    for (const [change, sentence] of [
      [{ isDraft: true }, /is a draft/],
      [{ closed: { state: 'declined', by: null, mergeCommit: null, reason: '' } }, /is declined already/],
    ] as const) {
      const { number } = await proposed();
      let asked = 0;
      const racing = {
        ...terms,
        async decideAgain(db: Services['database']) {
          asked += 1;
          // With the transaction of the last decision, in which nothing else can come before it.
          if (asked === 2) await changeOpen(db, rest.ids.app, number, change, services.clock());
          return terms.decideAgain(db);
        },
      };
      const refs = await git('for-each-ref');
      await expect(mergePullRequest(services, grant, number, {}, racing)).rejects.toThrow(sentence);
      expect(asked).toBe(2);
      expect(await git('for-each-ref')).toBe(refs);
      expect(await pushes(number)).toEqual([]);
    }
  });

  test('it is merged where its end could not be written down at once, and is so once', async () => {
    const { number } = await proposed();
    const { services } = rest.host;
    const { grant, terms } = await grantOfJane();
    const failing = {
      forget() {
        throw new Error('the disk is full');
      },
    } as unknown as Services['sizes'];
    const done = await mergePullRequest({ ...services, sizes: failing }, grant, number, {}, terms);
    expect(done.state).toBe('merged');
    expect(await pushes(number)).toMatchObject([{ state: 'intended' }]);
    await reconcile();
    expect(await pushes(number)).toMatchObject([{ state: 'completed' }]);
    expect(await merges(number)).toHaveLength(1);
  });

  test('a start after a crash between the branch and its row finds it merged, also where it was squashed', async () => {
    const { number, branch } = await proposed();
    const { grant } = await grantOfJane();
    const [old, source] = [await id('main'), await id(branch)];
    const squashed = await git(
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@y',
      'commit-tree',
      '-p',
      old,
      '-m',
      'S',
      `${branch}^{tree}`,
    );
    const { principal, address } = grant;
    const record = {
      repositoryId: rest.ids.app,
      data: 'repository',
      commands: [{ ref: 'refs/heads/main', old, new: squashed }],
      principal,
      address,
      merging: { pullRequest: number, source },
    } as const;
    const begin = () =>
      database()
        .transaction()
        .execute((trx) => insertPush(trx, record, rest.host.now - 60_000));
    // Not moved: it stays open.
    await begin();
    await expect(begin()).rejects.toThrow('Somebody else is merging this pull request');
    await reconcile();
    expect((await row(number)).state).toBe('open');
    await begin();
    await git('update-ref', 'refs/heads/main', squashed);
    await reconcile();
    expect(await row(number)).toMatchObject({
      state: 'merged',
      merge_commit: squashed,
      source_commit: source,
      destination_commit: old,
      closed_by_id: rest.people.jane.id,
    });
    expect((await pushes(number)).map(({ state }) => state).toSorted()).toEqual(['abandoned', 'completed']);
  });
});

async function reconcile(): Promise<void> {
  const { services } = rest.host;
  // So that nobody waits for what may still be at work.
  rest.host.now += 60_000;
  const job = await enterAsJob(services, 'reconcile', 'host.inspect', [{ type: 'host' }]);
  await reconcilePushes(services, job, () =>
    enterAsJob(services, 'reconcile', 'repository.push', [at('team/app')]),
  );
}

test('after all of that Git finds nothing wrong, and nothing was left behind', async () => {
  expect(await git('fsck', '--full', '--strict', '--no-dangling')).toBe('');
  expect(scratch()).toEqual([]);
});
