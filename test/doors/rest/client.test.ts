import type { AddressInfo } from 'node:net';

import { beforeAll, describe, expect, test } from 'vitest';
import { Bitbucket } from '../../support/bitbucket-client.ts';
import { openRest, type RestHost } from './rest-host.ts';

/** The client library that scripts on npm use against Bitbucket Cloud, over real HTTP, with only its address changed. */
let rest: RestHost;
let baseUrl: string;

beforeAll(async () => {
  rest = await openRest();
  await rest.app.listen({ host: '127.0.0.1', port: 0 });
  baseUrl = `http://127.0.0.1:${(rest.app.server.address() as AddressInfo).port}/2.0`;
});

const repository = { workspace: 'team', repo_slug: 'app' };

describe('with an app password', () => {
  const client = async (...scopes: string[]) => {
    const { secret } = await rest.host.appPassword('jane', scopes);
    return new Bitbucket({ baseUrl, notice: false, auth: { username: 'jane', password: secret } });
  };

  test('reads the account, the workspace and the repository', async () => {
    const bitbucket = await client('account', 'email', 'repository');
    expect((await bitbucket.users.getAuthedUser({})).data.username).toBe('jane');
    expect((await bitbucket.repositories.list({ workspace: 'team' })).data.values).toHaveLength(3);
    expect((await bitbucket.repositories.get(repository)).data.full_name).toBe('team/app');
  });

  test('reads branches, tags, commits and files', async () => {
    const bitbucket = await client('repository');
    const branch = await bitbucket.refs.getBranch({ ...repository, name: 'feature/x' });
    expect(branch.data.name).toBe('feature/x');
    expect((await bitbucket.refs.listTags(repository)).data.size).toBe(2);
    const commits = await bitbucket.commits.list({ ...repository, pagelen: 2 });
    expect(commits.data.values).toHaveLength(2);
    const next = await bitbucket.commits.listAt({ ...repository, revision: 'main', exclude: 'v1.0' });
    expect(next.data.values).toEqual([]);
    const bulk = await bitbucket.repositories.listCommitsAlt(repository);
    expect(bulk.data.values).toHaveLength(3);
    const file = await bitbucket.source.read({ ...repository, commit: 'main', path: 'README.md' });
    expect(file.data).toBe('# Read me\n');
  });

  test('makes and deletes a repository', async () => {
    const bitbucket = await client('repository', 'repository:admin', 'repository:delete');
    const made = { workspace: 'team', repo_slug: 'from-client' };
    const { status, data } = await bitbucket.repositories.create({
      ...made,
      _body: { type: 'repository', scm: 'git', description: 'By a client' },
    });
    expect(status).toBe(200);
    expect(data.description).toBe('By a client');
    expect((await bitbucket.repositories.delete(made)).status).toBe(204);
    await expect(bitbucket.repositories.get(made)).rejects.toMatchObject({ status: 404 });
  });

  test('is told which scope is missing', async () => {
    const bitbucket = await client('email');
    await expect(bitbucket.repositories.get(repository)).rejects.toMatchObject({
      status: 403,
      error: { error: { detail: { required: ['repository'], granted: ['email'] } } },
    });
  });
});

test('with a repository access token', async () => {
  const { secret } = await rest.host.accessToken('team/app', ['repository']);
  const bitbucket = new Bitbucket({ baseUrl, notice: false, auth: { token: secret } });
  expect((await bitbucket.repositories.get(repository)).data.full_name).toBe('team/app');
  await expect(bitbucket.users.getAuthedUser({})).rejects.toMatchObject({ status: 403 });
  await expect(bitbucket.repositories.get({ workspace: 'team', repo_slug: 'empty' })).rejects.toMatchObject({
    status: 404,
  });
});
