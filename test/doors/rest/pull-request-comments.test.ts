import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { insertPullRequest, type PullRequest } from '../../../src/pull-requests/index.ts';
import { insertWebhook } from '../../../src/webhooks/index.ts';
import { openRest, PUBLIC_URL, type Answer, type RestHost } from './rest-host.ts';

let rest: RestHost;
/** Jane owns the workspace; rob, and carl beside him, may read `team/app`; eve is nobody there. */
let jane: string;
let rob: string;
let carl: string;
let eve: string;
let token: string;

const R = '/2.0/repositories/team/app';
const P = `${R}/pullrequests/1`;
const OTHER = `${R}/pullrequests/2`;
const OPEN = '/2.0/repositories/team/open/pullrequests/1';
const NOW = '2026-11-01T00:00:00.000000+00:00';

beforeAll(async () => {
  rest = await openRest();
  await rest.host.role(rest.ids.app, await rest.host.person('carl'), 'read');
  jane = await rest.basic('jane', 'pullrequest');
  rob = await rest.basic('rob', 'pullrequest');
  carl = await rest.basic('carl', 'pullrequest');
  eve = await rest.basic('eve', 'pullrequest');
  token = await rest.bearer('team/app', 'pullrequest');
  await propose(rest.ids.app);
  await propose(rest.ids.app);
  await propose(rest.ids.open);
  await insertWebhook(
    database(),
    rest.host.services.seals,
    {
      repositoryId: rest.ids.app,
      url: 'https://ci.example.org/hook',
      description: '',
      events: (['created', 'updated', 'deleted', 'resolved', 'reopened'] as const).map(
        (did) => `pullrequest:comment_${did}` as const,
      ),
      isActive: true,
      skipsCertVerification: false,
      secret: null,
      maker: { accountId: rest.people.jane.id, credentialId: null },
    },
    rest.host.now,
  );
});

const database = () => rest.host.services.database;

/** A pull request of jane's, straight in the store: what it proposes is of no matter here. */
const propose = (repositoryId: string): Promise<PullRequest> =>
  database()
    .transaction()
    .execute((trx) =>
      insertPullRequest(
        trx,
        {
          repositoryId,
          title: 'Proposed',
          description: '',
          isDraft: false,
          sourceBranch: 'feature/x',
          destinationBranch: 'main',
          sourceCommit: 'a'.repeat(40),
          destinationCommit: 'b'.repeat(40),
          closesSourceBranch: false,
          author: { actor_type: 'account', actor_id: rest.people.jane.id },
          credentialId: null,
        },
        rest.host.now,
      ),
    );

