import { beforeAll, describe, expect, it } from 'vitest';
import { startSession, type Account } from '../../../src/accounts/index.ts';
import { createRestriction } from '../../../src/acts/restrictions/change.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { createRepository } from '../../../src/git/create.ts';
import { writingHandle } from '../../../src/git/handle.ts';
import { readSettings } from '../../../src/config.ts';
import { composeServer } from '../../../src/server.ts';
import { at as targetAt, openHost, type TestHost } from '../../acts/host.ts';
import { BuiltRepository } from '../../git/build-repository.ts';
import { atEndOfFile } from '../../support/cleanup.ts';

const HOSTILE = `<img src=x onerror="alert(1)"> & \u202e'"`;
const ESCAPED = '&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp;';

let host: TestHost;
let git: BuiltRepository;
const cookies: Record<string, string> = {};
let app: Awaited<ReturnType<typeof composeServer>>['app'];

/** Writers, readers and others of a public and of a private repository with the same history. */
beforeAll(async () => {
  host = await openHost();
  const { services, now } = host;
  const people: Record<string, Account> = {};
  for (const name of ['ada', 'wes', 'rita', 'zoe']) {
    const account = await host.person(name);
    people[name] = account;
    const from = { address: '127.0.0.1', userAgent: 'test' };
    cookies[name] = (await startSession(services.database, account.id, from, now)).token;
  }
  const acme = await host.workspace('acme', 'ada');
  for (const [slug, isPrivate] of [
    ['app', true],
    ['open', false],
  ] as const) {
    const id = await host.repository(acme, slug, { isPrivate });
    for (const [name, role] of [
      ['wes', 'write'],
      ['rita', 'read'],
    ] as const) {
      const account = people[name];
      if (account !== undefined) await host.role(id, account, role);
    }
    const path = services.storage.pathOf(id, 'repository');
    await createRepository(path);
    git = new BuiltRepository(path, writingHandle(id, 'repository', path));
    await git.commit({ branch: 'main', files: [{ path: 'a.txt', content: 'one\ntwo\nthree\n' }] });
    await git.commit({
      branch: 'topic',
      from: 'main',
      files: [
        { path: 'a.txt', content: 'one\n2\nthree\n' },
        { path: '<b>.txt', content: 'new\n' },
      ],
      message: 'Count in digits\n\nAs **everybody** does.\n',
    });
    await git.commit({
      branch: 'other',
      from: 'main',
      files: [{ path: 'a.txt', content: 'one\nzwei\nthree\n' }],
    });
    await git.commit({ branch: 'more', from: 'other', files: [{ path: 'b.txt', content: 'b\n' }] });
  }
  ({ app } = await composeServer(readSettings({ data: host.data }, { LATCHKEY_LOG: 'silent' }), services));
  atEndOfFile(() => app.close());
});

