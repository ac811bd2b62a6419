import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listCredentialObservations, listCredentialUses } from '../../../src/acts/credentials/uses.ts';
import { narrowCredential } from '../../../src/acts/credentials/narrow.ts';
import { pauseCredential, resumeCredential } from '../../../src/acts/credentials/pause.ts';
import { replaceCredential } from '../../../src/acts/credentials/replace.ts';
import { revokeCredential } from '../../../src/acts/credentials/revoke.ts';
import {
  chooseBounds,
  createCredential,
  findById,
  livingIds,
  pushLayer,
} from '../../../src/credentials/index.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { basicHeader, openRest, type Answer, type RestHost } from './rest-host.ts';

let rest: RestHost;
beforeAll(async () => {
  rest = await openRest();
});

const DERIVED = '/2.0/latchkey/credentials/derived';
const SELF = '/2.0/latchkey/credentials/self';
const APP = '/2.0/repositories/team/app';
const HOUR = 3_600_000;

const derive = (who: string, body: object = {}) =>
  rest.call(DERIVED, who, {
    method: 'POST',
    body: { label: 'job 7', scopes: ['repository'], ...body },
  });

/** A derived token, ready to be presented as its parent is. */
async function derived(who: string, body: object = {}): Promise<{ id: string; secret: string; who: string }> {
  const { status, json, body: text } = await derive(who, body);
  expect(status, text).toBe(201);
  const { id, secret, username, presented } = json;
  return {
    id,
    secret,
    who: presented.rest.includes('bearer') ? `Bearer ${secret}` : basicHeader(username, secret),
  };
}

const operator = <Op extends Parameters<typeof enterAsOperator>[1]>(operation: Op) =>
  enterAsOperator(rest.host.services, operation, [{ type: 'host' }]);

const refused = async (who: string, status: number, url = APP): Promise<Answer> => {
  const answer = await rest.call(url, who);
  expect(answer.status, answer.body).toBe(status);
  return answer;
};

const rows = async (): Promise<number> =>
  Number(
    (
      await rest.host.services.database
        .selectFrom('credential')
        .select(({ fn }) => fn.countAll().as('n'))
        .executeTakeFirstOrThrow()
    ).n,
  );

/** A credential of each kind that derives, with the secret as it is presented. */
const PARENTS: Readonly<Record<string, () => Promise<{ who: string; scope: string }>>> = {
  app_password: async () => ({ who: await rest.basic('jane', 'repository:write'), scope: 'repository' }),
  api_token: async () => {
    const { secret } = await rest.host.apiToken('jane', [
      'read:repository:bitbucket',
      'write:repository:bitbucket',
    ]);
    return { who: basicHeader('jane', secret), scope: 'read:repository:bitbucket' };
  },
  repository_access_token: async () => ({
    who: await rest.bearer('team/app', 'repository:write'),
    scope: 'repository',
  }),
  workspace_access_token: async () => ({
    who: `Bearer ${(await rest.host.workspaceToken('team', ['repository:write'])).secret}`,
    scope: 'repository',
  }),
};

