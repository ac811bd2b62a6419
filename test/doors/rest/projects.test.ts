import { beforeAll, expect, test } from 'vitest';
import { createProject } from '../../../src/hosting/index.ts';
import { openRest, PUBLIC_URL, type RestHost } from './rest-host.ts';

let rest: RestHost;
let jane: string;

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'project');
  const wanted = { key: 'LIBS', name: 'Libraries', description: 'What others build on' };
  await createProject(rest.host.services.database, rest.ids.team, wanted, 1_790_000_000_000);
});

const keys = async (query: string): Promise<string[]> => {
  const { status, json } = await rest.call(`/2.0/workspaces/team/projects${query}`, jane);
  expect(status).toBe(200);
  return json.values.map(({ key }: { key: string }) => key);
};

test('the projects of a workspace are listed, filtered and paged', async () => {
  const all = await keys('');
  expect(all).toContain('LIBS');
  expect(all.length).toBeGreaterThan(1);
  expect(await keys('?q=key="LIBS"')).toEqual(['LIBS']);
  expect(await keys('?q=name ~ "librar"')).toEqual(['LIBS']);
  expect(await keys('?pagelen=1&page=2')).toEqual([all[1]]);
  const refused = await rest.call('/2.0/workspaces/team/projects?q=owner="x"', jane);
  expect(refused.status).toBe(400);
});

test('one is found by key and by id, with the fields and links that tools read', async () => {
  const { json: project } = await rest.call('/2.0/workspaces/team/projects/libs', jane);
  expect(project).toMatchObject({
    type: 'project',
    key: 'LIBS',
    name: 'Libraries',
    description: 'What others build on',
    is_private: true,
    created_on: '2026-09-21T14:13:20.000000+00:00',
    owner: { type: 'team', username: 'team' },
    workspace: { type: 'workspace', slug: 'team', uuid: `{${rest.ids.team}}` },
    links: { self: { href: `${PUBLIC_URL}/2.0/workspaces/team/projects/LIBS` } },
  });
  for (const name of [encodeURIComponent(project.uuid), project.uuid, 'LIBS']) {
    expect((await rest.call(`/2.0/workspaces/team/projects/${name}`, jane)).json).toEqual(project);
  }
  const missing = await rest.call('/2.0/workspaces/team/projects/NONE', jane);
  expect(missing).toMatchObject({ status: 404, json: { type: 'error' } });
});

test('the links of workspaces, repositories and projects lead from one to the other', async () => {
  const read = async (href: string) => {
    const { pathname, search } = new URL(href);
    const answer = await rest.call(`${pathname}${search}`, await rest.basic('jane', 'project', 'account'));
    expect(answer.status, href).toBe(200);
    return answer.json;
  };
  const workspace = await read(`${PUBLIC_URL}/2.0/workspaces/team`);
  const projects = await read(workspace.links.projects.href);
  const main = projects.values.find(({ key }: { key: string }) => key !== 'LIBS');
  const repositories = await read(main.links.repositories.href);
  expect(repositories.size).toBeGreaterThan(0);
  for (const repository of repositories.values) {
    expect(repository.project.key).toBe(main.key);
    expect((await read(repository.project.links.self.href)).uuid).toBe(main.uuid);
  }
});

test('they take the scope project, and a workspace that is not there for a stranger has none', async () => {
  const other = await rest.basic('jane', 'repository');
  expect((await rest.call('/2.0/workspaces/team/projects', other)).status).toBe(403);
  const token = await rest.bearer('team/app', 'repository');
  expect((await rest.call('/2.0/workspaces/team/projects', token)).status).toBe(403);
  expect((await rest.call('/2.0/workspaces/nowhere/projects', jane)).status).toBe(404);
});
