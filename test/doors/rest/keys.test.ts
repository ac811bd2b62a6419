import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { addAccessKey, addProjectAccessKey } from '../../../src/acts/keys/access-keys.ts';
import { addSshKey } from '../../../src/acts/keys/ssh-keys.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { Bitbucket } from '../../support/bitbucket-client.ts';
import { newPublicKey } from '../../support/public-key.ts';
import { openRest, PUBLIC_URL, type RestHost } from './rest-host.ts';

let rest: RestHost;
let baseUrl: string;

beforeAll(async () => {
  rest = await openRest();
  await rest.app.listen({ host: '127.0.0.1', port: 0 });
  baseUrl = `http://127.0.0.1:${(rest.app.server.address() as AddressInfo).port}/2.0`;
});

const repositoryOf = (path: string) => {
  const [workspace = '', repository = ''] = path.split('/');
  return [{ type: 'repository', workspace, repository }] as const;
};

async function sshKey(account: string, options: { expiresAt?: number; label?: string } = {}) {
  const { services } = rest.host;
  const { key, line } = newPublicKey(`${account}@laptop`);
  const grant = await enterAsOperator(services, 'ssh_key.add', [{ type: 'account', account }]);
  const made = await addSshKey(services, grant, { publicKey: line, label: '', ...options });
  return { ...made, key, line };
}

async function accessKey(path: string, line: string, options: { label?: string; role?: 'write' } = {}) {
  const { services } = rest.host;
  const grant = await enterAsOperator(services, 'access_key.add', repositoryOf(path));
  return addAccessKey(services, grant, { publicKey: line, label: 'deploy', role: 'read', ...options });
}

async function projectKey(line: string) {
  const { services } = rest.host;
  const grant = await enterAsOperator(services, 'project_access_key.add', [
    { type: 'workspace', workspace: 'team' },
  ]);
  return addProjectAccessKey(services, grant, 'MAIN', { publicKey: line, label: 'mirror', role: 'read' });
}

const WRONG_KIND = 'This API is not accessible by this authentication mechanism';