describe.each(Object.keys(PARENTS))('what is derived from one of kind %s', (kind) => {
  let parent: { who: string; scope: string };
  beforeEach(async () => {
    parent = (await PARENTS[kind]?.()) ?? parent;
  });

  test('is presented as that one is, acts as the same one, and may do what its own scopes say', async () => {
    const parentSelf = (await rest.call(SELF, parent.who)).json;
    const answer = await derive(parent.who, { scopes: [parent.scope] });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json).toMatchObject({
      type: 'derived_token',
      kind,
      label: 'job 7',
      scopes: [parent.scope],
      bounds: [],
      derived_from: parentSelf.id,
      secret: expect.stringMatching(/^lkdt_[0-9A-Za-z]{38}$/),
      expires_on: new Date(rest.host.now + HOUR).toISOString().replace('Z', '000+00:00'),
    });
    const { who, id, secret } = await derived(parent.who, { scopes: [parent.scope] });
    const self = await rest.call(SELF, who);
    expect(self.json).toMatchObject({ id, kind, scopes: [parent.scope], owner: parentSelf.owner });
    expect(self.headers['x-credential-type']).toBe(parentSelf.credential_type);
    expect(self.body).not.toContain(secret);
    expect((await rest.call(APP, who)).status).toBe(200);
    // Its parent may write; it may not.
    const write = { method: 'POST', body: { name: `by-${kind}`, target: { hash: 'main' } } } as const;
    expect((await rest.call(`${APP}/refs/branches`, who, write)).status).toBe(403);
    expect((await rest.call(`${APP}/refs/branches`, parent.who, write)).status).toBe(201);
    // Presented in the form of another kind it opens nothing.
    const other = who.startsWith('Bearer') ? basicHeader('jane', secret) : `Bearer ${secret}`;
    await refused(other, 401);
  });

  test('pauses, goes on and ends with it', async () => {
    const { id } = (await rest.call(SELF, parent.who)).json;
    const child = await derived(parent.who, { scopes: [parent.scope], label: 'child' });
    const grandchild = await derived(child.who, { scopes: [parent.scope], label: 'grandchild' });
    await pauseCredential(rest.host.services, await operator('credential.pause'), id);
    const { json } = await refused(child.who, 403);
    expect(json.error.data.hint).toContain(`that came of ${id}, which is paused`);
    await refused(grandchild.who, 403);
    await resumeCredential(rest.host.services, await operator('credential.resume'), id);
    expect((await rest.call(APP, grandchild.who)).status).toBe(200);
    await revokeCredential(rest.host.services, await operator('credential.revoke'), id);
    await refused(child.who, 401);
    await refused(grandchild.who, 401);
    expect((await derive(child.who)).status).toBe(401);
  });

  test('is confined by what narrows its parent afterwards', async () => {
    const { id } = (await rest.call(SELF, parent.who)).json;
    const child = await derived(parent.who, { scopes: [parent.scope] });
    const narrowed = { networks: ['203.0.113.0/24'] };
    await narrowCredential(rest.host.services, await operator('credential.narrow'), id, narrowed);
    const { json } = await refused(child.who, 403);
    expect(JSON.stringify(json)).toContain('203.0.113.0/24');
  });
});

