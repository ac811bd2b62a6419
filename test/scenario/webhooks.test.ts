import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { git, gitOk, newRepository, withCredentials } from '../support/git.ts';
import { startReceiver, type Receiver } from '../support/hook-receiver.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person, type World } from '../support/world.ts';
import { WebClient } from './web-client.ts';

const SECRET = 'between-two-servers-only';
const R = '/2.0/repositories/acme/app';

let server: TestServer;
let make: World;
let receiver: Receiver;
let ada: Person;
let password: string;
/** An API token of ada, who owns acme. */
let token: string;
let work: string;

interface Answer {
  readonly status: number;
  // oxlint-disable-next-line no-explicit-any -- answers are looked into as tests like.
  readonly json: Record<string, any>;
  readonly text: string;
}

const GRANULAR = [
  'read:repository:bitbucket',
  'read:webhook:bitbucket',
  'write:webhook:bitbucket',
  'delete:webhook:bitbucket',
  'read:pullrequest:bitbucket',
];
const apiToken = (user: string, scopes: readonly string[] = GRANULAR): Promise<string> =>
  make.do([
    'api-token',
    'create',
    user,
    '--label',
    'hooks',
    ...scopes.flatMap((scope) => ['--scope', scope]),
  ]);
const basic = (user: string, secret: string) =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

async function call(method: string, path: string, body?: object, who = basic('ada', token)): Promise<Answer> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: who, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    text,
    json: text.startsWith('{') ? (JSON.parse(text) as Answer['json']) : {},
  };
}

const hookAt = (path: string, more: object = {}) => ({
  description: 'CI',
  url: `${receiver.url}${path}`,
  active: true,
  events: ['repo:push'],
  ...more,
});

/** Makes a commit and pushes it to a branch. */
async function push(branch: string, message: string): Promise<string> {
  await gitOk(['commit', '--allow-empty', '-m', message], { cwd: work });
  await gitOk(['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`], { cwd: work });
  return (await gitOk(['rev-parse', 'HEAD'], { cwd: work })).trim();
}

const quiet = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  receiver = await startReceiver();
  server = await startServer({
    environment: { LATCHKEY_WEBHOOK_NETWORKS: '127.0.0.0/8', LATCHKEY_WORKERS: '2' },
  });
  make = world(server);
  ({ ada, secret: password } = await make.usual());
  token = await apiToken('ada');
  work = await newRepository('work', { 'README.md': '# App\n' });
  const address = withCredentials(`${server.url}/acme/app.git`, 'ada', password);
  await gitOk(['remote', 'add', 'origin', address], { cwd: work });
  await gitOk(['push', '--quiet', 'origin', 'HEAD:refs/heads/main'], { cwd: work });
});

const GONE_KEYS = ['closed', 'created', 'forced', 'new', 'old', 'truncated'];
const TAG_KEYS = ['closed', 'created', 'forced', 'links', 'new', 'old', 'truncated'];