describe('SSH keys of an account', () => {
  test('look as Bitbucket’s, under every name of the account', async () => {
    const { line, key } = await sshKey('jane', { expiresAt: rest.host.now + 86_400_000 });
    const jane = await rest.basic('jane', 'account');
    const { id, accountId } = rest.people.jane;
    for (const name of ['jane', `%7B${id}%7D`, accountId]) {
      const { status, json } = await rest.call(`/2.0/users/${name}/ssh-keys`, jane);
      expect(status).toBe(200);
      expect(json).toMatchObject({ page: 1, pagelen: 10, size: 1 });
      const [shown] = json.values;
      expect(shown).toEqual({
        type: 'ssh_key',
        uuid: expect.stringMatching(/^\{[0-9a-f-]{36}\}$/),
        key,
        comment: 'jane@laptop',
        label: 'jane@laptop',
        fingerprint: createHash('sha256')
          .update(Buffer.from(key.split(' ')[1] ?? '', 'base64'))
          .digest('base64')
          .replace(/=+$/, ''),
        created_on: expect.stringMatching(/000\+00:00$/),
        last_used: null,
        expires_on: expect.stringMatching(/000\+00:00$/),
        owner: expect.objectContaining({ type: 'user', uuid: `{${id}}`, nickname: 'jane' }),
        links: {
          self: {
            href: `${PUBLIC_URL}/2.0/users/%7B${id}%7D/ssh-keys/${shown.uuid.slice(1, -1)}`,
          },
        },
      });
      // By its own link, and with the braces that other clients keep.
      for (const address of [
        shown.links.self.href.replace(PUBLIC_URL, ''),
        `/2.0/users/${name}/ssh-keys/${encodeURIComponent(shown.uuid)}`,
      ]) {
        expect((await rest.call(address, jane)).json).toEqual(shown);
      }
    }
    expect(line.startsWith(key)).toBe(true);
  });

  test('come in pages', async () => {
    for (let made = 0; made < 3; made++) await sshKey('rob');
    const rob = await rest.basic('rob', 'account');
    const { json } = await rest.call('/2.0/users/rob/ssh-keys?pagelen=2', rob);
    expect(json).toMatchObject({ size: 3, pagelen: 2 });
    expect(json.values).toHaveLength(2);
    const next = await rest.call(json.next.replace(PUBLIC_URL, ''), rob);
    expect(next.json.values).toHaveLength(1);
    expect(next.json.next).toBeUndefined();
  });

  test('are nobody else’s to see or remove, and the same is said of accounts that are not there', async () => {
    const { id, key } = await sshKey('jane');
    const eve = await rest.basic('eve', 'account', 'account:write');
    const theirs = await rest.call('/2.0/users/jane/ssh-keys', eve);
    const nobodys = await rest.call('/2.0/users/nobody-here/ssh-keys', eve);
    expect(theirs.status).toBe(404);
    expect(theirs.json).toEqual(nobodys.json);
    const jane = await rest.basic('jane', 'account');
    const { json } = await rest.call('/2.0/users/jane/ssh-keys', jane);
    const uuid = json.values.find((each: { key: string }) => each.key === key).uuid.slice(1, -1);
    for (const path of [`/2.0/users/jane/ssh-keys/${uuid}`, `/2.0/users/eve/ssh-keys/${uuid}`]) {
      expect((await rest.call(path, eve)).status).toBe(404);
      expect((await rest.call(path, eve, { method: 'DELETE' })).status).toBe(404);
    }
    expect((await rest.call('/2.0/users/jane/ssh-keys')).status).toBe(401);
    const row = await rest.host.services.database
      .selectFrom('credential')
      .select('revoked_at')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(row.revoked_at).toBeNull();
  });

  test('are removed with account:write, once, and are gone from the list', async () => {
    await sshKey('jane');
    const both = await rest.basic('jane', 'account', 'account:write');
    const { json } = await rest.call('/2.0/users/jane/ssh-keys', both);
    const own = `/2.0/users/jane/ssh-keys/${json.values[0].uuid.slice(1, -1)}`;
    const narrow = await rest.basic('jane', 'account');
    const refused = await rest.call(own, narrow, { method: 'DELETE' });
    expect(refused.status).toBe(403);
    expect(refused.json.error.detail).toEqual({ required: ['account:write'], granted: ['account'] });
    expect((await rest.call(own, both)).status).toBe(200);
    const gone = await rest.call(own, both, { method: 'DELETE' });
    expect([gone.status, gone.body]).toEqual([204, '']);
    expect((await rest.call(own, both)).status).toBe(404);
    expect((await rest.call(own, both, { method: 'DELETE' })).status).toBe(404);
    const after = await rest.call('/2.0/users/jane/ssh-keys', both);
    expect(after.json.size).toBe(json.size - 1);
  });

  test.each(['nonsense', '%7B%7D', '{0}', "' or 1=1", '0'.repeat(400)])(
    'there is none named %j',
    async (name) => {
      const jane = await rest.basic('jane', 'account', 'account:write');
      const path = `/2.0/users/jane/ssh-keys/${encodeURIComponent(name)}`;
      expect((await rest.call(path, jane)).status).toBe(404);
      expect((await rest.call(path, jane, { method: 'DELETE' })).status).toBe(404);
    },
  );
});