const headersOf = (who: string | null) => ({
  host: 'localhost:7990',
  ...(who !== null && { cookie: `__Host-latchkey=${cookies[who]}` }),
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly to: string;
}

async function see(who: string | null, path: string): Promise<Answer> {
  const { statusCode, body, headers } = await app.inject({ url: path, headers: headersOf(who) });
  return { status: statusCode, text: body, to: String(headers.location ?? '') };
}

async function send(
  who: string | null,
  path: string,
  form: Record<string, string | string[]>,
): Promise<Answer> {
  const payload = new URLSearchParams(
    Object.entries(form).flatMap(([name, values]) => [values].flat().map((value) => [name, value])),
  ).toString();
  const { statusCode, body, headers } = await app.inject({
    method: 'POST',
    url: path,
    headers: {
      ...headersOf(who),
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload,
  });
  return { status: statusCode, text: body, to: String(headers.location ?? '') };
}

/** Creates one as wes, and leads to it. */
async function created(path: string, form: Record<string, string | string[]>): Promise<string> {
  const answer = await send('wes', `${path}/pull-requests/new`, { destination: 'main', ...form });
  expect([answer.status, answer.to], answer.text).toEqual([
    303,
    expect.stringMatching(/\/pull-requests\/\d+$/),
  ]);
  return answer.to;
}

const section = (page: string, id: string): string =>
  new RegExp(`<section[^>]* aria-labelledby="${id}">([\\s\\S]*?)</section>`).exec(page)?.[1] ?? '';
/** What a page offers to do: where its forms and links lead below the pull request. */
const offered = (page: string, at: string): string[] =>
  [...new Set([...page.matchAll(/(?:action|href)="([^"?#]*)/g)].map(([, to = '']) => to))]
    .filter((to) => to.startsWith(`${at}/`))
    .map((to) => to.slice(at.length + 1))
    .toSorted();

describe('creating', () => {
  it('compares two branches before anything is written, and is filled in from a single commit', async () => {
    const start = await see('wes', '/acme/app/pull-requests/new');
    expect(start.status).toBe(200);
    expect(start.text).not.toContain('name="title"');
    const one = await see('wes', '/acme/app/pull-requests/new?source=topic');
    expect(one.text).toMatch(/name="title"[^>]* value="Count in digits"/);
    expect(one.text).toContain('As **everybody** does.');
    expect(one.text).toContain('1 commit<');
    expect(one.text).toContain('<code>&lt;b&gt;.txt</code>');
    const two = await see('wes', '/acme/app/pull-requests/new?source=more&destination=main');
    expect(two.text).toContain('2 commits<');
    expect(two.text).toMatch(/name="title"[^>]* value=""/);
    const clash = await see('wes', '/acme/app/pull-requests/new?source=topic&destination=other');
    expect(clash.text).toContain('There are conflicts');
    expect(clash.text).toContain('<code>a.txt</code>');
    const nothing = await see('wes', '/acme/app/pull-requests/new?source=main&destination=topic');
    expect([nothing.status, nothing.text]).toEqual([
      422,
      expect.stringContaining('There is nothing to merge'),
    ]);
    expect(nothing.text).not.toContain('name="title"');
    const self = await see('wes', '/acme/app/pull-requests/new?source=main&destination=main');
    expect([self.status, self.text]).toEqual([422, expect.stringContaining('field-destination-error')]);
    // T10, T32: both ends are branches of this repository, whatever else whoever asks may read.
    for (const source of ['acme/open:topic', 'open/topic', '../open/topic', 'refs/heads/topic']) {
      const foreign = { source, destination: 'main', title: 'x' };
      const made = await send('wes', '/acme/app/pull-requests/new', foreign);
      expect([made.status, made.text], source).toEqual([422, expect.stringContaining('field-source-error')]);
    }
    const none = await see('wes', `/acme/app/pull-requests/new?source=${encodeURIComponent(HOSTILE)}`);
    expect(none.status).toBe(422);
    expect(none.text).toContain('field-source-error');
    expect(none.text).not.toContain('<img');
  });

  it('keeps what was typed and says what was wrong', async () => {
    const refused = await send('wes', '/acme/app/pull-requests/new', {
      source: 'topic',
      destination: 'main',
      title: '',
      description: 'kept',
      reviewers: 'rita',
      draft: 'on',
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('field-title-error');
    expect(refused.text).toContain('kept</textarea>');
    expect(refused.text).toMatch(/value="rita" checked/);
    expect(refused.text).toMatch(/name="draft"[^>]* checked/);
    const nobody = await send('wes', '/acme/app/pull-requests/new', {
      source: 'topic',
      destination: 'main',
      title: 'x',
      reviewers: 'nobody',
    });
    expect([nobody.status, nobody.text]).toEqual([422, expect.stringContaining('field-reviewers-error')]);
    expect(nobody.text).toContain('nobody with a role on this repository');
    expect((await see('wes', '/acme/app/pull-requests')).text).toContain('No pull request is open');
  });
});

describe('one of them', () => {
  let at: string;

  beforeAll(async () => {
    at = await created('/acme/app', {
      source: 'topic',
      title: HOSTILE,
      description: `${HOSTILE}\n\n# A heading\n`,
      reviewers: ['rita'],
    });
    await send('rita', `${at}/comments/new`, { content: `${HOSTILE}\n\n# A heading\n` });
  });

  it('is shown as it was written and not as markup, on each of its pages and in lists', async () => {
    await send('wes', `${at}/tasks/new`, { content: HOSTILE });
    await send('wes', `${at}/comments/new`, { content: HOSTILE, path: '<b>.txt', to: '1' });
    for (const below of [
      '',
      '/commits',
      '/files',
      '/change',
      '/decline',
      '/merge',
      '/../',
      '/comments/new?path=%3Cb%3E.txt',
    ]) {
      const { status, text } = await see(
        'wes',
        below === '/../' ? '/acme/app/pull-requests' : `${at}${below}`,
      );
      expect(status, below).toBe(200);
      expect(text.includes(ESCAPED), below).toBe(true);
      expect(/<img|<b>\.txt|<h1>A heading/.test(text), below).toBe(false);
    }
    const { text } = await see('wes', at);
    const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(ids).toHaveLength(new Set(ids).size);
    // Documents that are laid out keep such marks, as those of files do.
    const bare = text.replaceAll(/<div class="markdown">[\s\S]*?<\/div>/g, '');
    expect(bare.match(/.{0,80}\u202e/g)).toBeNull();
  });

  it('says who is asked and what they decided, and lets them take it back', async () => {
    expect(section((await see('wes', at)).text, 'reviewers')).toContain('has not reviewed yet');
    expect((await send('rita', `${at}/request-changes`, {})).to).toBe(at);
    expect(section((await see('wes', at)).text, 'reviewers')).toContain('changes requested');
    // What was pushed, or sent to another branch, since the page was shown is not approved of.
    const shown = /name="source" value="([0-9a-f]+)"/.exec((await see('rita', at)).text)?.[1] ?? '';
    for (const other of [
      { source: 'a'.repeat(40), destination: 'main' },
      { source: shown, destination: 'elsewhere' },
    ]) {
      const stale = await send('rita', `${at}/approve`, other);
      expect([stale.status, stale.text]).toEqual([409, expect.stringContaining('changed this pull request')]);
    }
    await send('rita', `${at}/approve`, { source: shown, destination: 'main' });
    const { text } = await see('rita', at);
    expect(section(text, 'reviewers')).toContain('approved');
    expect(text).toContain('Take back approval');
    await send('rita', `${at}/approve/take-back`, {});
    expect(section((await see('wes', at)).text, 'reviewers')).toContain('has not reviewed yet');
  });

  it('offers to each what they may do, and nothing that would be refused', async () => {
    const reviewing = ['approve', 'request-changes'];
    const reading = ['commits', 'files'];
    const writing = ['change', 'decline', 'merge'];
    const top = (page: string) => offered(page, at).filter((to) => !/^(comments|tasks)/.test(to));
    expect(top((await see('wes', at)).text)).toEqual([...reading, ...reviewing, ...writing].toSorted());
    expect(top((await see('rita', at)).text)).toEqual([...reading, ...reviewing].toSorted());
    for (const who of ['zoe', null]) expect((await see(who, at)).status).toBe(404);
    // What others said is theirs, but for an admin, who may delete it.
    const own = (page: string) =>
      offered(page, at).filter((to) => /^comments\/\d+\/(change|delete)$/.test(to));
    const [first] = own((await see('rita', at)).text);
    expect(first).toMatch(/change$/);
    expect(own((await see('wes', at)).text)).not.toContain(first);
    expect(own((await see('ada', at)).text).every((to) => to.endsWith('/delete'))).toBe(true);
    expect((await see('wes', `${at}/${first}`)).to).toBe(`${at}/${first?.replace('/change', '')}`);
    expect((await send('wes', `${at}/${first}`, { content: 'Mine' })).status).toBe(403);
  });

  it('is read by everybody where the repository is public, and said nothing to by strangers', async () => {
    const open = await created('/acme/open', { source: 'topic', title: 'In the open' });
    for (const who of [null, 'zoe']) {
      for (const below of ['', '/commits', '/files', '/diff'])
        expect((await see(who, `${open}${below}`)).status, `${who} ${below}`).toBe(200);
      const { text } = await see(who, open);
      expect(offered(text, open)).toEqual(['commits', 'files']);
      expect(text).not.toContain('name="content"');
      expect((await see(who, '/acme/open/pull-requests')).text).not.toContain('pull-requests/new');
      const files = await see(who, `${open}/files`);
      expect(files.text).not.toContain('comments/new');
    }
    for (const form of ['comments/new', 'tasks/new', 'approve', 'change', 'decline', 'merge'])
      expect((await send('zoe', `${open}/${form}`, { content: 'x' })).status, form).toBe(403);
    const asked = await send(null, `${open}/comments/new`, { content: 'x' });
    expect([asked.status, asked.text]).toEqual([403, expect.stringContaining('action="/login"')]);
    expect((await see('wes', open)).text).not.toContain('class="thread"');
  });

  it('that is not there is said within the repository, whatever it is asked for', async () => {
    for (const below of [
      '/99',
      '/0',
      '/x',
      '/1e0',
      `/${'9'.repeat(30)}`,
      '/99/files',
      '/99/diff',
      '/99/change',
    ])
      expect((await see('wes', `/acme/app/pull-requests${below}`)).status, below).toBe(404);
    for (const below of [
      'comments/9999',
      'comments/9999/change',
      'comments/9999/delete',
      'tasks/9999/change',
    ])
      expect((await see('wes', `${at}/${below}`)).status, below).toBe(404);
    // By number and repository: what another one holds is not found here.
    const open = await created('/acme/open', { source: 'other', title: 'Elsewhere' });
    await send('wes', `${open}/comments/new`, { content: 'over there' });
    const [, id = ''] = /id="comment-(\d+)"/.exec((await see('wes', open)).text) ?? [];
    for (const below of ['', '/change', '/delete'])
      expect((await see('wes', `${at}/comments/${id}${below}`)).status, below).toBe(404);
    expect((await send('wes', `${at}/comments/${id}/resolve`, {})).status).toBe(404);
  });

  it('says something at a line of the files, at a line that went, and of a file', async () => {
    for (const place of [
      { path: 'a.txt', to: '2' },
      { path: 'a.txt', from: '2' },
      { path: 'a.txt' },
      { path: 'a.txt', to: '77' },
      { path: 'gone.txt', to: '1' },
    ])
      await send('rita', `${at}/comments/new`, { ...place, content: `At ${JSON.stringify(place)}` });
    const { text } = await see('rita', `${at}/files`);
    const rows = text.split('<tr class="');
    const below = (start: string) => rows[rows.findIndex((row) => row.startsWith(start)) + 1] ?? '';
    expect(
      below('diff-added"><td class="diff-number"></td><td class="diff-number"><button form="on-file-2"'),
    ).toContain('{&quot;path&quot;:&quot;a.txt&quot;,&quot;to&quot;:&quot;2&quot;}');
    expect(below('diff-removed')).toContain('&quot;from&quot;:&quot;2&quot;}');
    expect(text).toContain('On line 77, which is not shown below');
    expect(section(text, 'elsewhere')).toContain('gone.txt');
    const odd = await see('rita', `${at}/comments/new?path=a.txt&to=x`);
    expect([odd.status, odd.text]).toEqual([422, expect.stringContaining('a line by its number')]);
  });

  it('leads back to where one came from, and nowhere else', async () => {
    for (const back of [`${at}/files`, `${at}?comments=2`, at])
      expect((await send('rita', `${at}/comments/new`, { content: 'x', back })).to).toMatch(
        new RegExp(`^${back.replace('?', '\\?')}#comment-\\d+$`),
      );
    for (const back of ['https://evil.example/', '//evil.example', '/acme/app', `${at}9`, `${at}/../9`])
      expect((await send('rita', `${at}/comments/new`, { content: 'x', back })).to).toMatch(
        new RegExp(`^${at}#comment-\\d+$`),
      );
  });

  it('is changed, and declined with a reason', async () => {
    const form = { title: 'Changed', description: 'Shorter', destination: 'other', reviewers: 'ada' };
    const wrong = await send('wes', `${at}/change`, { ...form, destination: 'nowhere' });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('field-destination-error')]);
    expect((await send('wes', `${at}/change`, form)).to).toBe(at);
    const changed = await see('wes', at);
    expect(changed.text).toContain('<h1>Changed');
    expect(changed.text).toContain('<code>topic</code> into <code>other</code>');
    expect(section(changed.text, 'reviewers')).toContain('ada');
    expect(section(changed.text, 'merging')).toContain('There are conflicts');
    const cannot = await see('wes', `${at}/merge`);
    expect(cannot.text).not.toContain('name="message"');
    expect(section(cannot.text, 'merging')).toContain('<code>a.txt</code>');

    expect((await see('wes', `${at}/decline`)).text).toContain('data-question');
    await send('wes', `${at}/decline`, { reason: HOSTILE });
    const declined = await see('wes', at);
    expect(section(declined.text, 'merging')).toContain(ESCAPED);
    expect(offered(declined.text, at).filter((to) => !/^(comments|tasks)/.test(to))).toEqual([
      'commits',
      'files',
    ]);
    expect((await see('wes', `${at}/decline`)).to).toBe(at);
    expect((await see('wes', `${at}/files`)).status).toBe(200);
    expect((await see('wes', '/acme/app/pull-requests')).text).not.toContain(`href="${at}"`);
    expect((await see('wes', '/acme/app/pull-requests?state=declined')).text).toContain(`href="${at}"`);
  });
});

describe('what stands against merging', () => {
  it('is said in words, met or not, and nothing is offered until it is gone', async () => {
    const restrict = async (kind: string, more: object) =>
      createRestriction(
        host.services,
        await enterAsOperator(host.services, 'restriction.change', [targetAt('acme/open')]),
        { kind, pattern: 'main', ...more },
      );
    await restrict('require_approvals_to_merge', { value: 1 });
    await restrict('restrict_merges', { users: ['ada'] });
    const at = await created('/acme/open', { source: 'more', title: 'Into a kept branch' });
    const merging = async (who: string) => section((await see(who, at)).text, 'merging');
    const before = await merging('ada');
    expect(before).toContain('It cannot be merged yet');
    expect(before).toMatch(/Not met<[\s\S]*It takes 1 approval by others than its author, and has 0/);
    expect(before).not.toContain(`href="${at}/merge"`);
    await send('rita', `${at}/approve`, {});
    const after = await merging('ada');
    expect(after).toContain('It has the 1 approval that it takes.');
    expect(after).toContain(`href="${at}/merge"`);
    // Who is not named by the rule is told so, and who may merge nothing here is told what holds for everybody.
    const unnamed = await merging('wes');
    expect(unnamed).toContain('It cannot be merged yet');
    expect(unnamed).not.toContain(`href="${at}/merge"`);
    expect(await merging('rita')).toContain('It can be merged');
    expect(await merging('rita')).not.toContain('/merge"');
    const refused = await send('wes', `${at}/merge`, { merge_strategy: 'merge_commit' });
    expect(refused.status).toBe(403);

    const merged = await send('ada', `${at}/merge`, {
      merge_strategy: 'squash',
      message: 'All of it',
      close_source_branch: 'on',
    });
    expect(merged.to).toBe(at);
    const { text } = await see(null, at);
    const [, commit = ''] =
      /href="(\/acme\/open\/commit\/[0-9a-f]{40})"/.exec(section(text, 'merging')) ?? [];
    expect((await see(null, commit)).text).toContain(`href="${at}"`);
    expect((await see(null, '/acme/open/branches')).text).not.toContain('>more</a>');
    expect((await see(null, `${at}/files`)).text).toContain('b.txt');
  });

  it('leads there from branches: to what is open, or to creating one for who may', async () => {
    const rows = async (who: string | null) => (await see(who, '/acme/open/branches')).text;
    const open = /href="(\/acme\/open\/pull-requests\/\d+)"/;
    expect(await rows(null)).toMatch(open);
    expect(await rows(null)).not.toContain('/pull-requests/new');
    expect((await see('wes', '/acme/app/branches')).text).toContain(
      '/acme/app/pull-requests/new?source=topic"',
    );
    expect((await see('wes', '/acme/app/src/topic')).text).toContain(
      '/acme/app/pull-requests/new?source=topic"',
    );
    expect((await see('wes', '/acme/app/src/main')).text).not.toContain('/pull-requests/new');
  });
});

describe('default reviewers', () => {
  it('are kept by admins, and asked where nobody is chosen', async () => {
    const page = '/acme/app/settings/default-reviewers';
    expect((await see('wes', page)).status).toBe(403);
    const wrong = await send('ada', page, { user: 'zoe' });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('field-user-error')]);
    await send('ada', page, { user: 'rita' });
    const { text } = await see('ada', page);
    expect((await see('wes', '/acme/app/pull-requests/new?source=more')).text).toMatch(
      /value="rita" checked/,
    );
    const [, remove = ''] = /action="([^"]*\/remove)"/.exec(text) ?? [];
    expect((await send('ada', remove, {})).to).toBe(page);
    expect((await see('wes', '/acme/app/pull-requests/new?source=more')).text).not.toContain('checked');
  });
});

describe('very much of it', () => {
  it('is shown page by page', async () => {
    const at = await created('/acme/app', { source: 'other', title: 'Much is said' });
    const number = Number(at.split('/').at(-1));
    const { database } = host.services;
    const { id: repository_id } = await database
      .selectFrom('repository')
      .select('id')
      .where('slug', '=', 'app')
      .executeTakeFirstOrThrow();
    const actor = { actor_type: 'account', actor_id: 'gone' } as const;
    const open = { resolved_at: null, resolver_type: null, resolver_id: null };
    const when = { created_at: host.now, updated_at: host.now };
    const said = { repository_id, number, ...actor, ...open, ...when, deleted_at: null };
    const nowhere = { path: null, line_from: null, line_to: null };
    const write = (parent_id: number | null, count: number) =>
      database
        .insertInto('pull_request_comment')
        .values(
          Array.from({ length: count }, (_, index) => ({
            ...said,
            ...nowhere,
            parent_id,
            content: `Said ${index}`,
          })),
        )
        .returning('id')
        .execute();
    const threads = await write(null, 200);
    const last = threads.at(-1)?.id ?? 0;
    await write(last, 60);
    await database
      .insertInto('pull_request_task')
      .values(
        Array.from({ length: 200 }, (_, index) => ({
          repository_id,
          number,
          comment_id: null,
          ...actor,
          ...open,
          ...when,
          content: `Do ${index}`,
        })),
      )
      .execute();
    const first = await see('wes', at);
    expect(Buffer.byteLength(first.text)).toBeLessThan(60 * 1024);
    const [, below = ''] = first.text.split(' id="comments"');
    expect(below).toContain('1–10 of 200');
    expect(section(first.text, 'tasks')).toContain('1–10 of 200');
    expect(below).toContain('50 more answers');
    expect((await see('wes', `${at}?comments=20&tasks=2`)).text).toContain('191–200 of 200');
    const thread = await see('wes', `${at}/comments/${last}`);
    expect(thread.text).toContain('1–25 of 60');
    expect(Buffer.byteLength(thread.text)).toBeLessThan(60 * 1024);
    expect((await see('wes', `${at}/comments/${last}?page=3`)).text).toContain('51–60 of 60');
    expect((await see('wes', '/acme/app/pull-requests')).text).toContain('260 comments, 200 tasks to do');
  });
});
