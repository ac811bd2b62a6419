import { beforeAll, describe, expect, inject, it } from 'vitest';
import { GRANULAR_SCOPE_NAMES } from '../../../src/gate/index.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { hostOfMany, numbered, type HostOfMany } from './many.ts';

let host: HostOfMany;

/** What stands within a section of a page. */
const section = (page: string, id: string): string =>
  new RegExp(`<section aria-labelledby="${id}">([\\s\\S]*?)</section>`).exec(page)?.[1] ?? '';

/** The page of an address, which has to be small, with its characters as they are read. */
async function small(path: string): Promise<string> {
  const text = await host.page(path);
  expect(Buffer.byteLength(text), path).toBeLessThan(60 * 1024);
  return text;
}

const people = (text: string) =>
  [...text.matchAll(/<span class="quiet">employee-number-(\d+)<\/span>/g)].map(([, number]) => number);
const codes = (text: string) =>
  [...text.matchAll(/<code>(ada|employee-[^<]+)<\/code>/g)].map(([, name]) => name);
const employee = (number: string) => `employee-number-${number}`;
const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => numbered(first + index));

/** What nobody is called, and what no search may stumble over. */
const HOSTILE = ['a\0b', 'é'.repeat(300), '%', '_', '\\', "' or 1=1 --", '<b>"&', ' \u202e'];