describe('T37: no credential makes a key', () => {
  test.each([
    ['POST', '/2.0/users/jane/ssh-keys'],
    ['PUT', '/2.0/users/jane/ssh-keys/00000000-0000-4000-8000-000000000000'],
    ['POST', '/2.0/repositories/team/app/deploy-keys'],
    ['PUT', '/2.0/repositories/team/app/deploy-keys/1'],
    ['POST', '/2.0/workspaces/team/projects/MAIN/deploy-keys'],
  ] as const)('%s %s', async (method, path) => {
    const every = ['account', 'account:write', 'repository', 'repository:admin', 'project', 'project:admin'];
    const count = () =>
      rest.host.services.database
        .selectFrom('ssh_public_key')
        .select(({ fn }) => fn.countAll().as('count'))
        .executeTakeFirstOrThrow();
    const password = await rest.basic('jane', ...every);
    const token = await rest.bearer('team/app', 'repository', 'repository:admin');
    const before = await count();
    const body = { key: newPublicKey().line, label: 'made' };
    for (const credential of [password, token]) {
      const { status, json } = await rest.call(path, credential, { method, body });
      expect(status).toBe(403);
      expect(json.error.message).toBe(WRONG_KIND);
    }
    expect((await rest.call(path, undefined, { method, body })).status).toBe(401);
    expect(await count()).toEqual(before);
  });
});

describe('access keys of a repository', () => {
  test('look as Bitbucket’s deploy keys', async () => {
    const { key, line } = newPublicKey('deploy@ci');
    const { number } = await accessKey('team/app', line);
    const jane = await rest.basic('jane', 'repository', 'repository:admin');
    const { status, json } = await rest.call('/2.0/repositories/team/app/deploy-keys', jane);
    expect(status).toBe(200);
    const shown = json.values.find((each: { id: number }) => each.id === number);
    expect(shown).toEqual({
      id: number,
      type: 'deploy_key',
      key,
      label: 'deploy',
      comment: 'deploy@ci',
      created_on: expect.stringMatching(/000\+00:00$/),
      last_used: null,
      expires_on: null,
      permission: 'read',
      repository: expect.objectContaining({
        type: 'repository',
        full_name: 'team/app',
        uuid: `{${rest.ids.app}}`,
      }),
      links: { self: { href: `${PUBLIC_URL}/2.0/repositories/team/app/deploy-keys/${number}` } },
    });
    const one = await rest.call(`/2.0/repositories/team/app/deploy-keys/${number}`, jane);
    expect(one.json).toEqual(shown);
    // Its number belongs to this repository.
    expect((await rest.call(`/2.0/repositories/team/open/deploy-keys/${number}`, jane)).status).toBe(404);
  });

  test('take both scopes and the role admin', async () => {
    const path = '/2.0/repositories/team/app/deploy-keys';
    const half = await rest.call(path, await rest.basic('jane', 'repository:admin'));
    expect(half.status).toBe(403);
    expect(half.json.error.detail.required).toEqual(['repository', 'repository:admin']);
    const reader = await rest.call(path, await rest.basic('rob', 'repository', 'repository:admin'));
    expect(reader.status).toBe(403);
    expect(reader.json.error.message).toBe('Access denied. You must have admin access to this repository.');
    const stranger = await rest.call(path, await rest.basic('eve', 'repository', 'repository:admin'));
    expect(stranger.status).toBe(404);
    const token = await rest.call(path, await rest.bearer('team/app', 'repository', 'repository:admin'));
    expect(token.status).toBe(200);
  });

  test('one key in two repositories is taken away from one, then from the other', async () => {
    const { line } = newPublicKey();
    const first = await accessKey('team/app', line, { role: 'write' });
    const second = await accessKey('team/open', line);
    expect(second.credentialId).toBe(first.credentialId);
    const jane = await rest.basic('jane', 'repository', 'repository:admin');
    const inApp = `/2.0/repositories/team/app/deploy-keys/${first.number}`;
    const inOpen = `/2.0/repositories/team/open/deploy-keys/${second.number}`;
    expect((await rest.call(inApp, jane)).json.permission).toBe('write');
    expect((await rest.call(inOpen, jane)).json.permission).toBe('read');

    const token = await rest.bearer('team/app', 'repository', 'repository:admin');
    const refused = await rest.call(inApp, token, { method: 'DELETE' });
    expect([refused.status, refused.json.error.message]).toEqual([403, WRONG_KIND]);

    expect((await rest.call(inApp, jane, { method: 'DELETE' })).status).toBe(204);
    expect((await rest.call(inApp, jane)).status).toBe(404);
    expect((await rest.call(inOpen, jane)).status).toBe(200);
    const state = () =>
      rest.host.services.database
        .selectFrom('credential')
        .select('revoked_at')
        .where('id', '=', first.credentialId)
        .executeTakeFirstOrThrow();
    expect((await state()).revoked_at).toBeNull();
    expect((await rest.call(inOpen, jane, { method: 'DELETE' })).status).toBe(204);
    expect((await state()).revoked_at).not.toBeNull();
    expect((await rest.call(inOpen, jane, { method: 'DELETE' })).status).toBe(404);
  });
});

