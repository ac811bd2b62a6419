import { beforeAll, describe, expect, test } from 'vitest';
import { transferRepository } from '../../../src/acts/repositories/remove.ts';
import { chooseBounds, pushLayer } from '../../../src/credentials/index.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { basicHeader, openRest, PUBLIC_URL, type Answer, type RestHost } from './rest-host.ts';

const R = '/2.0/repositories/team/app';
const HOOKS = `${R}/hooks`;
const GRANULAR = [
  'read:repository:bitbucket',
  'read:webhook:bitbucket',
  'write:webhook:bitbucket',
  'delete:webhook:bitbucket',
  'read:pullrequest:bitbucket',
];
const WANTED = {
  description: 'CI',
  url: 'https://ci.example.com/hook?job=7',
  active: true,
  events: ['repo:push', 'pullrequest:created', 'repo:push'],
};

let rest: RestHost;
/** An API token of jane's, who owns the workspace. */
let jane: string;

const apiToken = async (user: string, scopes: readonly string[] = GRANULAR): Promise<string> =>
  basicHeader(user, (await rest.host.apiToken(user, scopes)).secret);
const post = (body: object, who = jane, at = HOOKS): Promise<Answer> =>
  rest.call(at, who, { method: 'POST', body });
const rows = async () =>
  (await rest.host.services.database.selectFrom('webhook').selectAll().execute()).length;

beforeAll(async () => {
  rest = await openRest();
  jane = await apiToken('jane');
});