const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, who: string, body?: unknown): Promise<Answer> =>
  rest.call(url, who, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
const get = (url: string, who: string | undefined = rob) => rest.call(url, who);
const raw = (text: string, more: object = {}) => ({ content: { raw: text }, ...more });
const say = (text: string, more: object = {}, who = rob, at = P) =>
  send('POST', `${at}/comments`, who, raw(text, more));
const task = (text: string, more: object = {}, who = rob, at = P) =>
  send('POST', `${at}/tasks`, who, raw(text, more));

/** What one asks for is said, and its id comes back. */
async function said(text: string, more: object = {}, who = rob, at = P): Promise<number> {
  const made = await say(text, more, who, at);
  expect(made.status, made.body).toBe(201);
  return made.json.id;
}
async function tasked(text: string, more: object = {}, who = rob): Promise<number> {
  const made = await task(text, more, who);
  expect(made.status, made.body).toBe(201);
  return made.json.id;
}

const audits = async () =>
  (
    await database()
      .selectFrom('audit')
      .select('detail')
      .where('operation', '=', 'pull_request.comment')
      .orderBy('sequence')
      .execute()
  ).map(({ detail }) => JSON.parse(detail));
const told = async () =>
  (await database().selectFrom('webhook_delivery').select(['event', 'about']).execute()).map(
    ({ event, about }) => ({ event, ...JSON.parse(about ?? '{}') }),
  );
const wipe = async () => {
  for (const table of ['pull_request_comment', 'pull_request_task', 'webhook_delivery', 'audit'] as const)
    await database().deleteFrom(table).execute();
};

/** Calls, and expects that nothing was written. */
async function still(call: () => Promise<Answer>): Promise<Answer> {
  const state = async () =>
    JSON.stringify([
      await database().selectFrom('pull_request').selectAll().execute(),
      await database().selectFrom('pull_request_participant').selectAll().execute(),
      await database().selectFrom('pull_request_comment').selectAll().execute(),
      await database().selectFrom('pull_request_task').selectAll().execute(),
      await told(),
      await audits(),
    ]);
  const before = await state();
  const answer = await call();
  expect(await state(), answer.body).toBe(before);
  return answer;
}

describe('a comment', () => {
  test('is written, read and listed in the shape of Bitbucket Cloud', async () => {
    await wipe();
    rest.host.now += 60_000;
    const made = await say('Is <b>this</b> needed?\n\nI *think* not.');
    rest.host.now -= 60_000;
    expect(made.status, made.body).toBe(201);
    const at = '2026-11-01T00:01:00.000000+00:00';
    const { id } = made.json;
    expect(made.json).toEqual({
      id,
      created_on: at,
      updated_on: at,
      content: {
        type: 'rendered',
        raw: 'Is <b>this</b> needed?\n\nI *think* not.',
        markup: 'markdown',
        html: '<p>Is &lt;b&gt;this&lt;/b&gt; needed?</p>\n<p>I *think* not.</p>',
      },
      user: expect.objectContaining({ type: 'user', uuid: `{${rest.people.rob.id}}`, nickname: 'rob' }),
      deleted: false,
      pending: false,
      type: 'pullrequest_comment',
      links: {
        self: { href: `${PUBLIC_URL}${P}/comments/${id}` },
        html: { href: `${PUBLIC_URL}/team/app/pull-requests/1#comment-${id}` },
      },
      pullrequest: {
        type: 'pullrequest',
        id: 1,
        title: 'Proposed',
        draft: false,
        links: {
          self: { href: `${PUBLIC_URL}${P}` },
          html: { href: `${PUBLIC_URL}/team/app/pull-requests/1` },
        },
      },
    });
    expect(made.headers['location']).toBe(made.json.links.self.href);
    expect((await get(`${P}/comments/${id}`)).json).toEqual(made.json);
    expect((await get(`${P}/comments`)).json).toEqual({
      pagelen: 10,
      size: 1,
      page: 1,
      values: [made.json],
    });

    // The pull request counts it, is as young as it, and has whoever wrote it among those who take part.
    const shown = (await get(P)).json;
    expect([shown.comment_count, shown.updated_on]).toEqual([1, at]);
    expect(shown.participants).toEqual([
      expect.objectContaining({
        role: 'PARTICIPANT',
        approved: false,
        state: null,
        participated_on: at,
        user: expect.objectContaining({ nickname: 'rob' }),
      }),
    ]);
    expect(await audits()).toEqual([{ pull_request: 1, comment: id, did: 'created' }]);
    expect(await told()).toEqual([
      {
        event: 'pullrequest:comment_created',
        number: 1,
        comment: id,
        actor: { actor_type: 'account', actor_id: rest.people.rob.id },
        at: rest.host.now + 60_000,
      },
    ]);
    // A bot says something as itself.
    const byBot = await say('Built.', {}, token);
    expect([byBot.status, byBot.json.user.type]).toEqual([201, 'app_user']);
  });

  test('answers another of the same pull request, about the same lines', async () => {
    await wipe();
    const first = (await say('Why?', { inline: { path: 'docs/a b.md', to: 7 } })).json;
    expect(first.inline).toEqual({ path: 'docs/a b.md', from: null, to: 7 });
    expect(first.links.code.href).toBe(
      `${PUBLIC_URL}${R}/diff/${'a'.repeat(12)}..${'b'.repeat(12)}?path=docs%2Fa+b.md`,
    );
    const second = (await say('So.', { parent: { id: first.id }, inline: { path: 'other', from: 1 } }, jane))
      .json;
    expect(second.parent).toEqual({
      type: 'pullrequest_comment',
      id: first.id,
      links: { self: first.links.self, html: first.links.html },
    });
    expect(second.inline).toEqual(first.inline);
    const third = (await say('I see.', { parent: { id: second.id } })).json;
    expect([third.parent.id, third.inline]).toEqual([second.id, first.inline]);

    const elsewhere = await said('Elsewhere', {}, rob, OTHER);
    const open = await said('In another repository', {}, jane, OPEN);
    const removed = await said('Removed');
    expect((await send('DELETE', `${P}/comments/${removed}`, rob)).status).toBe(204);
    for (const id of [elsewhere, open, removed, 999_999, 2 ** 40, 1.5, -(2 ** 31) - 1]) {
      const refused = await still(() => say('An answer', { parent: { id } }));
      expect([refused.status, Object.keys(refused.json.error.fields)], String(id)).toEqual([400, ['parent']]);
    }
  });

  test('stands on a file of the changes, and on a line of it from 1 on', async () => {
    await wipe();
    const places = [
      [{ path: 'a' }, { path: 'a', from: null, to: null }],
      [
        { path: 'a/b.txt', from: 3, to: null },
        { path: 'a/b.txt', from: 3, to: null },
      ],
      [
        { path: 'é "x"', from: 3, to: 4, start_to: 2 },
        { path: 'é "x"', from: 3, to: 4 },
      ],
    ];
    for (const [inline, shown] of places) expect((await say('Here', { inline })).json.inline).toEqual(shown);
    for (const inline of [
      { to: 1 },
      { path: '', to: 1 },
      { path: '/a', to: 1 },
      { path: 'a//b' },
      { path: 'a/../b' },
      { path: './a' },
      { path: 'a\0b' },
      { path: 'x'.repeat(5000) },
      { path: 'a', to: 0 },
      { path: 'a', from: -1 },
      { path: 'a', to: 1.5 },
      { path: 'a', to: 2 ** 31 },
    ]) {
      const refused = await still(() => say('Here', { inline }));
      expect([refused.status, Object.keys(refused.json.error.fields)], JSON.stringify(inline)).toEqual([
        400,
        ['inline'],
      ]);
    }
  });

  test('is refused without a text, with too long a one, and when it is to wait', async () => {
    for (const body of [undefined, {}, null, { content: null }, { content: {} }, raw(' \n'), raw('a\0b')]) {
      const refused = await still(() => send('POST', `${P}/comments`, rob, body));
      expect([refused.status, Object.keys(refused.json.error.fields)]).toEqual([400, ['content']]);
    }
    await wipe();
    expect((await say('é'.repeat(16 * 1024))).status).toBe(201);
    // Of many, none fills the answer with what it is laid out as.
    const [listed] = (await get(`${P}/comments`)).json.values;
    expect([listed.content.raw.length, listed.content.html.length]).toEqual([16 * 1024, 8 * 1024 + 8]);
    expect((await get(`${P}/comments/${listed.id}`)).json.content.html).toHaveLength(16 * 1024 + 7);
    const long = await still(() => say(`${'é'.repeat(16 * 1024)}.`));
    expect([long.status, Object.keys(long.json.error.fields)]).toEqual([400, ['content']]);
    const waiting = await still(() => say('Later', { pending: true }));
    expect([waiting.status, Object.keys(waiting.json.error.fields)]).toEqual([400, ['pending']]);
  });

  test('is kept as it was said, or refused with a sentence, whatever is sent', async () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null), fc.double());
    const body = fc.record(
      {
        content: fc.oneof(value, fc.record({ raw: fc.oneof(value, fc.string({ unit: 'binary' })) })),
        parent: fc.oneof(value, fc.record({ id: fc.oneof(value, fc.maxSafeInteger()) })),
        inline: fc.oneof(value, fc.record({ path: value, from: value, to: value }, { requiredKeys: [] })),
      },
      { requiredKeys: ['content'] },
    );
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const { status, json } = await send('POST', `${P}/comments`, rob, sent);
        if (status === 201) {
          const kept = await get(`${P}/comments/${json.id}`);
          const { raw: text } = sent.content as { raw: string };
          expect(kept.json.content.raw).toBe(text.replaceAll('\r\n', '\n'));
        } else {
          expect([status, typeof json.error.message]).toEqual([400, 'string']);
        }
      }),
      { numRuns: 40 },
    );
    await wipe();
  }, 60_000);

  test('is changed by whoever wrote it alone', async () => {
    await wipe();
    const id = await said('First');
    rest.host.now += 60_000;
    const changed = await send('PUT', `${P}/comments/${id}`, rob, { ...raw('Second'), id: 7, user: null });
    rest.host.now -= 60_000;
    expect([changed.status, changed.json.id, changed.json.content.raw]).toEqual([200, id, 'Second']);
    expect([changed.json.created_on, changed.json.updated_on]).toEqual([
      NOW,
      '2026-11-01T00:01:00.000000+00:00',
    ]);
    // The same person with another credential is the same person; an admin, and a bot, are somebody else.
    const again = await rest.basic('rob', 'pullrequest:write');
    expect((await send('PUT', `${P}/comments/${id}`, again, raw('Third'))).status).toBe(200);
    for (const who of [jane, carl, token]) {
      const refused = await still(() => send('PUT', `${P}/comments/${id}`, who, raw('Not said')));
      expect([refused.status, refused.json.error.message]).toEqual([
        403,
        expect.stringMatching(/^Somebody else/),
      ]);
    }
    const empty = await still(() => send('PUT', `${P}/comments/${id}`, rob, {}));
    expect([empty.status, Object.keys(empty.json.error.fields)]).toEqual([400, ['content']]);
    expect((await told()).map(({ event }) => event)).toEqual([
      'pullrequest:comment_created',
      'pullrequest:comment_updated',
      'pullrequest:comment_updated',
    ]);
  });

  test('is deleted by whoever wrote it and by admins, and keeps its place without what it said', async () => {
    await wipe();
    const own = await said('A secret');
    const answer = await said('An answer', { parent: { id: own } }, carl);
    const foreign = await said('Rude');
    const refused = await still(() => send('DELETE', `${P}/comments/${own}`, carl));
    expect([refused.status, refused.json.error.message]).toEqual([
      403,
      expect.stringMatching(/^Somebody else/),
    ]);
    // An admin who is none any more deletes nothing: the role counts at that moment.
    const ivy = await rest.host.person('ivy');
    await rest.host.role(rest.ids.app, ivy, 'admin');
    const asIvy = await rest.basic('ivy', 'pullrequest');
    await rest.host.role(rest.ids.app, ivy, 'write');
    expect((await still(() => send('DELETE', `${P}/comments/${own}`, asIvy))).status).toBe(403);

    expect((await send('DELETE', `${P}/comments/${own}`, rob)).status).toBe(204);
    expect((await send('DELETE', `${P}/comments/${foreign}`, jane)).status).toBe(204);
    const read = await get(`${P}/comments/${own}`);
    expect([read.status, read.json.deleted, read.json.content.raw]).toEqual([200, true, '']);
    const { values, size } = (await get(`${P}/comments`)).json;
    expect([size, values.map(({ deleted }: { deleted: boolean }) => deleted)]).toEqual([
      3,
      [true, false, true],
    ]);
    expect(values[1].parent.id).toBe(own);
    expect((await get(P)).json.comment_count).toBe(1);
    const rows = await database().selectFrom('pull_request_comment').select('content').execute();
    expect(rows.map(({ content }) => content).toSorted()).toEqual(['', '', 'An answer']);
    // Once is enough, and there is nothing left to change or settle.
    for (const [method, below] of [
      ['DELETE', ''],
      ['PUT', ''],
      ['POST', '/resolve'],
      ['DELETE', '/resolve'],
    ] as const) {
      const body = method === 'PUT' ? raw('Back') : undefined;
      const gone = await still(() => send(method, `${P}/comments/${own}${below}`, rob, body));
      expect([gone.status, gone.json.error.message]).toEqual([404, 'This comment was deleted.']);
    }
    expect((await send('PUT', `${P}/comments/${answer}`, carl, raw('Still there'))).status).toBe(200);
    expect((await audits()).at(-2)).toEqual({
      pull_request: 1,
      comment: foreign,
      did: 'deleted',
      of: `account ${rest.people.rob.id}`,
    });
  });

  test('is resolved once, with its answers, by everybody who may comment, and opened again', async () => {
    await wipe();
    const id = await said('Open');
    const answer = await said('An answer', { parent: { id } });
    const resolve = `${P}/comments/${id}/resolve`;
    const early = await still(() => send('DELETE', resolve, carl));
    expect([early.status, early.json.error.message]).toEqual([404, 'This comment is not resolved.']);
    // Of two at once, one is first.
    const both = await Promise.all([send('POST', resolve, carl), send('POST', resolve, carl)]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(both.find(({ status }) => status === 200)?.json).toEqual({
      type: 'comment_resolution',
      user: expect.objectContaining({ nickname: 'carl' }),
      created_on: NOW,
    });
    const read = (await get(`${P}/comments/${id}`)).json;
    expect(read.resolution).toEqual(both.find(({ status }) => status === 200)?.json);
    expect((await still(() => send('POST', resolve, rob))).status).toBe(409);
    expect((await send('DELETE', resolve, token)).status).toBe(204);
    expect((await get(`${P}/comments/${id}`)).json).not.toHaveProperty('resolution');
    for (const method of ['POST', 'DELETE'] as const) {
      const refused = await still(() => send(method, `${P}/comments/${answer}/resolve`, jane));
      expect([refused.status, refused.json.error.message]).toEqual([
        403,
        expect.stringMatching(/^This is an answer/),
      ]);
    }
    expect((await told()).map(({ event }) => event).slice(2)).toEqual([
      'pullrequest:comment_resolved',
      'pullrequest:comment_reopened',
    ]);
  });

  test('is found by what it says, who said it and when, in the order that is asked for', async () => {
    await wipe();
    const ids: number[] = [];
    for (let at = 0; at < 45; at++) {
      rest.host.now += 1000;
      ids.push(
        await said(at % 20 === 0 ? `<!-- Marker --> ${at}` : `Number ${at}`, {}, at === 1 ? jane : rob),
      );
    }
    rest.host.now -= 45_000;
    await send('DELETE', `${P}/comments/${ids[2]}`, rob);
    const answered = await said('An answer', { parent: { id: ids[3] } });
    const found = async (query: Record<string, string>): Promise<number[]> => {
      const parameters = new URLSearchParams({ pagelen: '100', ...query });
      const { json } = await get(`${P}/comments?${parameters.toString()}`);
      expect(json.size).toBe(json.values.length);
      return json.values.map(({ id }: { id: number }) => id);
    };
    expect(await found({ q: 'content.raw ~ "marker"' })).toEqual([ids[0], ids[20], ids[40]]);
    expect(await found({ q: 'content.raw ~ "marker"', sort: '-created_on' })).toEqual([
      ids[40],
      ids[20],
      ids[0],
    ]);
    expect(await found({ q: `user.uuid = "{${rest.people.jane.id}}"` })).toEqual([ids[1]]);
    expect(await found({ q: 'deleted = true' })).toEqual([ids[2]]);
    expect(await found({ q: `parent.id = ${ids[3]}` })).toEqual([answered]);
    expect(await found({ q: 'created_on >= 2026-11-01T00:00:45Z' })).toEqual([ids[44]]);
    expect(await found({ q: 'inline.path = null AND id < 3' })).toEqual(ids.filter((id) => id < 3));
    expect((await found({ sort: '-id' }))[0]).toBe(answered);
    const page = await get(`${P}/comments?q=content.raw+~+"number"&page=2&pagelen=20`);
    expect([page.json.size, page.json.values.length]).toEqual([41, 20]);
    expect(page.json.next).toContain('q=content.raw');
    for (const query of [
      'q=user.nickname="rob"',
      'q=content.raw',
      'sort=content.raw',
      'pagelen=101',
      'page=0',
    ])
      expect((await get(`${P}/comments?${query}`)).status, query).toBe(400);
  });

  test('is none of another pull request or repository, whoever asks', async () => {
    await wipe();
    const [here, elsewhere] = [await said('Here', {}, jane), await said('There', {}, jane, OPEN)];
    for (const url of [
      `${OTHER}/comments/${here}`,
      `${P}/comments/${elsewhere}`,
      `${R}/pullrequests/3/comments/${here}`,
      `${R}/pullrequests/none/comments/${here}`,
      `${P}/comments/none`,
      `${P}/comments/0`,
      `${P}/comments/9999999999`,
    ])
      for (const [method, below] of [
        ['PUT', ''],
        ['DELETE', ''],
        ['POST', '/resolve'],
        ['DELETE', '/resolve'],
      ] as const) {
        const refused = await still(() =>
          send(method, `${url}${below}`, jane, method === 'PUT' ? raw('x') : undefined),
        );
        expect(refused.status, `${method} ${url}${below}`).toBe(404);
        expect((await get(url, jane)).status, url).toBe(404);
      }
    for (const url of [`${R}/pullrequests/3/comments`, `${R}/pullrequests/9999999999/comments`]) {
      expect((await get(url)).status, url).toBe(404);
      expect((await still(() => send('POST', url, jane, raw('x')))).status, url).toBe(404);
    }
    // What all the world reads is commented on by whoever was given something there.
    expect((await get(`${OPEN}/comments`, undefined)).json.size).toBe(1);
    expect((await still(() => say('From outside', {}, eve, OPEN))).status).toBe(403);
    expect((await still(() => say('From outside', {}, eve))).status).toBe(404);
    const reader = await rest.basic('rob', 'repository');
    expect((await still(() => say('Without the scope', {}, reader))).status).toBe(403);
  });

  test('on a pull request that is closed is one as well', async () => {
    await wipe();
    const { repositoryId, number } = await propose(rest.ids.app);
    await database()
      .updateTable('pull_request')
      .set({ state: 'declined' })
      .where('repository_id', '=', repositoryId)
      .where('number', '=', number)
      .execute();
    const at = `${R}/pullrequests/${number}`;
    const id = await said('Too late?', {}, rob, at);
    expect((await send('POST', `${at}/comments/${id}/resolve`, rob)).status).toBe(200);
    expect((await task('Next time', {}, rob, at)).status).toBe(201);
  });

  test('is one of 5000 at most, deleted ones counted, and a task one of 500', async () => {
    await wipe();
    const { repositoryId, number } = await propose(rest.ids.app);
    const common = {
      repository_id: repositoryId,
      number,
      actor_type: 'account',
      actor_id: 'gone',
      content: '',
      created_at: 1,
      updated_at: 1,
      resolved_at: null,
      resolver_type: null,
      resolver_id: null,
    } as const;
    const comment = { ...common, parent_id: null, path: null, line_from: null, line_to: null, deleted_at: 1 };
    for (const count of [...Array.from({ length: 24 }, () => 200), 199])
      await database()
        .insertInto('pull_request_comment')
        .values(Array.from({ length: count }, () => comment))
        .execute();
    await database()
      .insertInto('pull_request_task')
      .values(Array.from({ length: 499 }, () => ({ ...common, comment_id: null })))
      .execute();
    const at = `${R}/pullrequests/${number}`;
    for (const make of [say, task]) {
      expect((await make('The last one', {}, rob, at)).status).toBe(201);
      const refused = await still(() => make('One more', {}, rob, at));
      expect([refused.status, refused.json.error.message]).toEqual([
        409,
        expect.stringMatching(/ at most \d+ /),
      ]);
    }
    const gone = await get(`${at}/comments?pagelen=100&page=50`);
    expect([gone.json.size, gone.json.values.length, gone.json.values[0].user]).toEqual([5000, 100, null]);
    await wipe();
  });
});