describe('access keys of a project', () => {
  test('look as Bitbucket’s, and are the owner’s to see and take away', async () => {
    const { key, line } = newPublicKey('mirror@host');
    const { number } = await projectKey(line);
    const path = '/2.0/workspaces/team/projects/MAIN/deploy-keys';
    const jane = await rest.basic('jane', 'project', 'project:admin');
    const { status, json } = await rest.call(path, jane);
    expect(status).toBe(200);
    const [shown] = json.values;
    expect(shown).toMatchObject({
      id: number,
      type: 'project_deploy_key',
      key,
      label: 'mirror',
      comment: 'mirror@host',
      permission: 'read',
      project: { type: 'project', key: 'MAIN', name: 'Main' },
      links: { self: { href: `${PUBLIC_URL}${path}/${number}` } },
    });
    expect((await rest.call(`${path}/${number}`, jane)).json).toEqual(shown);
    expect((await rest.call('/2.0/workspaces/team/projects/NONE/deploy-keys', jane)).status).toBe(404);
    expect((await rest.call(path, await rest.basic('jane', 'project:admin'))).status).toBe(403);
    expect((await rest.call(path, await rest.basic('eve', 'project', 'project:admin'))).status).toBe(403);
    expect((await rest.call(`${path}/${number}`, jane, { method: 'DELETE' })).status).toBe(204);
    expect((await rest.call(path, jane)).json.values).toEqual([]);
  });
});

test('the npm client reads and removes keys, and hears why it makes none', async () => {
  const { secret } = await rest.host.appPassword('jane', [
    'account',
    'account:write',
    'repository',
    'repository:admin',
    'project',
    'project:admin',
  ]);
  const auth = { username: 'jane', password: secret };
  const bitbucket = new Bitbucket({ baseUrl, notice: false, auth });
  const user = { selected_user: `{${rest.people.jane.id}}` };
  const { key } = await sshKey('jane');
  const { data } = await bitbucket.ssh.listKeys(user);
  const values = data['values'] as readonly { readonly uuid: string; readonly key: string }[];
  const own = values.find((each) => each.key === key);
  const named = { ...user, key_id: own?.uuid ?? '' };
  expect((await bitbucket.ssh.getKey(named)).data['key']).toBe(key);
  expect((await bitbucket.ssh.deleteKey(named)).status).toBe(204);
  await expect(bitbucket.ssh.getKey(named)).rejects.toMatchObject({ status: 404 });
  const made = { ...user, _body: { key: newPublicKey().line } };
  await expect(bitbucket.ssh.createKey(made)).rejects.toMatchObject({
    status: 403,
    error: { error: { message: WRONG_KIND } },
  });

  const here = { workspace: 'team', repo_slug: 'app' };
  const { number } = await accessKey('team/app', newPublicKey().line);
  const listed = await bitbucket.deploy.listKeys(here);
  expect((listed.data['values'] as readonly { id: number }[]).map(({ id }) => id)).toContain(number);
  const id = { ...here, key_id: String(number) };
  expect((await bitbucket.deploy.getKey(id)).data['type']).toBe('deploy_key');
  expect((await bitbucket.deploy.deleteKey(id)).status).toBe(204);
  await expect(bitbucket.deploy.getKey(id)).rejects.toMatchObject({ status: 404 });
});