describe('a derived token has nothing that its parent has not', () => {
  test('no scope, itself or within another', async () => {
    const who = await rest.basic('jane', 'repository:write', 'webhook');
    const before = await rows();
    const answer = await derive(who, { scopes: ['repository', 'repository:admin', 'account'] });
    expect(answer.status).toBe(400);
    expect(answer.json.error.fields.scopes).toEqual([
      'A derived token has nothing that its parent has not: that one holds repository:write, webhook, and not repository:admin, account.',
    ]);
    expect(await rows()).toBe(before);
  });

  test('no repository that it does not open, and nothing is learned by naming one', async () => {
    const outside = await rest.bounded('team/app', { refs: ['refs/heads/x'] }, 'repository:write');
    const scopeless = await rest.basic('jane', 'account');
    const stranger = await rest.basic('eve', 'repository:write');
    const before = await rows();
    const said = new Set<string>();
    for (const [who, scope] of [
      [outside, 'repository'],
      [scopeless, 'account'],
      [stranger, 'repository'],
    ] as const) {
      for (const name of ['team/empty', 'team/no-such', 'no-such/app']) {
        const { status, json } = await derive(who, { scopes: [scope], repositories: [name] });
        expect(status).toBe(400);
        said.add(json.error.fields.repositories[0].replace(name, 'NAME'));
      }
    }
    expect([...said]).toEqual([
      'There is no repository "NAME" that this credential opens: name one that it does, as WORKSPACE/NAME.',
    ]);
    expect(await rows()).toBe(before);
  });

  test('no day longer', async () => {
    const { secret } = await rest.host.accessToken(
      'team/app',
      ['repository:write'],
      rest.host.now + HOUR / 2,
    );
    const who = `Bearer ${secret}`;
    const { json } = await derive(who);
    expect(Date.parse(json.expires_on)).toBe(rest.host.now + HOUR / 2);
    const longer = await derive(who, { expires_in: 1801 });
    expect(longer.json.error.fields.expires_in[0]).toContain('give at most 1800 seconds');
    expect((await derive(who, { expires_in: 1800 })).status).toBe(201);
    // In the last minute of its parent nothing is derived any more, whatever is asked for.
    const { secret: short } = await rest.host.accessToken('team/app', ['repository'], rest.host.now + 57_000);
    for (const asked of [{}, { expires_in: 57 }, { expires_in: 60 }]) {
      const late = await derive(`Bearer ${short}`, asked);
      expect(late.status).toBe(409);
      expect(late.json.error.message).toContain('a derived token lives for 60 seconds at least');
    }
    for (const wrong of [59, 2_592_001, 90.5])
      expect((await derive(who, { expires_in: wrong })).status).toBe(400);
  });

  test('no life after its parent was replaced and its overlap is over', async () => {
    const { id, secret } = await rest.host.accessToken('team/app', ['repository:write']);
    const who = `Bearer ${secret}`;
    const child = await derived(who, { expires_in: 864_000 });
    const rotate = await operator('credential.rotate');
    await replaceCredential(rest.host.services, rotate, id, { overlapDays: 1 });
    const soon = new Date(rest.host.now + 24 * HOUR).toISOString().replace('Z', '000+00:00');
    expect((await rest.call(SELF, child.who)).json.expires_on).toBe(soon);
    expect((await rest.call(DERIVED, who)).json.values[0].expires_on).toBe(soon);
    expect((await derive(who, { expires_in: 25 * 3600 })).status).toBe(400);
    const before = rest.host.now;
    rest.host.now += 24 * HOUR;
    await refused(child.who, 401);
    rest.host.now = before;
  });

  test('and is not replaced: it would outlive what it is for', async () => {
    const child = await derived(await rest.basic('jane', 'repository'));
    const before = await rows();
    const replacing = replaceCredential(rest.host.services, await operator('credential.rotate'), child.id, {
      overlapDays: 7,
    });
    await expect(replacing).rejects.toThrow('A derived token is not replaced');
    expect(await rows()).toBe(before);
  });

  test('not even the beginning of a secret of its kind', async () => {
    const { services } = rest.host;
    const { id } = await rest.host.appPassword('jane', ['repository']);
    const row = await findById(services.database, id);
    const wanted = {
      kind: 'app_password',
      owner: { type: 'account', id: rest.people.jane.id },
      label: 'made past derivation',
      scopes: ['repository'],
      notBefore: null,
      expiresAt: null,
      bounds: [],
      parentId: row?.row.id ?? '',
      createdBy: null,
    } as const;
    const { secret } = await services.database
      .transaction()
      .execute((trx) => createCredential(trx, services.keys, wanted, rest.host.now));
    await refused(basicHeader('jane', secret.reveal()), 401);
  });

  test('no use beyond those of its parent, and each of its own is one of that', async () => {
    const who = await rest.bounded('team/app', { uses: 4 }, 'repository');
    const child = await derived(who, { uses: 2 });
    expect((await rest.call(APP, child.who)).status).toBe(200);
    expect((await rest.call(SELF, who)).json.remaining_uses).toBe(1);
    expect((await rest.call(APP, child.who)).status).toBe(200);
    await refused(child.who, 403);
    await refused(who, 403);
  });

  test('no way around what its parent may not push', async () => {
    const who = await rest.bounded('team/app', { refs: ['refs/heads/bot/*:create'] }, 'repository:write');
    const child = await derived(who, { scopes: ['repository:write'], refs: ['refs/heads/**'] });
    const make = (name: string) =>
      rest.call(`${APP}/refs/branches`, child.who, {
        method: 'POST',
        body: { name, target: { hash: 'main' } },
      });
    expect((await make('bot/one')).status).toBe(201);
    expect((await make('other')).status).toBe(403);
  });
});