describe('webhooks of a repository', () => {
  test('are made, read, listed, changed and deleted, and their secret is never shown', async () => {
    const made = await post({ ...WANTED, secret: 'sesame' });
    expect(made.status).toBe(201);
    const uuid: string = made.json.uuid;
    expect(made.headers['location']).toBe(`${PUBLIC_URL}${HOOKS}/${encodeURIComponent(uuid)}`);
    expect(made.json).toEqual({
      type: 'webhook_subscription',
      uuid: expect.stringMatching(/^\{[0-9a-f-]{36}\}$/),
      url: WANTED.url,
      description: 'CI',
      subject_type: 'repository',
      subject: expect.objectContaining({ type: 'repository', full_name: 'team/app' }),
      active: true,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      events: ['pullrequest:created', 'repo:push'],
      source: null,
      read_only: null,
      skip_cert_verification: false,
      history_enabled: true,
      secret_set: true,
      links: { self: { href: `${PUBLIC_URL}${HOOKS}/${encodeURIComponent(uuid)}` } },
    });
    const one = await rest.call(`${HOOKS}/${encodeURIComponent(uuid)}`, jane);
    expect(one.json).toEqual(made.json);
    expect((await rest.call(`${HOOKS}/${uuid.slice(1, -1)}`, jane)).json).toEqual(made.json);
    expect((await rest.call(HOOKS, jane)).json).toMatchObject({ size: 1, values: [made.json] });
    const at = `${HOOKS}/${uuid}`;
    const changed = await rest.call(at, jane, { method: 'PUT', body: { active: false } });
    expect(changed.json).toEqual({ ...made.json, active: false });
    const bare = await rest.call(at, jane, { method: 'PUT', body: { secret: null, events: ['repo:fork'] } });
    expect(bare.json).toMatchObject({ secret_set: false, active: false, events: ['repo:fork'] });
    const audit = await rest.host.services.database.selectFrom('audit').selectAll().execute();
    const entries = audit.filter(({ operation }) => operation === 'webhook.change');
    expect(entries.map(({ detail }) => JSON.parse(detail).host)).toEqual(Array(3).fill('ci.example.com'));
    expect(JSON.stringify(audit)).not.toContain('sesame');
    expect(JSON.stringify(audit)).not.toContain('job=7');
    expect((await rest.call(at, jane, { method: 'DELETE' })).status).toBe(204);
    const gone = await rest.call(at, jane);
    expect([gone.status, gone.json.error.message]).toEqual([404, `${uuid} is not a valid hook`]);
    expect((await rest.call(`${HOOKS}/example-python`, jane, { method: 'DELETE' })).json.error.message).toBe(
      'example-python is not a valid hook',
    );
  });

  test('are made by what acts for a person alone, with the scope of what is told', async () => {
    const before = await rows();
    const app = await rest.basic('jane', 'webhook', 'repository:admin');
    const token = await rest.bearer('team/app', 'webhook', 'repository:admin');
    for (const who of [app, token]) {
      const { status, json } = await post(WANTED, who);
      expect([status, json.error.message]).toEqual([
        403,
        'This API is not accessible by this authentication mechanism',
      ]);
    }
    expect((await rest.call(HOOKS, app)).status).toBe(200);
    const without = await post(
      WANTED,
      await apiToken('jane', ['read:webhook:bitbucket', 'write:webhook:bitbucket']),
    );
    expect(without.status).toBe(403);
    expect(without.body).toContain('read:repository:bitbucket');
    // Nor is it told of pull requests by what does not read them, however its events are come by.
    const pushes = await apiToken('jane', GRANULAR.slice(0, 4));
    const events = await post(WANTED, pushes);
    expect([events.status, events.json.error.detail.required]).toEqual([403, ['read:pullrequest:bitbucket']]);
    expect(await rows()).toBe(before);
    const { uuid } = (await post({ ...WANTED, events: ['repo:push'] }, pushes)).json;
    const put = (body: object, who: string) => rest.call(`${HOOKS}/${uuid}`, who, { method: 'PUT', body });
    expect((await put({ events: WANTED.events }, pushes)).status).toBe(403);
    expect((await put({ active: false }, pushes)).status).toBe(200);
    expect((await put({ events: WANTED.events }, jane)).status).toBe(200);
    expect((await put({ active: true }, pushes)).status).toBe(403);
    expect((await rest.call(`${HOOKS}/${uuid}`, jane)).json.active).toBe(false);
    expect((await put({ events: ['repo:push'] }, pushes)).status).toBe(200);
    expect((await rest.call(`${HOOKS}/${uuid}`, pushes, { method: 'DELETE' })).status).toBe(204);
    // Reading is not enough, a stranger learns nothing, and nobody is asked for their name.
    expect((await post(WANTED, await apiToken('rob'))).status).toBe(403);
    const eve = await apiToken('eve');
    const stranger = await post(WANTED, eve);
    const missing = await post(WANTED, eve, '/2.0/repositories/team/none/hooks');
    expect([stranger.status, stranger.json]).toEqual([missing.status, missing.json]);
    expect(stranger.status).toBe(404);
    expect((await rest.call(HOOKS)).status).toBe(401);
    expect(await rows()).toBe(before);
  });

  test('are not made by a credential that is confined to networks or uses, which nobody asks about later', async () => {
    const { services } = rest.host;
    for (const bounds of [{ networks: ['127.0.0.0/8'] }, { uses: 5 }]) {
      const { id, secret } = await rest.host.apiToken('jane', GRANULAR);
      await services.database.transaction().execute((trx) => pushLayer(trx, id, chooseBounds(bounds)));
      expect((await post(WANTED, basicHeader('jane', secret))).status, JSON.stringify(bounds)).toBe(403);
    }
    expect(await rows()).toBe(0);
  });

  test.each([
    [{ ...WANTED, url: undefined }, 'url', 'This field is required.'],
    [{ ...WANTED, url: 'ftp://ci.example.com/' }, 'url', 'begins with https:// or http://'],
    [{ ...WANTED, url: 'not a url' }, 'url', 'begins with https:// or http://'],
    [{ ...WANTED, url: 'https://jane:pw@ci.example.com/' }, 'url', 'Leave user name and password out'],
    [{ ...WANTED, url: 'https://ci.example.com/#x' }, 'url', 'Leave out what follows'],
    [{ ...WANTED, url: `https://ci.example.com/${'a'.repeat(2000)}` }, 'url', 'at most 2000'],
    [{ ...WANTED, url: 'http://127.0.0.1:8080/' }, 'url', 'not allowed'],
    [{ ...WANTED, url: 'http://2130706433/' }, 'url', 'not allowed'],
    [{ ...WANTED, url: 'http://[::ffff:10.0.0.1]/' }, 'url', 'not allowed'],
    [{ ...WANTED, url: 'http://169.254.169.254/latest/meta-data' }, 'url', 'not allowed'],
    [{ ...WANTED, url: `${PUBLIC_URL}/login` }, 'url', 'not allowed'],
    [{ ...WANTED, events: [] }, 'events', 'at least one'],
    [{ ...WANTED, events: undefined }, 'events', 'at least one'],
    [{ ...WANTED, events: ['repo:pushed'] }, 'events', '"repo:pushed" is no event'],
    [{ ...WANTED, secret: 's'.repeat(129) }, 'secret', 'at most 128'],
    [{ ...WANTED, description: 'x'.repeat(256) }, 'description', 'at most 255'],
    [{ ...WANTED, description: 'two\nlines' }, 'description', 'one line'],
  ])('refuse %j with one sentence about %s', async (body, field, says) => {
    const { status, json } = await post(body);
    expect([status, Object.keys(json.error.fields)]).toEqual([400, [field]]);
    expect(json.error.fields[field].join(' ')).toContain(says);
    expect(JSON.stringify(json)).not.toContain('sssss');
    expect(await rows()).toBe(0);
  });

  test('are fifty at most', async () => {
    for (let count = 0; count < 50; count += 1)
      expect((await post({ ...WANTED, url: `https://ci.example.com/${count}` })).status).toBe(201);
    const { status, body } = await post(WANTED);
    expect([status, body]).toEqual([409, expect.stringContaining('at most 50 webhooks')]);
    expect((await rest.call(`${HOOKS}?pagelen=30&page=2`, jane)).json).toMatchObject({ size: 50, page: 2 });
  });

  test('are found by a name that the repository had before, and follow it', async () => {
    const admin = await rest.basic('jane', 'repository:admin');
    const renamed = await rest.call(R, admin, { method: 'PUT', body: { name: 'engine' } });
    expect(renamed.json.slug).toBe('engine');
    const before = await rows();
    const moved = await post(WANTED);
    expect([moved.status, moved.headers['location']]).toEqual([
      308,
      `${PUBLIC_URL}/2.0/repositories/team/engine/hooks`,
    ]);
    expect(await rows()).toBe(before);
    const there = await rest.call('/2.0/repositories/team/engine/hooks', jane);
    expect(there.json).toMatchObject({ size: 50 });
    expect(there.json.values[0].subject.full_name).toBe('team/engine');
    await rest.call('/2.0/repositories/team/engine', admin, { method: 'PUT', body: { name: 'app' } });
  });

  test('go with a repository that is transferred to another workspace', async () => {
    const { services } = rest.host;
    await rest.host.workspace('other', 'jane');
    expect(await rows()).toBe(50);
    const grant = await enterAsOperator(services, 'repository.transfer', [
      { type: 'repository', workspace: 'team', repository: 'app' },
      { type: 'workspace', workspace: 'other' },
    ]);
    await transferRepository(services, grant);
    expect(await rows()).toBe(0);
  });
});

test('the events are listed, those that never come here too', async () => {
  expect((await rest.call('/2.0/hook_events')).json).toEqual({
    repository: { events: { href: `${PUBLIC_URL}/2.0/hook_events/repository` } },
  });
  const { json } = await rest.call('/2.0/hook_events/repository?pagelen=100');
  expect(json.size).toBe(29);
  expect(json.values).toContainEqual({
    event: 'repo:push',
    category: 'Repository',
    label: 'Push',
    description: expect.any(String),
  });
  expect((await rest.call('/2.0/hook_events/workspace')).status).toBe(404);
});
