import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { openRest, PUBLIC_URL, type RestHost } from './rest-host.ts';

let rest: RestHost;

const slugs = async (url: string, who: string): Promise<string[]> => {
  const { status, json } = await rest.call(url, who);
  expect(status, url).toBe(200);
  expect(json.size).toBe(json.values.length);
  return json.values.map(
    (value: { slug?: string; workspace?: { slug: string } }) => value.slug ?? value.workspace?.slug,
  );
};
let amy: string;

beforeAll(async () => {
  rest = await openRest();
  const { host } = rest;
  await host.workspace('quiet', 'eve');
  const [own, member, group, gone] = ['amys', 'belongs', 'grouped', 'deleted'] as const;
  const account = await host.person('amy');
  await host.workspace(own, 'amy');
  const ids = new Map<string, string>();
  for (const slug of [member, group, gone]) ids.set(slug, await host.workspace(slug, 'eve'));
  await host.member(ids.get(member) ?? '', account);
  await host.role(rest.ids.app, account, 'read');
  const grouped = await host.repository(ids.get(group) ?? '', 'x');
  const left = await host.repository(ids.get(gone) ?? '', 'x');
  const { database } = host.services;
  const groupId = randomUUID();
  await database
    .insertInto('workspace_group')
    .values({
      id: groupId,
      workspace_id: ids.get(group) ?? '',
      slug: 'g',
      name: 'g',
      created_at: 1,
    })
    .execute();
  await database
    .insertInto('workspace_group_member')
    .values({ group_id: groupId, account_id: account.id, created_at: 1 })
    .execute();
  await database
    .insertInto('repository_role')
    .values({
      repository_id: grouped,
      subject_type: 'group',
      subject_id: groupId,
      role: 'write',
      created_at: 1,
    })
    .execute();
  await host.role(left, account, 'admin');
  await database.updateTable('repository').set({ deleted_at: 1 }).where('id', '=', left).execute();
  amy = await rest.basic('amy', 'account', 'repository');
});

describe('the workspaces of an account', () => {
  test('are those it belongs to and those it only holds a role in, by itself or by a group', async () => {
    const all = ['amys', 'belongs', 'grouped', 'team'];
    expect(await slugs('/2.0/user/workspaces', amy)).toEqual(all);
    expect(await slugs('/2.0/workspaces', amy)).toEqual(all);
    const { json } = await rest.call('/2.0/user/workspaces', amy);
    expect(json.values.map(({ administrator }: { administrator: boolean }) => administrator)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    for (const slug of all) expect((await rest.call(`/2.0/repositories/${slug}`, amy)).status).toBe(200);
  });

  test('can be filtered and sorted', async () => {
    expect(await slugs('/2.0/user/workspaces?administrator=true', amy)).toEqual(['amys']);
    expect(await slugs('/2.0/user/workspaces?administrator=false', amy)).toEqual([
      'belongs',
      'grouped',
      'team',
    ]);
    expect(await slugs('/2.0/user/workspaces?sort=-slug', amy)).toEqual([
      'team',
      'grouped',
      'belongs',
      'amys',
    ]);
    expect(await slugs('/2.0/user/workspaces?q=slug="team"', amy)).toEqual(['team']);
    expect(await slugs('/2.0/workspaces?role=owner', amy)).toEqual(['amys']);
    expect(await slugs('/2.0/workspaces?role=collaborator', amy)).toEqual(['amys', 'grouped']);
    expect(await slugs('/2.0/workspaces?role=member', amy)).toHaveLength(4);
    expect(await slugs('/2.0/workspaces?q=slug ~ "am" AND is_private=true', amy)).toEqual(['amys', 'team']);
    expect(await slugs('/2.0/workspaces?q=is_private=false', amy)).toEqual([]);
    expect(await slugs('/2.0/workspaces?sort=-created_on', amy)).toHaveLength(4);
    const paged = await rest.call('/2.0/user/workspaces?administrator=false&sort=-slug&pagelen=2', amy);
    expect(await rest.call(paged.json.next.slice(PUBLIC_URL.length), amy)).toMatchObject({
      json: { size: 3, page: 2, values: [{ workspace: { slug: 'belongs' } }] },
    });
    for (const query of ['administrator=maybe', 'sort=name', 'q=name="x"', 'q=%25', 'sort=-']) {
      expect((await rest.call(`/2.0/user/workspaces?${query}`, amy)).status, query).toBe(400);
    }
    for (const query of ['sort=administrator', 'q=owner="x"', 'q=created_on > "yesterday"']) {
      expect((await rest.call(`/2.0/workspaces?${query}`, amy)).status, query).toBe(400);
    }
  });
});