test('one that was revoked alone and is used tells of it, and a thousand that were revoked with their parent do not', async () => {
  const { services } = rest.host;
  const alarms = async () => {
    await services.writeUses();
    const told = await services.database.selectFrom('credential_alarm').select('credential_id').execute();
    return told.map(({ credential_id }) => credential_id);
  };
  const parent = await rest.host.appPassword('jane', ['repository']);
  const who = basicHeader('jane', parent.secret);
  const [alone, together] = [await derived(who), await derived(who)];
  await revokeCredential(services, await operator('credential.revoke'), alone.id);
  rest.host.now += 1000;
  await revokeCredential(services, await operator('credential.revoke'), parent.id);
  await refused(alone.who, 401);
  await refused(together.who, 401);
  await refused(who, 401);
  const told = await alarms();
  expect(told).toContain(alone.id);
  expect(told).toContain(parent.id);
  expect(told).not.toContain(together.id);
});

describe('deriving', () => {
  test.each(['repositories', 'refs', 'networks', 'paths'])(
    'refuses an empty list of %s, which would confine it to nothing less',
    async (name) => {
      const who = await rest.basic('jane', 'repository:write');
      const before = await rows();
      const { status, json } = await derive(who, { [name]: [] });
      expect(status).toBe(400);
      expect(json.error.fields[name][0]).toContain('is an empty list, and nothing was made');
      expect(await rows()).toBe(before);
    },
  );

  test('refuses a member that it does not know, so that nothing is left unconfined by a slip', async () => {
    const who = await rest.basic('jane', 'repository:write');
    const before = await rows();
    const { status, json } = await derive(who, { ref: ['refs/heads/bot/*'] });
    expect(status).toBe(400);
    expect(json.error.message).toMatch(
      /There is no member "ref", and nothing was made: the members are label, /,
    );
    expect(await rows()).toBe(before);
  });

  test.each([
    ['a label', { label: undefined }],
    ['an empty label', { label: ' ' }],
    ['scopes', { scopes: undefined }],
    ['any scope', { scopes: [] }],
    ['a known scope', { scopes: ['repository:everything'] }],
    ['a pattern of refs', { refs: ['heads/x'] }],
    ['a network', { networks: ['everywhere'] }],
    ['the form of a repository', { repositories: ['app'] }],
    ['members of their type', { uses: 'two' }],
  ])('wants %s', async (_what, body) => {
    const before = await rows();
    const answer = await derive(await rest.basic('jane', 'repository:write'), body);
    expect(answer.status, answer.body).toBe(400);
    expect(answer.json.error.message.length).toBeGreaterThan(10);
    expect(await rows()).toBe(before + 1);
  });

  test('is for credentials alone', async () => {
    expect((await rest.call(DERIVED, undefined, { method: 'POST', body: {} })).status).toBe(401);
  });

  test('goes three generations deep', async () => {
    let { who } = await derived(await rest.basic('jane', 'repository:write'), { label: '1' });
    ({ who } = await derived(who, { label: '2' }));
    const third = await derived(who, { label: '3' });
    const fourth = await derive(third.who, { label: '4' });
    expect(fourth.status).toBe(409);
    expect(fourth.json.error.message).toContain('3 generations deep');
    expect((await rest.call(APP, third.who)).status).toBe(200);
  });

  test('makes no app user, and writes down who derived what', async () => {
    const who = await rest.bearer('team/app', 'repository:write');
    const { database } = rest.host.services;
    const bots = async () => (await database.selectFrom('app_user').select('id').execute()).length;
    const before = await bots();
    const parent = (await rest.call(SELF, who)).json.id;
    const { id } = await derived(who, { refs: ['refs/heads/bot/*'] });
    expect(await bots()).toBe(before);
    const entry = await database
      .selectFrom('audit')
      .selectAll()
      .where('operation', '=', 'derived_token.create')
      .where('target_id', '=', id)
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ actor_type: 'credential', credential_id: parent });
    expect(JSON.stringify(entry)).toContain('refs/heads/bot/*');
    expect(JSON.stringify(entry)).not.toContain('lkdt_');
  });

  test('stops where a hundred live that came of one derived token, and others of its origin go on', async () => {
    const who = await rest.basic('jane', 'repository');
    const [hoarder, other] = [await derived(who), await derived(who)];
    const { database } = rest.host.services;
    const row = await database
      .selectFrom('credential')
      .selectAll()
      .where('id', '=', hoarder.id)
      .executeTakeFirstOrThrow();
    const copies = Array.from({ length: 100 }, (_, n) => ({
      ...row,
      id: `cred_hoard${n}`,
      family_id: `cred_hoard${n}`,
      digest: `hoard ${n}`,
      parent_id: n < 60 ? hoarder.id : 'cred_hoard0',
    }));
    for (const copy of copies) await database.insertInto('credential').values(copy).execute();
    const { status, json } = await derive(hoarder.who);
    expect(status).toBe(409);
    expect(json.error.message).toContain(`100 derived tokens that came of ${hoarder.id}`);
    expect((await derive(who)).status).toBe(201);
    expect((await derive(other.who)).status).toBe(201);
  });

  test('stops where a thousand live that came of the same one, and goes on once some have ended', async () => {
    const { id, secret } = await rest.host.accessToken('team/app', ['repository']);
    const who = `Bearer ${secret}`;
    const child = await derived(who);
    const { database } = rest.host.services;
    const row = await database
      .selectFrom('credential')
      .selectAll()
      .where('id', '=', child.id)
      .executeTakeFirstOrThrow();
    const copies = Array.from({ length: 999 }, (_, n) => ({
      ...row,
      id: `cred_copy${n}`,
      family_id: `cred_copy${n}`,
      digest: `copy ${n}`,
      // Some of the second generation: all are counted.
      parent_id: n < 50 ? child.id : id,
    }));
    for (let at = 0; at < copies.length; at += 100)
      await database
        .insertInto('credential')
        .values(copies.slice(at, at + 100))
        .execute();
    for (const one of [who, child.who]) {
      const { status, json } = await derive(one);
      expect(status).toBe(409);
      expect(json.error.message).toContain('1000 derived tokens');
    }
    await database
      .updateTable('credential')
      .set({ expires_at: rest.host.now })
      .where('id', '=', 'cred_copy0')
      .execute();
    expect((await derive(who)).status).toBe(201);
    expect((await derive(who)).status).toBe(409);
  });
});

