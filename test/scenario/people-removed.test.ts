import { beforeAll, expect, it } from 'vitest';
import {
  basicHeader,
  codeIn,
  openOauthServer,
  type Client,
  type OauthServer,
} from '../oauth/oauth-server.ts';
import { git, gitOk, newRepository, withCredentials } from '../support/git.ts';
import { describeWithSsh, newSshKey, sshGit, type SshKey } from '../support/ssh.ts';
import type { Person } from '../support/world.ts';
import { WebClient } from './web-client.ts';

/** Somebody who loses what they had, with every kind of credential and key, at every door. */

/** With a wiki. */
const PATH = 'acme/kept';

let host: OauthServer;
let shop: Client;
let local: string;

beforeAll(async () => {
  host = await openOauthServer();
  shop = await host.consumer('Shop', ['repository:write', 'wiki', 'account']);
  local = await newRepository('local');
  await host.world.do(['repository', 'create', PATH, '--wiki']);
  const ada = await host.world.appPassword('ada', ['repository:write', 'wiki']);
  await gitOk(['push', '--quiet', host.world.cloneUrl(PATH, 'ada', ada), 'main'], { cwd: local });
  await host.world.do(['group', 'create', 'acme', 'crew']);
});

/** Everything that acts as one person. */
interface Held {
  readonly person: Person;
  readonly appPassword: string;
  readonly access: string;
  readonly refresh: string;
  readonly key: SshKey;
  readonly web: WebClient;
}

async function everythingOf(person: Person): Promise<Held> {
  const { name } = person;
  const appPassword = await host.world.appPassword(name, ['repository:write', 'wiki', 'account']);
  const code = codeIn(await host.authorize(name, { response_type: 'code', client_id: shop.key }));
  const { body } = await host.post('access_token', shop, { grant_type: 'authorization_code', code });
  const key = await newSshKey(name);
  await host.world.do(['ssh-key', 'add', name, '--label', 'laptop'], `${key.line}\n`);
  const web = new WebClient(host.server.url);
  expect((await web.signIn(person)).status).toBe(303);
  return {
    person,
    appPassword,
    access: String(body['access_token']),
    refresh: String(body['refresh_token']),
    key,
    web,
  };
}

/** Which doors let in whom, for what: `read` and `write` by kind, and what is the person's own. */
async function openTo(held: Held): Promise<{ read: string[]; write: string[]; own: string[] }> {
  const { person, appPassword, access, key, web } = held;
  const advertised = async (address: string, service: string, authorization: string) =>
    (
      await fetch(`${host.server.url}/${address}/info/refs?service=${service}`, {
        headers: { authorization },
      })
    ).status === 200;
  const rest = async (path: string, authorization: string) =>
    (await fetch(`${host.server.url}/2.0${path}`, { headers: { authorization } })).status === 200;
  const tried = { read: [] as string[], write: [] as string[], own: [] as string[] };
  const note = async (list: string[], what: string, asked: Promise<boolean>) => {
    if (await asked) list.push(what);
  };
  for (const [kind, authorization] of [
    ['app password', basicHeader(person.name, appPassword)],
    ['OAuth token', `Bearer ${access}`],
  ] as const) {
    await note(tried.read, `${kind}, Git`, advertised(`${PATH}.git`, 'git-upload-pack', authorization));
    await note(tried.read, `${kind}, wiki`, advertised(`${PATH}.git/wiki`, 'git-upload-pack', authorization));
    await note(tried.read, `${kind}, REST`, rest(`/repositories/${PATH}`, authorization));
    await note(tried.write, `${kind}, Git`, advertised(`${PATH}.git`, 'git-receive-pack', authorization));
    await note(tried.own, `${kind}, REST`, rest('/user', authorization));
  }
  const overSsh = async (args: readonly string[]) => (await sshGit(key, args, { cwd: local })).code === 0;
  const address = `${host.server.ssh}/${PATH}.git`;
  await note(tried.read, 'SSH key', overSsh(['ls-remote', address]));
  await note(tried.write, 'SSH key', overSsh(['push', '--dry-run', address, `main:${person.name}`]));
  const page = async (path: string) => (await web.get(path)).status === 200;
  await note(tried.read, 'session', page(`/${PATH}`));
  await note(tried.own, 'session', page('/account/settings'));
  return tried;
}

const READ = [
  'app password, Git',
  'app password, wiki',
  'app password, REST',
  'OAuth token, Git',
  'OAuth token, wiki',
  'OAuth token, REST',
  'SSH key',
  'session',
];
const WRITE = ['app password, Git', 'OAuth token, Git', 'SSH key'];
const OWN = ['app password, REST', 'OAuth token, REST', 'session'];
const WRITER = { read: READ, write: WRITE, own: OWN };
const READER = { read: READ, write: [], own: OWN };
const OUTSIDER = { read: [], write: [], own: OWN };
const NOBODY = { read: [], write: [], own: [] };