describe('a task', () => {
  test('is made, read and listed in the shape of Bitbucket Cloud, and done by everybody who may comment', async () => {
    await wipe();
    const comment = await said('Tests are missing');
    const made = await task('Write tests', { comment: { id: comment } });
    expect(made.status, made.body).toBe(201);
    const { id } = made.json;
    expect(made.json).toEqual({
      id,
      state: 'UNRESOLVED',
      content: { type: 'rendered', raw: 'Write tests', markup: 'markdown', html: '<p>Write tests</p>' },
      creator: expect.objectContaining({ type: 'user', nickname: 'rob' }),
      created_on: NOW,
      updated_on: NOW,
      resolved_on: null,
      resolved_by: null,
      pending: false,
      comment: expect.objectContaining({ type: 'pullrequest_comment', id: comment }),
      links: {
        self: { href: `${PUBLIC_URL}${P}/tasks/${id}` },
        html: { href: `${PUBLIC_URL}/team/app/pull-requests/1#task-${id}` },
      },
    });
    expect(made.headers['location']).toBe(made.json.links.self.href);
    expect((await get(`${P}/tasks/${id}`)).json).toEqual(made.json);
    expect((await get(`${P}/tasks`)).json).toEqual({ pagelen: 10, size: 1, page: 1, values: [made.json] });
    expect((await get(P)).json.task_count).toBe(1);

    rest.host.now += 60_000;
    // What was read is sent back, with another state.
    const done = await send('PUT', `${P}/tasks/${id}`, carl, { ...made.json, state: 'RESOLVED' });
    rest.host.now -= 60_000;
    expect([done.status, done.json.state, done.json.resolved_on, done.json.resolved_by.nickname]).toEqual([
      200,
      'RESOLVED',
      '2026-11-01T00:01:00.000000+00:00',
      'carl',
    ]);
    expect((await get(P)).json.task_count).toBe(0);
    // It is done already: who did it stays.
    const again = await still(() => send('PUT', `${P}/tasks/${id}`, rob, { state: 'RESOLVED' }));
    expect([again.status, again.json.resolved_by.nickname]).toEqual([200, 'carl']);
    const open = await send('PUT', `${P}/tasks/${id}`, token, { state: 'UNRESOLVED' });
    expect([open.json.state, open.json.resolved_on, open.json.resolved_by]).toEqual([
      'UNRESOLVED',
      null,
      null,
    ]);
    expect((await audits()).slice(1).map(({ did }) => did)).toEqual(['created', 'resolved', 'reopened']);
    // Bitbucket Cloud has no event of tasks.
    expect((await told()).map(({ event }) => event)).toEqual(['pullrequest:comment_created']);
  });

  test('is said otherwise and deleted by whoever made it and admins', async () => {
    await wipe();
    const id = await tasked('Frist');
    const url = `${P}/tasks/${id}`;
    expect((await send('PUT', url, rob, raw('First'))).json.content.raw).toBe('First');
    expect((await send('PUT', url, jane, raw('Second'))).json.content.raw).toBe('Second');
    for (const refused of [
      await still(() => send('PUT', url, carl, raw('Third', { state: 'RESOLVED' }))),
      await still(() => send('DELETE', url, carl)),
    ])
      expect([refused.status, refused.json.error.message]).toEqual([
        403,
        expect.stringMatching(/^Somebody else/),
      ]);
    for (const body of [{}, { state: null }, { state: 'DONE' }, raw(''), raw('x', { pending: true })])
      expect((await still(() => send('PUT', url, rob, body))).status, JSON.stringify(body)).toBe(400);
    const second = await tasked('Another');
    expect((await send('DELETE', url, rob)).status).toBe(204);
    expect((await send('DELETE', `${P}/tasks/${second}`, token)).status).toBe(204);
    expect((await get(`${P}/tasks`)).json.size).toBe(0);
    expect((await get(url)).status).toBe(404);
    expect((await audits()).at(-1)).toMatchObject({ did: 'deleted', of: `account ${rest.people.rob.id}` });
  });

  test('is of its pull request, and comes from a comment of that or from none', async () => {
    await wipe();
    const [id, elsewhere] = [await tasked('Here'), await said('Elsewhere', {}, rob, OTHER)];
    const removed = await said('Removed');
    await send('DELETE', `${P}/comments/${removed}`, rob);
    for (const comment of [elsewhere, removed, 999_999, 2 ** 40, 1.5, -(2 ** 31) - 1]) {
      const refused = await still(() => task('From there', { comment: { id: comment } }));
      expect([refused.status, Object.keys(refused.json.error.fields)]).toEqual([400, ['comment']]);
    }
    for (const body of [undefined, {}, raw(' ')]) {
      const refused = await still(() => send('POST', `${P}/tasks`, rob, body));
      expect([refused.status, Object.keys(refused.json.error.fields)]).toEqual([400, ['content']]);
    }
    for (const url of [`${OTHER}/tasks/${id}`, `${OPEN}/tasks/${id}`, `${P}/tasks/none`]) {
      expect((await get(url, jane)).status, url).toBe(404);
      expect((await still(() => send('PUT', url, jane, { state: 'RESOLVED' }))).status, url).toBe(404);
      expect((await still(() => send('DELETE', url, jane))).status, url).toBe(404);
    }
  });

  test('is found by its state, its text and who made it', async () => {
    await wipe();
    const [first, second] = [await tasked('Write tests'), await tasked('Write docs', {}, jane)];
    await send('PUT', `${P}/tasks/${first}`, rob, { state: 'RESOLVED' });
    const found = async (query: string): Promise<number[]> =>
      (await get(`${P}/tasks?${query}`)).json.values.map(({ id }: { id: number }) => id);
    expect(await found('q=state="UNRESOLVED"')).toEqual([second]);
    expect(await found('q=content.raw~"TESTS"')).toEqual([first]);
    expect(await found(`q=creator.uuid="{${rest.people.jane.id}}"`)).toEqual([second]);
    expect(await found('sort=-created_on')).toEqual([second, first]);
    expect((await get(`${P}/tasks?q=task="x"`)).status).toBe(400);
  });
});