function suite(kind: 'sqlite' | 'postgres'): void {
  beforeAll(async () => {
    host = await hostOfMany(kind);
  });

  it('who and what may enter a repository, each list page by page', async () => {
    const overview = '/acme/app/settings/overview';
    const first = await small(overview);
    expect(people(section(first, 'people'))).toEqual(from(1, 9));
    for (const [id, words] of [
      ['own', '1–10 of 12'],
      ['people', '1–10 of 201'],
      ['groups', '1–10 of 200'],
      ['personal', '1–10 of 12'],
    ] as const)
      expect(section(first, id), id).toContain(words);
    // What somebody holds by two hundred groups is said in a line.
    expect(section(first, 'people')).toContain(
      'by itself, @team-number-001 (write), @team-number-002 (write)',
    );
    expect(section(first, 'people')).toContain('and 197 more');
    expect(section(first, 'groups')).toContain('200 members');

    const second = await small(`${overview}?people=2&own=2`);
    expect(people(section(second, 'people'))).toEqual(from(10, 19));
    expect(section(second, 'own')).toContain('11–12 of 12');
    expect(section(second, 'groups')).toContain('1–10 of 200');
    expect(section(second, 'people')).toContain(`href="${overview}?own=2&amp;people=3#people">Next</a>`);
    expect(await small(`${overview}?groups=30`)).toContain('There is no page 30');

    const found = section(await small(`${overview}?person=NUMBER-19&people=1`), 'people');
    expect(people(found)).toEqual(from(190, 199));
    for (const [typed, who] of [
      ['élodie', '077'],
      ['ÉLODIE č', '077'],
      ['Čapek', '077'],
      ['E\u0301lodie', '077'],
      ['JÖRG MÜLLER', '078'],
      ['jörg', '078'],
      ['McÉwan', '079'],
    ] as const)
      expect(
        people(section(await small(`${overview}?person=${encodeURIComponent(typed)}`), 'people')),
        typed,
      ).toEqual([who]);
    await small(`${overview}?person=${'x'.repeat(10_000)}`);
    expect(people(section(await small(`${overview}?person=%25`), 'people'))).toEqual([]);
  });

  it('who and what can push to a branch, each list page by page', async () => {
    const whoCan = '/acme/app/settings/who-can?branch=release%2F001%2Fx';
    const first = await small(whoCan);
    expect(first).toContain('200 people, 0 credentials of machines and 12 credentials of people');
    expect(people(section(first, 'people'))).toEqual(from(1, 10));
    expect(section(first, 'groups')).toContain('1–10 of 200');
    expect(section(first, 'groups')).toContain('Employee Number 004 of Acme and 196 more');
    const second = await small(`${whoCan}&people=2&personal=2`);
    expect(people(section(second, 'people'))).toEqual(from(11, 20));
    expect(section(second, 'personal')).toContain('11–12 of 12');
    expect(section(second, 'people')).toContain(
      'href="/acme/app/settings/who-can?branch=release%2F001%2Fx&amp;people=3&amp;personal=2#people">Next</a>',
    );
    const found = await small(`${whoCan}&person=%C3%89LODIE`);
    expect(people(section(found, 'people'))).toEqual(['077']);
    expect(found).toContain('<input type="hidden" name="branch" value="release/001/x">');
    const merging = await small('/acme/app/settings/who-can?branch=main&to=merge');
    expect(merging).toContain('Can merge pull requests into <code>refs/heads/main</code>');
    expect(merging).toContain(
      'href="/acme/app/settings/who-can?branch=main&amp;to=merge&amp;people=2#people"',
    );
    expect(section(await small('/acme/app/settings/who-can?branch=main'), 'machines')).toContain(
      '1–10 of 12',
    );
  });

  it('the people of the host, for its administrators', async () => {
    const users = '/-/admin/users';
    const first = await small(users);
    expect(codes(first)).toEqual(['ada', ...from(1, 24).map(employee)]);
    expect(first).toContain('1–25 of 201');
    expect(codes(await small(`${users}?page=2`))).toEqual(from(25, 49).map(employee));
    expect(codes(await small(`${users}?page=9`))).toEqual([employee('200')]);
    expect(await small(`${users}?name=nobody`)).toContain('Nothing was found');
    const named = await small(`${users}?name=-1`);
    expect(codes(named)).toEqual(from(100, 124).map(employee));
    expect(named).toContain(`href="${users}?name=-1&amp;page=2">Next</a>`);
    expect(named).toContain('name="name" value="-1"');
    // By e-mail address as well, and the page says so.
    expect(first).toContain('Name or e-mail address contains');
    expect(codes(await small(`${users}?name=number-077%40engineering`))).toEqual([employee('077')]);
    expect(codes(await small(`${users}?name=%C3%A9lodie`))).toEqual([employee('077')]);
    expect(await small(`${users}?name=-1&page=7`)).toContain(
      `href="${users}?name=-1&amp;page=4">Go to page 4</a>`,
    );
  });

  it('the members of a workspace', async () => {
    const members = '/acme/-/members';
    const first = await small(members);
    expect(codes(first)).toEqual(['ada', ...from(1, 24).map(employee)]);
    expect(codes(await small(`${members}?page=2`))).toEqual(from(25, 49).map(employee));
    const found = await small(`${members}?name=%20Number%20077`);
    expect(found).toContain('Nothing was found');
    expect(codes(await small(`${members}?name=capek`))).toEqual([]);
    expect(codes(await small(`${members}?name=%C4%8CAPEK`))).toEqual([employee('077')]);
    // Members do not see each other’s addresses, and find nobody by them.
    expect(codes(await small(`${members}?name=engineering`))).toEqual([]);
    const refused = await host.send(members, { user: 'nobody', membership: 'member' });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('1–25 of 201')]);
    expect(Buffer.byteLength(refused.text)).toBeLessThan(60 * 1024);
  });

  it('the groups of a workspace, and the people in one', async () => {
    const groups = '/acme/-/groups';
    const slugs = (text: string) =>
      [...text.matchAll(/<code>@team-number-(\d+)<\/code>/g)].map(([, each]) => each);
    const first = await small(groups);
    expect(slugs(first)).toEqual(from(1, 25));
    expect(first).toContain('data-label="People in it">200</td>');
    expect(slugs(await small(`${groups}?name=NUMBER-17&page=1`))).toEqual(from(170, 179));
    const one = `${groups}/team-number-001`;
    expect(codes(await small(one))).toEqual(from(1, 25).map(employee));
    expect(codes(await small(`${one}?page=8`))).toEqual(from(176, 200).map(employee));
    expect(codes(await small(`${one}?name=%C3%A9lodie`))).toEqual([employee('077')]);
    const refused = await host.send(`${one}/add`, { user: 'nobody' });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('There is no user')]);
  });

  it('the projects of a workspace', async () => {
    const projects = '/acme/-/projects';
    const keys = (text: string) => [...text.matchAll(/<code>(MAIN|PRJ\d+)<\/code>/g)].map(([, key]) => key);
    const all = await small(projects);
    expect(all).not.toContain('second paragraph');
    expect(keys(all)).toEqual(['MAIN', ...from(1, 24).map((each) => `PRJ${each}`)]);
    expect(keys(await small(`${projects}?page=9`))).toEqual(['PRJ200']);
    expect(keys(await small(`${projects}?name=project%20number%2019`))).toEqual(
      from(190, 199).map((each) => `PRJ${each}`),
    );
    expect(keys(await small(`${projects}?name=prj007`))).toEqual(['PRJ007']);
  });

  it('the people and groups with a role on a repository', async () => {
    const access = '/acme/app/settings/access';
    const first = await small(access);
    expect(people(first)).toEqual(from(1, 25));
    expect(first).toContain('1–25 of 400');
    expect(first).toContain('@team-number-004 (5 members) and 196 more.');
    // People, then groups.
    expect(people(await small(`${access}?page=8`))).toEqual(from(176, 200));
    const groups = await small(`${access}?page=9`);
    expect(people(groups)).toEqual([]);
    expect(groups).toContain('<span class="quiet">@team-number-001</span>');
    const found = await small(`${access}?name=NUMBER-19`);
    expect(people(found)).toEqual(from(190, 199));
    expect(found).toContain('@team-number-199');
    expect(found).not.toContain('<span class="quiet">@team-number-001');
    expect(people(await small(`${access}?name=%C3%A9lodie`))).toEqual(['077']);
    expect(await small(`${access}/revoke?holder=%40team-number-150`)).toContain('Team Number 150');
    expect(await small(`${access}/revoke?holder=employee-number-150`)).toContain(
      'Employee Number 150 of Acme',
    );
    const lowered = await host.send(access, { user: '@team-number-150', role: 'read' });
    expect(lowered.text).toContain('Lower the role of Team Number 150 from Write to Read?');
    const refused = await host.send(access, { user: '@nobody', role: 'read' });
    expect([refused.status, refused.text]).toEqual([404, expect.stringContaining('There is no group')]);
  });

  it('branch restrictions, and whom one names', async () => {
    const restrictions = '/acme/app/settings/branch-restrictions';
    const patterns = (text: string) =>
      [...text.matchAll(/<code>release\/(\d+)\/\*<\/code>/g)].map(([, each]) => each);
    const first = await small(restrictions);
    expect(patterns(first)).toEqual(from(1, 25));
    expect(people(first).slice(0, 6)).toEqual([...from(1, 3), ...from(1, 3)]);
    const [, one = ''] =
      /href="([^"]+)" aria-label="All who are named for release\/001\/\*">and 197 more</.exec(first) ?? [];
    expect(people(await small(one))).toEqual(from(1, 200));
    expect(patterns(await small(`${restrictions}?page=8`))).toEqual(from(176, 200));
    expect(await small(`${restrictions}?page=9`)).toContain('There is no page 9');

    for (const id of ['2147483648', '999999999999', '0', 'x'])
      expect((await host.send(`${restrictions}/${id}/remove`, {})).status, id).toBe(404);

    // So many are named by typing, and what was typed stays.
    const typed = {
      kind: 'push',
      pattern: 'trunk',
      users: 'employee-number-003\r\nemployee-number-200, ada',
    };
    const refused = await host.send(restrictions, { ...typed, groups: 'nobodies' });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('There is no group')]);
    expect(refused.text).toContain('employee-number-003\nemployee-number-200\nada</textarea>');
    expect((await host.send(restrictions, { ...typed, groups: 'team-number-150' })).status).toBe(303);
    const last = await small(`${restrictions}?page=9`);
    expect(people(last)).toEqual(['003', '200']);
    expect(last).toContain('@team-number-150');

    // Each kind has fields of its own, and those of the others say nothing.
    const merging = { pattern: 'trunk', kind: 'restrict_merges', users: 'nobody', merge_users: 'ada' };
    expect((await host.send(restrictions, merging)).status).toBe(303);
    const approved = { pattern: 'trunk', kind: 'require_approvals_to_merge', merge_users: 'nobody' };
    const field = 'require_approvals_to_merge_value';
    for (const value of ['', '0', '2.5', 'many']) {
      const wrong = await host.send(restrictions, { ...approved, [field]: value });
      expect([wrong.status, wrong.text], value).toEqual([422, expect.stringContaining('from 1 to 100.')]);
      expect(wrong.text).toMatch(new RegExp(`name="${field}"[^>]*aria-invalid="true"[^>]*value="${value}"`));
    }
    expect((await host.send(restrictions, { ...approved, [field]: '2' })).status).toBe(303);
    const ruled = await small(`${restrictions}?page=9`);
    expect(ruled).toContain('Merging takes approvals: at least 2');
    expect(ruled).toMatch(/Only those named may merge into it<\/td><td[^>]*><ul[^>]*><li>ada /);
  });

  it('who and what may enter a workspace', async () => {
    const access = '/acme/-/access';
    const first = await small(access);
    expect(people(section(first, 'people'))).toEqual(from(1, 9));
    expect(section(first, 'people')).toContain('1–10 of 201');
    expect(section(first, 'groups')).toContain('@team-number-010');
    const second = await small(`${access}?people=2&groups=20`);
    expect(people(section(second, 'people'))).toEqual(from(10, 19));
    expect(section(second, 'groups')).toContain('191–200 of 200');
    expect(people(section(await small(`${access}?person=%C3%A9lodie`), 'people'))).toEqual(['077']);
    // Who searches among people comes back to the lists as they were.
    const ended = section(await small(`${access}?show=ended&groups=2&people=3&person=number-1`), 'people');
    const kept = [...ended.matchAll(/type="hidden" name="([^"]+)" value="([^"]+)"/g)];
    expect(kept.map(([, name, value]) => `${name}=${value}`)).toEqual(['show=ended', 'groups=2']);
  });

  it('the own workspaces, of which every page names a few', async () => {
    const links = (text: string) =>
      [...text.matchAll(/<a href="\/([a-z]+(?:-\d+)?)"><strong>/g)].map(([, slug]) => slug);
    const home = await small('/');
    expect(links(home)).toEqual(['acme', ...from(1, 24).map((each) => `subsidiary-${each}`)]);
    expect(home).toContain('1–25 of 201');
    expect(links(await small('/?page=9'))).toEqual(['subsidiary-200']);
    expect(links(await small('/?name=NUMBER%2019'))).toEqual(
      from(190, 199).map((each) => `subsidiary-${each}`),
    );
    const [, switcher = ''] =
      /<details class="menu workspace-menu">([\s\S]*?)<\/details>/.exec(await small('/subsidiary-150')) ?? [];
    expect(switcher).toContain('<span class="menu-word">Subsidiary Number 150 of Acme</span>');
    expect([...switcher.matchAll(/<li>/g)]).toHaveLength(14);
    expect(switcher).toContain('<a href="/">All 201 workspaces</a>');
  });

  it('a project that a repository comes into is named by typing, and found by letters of its name', async () => {
    const suggested = (text: string) => {
      const [, list = ''] = /<datalist id="field-project-list">([\s\S]*?)<\/datalist>/.exec(text) ?? [];
      return [...list.matchAll(/value="([^"]+)"/g)].map(([, key]) => key);
    };
    const keys = (first: number, last: number) => from(first, last).map((each) => `PRJ${each}`);
    const form = '/acme/-/new-repository';
    const fresh = await small(form);
    expect(fresh).toMatch(/name="project"[^>]* value="MAIN"[^>]* list="field-project-list"/);
    expect(fresh).toContain('There are 201: type the key of one');
    expect(suggested(fresh)).toEqual(['MAIN', ...keys(1, 24)]);

    const typed = { name: 'Typed', project: 'number 19' };
    const refused = await host.send(form, typed);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(
      'There is no project &quot;number 19&quot; in this workspace. Similar: Project Number 190 (PRJ190),',
    );
    expect(refused.text).toContain('Project Number 193 (PRJ193) and 6 more.');
    expect(suggested(refused.text)).toEqual(keys(190, 199));
    expect(refused.text).toContain('value="number 19"');
    expect(suggested((await host.send(form, { ...typed, project: 'nothing' })).text)[0]).toBe('MAIN');
    expect((await host.send(form, { ...typed, project: ' prj193 ' })).status).toBe(303);

    const settings = '/acme/typed/settings';
    expect(await small(settings)).toMatch(/name="project"[^>]* value="PRJ193"/);
    const kept = { name: 'Typed', slug: 'typed', visibility: 'private', project_was: 'PRJ193' };
    const again = await host.send(settings, { ...kept, project: 'number 18' });
    expect(again.status).toBe(422);
    expect(suggested(again.text)).toEqual(keys(180, 189));
    expect((await host.send(settings, { ...kept, project: 'PRJ150' })).status).toBe(303);
    expect(await small(settings)).toMatch(/name="project"[^>]* value="PRJ150"/);
  });

  it('a workspace that a repository goes to likewise', async () => {
    const transfer = '/acme/app/settings/transfer';
    const first = await small(transfer);
    // All others but the one in which she may create none.
    expect(first).toContain('There are 199: type the name of one in its address');
    expect(first).not.toContain('subsidiary-013');
    expect(first).toContain('subsidiary-014');
    const like = await host.ask(`${transfer}?to=NUMBER%2019`);
    expect([like.status, Buffer.byteLength(like.text) < 60 * 1024]).toEqual([422, true]);
    expect(like.text).toContain(
      'There is no other workspace “NUMBER 19” in which you may create repositories.',
    );
    expect(like.text).toContain('Similar: Subsidiary Number 190 of Acme (subsidiary-190),');
    for (const to of ['subsidiary-013', 'acme', 'x'.repeat(5000), '%25'])
      expect((await host.ask(`${transfer}?to=${to}`)).status, to).toBe(422);
    expect(await host.ask(`${transfer}?to=Subsidiary-150`)).toMatchObject({
      status: 303,
      location: `${transfer}/subsidiary-150`,
    });
  });

  it('what was deleted, and is found to be restored all the same', async () => {
    const deleted = '/acme/-/deleted';
    const names = (text: string) =>
      [...text.matchAll(/aria-label="Restore gone-(\d+)"/g)].map(([, each]) => each);
    expect(names(await small(deleted))).toEqual(from(1, 25));
    const last = await small(`${deleted}?page=8`);
    expect(names(last)).toEqual(from(176, 200));
    const [, id = ''] =
      /value="(\{[0-9a-f-]{36}\})"><button[^>]*aria-label="Restore gone-200"/.exec(last) ?? [];
    expect((await host.send(deleted, { repository: id })).status).toBe(303);
    expect((await host.send(deleted, { repository: id })).status).toBe(404);
    expect((await host.send(deleted, { repository: 'GONE-199' })).status).toBe(303);
    expect(names(await small(`${deleted}?page=8`))).toEqual(from(176, 198));
  });

  it.each(kind === 'sqlite' ? HOSTILE : HOSTILE.slice(0, 2))(
    'nothing is found by %j, and nothing fails',
    async (typed) => {
      for (const [path, name] of [
        ['/', 'name'],
        ['/-/admin/users', 'name'],
        ['/acme/-/members', 'name'],
        ['/acme/-/groups', 'name'],
        ['/acme/-/projects', 'name'],
        ['/acme/app/settings/access', 'name'],
        ['/acme/app/settings/overview', 'person'],
        ['/acme/-/access', 'person'],
      ] as const) {
        const text = await small(`${path}?${name}=${encodeURIComponent(typed)}`);
        expect(text, path).toMatch(/Nothing was found|of a name like/);
        expect(text, path).not.toContain('<b>"&');
      }
    },
  );

  it('keys with every scope there is name some of them in a list, and all on their own page', async () => {
    for (let made = 0; made < 20; made++) await host.apiToken('ada', GRANULAR_SCOPE_NAMES);
    const list = await small('/account/settings/api-tokens');
    await small('/account/settings/access');
    expect(list).toContain(`and ${GRANULAR_SCOPE_NAMES.length - 12} more scopes`);
    const [, one = ''] = /href="(\/account\/settings\/api-tokens\/cred_[^"]+)"/.exec(list) ?? [];
    const page = await small(one);
    for (const scope of GRANULAR_SCOPE_NAMES) expect(page).toContain(scope);
  });
}

describe('lists of two hundred come in pages that stay small', () => suite('sqlite'));
if (inject('database') === 'sqlite')
  await describeOnPostgres('on PostgreSQL as well', () => suite('postgres'));