const run = (...args: string[]) => host.world.do(args);
const role = (name: string, wanted: string) => run('role', 'grant', PATH, name, wanted);

/** How somebody comes to write, and what is taken from them. */
const LOSSES: readonly {
  readonly what: string;
  readonly before: (name: string) => Promise<unknown>;
  readonly event: (name: string) => Promise<unknown>;
  readonly after: Awaited<ReturnType<typeof openTo>>;
}[] = [
  {
    what: 'demoted',
    before: (name) => role(name, 'write'),
    event: (name) => role(name, 'read'),
    after: READER,
  },
  {
    what: 'without their role',
    before: (name) => role(name, 'write'),
    event: (name) => run('role', 'revoke', PATH, name),
    after: OUTSIDER,
  },
  {
    what: 'removed from the workspace',
    before: async (name) => {
      await run('workspace', 'member', 'add', 'acme', name);
      await role(name, 'write');
    },
    event: (name) => run('workspace', 'member', 'remove', 'acme', name),
    after: OUTSIDER,
  },
  {
    what: 'removed from the group that writes (T44)',
    before: async (name) => {
      await run('workspace', 'member', 'add', 'acme', name);
      await role('@crew', 'write');
      await run('group', 'add', 'acme', 'crew', name);
    },
    event: (name) => run('group', 'remove', 'acme', 'crew', name),
    after: OUTSIDER,
  },
  {
    what: 'disabled',
    before: (name) => role(name, 'write'),
    event: (name) => run('user', 'disable', name),
    after: NOBODY,
  },
];

describeWithSsh('T40, T45: with everything that acts for them, at the next request, who is', () => {
  it.each(LOSSES.map((loss, index) => ({ ...loss, name: `person${index}` })))(
    '$what',
    async ({ before, event, after, name }) => {
      const held = await everythingOf(await host.world.account(name));
      expect(await openTo(held)).toEqual(OUTSIDER);
      await before(name);
      expect(await openTo(held)).toEqual(WRITER);
      await event(name);
      expect(await openTo(held)).toEqual(after);
      // What a program would renew is theirs, and ends with the account alone.
      const renewed = await host.post('access_token', shop, {
        grant_type: 'refresh_token',
        refresh_token: held.refresh,
      });
      expect(renewed.status).toBe(after === NOBODY ? 400 : 200);
      if (after === NOBODY) expect(renewed.body).toMatchObject({ error: 'invalid_grant' });
      else expect(await openTo({ ...held, access: String(renewed.body['access_token']) })).toEqual(after);
      const consented = host.authorize(name, { response_type: 'code', client_id: shop.key }).then(codeIn);
      if (after === NOBODY) await expect(consented).rejects.toMatchObject({ name: 'Refused' });
      else expect(await consented).not.toBe('');
    },
  );

  it('disabled, and nothing of the repository’s own: its tokens and access keys go on, also those that they made', async () => {
    const admin = await host.world.account('builder');
    await role('builder', 'admin');
    const web = new WebClient(host.server.url);
    await web.signIn(admin);
    const key = await newSshKey('machine');
    const form = { key: key.line, label: 'machine', role: 'write' };
    expect((await web.post(`/${PATH}/settings/access-keys/new`, form)).status).toBe(303);
    const token = await host.world.accessToken(PATH, ['repository:write']);
    const url = withCredentials(host.world.cloneUrl(PATH), 'x-token-auth', token);
    const address = `${host.server.ssh}/${PATH}.git`;
    const works = async () => [
      (await git(['push', '--dry-run', url, 'main:machine'], { cwd: local })).code,
      (await sshGit(key, ['push', '--dry-run', address, 'main:machine'], { cwd: local })).code,
    ];
    expect(await works()).toEqual([0, 0]);
    await run('user', 'disable', 'builder');
    expect((await web.get(`/${PATH}/settings/access-keys`)).status).not.toBe(200);
    expect(await works()).toEqual([0, 0]);
    // One who administers the place sees who added it, and takes it away.
    await run('credential', 'revoke', await idOfKey());
    expect((await works())[1]).not.toBe(0);
  });

  it('enabled again has what they had, but for their sessions', async () => {
    const held = await everythingOf(await host.world.account('back'));
    await role('back', 'write');
    await run('user', 'disable', 'back');
    expect(await openTo(held)).toEqual(NOBODY);
    await run('user', 'enable', 'back');
    const without = (list: readonly string[]) => list.filter((each) => each !== 'session');
    expect(await openTo(held)).toEqual({ read: without(READ), write: WRITE, own: without(OWN) });
    expect((await held.web.signIn(held.person)).status).toBe(303);
    expect(await openTo(held)).toEqual(WRITER);
  });
});

async function idOfKey(): Promise<string> {
  const { id } = await host.services.database
    .selectFrom('credential')
    .select('id')
    .where('kind', '=', 'access_key')
    .executeTakeFirstOrThrow();
  return id;
}
