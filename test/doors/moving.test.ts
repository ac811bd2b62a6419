import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startSession, type Account } from '../../src/accounts/index.ts';
import { chooseBounds, pushLayer, type BoundsInput } from '../../src/credentials/index.ts';
import { createProject } from '../../src/hosting/index.ts';
import { basicHeader, openRest, type Answer, type RestHost } from './rest/rest-host.ts';

/** To another project goes what its access keys open from then on: that is for owners of the workspace. */
let rest: RestHost;
let main: string;
let other: string;

beforeAll(async () => {
  rest = await openRest();
  const { database } = rest.host.services;
  other = (await createProject(database, rest.ids.team, { key: 'OTHER', name: 'Other', description: '' }, 1))
    .id;
  main = (await projectOf()).id;
  await rest.host.role(rest.ids.app, rest.people.eve, 'admin');
});

const projectOf = () =>
  rest.host.services.database
    .selectFrom('repository')
    .innerJoin('project', 'project.id', 'repository.project_id')
    .select(['project.id', 'project.key'])
    .where('repository.id', '=', rest.ids.app)
    .executeTakeFirstOrThrow();

beforeEach(async () => {
  await rest.host.services.database
    .updateTable('repository')
    .set({ project_id: main })
    .where('id', '=', rest.ids.app)
    .execute();
});

async function confined(user: string, bounds: BoundsInput): Promise<string> {
  const { id, secret } = await rest.host.appPassword(user, ['repository:admin']);
  await rest.host.services.database.transaction().execute((trx) => pushLayer(trx, id, chooseBounds(bounds)));
  return basicHeader(user, secret);
}

const put = (authorization: string, project: object): Promise<Answer> =>
  rest.call('/2.0/repositories/team/app', authorization, {
    method: 'PUT',
    body: { description: 'Moved', project },
  });

describe('over REST', () => {
  test.each([
    [
      'a token of the repository',
      () => rest.bearer('team/app', 'repository:admin'),
      'not accessible by this authentication mechanism',
    ],
    [
      'an admin of it who owns nothing',
      () => rest.basic('eve', 'repository:admin'),
      'You must be owner of this workspace',
    ],
    [
      'a key that is confined to its project',
      () => confined('jane', { projects: [main] }),
      'confined, and this lies outside',
    ],
    [
      'a key that is confined to it',
      () => confined('jane', { repositories: [rest.ids.app] }),
      'confined, and this lies outside',
    ],
  ])('%s moves it nowhere, and changes nothing else', async (_who, present, says) => {
    const key = await present();
    for (const project of [{ key: 'OTHER' }, { uuid: `{${other}}` }, { key: 'NONE' }]) {
      const { status, json } = await put(key, project);
      expect(status).toBe(403);
      expect(json.error.message).toContain(says);
    }
    expect((await projectOf()).key).toBe('MAIN');
    const shown = await rest.call('/2.0/repositories/team/app', await rest.basic('jane', 'repository'));
    expect(shown.json.description).not.toBe('Moved');
    // Whoever writes back what they read moves nothing.
    for (const project of [{ key: 'main' }, { uuid: `{${main}}`, key: 'MAIN' }]) {
      expect((await put(key, project)).status).toBe(200);
    }
    await rest.host.services.database
      .updateTable('repository')
      .set({ description: '' })
      .where('id', '=', rest.ids.app)
      .execute();
  });

  test.each([
    ['a key of an owner', () => rest.basic('jane', 'repository:admin')],
    ['one that is confined to the whole workspace', () => confined('jane', { workspaces: [rest.ids.team] })],
    ['one that is good for one use', () => confined('jane', { uses: 1 })],
  ])('%s moves it', async (_who, present) => {
    const { status, json } = await put(await present(), { key: 'other' });
    expect(status).toBe(200);
    expect(json.project.key).toBe('OTHER');
    expect((await projectOf()).key).toBe('OTHER');
  });

  test('an owner is told which project there is not', async () => {
    const { status, json } = await put(await rest.basic('jane', 'repository:admin'), { key: 'NONE' });
    expect(status).toBe(400);
    expect(json.error.fields).toEqual({ project: ['There is no project "NONE" in this workspace.'] });
  });

  test('a key that is confined to a project makes nothing in any', async () => {
    const key = await confined('jane', { projects: [main] });
    for (const project of ['MAIN', 'OTHER']) {
      const body = { project: { key: project } };
      expect((await rest.call('/2.0/repositories/team/new', key, { method: 'POST', body })).status).toBe(403);
    }
  });
});