describe('a webhook', () => {
  test('is told of a push with Git, signed with its secret, in the objects of the API', async () => {
    const made = await call('POST', `${R}/hooks`, hookAt('/ci', { secret: SECRET }));
    expect(made.status).toBe(201);
    const old = (await gitOk(['rev-parse', 'HEAD'], { cwd: work })).trim();
    const tip = await push('main', 'Told');
    const { headers, body, json } = await receiver.next('/ci');
    expect(headers).toMatchObject({
      'user-agent': 'Bitbucket-Webhooks/2.0',
      'content-type': 'application/json',
      'x-event-key': 'repo:push',
      'x-hook-uuid': made.json['uuid'].slice(1, -1),
      'x-attempt-number': '1',
      'x-hub-signature': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    });
    expect(headers['x-request-uuid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['authorization']).toBeUndefined();
    expect(json).toMatchObject({
      actor: { type: 'user', nickname: 'ada' },
      repository: {
        type: 'repository',
        full_name: 'acme/app',
        is_private: true,
        mainbranch: { name: 'main' },
        links: { html: { href: `${server.url}/acme/app` } },
      },
      push: {
        changes: [
          {
            created: false,
            closed: false,
            forced: false,
            truncated: false,
            old: { type: 'branch', name: 'main', target: { hash: old } },
            new: { type: 'branch', name: 'main', target: { hash: tip, message: 'Told\n' } },
            commits: [{ type: 'commit', hash: tip, parents: [{ hash: old }] }],
            links: {
              commits: { href: `${server.url}${R}/commits?include=${tip}&exclude=${old}` },
              diff: { href: `${server.url}${R}/diff/${tip}..${old}` },
            },
          },
        ],
      },
    });
    expect(json['push'].changes).toHaveLength(1);
    // The address that it names answers with the same commits.
    const listed = await call(
      'GET',
      new URL(json['push'].changes[0].links.commits.href).pathname + `?include=${tip}&exclude=${old}`,
    );
    expect(listed.json['values']).toMatchObject([{ hash: tip }]);
  });

  test('is told of branches and tags that are made, rewritten and deleted, and not of the rest', async () => {
    await call('POST', `${R}/hooks`, hookAt('/refs'));
    for (let count = 0; count < 7; count += 1)
      await gitOk(['commit', '--allow-empty', '-m', `${count}`], { cwd: work });
    await gitOk(['tag', '-a', '-m', 'One', 'v1'], { cwd: work });
    await gitOk(['push', '--quiet', 'origin', 'HEAD:refs/heads/side', 'v1'], { cwd: work });
    const made = await receiver.next('/refs');
    const changes = made.json['push'].changes as Record<string, unknown>[];
    expect(changes).toMatchObject([
      { created: true, closed: false, old: null, truncated: true, new: { type: 'branch', name: 'side' } },
      { created: true, closed: false, old: null, new: { type: 'tag', name: 'v1', message: 'One\n' } },
    ]);
    expect(changes[0]?.['commits']).toHaveLength(5);
    // As Bitbucket Cloud sends them (recorded), a tag comes without commits.
    expect(Object.keys(changes[1] ?? {}).toSorted()).toEqual(TAG_KEYS);
    expect(changes[1]).toMatchObject({ truncated: false, links: { commits: {} } });
    expect(changes[1]?.['links']).not.toHaveProperty('html');
    await gitOk(['notes', 'add', '-m', 'A note', 'HEAD'], { cwd: work });
    await gitOk(['push', '--quiet', 'origin', 'refs/notes/commits'], { cwd: work });
    await gitOk(['commit', '--amend', '--allow-empty', '-m', 'Another'], { cwd: work });
    await gitOk(['push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/side'], { cwd: work });
    const rewritten = await receiver.next('/refs', 2);
    expect(rewritten.json['push'].changes).toMatchObject([{ forced: true, commits: [{}], created: false }]);
    await gitOk(['push', '--quiet', 'origin', ':refs/heads/side'], { cwd: work });
    const gone = await receiver.next('/refs', 3);
    expect(gone.json['push'].changes).toMatchObject([
      { closed: true, new: null, old: { name: 'side' }, truncated: false },
    ]);
    expect(Object.keys(gone.json['push'].changes[0]).toSorted()).toEqual(GONE_KEYS);
    // A push that is refused is told to nobody, and neither is one that nobody subscribed to.
    const refused = await git(
      ['push', withCredentials(`${server.url}/acme/app.git`, 'ada', `${password}x`), 'HEAD:refs/heads/never'],
      { cwd: work },
    );
    expect(refused.code).not.toBe(0);
    await quiet(1500);
    expect(receiver.received.filter(({ path }) => path === '/refs')).toHaveLength(3);
  });

  test('is told of a commit over the API, and of build statuses as they were when they were written', async () => {
    await call(
      'POST',
      `${R}/hooks`,
      hookAt('/builds', {
        events: [
          'repo:commit_status_updated',
          'repo:push',
          'repo:commit_status_created',
          'pullrequest:created',
        ],
      }),
    );
    const form = new FormData();
    form.append('/by-rest.txt', new Blob(['over the API']), 'by-rest.txt');
    const headers = { authorization: basic('ada', password) };
    const commit = await fetch(`${server.url}${R}/src`, { method: 'POST', headers, body: form });
    expect(commit.status).toBe(201);
    const hash = commit.headers.get('location')?.split('/').at(-1) ?? '';
    expect((await receiver.next('/builds')).json['push'].changes).toMatchObject([
      { new: { name: 'main', target: { hash } } },
    ]);
    const url = 'https://ci.example.org/1';
    const build = `${R}/commit/${hash}/statuses/build`;
    const who = basic('ada', password);
    await call('POST', build, { key: 'ci', state: 'INPROGRESS', url }, who);
    await call('PUT', `${build}/ci`, { state: 'SUCCESSFUL' }, who);
    expect(await receiver.next('/builds', 2)).toMatchObject({
      headers: { 'x-event-key': 'repo:commit_status_created' },
      json: {
        actor: { nickname: 'ada' },
        repository: { full_name: 'acme/app' },
        commit_status: { type: 'build', key: 'ci', state: 'INPROGRESS', url, commit: { hash } },
      },
    });
    expect(await receiver.next('/builds', 3)).toMatchObject({
      headers: { 'x-event-key': 'repo:commit_status_updated' },
      json: { commit_status: { state: 'SUCCESSFUL' } },
    });
  });

  test('is sent a test by whoever may change it, signed, and its page says how that went', async () => {
    const hook = hookAt('/test', { events: ['repo:commit_status_created'], secret: SECRET });
    const made = await call('POST', `${R}/hooks`, hook);
    const id = String(made.json['uuid']).slice(1, -1);
    const browser = new WebClient(server.url);
    await browser.signIn(ada);
    const page = `/acme/app/settings/webhooks/${id}`;
    expect((await browser.get(page)).text).toContain('Send a test');
    const sent = async (words: string) => {
      const { status, headers } = await browser.post(`${page}/test`);
      expect([status, headers.location]).toEqual([303, page]);
      const { text } = await browser.get(page);
      expect(text).toContain(words);
      return text;
    };
    expect(await sent('The test was delivered.')).toMatch(/diagnostics:ping[\s\S]*Delivered \(200\)/);
    const { headers, body, json } = await receiver.next('/test');
    expect(json).toEqual({ test: true });
    expect(headers).toMatchObject({
      'x-event-key': 'diagnostics:ping',
      'x-hub-signature': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    });
    receiver.answers.push(500);
    expect(await sent('The test was not delivered.')).toContain('It answered 500.');
    // Not from elsewhere, not with a credential, and not by others.
    const strange = await browser.post(`${page}/test`, {}, { 'sec-fetch-site': 'cross-site' });
    expect(strange.status).toBe(403);
    const ben = new WebClient(server.url);
    await ben.signIn(await make.account('ben'));
    expect((await ben.post(`${page}/test`)).status).toBe(404);
    expect((await call('POST', `${page}/test`)).status).not.toBe(303);
    expect((await call('POST', `${R}/hooks/${id}/test`)).status).toBe(404);
    await call('DELETE', `${R}/hooks/${id}`);
    expect((await browser.post(`${page}/test`)).status).toBe(404);
    expect(receiver.received.filter(({ path }) => path === '/test')).toHaveLength(2);
  });

  test('is told what was pushed before the host was killed', async () => {
    await call('POST', `${R}/hooks`, hookAt('/crash'));
    await receiver.close();
    const tip = await push('work', 'Before the end');
    await server.kill();
    expect(receiver.received.filter(({ path }) => path === '/crash')).toEqual([]);
    await receiver.open();
    await server.restart();
    const told = await receiver.next('/crash');
    expect(told.json['push'].changes).toMatchObject([{ new: { target: { hash: tip } } }]);
  });

  test('is tried again where its server fails, and not where it says no or leads elsewhere', async () => {
    await call('POST', `${R}/hooks`, hookAt('/again'));
    const others = (await call('GET', `${R}/hooks?pagelen=100`)).json['values'] as {
      uuid: string;
      url: string;
    }[];
    for (const { uuid, url } of others)
      if (!url.endsWith('/again')) await call('PUT', `${R}/hooks/${uuid}`, { active: false });
    receiver.answers.push(503);
    await push('work', 'Twice');
    const first = await receiver.next('/again');
    const second = await receiver.next('/again', 2);
    expect(second.body).toEqual(first.body);
    expect(second.headers['x-request-uuid']).toBe(first.headers['x-request-uuid']);
    expect(second.headers['x-attempt-number']).toBe('2');
    receiver.answers.push(410, { location: `${receiver.url}/elsewhere` });
    await push('work', 'Gone');
    await push('work', 'Elsewhere');
    await receiver.next('/again', 4);
    await quiet(1000);
    expect(receiver.received.filter(({ path }) => path === '/again')).toHaveLength(4);
    expect(receiver.received.filter(({ path }) => path === '/elsewhere')).toHaveLength(0);
  });

  test('is silent from when its credential has ended, or whoever made it is admin no more', async () => {
    await make.account('bob');
    await make.do(['role', 'grant', 'acme/app', 'bob', 'admin']);
    const bobs = await apiToken('bob');
    const first = await call('POST', `${R}/hooks`, hookAt('/revoked'), basic('bob', bobs));
    expect(first.status).toBe(201);
    const second = await call('POST', `${R}/hooks`, hookAt('/demoted'), basic('bob', await apiToken('bob')));
    expect(second.status).toBe(201);
    const credentials = await make.credentials({ user: 'bob' });
    const id = (/cred_\w+/.exec(JSON.stringify(credentials)) ?? [''])[0];
    await push('work', 'Both hear this');
    await receiver.next('/revoked');
    await receiver.next('/demoted');
    await make.revoke(String(id));
    await push('work', 'One hears this');
    await quiet(2500);
    const heard = (path: string) => receiver.received.filter((each) => each.path === path).length;
    expect(new Set([heard('/revoked'), heard('/demoted')])).toEqual(new Set([1, 2]));
    await make.role('acme/app', 'bob', 'write');
    await push('work', 'None hears this');
    await quiet(2500);
    expect(new Set([heard('/revoked'), heard('/demoted')])).toEqual(new Set([1, 2]));
    // Whoever is admin takes it over by changing it.
    await call('PUT', `${R}/hooks/${second.json['uuid']}`, { description: 'Taken over' });
    const before = heard('/demoted');
    await push('work', 'Heard again');
    await receiver.next('/demoted', before + 1);
  });

  test('keeps its secret: no answer, no file and no line of the log holds it', async () => {
    const hooks = await call('GET', `${R}/hooks?pagelen=100`);
    expect(hooks.json['values'].find(({ secret_set }: { secret_set: boolean }) => secret_set)).toBeDefined();
    expect(hooks.text).not.toContain(SECRET);
    expect(server.output()).not.toContain(SECRET);
    await server.stop();
    for (const file of ['latchkey.db', 'latchkey.db-wal']) {
      const bytes = await readFile(join(server.data, file)).catch(() => Buffer.alloc(0));
      expect(bytes.includes(SECRET), file).toBe(false);
    }
    await server.restart();
  });
});
