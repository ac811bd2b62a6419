import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { maintain, prune } from '../../../src/acts/repositories/maintain.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { at } from '../../acts/host.ts';
import { openRest, PUBLIC_URL, type Answer, type RestHost } from './rest-host.ts';

let rest: RestHost;
/** An app password of jane's, who owns the workspace, one of rob's, who may read `team/app`, and one of eve's, who may not. */
let jane: string;
let rob: string;
let eve: string;
let token: string;

const R = '/2.0/repositories/team/app';
const P = `${R}/pullrequests`;

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'pullrequest:write', 'repository:admin');
  rob = await rest.basic('rob', 'pullrequest:write');
  eve = await rest.basic('eve', 'pullrequest:write');
  token = await rest.bearer('team/app', 'pullrequest:write');
});

const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown, who = jane): Promise<Answer> =>
  rest.call(url, who, {
    method,
    ...(body !== undefined && {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
const get = (url: string, who: string | undefined = jane) => rest.call(url, who);
const ask = (source: string, more: object = {}, who = jane) =>
  send('POST', P, { title: `Merge ${source}`, source: { branch: { name: source } }, ...more }, who);
const database = () => rest.host.services.database;
const rows = () => database().selectFrom('pull_request').selectAll().orderBy('number').execute();
const audits = async (operation: string) =>
  (await database().selectFrom('audit').select('detail').where('operation', '=', operation).execute()).map(
    ({ detail }) => JSON.parse(detail),
  );

/** A branch with one commit of its own, and the pull request that asks for it. */
async function proposed(branch: string, more: object = {}, who = jane): Promise<number> {
  await rest.git.app.commit({
    branch,
    from: 'main',
    message: `Work on ${branch}\n`,
    files: [{ path: `${branch.replaceAll('/', '-')}.txt`, content: `${branch}\n` }],
  });
  const made = await ask(branch, more, who);
  expect([made.status, made.json.state], made.body).toEqual([201, 'OPEN']);
  return made.json.id;
}

/** Calls, and expects that nothing of pull requests changed. */
async function still(call: () => Promise<Answer>): Promise<Answer> {
  const state = async () =>
    JSON.stringify([
      await rows(),
      await database().selectFrom('pull_request_participant').selectAll().execute(),
    ]);
  const before = await state();
  const answer = await call();
  expect(await state()).toBe(before);
  return answer;
}

describe('a pull request', () => {
  test('is created, read and listed in the shape of Bitbucket Cloud', async () => {
    const made = await ask('feature/x', {
      description: 'First\n\n<b>bold</b>',
      reviewers: [{ uuid: `{${rest.people.rob.id}}` }],
      close_source_branch: true,
    });
    expect(made.status).toBe(201);
    const tip = await rest.git.app.id('feature/x');
    const main = await rest.git.app.id('main');
    const self = `${PUBLIC_URL}${P}/1`;
    const commit = (hash: string) => ({
      type: 'commit',
      hash: hash.slice(0, 12),
      links: {
        self: { href: `${PUBLIC_URL}${R}/commit/${hash.slice(0, 12)}` },
        html: { href: `${PUBLIC_URL}/team/app/commit/${hash.slice(0, 12)}` },
      },
    });
    const repository = expect.objectContaining({ type: 'repository', full_name: 'team/app' });
    expect(made.headers['location']).toBe(self);
    expect(made.json).toMatchObject({
      type: 'pullrequest',
      id: 1,
      title: 'Merge feature/x',
      description: 'First\n\n<b>bold</b>',
      summary: { raw: 'First\n\n<b>bold</b>', html: '<p>First</p>\n<p>&lt;b&gt;bold&lt;/b&gt;</p>' },
      state: 'OPEN',
      draft: false,
      author: { type: 'user', nickname: 'jane' },
      source: { branch: { name: 'feature/x' }, commit: commit(tip), repository },
      destination: { branch: { name: 'main' }, commit: commit(main), repository },
      merge_commit: null,
      close_source_branch: true,
      closed_by: null,
      reason: '',
      comment_count: 0,
      task_count: 0,
      reviewers: [{ type: 'user', nickname: 'rob' }],
      links: {
        self: { href: self },
        html: { href: `${PUBLIC_URL}/team/app/pull-requests/1` },
        merge: { href: `${self}/merge` },
      },
    });
    expect(made.json.participants).toEqual([
      expect.objectContaining({ role: 'REVIEWER', approved: false, state: null, participated_on: null }),
      expect.objectContaining({
        role: 'PARTICIPANT',
        user: expect.objectContaining({ nickname: 'jane' }),
        participated_on: '2026-11-01T00:00:00.000000+00:00',
      }),
    ]);
    expect((await get(`${P}/1`)).json).toEqual(made.json);
    const { reviewers: _reviewers, participants: _participants, ...listed } = made.json;
    const list = (await get(P)).json;
    expect(list).toEqual({ pagelen: 10, size: 1, page: 1, values: [listed] });
    expect((await get(`${P}?fields=%2Bvalues.reviewers`)).json.values[0].reviewers).toHaveLength(1);
    expect(await audits('pull_request.create')).toEqual([
      { pull_request: 1, source: 'feature/x', destination: 'main', isNew: true },
    ]);
  });

  test('that is asked for again is the one that is open, and says what was said last', async () => {
    const number = await proposed('again');
    const second = await ask('again', { title: 'Better', draft: true });
    expect([second.status, second.json.id, second.json.title, second.json.draft]).toEqual([
      201,
      number,
      'Better',
      true,
    ]);
    expect((await rows()).filter(({ source_branch }) => source_branch === 'again')).toHaveLength(1);
  });

  test('of a token is by its app user, and is read by whoever may read the repository and nobody else', async () => {
    const number = await proposed('by-token', {}, token);
    const read = await get(`${P}/${number}`, rob);
    expect([read.status, read.json.author.type]).toEqual([200, 'app_user']);
    for (const path of [P, `${P}/${number}`, `${P}/${number}/commits`, `${P}/${number}/diff`]) {
      expect((await get(path, eve)).status, path).toBe(404);
      expect((await rest.call(path)).status, path).toBe(404);
    }
    const withoutScope = await rest.bearer('team/app', 'repository:write');
    const refused = await get(`${P}/${number}`, withoutScope);
    expect([refused.status, refused.json.error.detail.required]).toEqual([403, ['pullrequest']]);
    const reading = await rest.bearer('team/app', 'pullrequest');
    expect((await get(`${P}/${number}`, reading)).status).toBe(200);
    expect((await still(() => ask('by-token', { title: 'x' }, reading))).status).toBe(403);
    expect((await still(() => ask('by-token', { title: 'x' }, rob))).status).toBe(403);
  });

  test('of a key that is confined to other branches is asked for all the same: it moves none', async () => {
    await rest.git.app.commit({
      branch: 'ci/one',
      from: 'main',
      message: 'CI\n',
      files: [{ path: 'c', content: 'c' }],
    });
    const confined = await rest.bounded('team/app', { refs: ['refs/heads/ci/*'] }, 'pullrequest:write');
    const made = await ask('ci/one', {}, confined);
    expect([made.status, made.json?.state], made.body).toEqual([201, 'OPEN']);
    // What others wait for is another matter.
    expect(
      (await still(() => send('POST', `${P}/${made.json.id}/approve`, undefined, confined))).status,
    ).toBe(403);
  });

  test('is refused with a sentence for what cannot be merged, and nothing is written', async () => {
    const cases: readonly [object, string, RegExp][] = [
      [{ source: { branch: { name: 'not-there' } } }, 'source', /^source: branch not found: not-there$/],
      [{ source: { branch: { name: 'main' } } }, 'destination', /same branch/],
      [{ source: { branch: { name: 'v1.0' } } }, 'source', /^source: branch not found: v1.0$/],
      [
        { source: { branch: { name: 'main' } }, destination: { branch: { name: 'feature/x' } } },
        'source',
        /^There are no changes to be pulled$/,
      ],
      [{ destination: { branch: { name: 'nope' } } }, 'destination', /^destination: branch not found: nope$/],
      [{ title: ' ' }, 'title', /required/],
      [{ title: 'a\nb' }, 'title', /one line/],
      [{ title: 'x'.repeat(256) }, 'title', /at most 255/],
      [{ description: 'x'.repeat(50_001) }, 'description', /longer/],
      [{ reviewers: [{ uuid: `{${rest.people.eve.id}}` }] }, 'reviewers', /nobody with a role/],
      [{ reviewers: [{ username: 'nobody-there' }] }, 'reviewers', /nobody with a role/],
      [{ reviewers: [{ username: 'jane' }] }, 'reviewers', /author/],
      [{ reviewers: Array.from({ length: 101 }, () => ({ username: 'rob' })) }, 'reviewers', /at most 100/],
    ];
    for (const [more, field, sentence] of cases) {
      const refused = await still(() => ask('feature/x', more));
      expect([refused.status, Object.keys(refused.json.error.fields)], refused.body).toEqual([400, [field]]);
      expect(refused.json.error.message, JSON.stringify(more).slice(0, 80)).toMatch(sentence);
    }
    expect((await still(() => send('POST', P, { title: 'x' }))).json.error.message).toMatch(
      /^source: You must specify a valid source branch/,
    );
    expect((await still(() => send('POST', P, '{'))).status).toBe(400);
  });

  test('T10: another repository that is named as its source is not looked at, and whether it is there cannot be told', async () => {
    const answers = [];
    for (const repository of [
      { full_name: 'elsewhere/hidden' },
      { full_name: 'elsewhere/not-there' },
      { uuid: `{${rest.ids.open}}` },
      { uuid: '{00000000-0000-0000-0000-000000000000}' },
    ]) {
      const source = { branch: { name: 'feature/x' }, repository };
      const refused = await still(() => ask('feature/x', { source }));
      answers.push([refused.status, refused.json]);
    }
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(answers[0]?.[0]).toBe(400);
    const own = { branch: { name: 'feature/x' }, repository: { full_name: 'Team/App' } };
    expect((await ask('feature/x', { source: own })).status).toBe(201);
  });

  test('is changed in parts, which its activity shows', async () => {
    const number = await proposed('changed', { description: 'as it was' });
    await rest.git.app.git(['branch', 'release', 'main']);
    await send('POST', `${P}/${number}/approve`, undefined, rob);
    const changed = await send('PUT', `${P}/${number}`, {
      title: 'New',
      destination: { branch: { name: 'release' } },
      reviewers: [{ account_id: rest.people.rob.accountId }],
    });
    expect([
      changed.status,
      changed.json.title,
      changed.json.description,
      changed.json.destination.branch.name,
    ]).toEqual([200, 'New', 'as it was', 'release']);
    expect(changed.json.reviewers).toHaveLength(1);
    // It was approved for another branch.
    expect(changed.json.participants.map(({ approved }: { approved: boolean }) => approved)).toEqual([
      false,
      false,
    ]);
    const back = await send('PUT', `${P}/${number}`, changed.json);
    expect([back.status, back.json.updated_on]).toEqual([200, changed.json.updated_on]);
    expect((await audits('pull_request.update')).at(-1)).toEqual({
      pull_request: number,
      changed: ['title', 'destination', 'reviewers'],
    });
    const moved = await still(() => send('PUT', `${P}/${number}`, { source: { branch: { name: 'main' } } }));
    expect(moved.json.error.fields).toHaveProperty('source');
    expect((await still(() => send('PUT', `${P}/${number}`, { title: 'x' }, rob))).status).toBe(403);
    expect((await still(() => send('PUT', `${P}/99`, { title: 'x' }))).status).toBe(404);
  });

  test('is declined once, and then stays as it is', async () => {
    const number = await proposed('declined');
    const declined = await send('POST', `${P}/${number}/decline`, { reason: 'Not now' });
    expect([
      declined.status,
      declined.json.state,
      declined.json.reason,
      declined.json.closed_by.nickname,
    ]).toEqual([200, 'DECLINED', 'Not now', 'jane']);
    for (const [method, path, body, message] of [
      ['POST', 'decline', {}, 'newstatus: This pull request is already closed.'],
      ['POST', 'approve', undefined, 'Can only update an open pull request.'],
      ['DELETE', 'approve', undefined, 'Can only update an open pull request.'],
      ['PUT', '', { title: 'x' }, 'Can only update an open pull request.'],
    ] as const) {
      const again = await still(() => send(method, `${P}/${number}/${path}`.replace(/\/$/, ''), body));
      expect([again.status, again.json.error.message], path).toEqual([400, message]);
    }
    // The branch stays, and may be asked for again.
    expect((await ask('declined')).json.id).not.toBe(number);
  });
});

describe('a review', () => {
  test('approves or asks for changes, one of them at a time, and is taken back', async () => {
    const number = await proposed('reviewed', { reviewers: [{ username: 'rob' }] });
    const decide = (method: 'POST' | 'DELETE', what: string, who = rob) =>
      send(method, `${P}/${number}/${what}`, undefined, who);
    const approved = await decide('POST', 'approve');
    expect([approved.status, approved.json]).toEqual([
      200,
      expect.objectContaining({ type: 'participant', role: 'REVIEWER', approved: true, state: 'approved' }),
    ]);
    expect((await decide('POST', 'approve')).status).toBe(200);
    expect((await still(() => decide('DELETE', 'request-changes'))).status).toBe(400);
    expect((await decide('POST', 'request-changes')).json.state).toBe('changes_requested');
    expect((await get(`${P}/${number}`)).json.participants[0]).toMatchObject({ approved: false });
    expect([
      (await decide('DELETE', 'request-changes')).status,
      (await decide('DELETE', 'approve')).status,
    ]).toEqual([204, 400]);
    // As observed of Bitbucket Cloud, one's own may be approved.
    expect((await decide('POST', 'approve', jane)).json.role).toBe('PARTICIPANT');
    expect((await still(() => decide('POST', 'approve', eve))).status).toBe(404);
    expect(await audits('pull_request.review')).toContainEqual({ pull_request: number, state: 'approved' });
  });

  test('of whoever reads because all the world does is refused', async () => {
    await rest.git.open.git(['branch', 'more', 'feature/x']);
    const open = '/2.0/repositories/team/open/pullrequests';
    const made = await send('POST', open, { title: 'Open', source: { branch: { name: 'more' } } });
    expect(made.status).toBe(201);
    expect([(await get(`${open}/1`, eve)).status, (await rest.call(`${open}/1`)).status]).toEqual([200, 200]);
    expect((await still(() => send('POST', `${open}/1/approve`, undefined, eve))).status).toBe(403);
  });
});

describe('what a pull request brings', () => {
  test('are its commits, its diff where it left the destination, and the builds of its newest commit', async () => {
    const number = await proposed('brings');
    await rest.git.app.commit({
      branch: 'main',
      from: 'main',
      message: 'Meanwhile\n',
      files: [{ path: 'm', content: 'm' }],
    });
    const commits = (await get(`${P}/${number}/commits`)).json;
    expect(commits.values.map(({ message }: { message: string }) => message)).toEqual(['Work on brings\n']);
    for (const [what, check] of [
      ['diff', /^\+brings$/m],
      ['diffstat', /"lines_added":1/],
      ['patch', /^Subject: \[PATCH\] Work on brings$/m],
    ] as const) {
      const led = await get(`${P}/${number}/${what}?context=0&topic=true`.replace(/(?<!diff)\?.*/, ''));
      expect(led.status).toBe(302);
      const location = led.headers['location'] ?? '';
      expect(location).toContain(`${PUBLIC_URL}${R}/${what}/`);
      const shown = await get(location.slice(PUBLIC_URL.length));
      expect([shown.status, shown.body], location).toEqual([200, expect.stringMatching(check)]);
      expect(shown.body).not.toContain('Meanwhile');
    }
    const status = { key: 'ci', state: 'FAILED', url: 'https://ci.example.org/1' };
    const tip = await rest.git.app.id('brings');
    await send('POST', `${R}/commit/${tip}/statuses/build`, status);
    const { size, values } = (await get(`${P}/${number}/statuses`)).json;
    expect([size, values[0]?.key]).toEqual([1, 'ci']);
  });
});

test('a commit leads to the pull requests that bring it, or brought it, and to no others', async () => {
  const [first, second] = [await proposed('led/to'), await proposed('led/away')];
  await rest.git.app.commit({
    branch: 'led/to',
    message: 'More\n',
    files: [{ path: 'led', content: 'more' }],
  });
  const base = await rest.git.app.id('main');
  const [older, newer] = [await rest.git.app.id('led/to~1'), await rest.git.app.id('led/to')];
  // What no push moved is caught up with when it is asked for again.
  await ask('led/to');
  const led = async (commit: string, who = jane) => {
    const { status, json } = await get(`${R}/commit/${commit}/pullrequests`, who);
    return [status, json.values?.map(({ id }: { id: number }) => id) ?? json.error.message];
  };
  expect(await led(older)).toEqual([200, [first]]);
  expect(await led(newer.slice(0, 9), rob)).toEqual([200, [first]]);
  expect(await led('led%2Faway')).toEqual([200, [second]]);
  expect(await led(base)).toEqual([200, []]);
  expect(await led('0'.repeat(40))).toEqual([404, 'Commit not found']);
  expect((await led(older, eve))[0]).toBe(404);
  const merged = await send('POST', `${P}/${first}/merge`, { merge_strategy: 'squash' });
  expect(merged.status, merged.body).toBe(200);
  await send('POST', `${P}/${second}/decline`);
  for (const commit of [older, newer, await rest.git.app.id('main')])
    expect(await led(commit), commit).toEqual([200, [first]]);
  expect(await led('led%2Faway')).toEqual([200, [second]]);
  const { values, size, pagelen } = (await get(`${R}/commit/${older}/pullrequests`)).json;
  expect([size, pagelen, values[0].state, 'reviewers' in values[0]]).toEqual([1, 30, 'MERGED', false]);
  expect((await get(`${R}/commit/${older}/pullrequests?pagelen=51`)).json.error.message).toBe(
    'Invalid pagelen',
  );
});

describe('the activity', () => {
  test('shows what happened, the newest first, of one pull request and of all, page by page', async () => {
    const number = await proposed('active');
    await send('PUT', `${P}/${number}`, { title: 'Another' });
    await send('POST', `${P}/${number}/approve`, undefined, rob);
    const said = await send('POST', `${P}/${number}/comments`, { content: { raw: 'Why?' } }, rob);
    await send('POST', `${P}/${number}/decline`, { reason: 'No' });
    const { values } = (await get(`${P}/${number}/activity`)).json;
    const kinds = (each: object) => Object.keys(each).filter((key) => key !== 'pull_request');
    expect(values.flatMap(kinds).toSorted()).toEqual(['approval', 'comment', 'update', 'update', 'update']);
    expect(values.every((each: { pull_request: { id: number } }) => each.pull_request.id === number)).toBe(
      true,
    );
    expect(values.find((each: object) => 'comment' in each).comment).toEqual(said.json);
    expect(values.find((each: object) => 'approval' in each).approval.user.nickname).toBe('rob');
    const updates = values.flatMap((each: { update?: object }) => each.update ?? []);
    expect(updates[0]).toMatchObject({ state: 'DECLINED', reason: 'No', author: { nickname: 'jane' } });
    expect(updates[1].changes).toEqual({ title: { old: 'Merge active', new: 'Another' } });
    const pages = async (pagelen: number) => {
      const paged: object[] = [];
      let next: string | undefined = `${PUBLIC_URL}${P}/${number}/activity?pagelen=${pagelen}`;
      for (let left = 7; next !== undefined && left > 0; left -= 1) {
        const page: Answer['json'] = (await get(next.slice(PUBLIC_URL.length))).json;
        paged.push(...page.values);
        next = page.next;
      }
      return paged;
    };
    expect(await pages(2)).toEqual(values);
    expect((await get(`${P}/activity?pagelen=5`)).json.values).toHaveLength(5);
    // Of two that were written down at once, the later one may tell of the earlier moment.
    const late = database().updateTable('pull_request_activity').set({ at: 1 }).where('number', '=', number);
    await late.where('kind', '=', 'approval').execute();
    const { values: whole } = (await get(`${P}/${number}/activity`)).json;
    expect(whole).toHaveLength(values.length);
    expect(await pages(1)).toEqual(whole);
    expect((await get(`${P}/activity?page=bm9wZQ`)).json.error.message).toBe('Invalid page');
    expect((await get(`${P}/999/activity`)).status).toBe(404);
  });
});

describe('a list of pull requests', () => {
  const ids = async (query: string, who = jane): Promise<number[]> =>
    (await get(`${P}?pagelen=50&${query}`, who)).json.values.map(({ id }: { id: number }) => id);

  test('shows those that are open, or of the states that are asked for, and pages', async () => {
    const every = (await rows()).filter(({ repository_id }) => repository_id === rest.ids.app).toReversed();
    const of = (state: string) => every.flatMap((row) => (row.state === state ? row.number : []));
    expect(await ids('')).toEqual(of('open'));
    expect(await ids('state=DECLINED')).toEqual(of('declined'));
    expect(await ids('state=DECLINED&q=')).toEqual(of('declined'));
    expect(await ids('state=OPEN&state=DECLINED&state=MERGED&state=SUPERSEDED')).toEqual(
      every.map(({ number }) => number),
    );
    expect(await ids('state=SUPERSEDED')).toEqual([]);
    const first = (await get(`${P}?pagelen=2&state=OPEN&state=DECLINED&state=MERGED`)).json;
    expect([first.size, first.values.length]).toEqual([every.length, 2]);
    const second = (await get(first.next.slice(PUBLIC_URL.length))).json;
    expect(second.values.map(({ id }: { id: number }) => id)).toEqual(
      every.slice(2, 4).map(({ number }) => number),
    );
    for (const [query, message] of [
      ['pagelen=51', 'Invalid pagelen'],
      ['state=closed', /no state/],
      ['sort=title', /does not support sorting/],
      ['q=nope = 1', /does not support filtering/],
    ] as const) {
      const refused = await get(`${P}?${query.replaceAll(' ', '%20')}`);
      expect([refused.status, refused.json.error.message]).toEqual([
        400,
        typeof message === 'string' ? message : expect.stringMatching(message),
      ]);
    }
  });

  test('is filtered and sorted, with its size and pages, whatever the state', async () => {
    const q = (filter: string) => ids(`q=${encodeURIComponent(filter)}`);
    expect(await q(`author.uuid = "{${rest.people.jane.id}}" AND source.branch.name = "again"`)).toHaveLength(
      1,
    );
    expect(await q('author.account_id = "nobody"')).toEqual([]);
    expect(await q('state = "DECLINED"')).toEqual(await ids('state=DECLINED'));
    expect(await q('title ~ "BETTER"')).toHaveLength(1);
    expect(await q('updated_on > "2030-01-01"')).toEqual([]);
    const all = await q('id > 0');
    expect(all.length).toBeGreaterThan(5);
    expect(await ids('q=id%20%3E%200&sort=id')).toEqual(all.toReversed());
    const page = (await get(`${P}?q=id%20%3E%201&pagelen=3&page=2`)).json;
    expect([page.size, page.values.map(({ id }: { id: number }) => id)]).toEqual([
      all.length - 1,
      all.filter((id) => id > 1).slice(3, 6),
    ]);
  });
});

test('what the database narrows first is what the filter keeps, and nothing less', async () => {
  const uuid = `{${rest.people.jane.id}}`;
  const literal = (...values: unknown[]) => fc.constantFrom(...values.map((value) => JSON.stringify(value)));
  const comparison = fc.oneof(
    fc.tuple(
      fc.constant('id'),
      fc.constantFrom('=', '!=', '>', '>=', '<', '<='),
      literal(1, 2.5, -1, 4e15, '3', null),
    ),
    fc.tuple(
      fc.constantFrom('created_on', 'updated_on'),
      fc.constantFrom('=', '>', '>=', '<', '!='),
      literal('2026-11-01', '2026-11-01T00:00:00.000Z', '2030-01-01', null),
    ),
    fc.tuple(
      fc.constantFrom('source.branch.name', 'destination.branch.name', 'author.uuid', 'state'),
      fc.constantFrom('=', '!=', '~'),
      literal('main', 'feature/x', 'OPEN', 'open', uuid, 'x\0', '\ud800', '', true, null),
    ),
    fc.tuple(
      fc.constantFrom('source.branch.name', 'author.uuid', 'state'),
      fc.constantFrom('IN', 'NOT IN'),
      fc.constantFrom('("main", "again", 1)', `("${uuid}", "{}")`, '("OPEN", "MERGED")', '(1)'),
    ),
  );
  const one = comparison.map((parts) => parts.join(' '));
  const filter = fc
    .array(
      fc.tuple(
        fc.constantFrom(' AND ', ' OR '),
        fc.oneof(
          one,
          fc.tuple(one, one).map((two) => `(${two.join(' OR ')})`),
        ),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((parts) => parts.map(([joint, text], index) => (index === 0 ? text : joint + text)).join(''));
  const asked = async (q: string) => {
    const { status, json } = await get(`${P}?pagelen=50&q=${encodeURIComponent(q)}`);
    return [status, json.size, json.values?.map(({ id }: { id: number }) => id)];
  };
  await fc.assert(
    fc.asyncProperty(filter, async (q) => {
      // Beside OR, nothing is narrowed.
      expect(await asked(q)).toEqual(await asked(`(${q}) OR id = 0`));
    }),
    {
      numRuns: 60,
      examples: [
        ['state = "OPEN"'],
        ['state IN ("DECLINED", "OPEN")'],
        ['source.branch.name = "again" AND destination.branch.name IN ("main", "other")'],
        [`author.uuid = "${uuid}" AND state != "MERGED"`],
        ['id >= 2 AND id < 5 AND (draft = true OR draft = false)'],
        ['created_on <= "2026-11-01" AND updated_on >= "2026-11-01"'],
      ],
    },
  );
});

describe('default reviewers', () => {
  const D = `${R}/default-reviewers`;

  test('are named by admins, listed, and left out as soon as they may not read', async () => {
    expect((await get(D)).json).toMatchObject({ size: 0, values: [] });
    const named = await send('PUT', `${D}/%7B${rest.people.rob.id}%7D`, {});
    expect([named.status, named.json.nickname]).toEqual([200, 'rob']);
    expect((await send('PUT', `${D}/rob`, {})).status).toBe(200);
    expect((await get(D)).json.values).toEqual([named.json]);
    expect((await get(`${R}/effective-default-reviewers`, rob)).json.values).toEqual([
      { type: 'default_reviewer', reviewer_type: 'repository', user: named.json },
    ]);
    expect((await get(`${D}/rob`)).json).toEqual(named.json);
    for (const who of ['eve', 'nobody-there'])
      expect((await send('PUT', `${D}/${who}`, {})).status, who).toBe(404);
    expect((await send('PUT', `${D}/rob`, {}, rob)).status).toBe(403);
    const wantTwoStep = (wanted: 0 | 1) =>
      database().updateTable('workspace').set({ requires_two_step: wanted }).execute();
    await wantTwoStep(1);
    expect((await get(D, token)).json.size).toBe(0);
    const unasked = await still(() => ask('again', { reviewers: [{ username: 'rob' }] }, token));
    expect(unasked.json.error.fields).toEqual({ reviewers: ['Malformed reviewers list'] });
    await wantTwoStep(0);
    expect((await get(D, token)).json.size).toBe(1);
    expect([(await send('DELETE', `${D}/rob`)).status, (await send('DELETE', `${D}/rob`)).status]).toEqual([
      204, 404,
    ]);
    expect((await get(D)).json.size).toBe(0);
  });
});

test('whatever is sent, no answer is a failure of the host', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('main', 'feature/x', '..', 'refs/heads/main'),
  );
  const value = fc.oneof(text, fc.integer(), fc.constant(null), fc.boolean());
  const body = fc.record(
    {
      title: value,
      description: value,
      source: fc.oneof(
        value,
        fc.record({ branch: fc.record({ name: value }), repository: fc.record({ full_name: value }) }),
      ),
      destination: fc.oneof(value, fc.record({ branch: fc.record({ name: value }) })),
      reviewers: fc.oneof(value, fc.array(fc.record({ uuid: value }))),
      draft: value,
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(body, text, text, async (sent, id, query) => {
      const answers = [
        await send('POST', P, sent),
        await send('PUT', `${P}/${encodeURIComponent(id)}`, sent),
        await get(`${P}?q=${encodeURIComponent(query)}&state=${encodeURIComponent(id)}`),
        await get(`${P}/${encodeURIComponent(id)}/diff`),
      ];
      for (const { status } of answers) expect(status).toBeLessThan(500);
    }),
    { numRuns: 40 },
  );
});

// The last one: for ten seconds after a purge nothing is pushed.
test('a pull request whose branch is gone shows what it brought, until somebody purges', async () => {
  const number = await proposed('feature/declined');
  const tip = await rest.git.app.id('feature/declined');
  expect((await send('POST', `${P}/${number}/decline`)).status).toBe(200);
  await rest.git.app.git(['update-ref', '-d', 'refs/heads/feature/declined']);
  const { services } = rest.host;
  const upkeep = await enterAsOperator(services, 'repository.maintain', [at('team/app')]);
  expect((await maintain(services, upkeep, { whole: true })).failure).toBeNull();
  // What two weeks do.
  await rest.git.app.git(['repack', '-q', '-d', '--cruft', '--cruft-expiration=now']);
  services.objects.forget(rest.git.app.handle);
  const leads = (await get(`${P}/${number}/diff`)).headers['location'] ?? '';
  expect((await get(leads.slice(PUBLIC_URL.length))).body).toContain('+feature/declined');
  const { values } = (await get(`${P}/${number}/commits`)).json;
  expect(values.map(({ hash }: { hash: string }) => hash)).toEqual([tip]);

  const purge = await enterAsOperator(services, 'repository.prune', [at('team/app')]);
  await prune(services, purge, AbortSignal.timeout(20_000));
  await expect(rest.git.app.git(['cat-file', '-e', tip])).rejects.toThrow();
  expect((await get(`${P}/${number}/diff`)).status).toBe(404);
  expect((await get(`${P}/${number}`)).json.state).toBe('DECLINED');
});