describe('on the page', () => {
  async function page(who: Account, path = '', form?: Record<string, string>): Promise<Answer> {
    const { services, now } = rest.host;
    const { token } = await startSession(services.database, who.id, { address: '', userAgent: '' }, now);
    return rest.call(`/team/app/settings${path}`, undefined, {
      ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form).toString() }),
      headers: {
        cookie: `__Host-latchkey=${token}`,
        'sec-fetch-site': 'same-origin',
        ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    });
  }
  const filled = (project: string) => ({
    name: 'app',
    slug: 'app',
    description: '',
    visibility: 'private',
    project,
  });

  test('an admin who owns nothing is offered no other project, and moves it nowhere', async () => {
    const { body, status } = await page(rest.people.eve);
    expect(status).toBe(200);
    expect(body).not.toContain('name="project"');
    expect(body).not.toContain('OTHER');
    expect(body).toContain('Owners of the workspace can move it to another project.');
    const refused = await page(rest.people.eve, '', filled('OTHER'));
    expect(refused.status).toBe(403);
    expect((await projectOf()).key).toBe('MAIN');
    expect((await page(rest.people.eve, '', { ...filled('MAIN'), description: 'By Eve' })).status).toBe(303);
  });

  test('an admin who owns nothing there does not carry it off to a workspace of their own', async () => {
    const { body, status } = await page(rest.people.eve, '/transfer');
    expect(status).toBe(200);
    expect(body).toContain('Ask an owner of team to move this one to another workspace.');
    expect((await page(rest.people.eve, '/transfer/elsewhere')).status).toBe(403);
    const refused = await page(rest.people.eve, '/transfer/elsewhere', {});
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('Owners of the workspace can do it.');
    const there = await rest.call('/2.0/repositories/team/app', await rest.basic('jane', 'repository'));
    expect(there.status).toBe(200);
  });

  const moveToOther = () =>
    rest.host.services.database
      .updateTable('repository')
      .set({ project_id: other })
      .where('id', '=', rest.ids.app)
      .execute();

  test('an admin who owns nothing changes it though an owner moved it meanwhile', async () => {
    expect((await page(rest.people.eve)).body).toContain('name="project_was" value="MAIN"');
    await moveToOther();
    const form = { ...filled('MAIN'), description: 'By Eve again', project_was: 'MAIN' };
    expect((await page(rest.people.eve, '', form)).status).toBe(303);
    expect((await projectOf()).key).toBe('OTHER');
  });

  test('an owner who chose no project moves it nowhere, also where the form is shown again', async () => {
    const stale = { ...filled('MAIN'), project_was: 'MAIN' };
    await moveToOther();
    const again = await page(rest.people.jane, '', { ...stale, name: '' });
    expect(again.status).toBe(422);
    expect(again.body).toContain('name="project_was" value="MAIN"');
    expect((await page(rest.people.jane, '', { ...stale, visibility: 'public' })).body).toContain(
      'name="project_was" value="MAIN"',
    );
    expect((await page(rest.people.jane, '', { ...stale, description: 'By Jane' })).status).toBe(303);
    expect((await projectOf()).key).toBe('OTHER');
  });

  test('an owner moves it', async () => {
    expect((await page(rest.people.jane)).body).toContain('<option value="OTHER"');
    const form = { ...filled('OTHER'), project_was: 'MAIN' };
    expect((await page(rest.people.jane, '', form)).status).toBe(303);
    expect((await projectOf()).key).toBe('OTHER');
  });
});