describe('what was derived', () => {
  test('counts for what it came of: what that needs, and from where it is used', async () => {
    const { services } = rest.host;
    const { id, secret } = await rest.host.appPassword('jane', ['repository:write', 'webhook']);
    const who = basicHeader('jane', secret);
    const narrowing = { networks: ['203.0.113.0/24'], observe: true };
    await narrowCredential(services, await operator('credential.narrow'), id, narrowing);
    const child = await derived((await derived(who, { scopes: ['repository:write'] })).who, {
      scopes: ['repository:write'],
    });
    const branch = { method: 'POST', body: { name: 'by-grandchild', target: { hash: 'main' } } } as const;
    expect((await rest.call(`${APP}/refs/branches`, child.who, branch)).status).toBe(201);
    await services.writeUses();
    const grant = await operator('credential.list');
    const { uses, unneeded } = await listCredentialUses(services, grant, id);
    expect(uses.map(({ operation }) => operation)).toContain('ref.create');
    expect(unneeded).toEqual(['webhook']);
    const observed = await listCredentialObservations(services, grant, id);
    expect(observed.map(({ operation }) => operation)).toContain('ref.create');
    // And nothing of it for another one of the same person.
    const other = await rest.host.appPassword('jane', ['repository']);
    expect((await listCredentialUses(services, grant, other.id)).uses).toEqual([]);
  });

  test('is told of its bounds as far as it goes itself', async () => {
    const bounds = { repositories: [rest.ids.app, rest.ids.empty], networks: ['127.0.0.0/8'] };
    const { secret } = await rest.host.workspaceToken('team', ['repository']);
    const { json: self } = await rest.call(SELF, `Bearer ${secret}`);
    const { database } = rest.host.services;
    await database.transaction().execute((trx) => pushLayer(trx, self.id, chooseBounds(bounds)));
    const child = await derived(`Bearer ${secret}`, { repositories: ['team/app'] });
    const { body } = await rest.call(SELF, child.who);
    expect(body).toContain('team/app');
    expect(body).not.toContain('team/empty');
    expect(body).not.toContain(rest.ids.empty);
    expect((await rest.call(SELF, `Bearer ${secret}`)).body).toContain('team/empty');
  });

  test('is not among what can, which what it came of stands for', async () => {
    const who = await rest.bearer('team/app', 'repository:write');
    const parent = (await rest.call(SELF, who)).json.id;
    const child = await derived(who, { scopes: ['repository:write'] });
    const opening = { repositoryId: rest.ids.app, projectId: 'none', workspaceId: rest.ids.team };
    const ids = await livingIds(rest.host.services.database, { opening }, rest.host.now);
    expect(ids).toContain(parent);
    expect(ids).not.toContain(child.id);
  });

  test('is listed for the one that it was derived from and nobody else, without secrets', async () => {
    const who = await rest.basic('jane', 'repository:write');
    const other = await rest.basic('jane', 'repository:write');
    const first = await derived(who, { label: 'first' });
    const second = await derived(who, { label: 'second' });
    await derived(second.who, { label: 'of second' });
    const { json, body } = await rest.call(DERIVED, who);
    expect(json.size).toBe(2);
    expect(
      json.values.map(({ id, label, state }: never) => ({ id, label, state })).toSorted(byLabel),
    ).toEqual([
      { id: first.id, label: 'first', state: 'active' },
      { id: second.id, label: 'second', state: 'active' },
    ]);
    expect(body).not.toContain('lkdt_');
    expect((await rest.call(DERIVED, other)).json.values).toEqual([]);
    expect((await rest.call(DERIVED, first.who)).json.values).toEqual([]);
  });

  test('is revoked by itself and by what it came of, and by nothing else', async () => {
    const who = await rest.basic('jane', 'repository:write');
    const child = await derived(who);
    const grandchild = await derived(child.who);
    const sibling = await derived(who);
    const end = async (by: string, id: string) =>
      (await rest.call(`${DERIVED}/${id}`, by, { method: 'DELETE' })).status;
    // Not by what came of it, not by its sibling, not by another credential of the same person.
    expect(await end(grandchild.who, child.id)).toBe(404);
    expect(await end(sibling.who, child.id)).toBe(404);
    expect(await end(await rest.basic('jane', 'account:write'), child.id)).toBe(404);
    // And no credential ends one that a person made, not even itself.
    expect(await end(who, (await rest.call(SELF, who)).json.id)).toBe(404);
    expect((await rest.call(APP, grandchild.who)).status).toBe(200);
    expect(await end(grandchild.who, grandchild.id)).toBe(204);
    await refused(grandchild.who, 401);
    expect((await rest.call(APP, child.who)).status).toBe(200);
    const again = await derived(child.who);
    expect(await end(who, again.id)).toBe(204);
    await refused(again.who, 401);
    expect(await end(who, again.id)).toBe(404);
    expect((await rest.call(APP, sibling.who)).status).toBe(200);
  });
});

const byLabel = (a: { label: string }, b: { label: string }): number => a.label.localeCompare(b.label);
