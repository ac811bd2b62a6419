import { beforeAll, describe, expect, it } from 'vitest';
import { CALLERS, callerName, type Caller } from '../matrix/callers.ts';
import { everyCell, targetName, type Cell } from '../matrix/cells.ts';
import { planOf } from '../matrix/plan.ts';
import { ask, requestOf } from '../matrix/requests.ts';
import { ROWS, rowName } from '../matrix/routes.ts';
import { runPlan } from '../matrix/run.ts';
import { sharedTemplate } from '../matrix/shared-template.ts';
import type { Template, World } from '../matrix/world.ts';
import { narrowCredential } from '../../src/acts/credentials/narrow.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { atEndOfFile } from '../support/cleanup.ts';

/** Incidents of other hosts in what this one has, each as a slice of the matrix or a story of its own. */

let template: Template;
let world: World;

beforeAll(async () => {
  template = await sharedTemplate();
  world = await template.copy();
  atEndOfFile(() => world.close());
}, 150_000);

const once = ROWS.filter(({ method }) => method !== 'HEAD');
const isCredential = ({ secret }: Caller): boolean => secret === 'app password' || secret === 'token';
const slice = (wanted: (cell: Cell) => boolean): Cell[] => everyCell(once).filter(wanted).toArray();

/** Asks the slice, and answers with what is admitted in it. */
async function admitted(cells: readonly Cell[], least: number): Promise<string[]> {
  const plan = planOf(cells);
  expect(plan.cells).toBeGreaterThan(least);
  expect(await runPlan(template, plan)).toEqual([]);
  return [...plan.looking, ...plan.changing].map(({ cell }) => rowName(cell.row));
}

const send = (row: Cell['row'], caller: Caller, repository: string) =>
  ask(
    world,
    requestOf({ row, caller, target: { repository, destination: 'annex' } }, template.made),
    row.door,
  );
const found = (wanted: (caller: Caller) => boolean): Caller => {
  const caller = CALLERS.find(wanted);
  if (caller === undefined) throw new Error('There is nobody to ask.');
  return caller;
};

describe('incidents of other hosts', () => {
  it('T3: a credential without a scope opens nothing that is not for everybody, on any route', {
    timeout: 120_000,
  }, async () => {
    const opened = await admitted(
      slice(({ caller, row }) => caller.scopeSet === 'no scope' && row.door !== 'web'),
      500,
    );
    const free = ROWS.filter(({ rule }) =>
      ['anything', 'see workspace', 'see user', 'know itself', 'derive'].includes(rule),
    );
    expect(opened.filter((name) => !free.some((row) => rowName(row) === name))).toEqual([]);
  });

  it('T9: who has no role hears of what is public what a stranger hears, and their own name', async () => {
    const root = found(
      ({ holder, scopeSet, secret }) =>
        holder.type === 'person' &&
        holder.name === 'root' &&
        secret === 'app password' &&
        scopeSet === 'repository',
    );
    const stranger = found(({ secret }) => secret === 'none');
    let compared = 0;
    for (const row of once.filter(({ rule, door }) => rule === 'read' && door === 'rest')) {
      const [named, unnamed] = [await send(row, root, 'acme/open'), await send(row, stranger, 'acme/open')];
      expect(named.status, rowName(row)).toBe(unnamed.status);
      expect(named.status, rowName(row)).toBeLessThan(400);
      expect(named.body.replaceAll('root@', '')).toBe(unnamed.body);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(10);
  });

  it('T10: the second thing that is touched is decided as well', { timeout: 60_000 }, async () => {
    const moving = slice(({ row, caller }) => row.rule === 'transfer' && caller.secret === 'session');
    const plan = planOf(moving);
    await admitted(moving, 300);
    const to = [...plan.looking, ...plan.changing].map(({ cell }) => targetName(cell.target));
    // Of every pair only those of which both ends are the same person's: who owns the one and may make something at the other.
    expect([...new Set(to)].toSorted()).toEqual([
      'acme/app to annex',
      'acme/open to annex',
      'acme/plain to annex',
      'elsewhere/hidden to elsewhere',
      'elsewhere/hidden to guild',
    ]);
  });

  it('T12: where the wiki is off, no route opens it, whoever asks', { timeout: 60_000 }, async () => {
    const opened = await admitted(
      slice(({ row, target }) => row.rule.endsWith('wiki') && target.repository === 'acme/plain'),
      500,
    );
    expect(opened).toEqual([]);
  });

  it('T13: each scope alone opens no route that it is not for', { timeout: 120_000 }, async () => {
    const alone = ({ scopes, state, bound, way }: Caller) =>
      scopes.length === 1 &&
      state === 'live' &&
      bound === 'none' &&
      (way === 'basic, own name' || way === 'bearer');
    const opened = await admitted(
      slice(
        ({ row, caller, target }) =>
          row.door !== 'web' &&
          row.rule !== 'anything' &&
          isCredential(caller) &&
          alone(caller) &&
          (target.repository ?? 'acme/app') === 'acme/app',
      ),
      1_500,
    );
    expect(new Set(opened).size).toBeGreaterThan(20);
  });

  it('T17: what lies above a credential’s repositories is not in its reach', {
    timeout: 60_000,
  }, async () => {
    // A secret in a query or a cookie is not looked at, and its holder is a stranger then.
    const confined = ({ bound, holder, scopeSet, way }: Caller) =>
      !way.startsWith('secret ') &&
      (bound === 'only acme/app' || (holder.type === 'repository' && scopeSet === 'every scope'));
    const opened = await admitted(
      slice(
        ({ row, caller }) =>
          row.url.includes(':workspace') &&
          !row.url.includes(':repository') &&
          row.door === 'rest' &&
          isCredential(caller) &&
          confined(caller),
      ),
      100,
    );
    // The list leaves out what lies outside; a token may know which workspace it lies in.
    expect([...new Set(opened)].toSorted()).toEqual([
      'GET /2.0/repositories/:workspace',
      'GET /2.0/workspaces/:workspace',
    ]);
  });

  it('T18: no page takes a credential, and none gets a session by one', { timeout: 60_000 }, async () => {
    // Whoever sends a credential to the address of archives is not on the page: `T4` asks there, and gets no session.
    const rows = once.filter(({ door, asker }) => door === 'web' && asker === undefined);
    const callers = CALLERS.filter(
      (caller) => isCredential(caller) && caller.scopeSet === 'every scope' && caller.bound === 'none',
    ).filter(({ way }) => way.startsWith('b'));
    for (const row of rows) {
      for (const caller of callers) {
        const { status, headers } = await send(row, caller, 'acme/open');
        expect(status, `${rowName(row)} ${callerName(caller)}`).toBe(401);
        expect(String(headers['set-cookie'] ?? '')).not.toContain('__Host-latchkey=');
      }
    }
    expect(rows.length * callers.length).toBeGreaterThan(500);
  });

  it('T19: what opens one door opens no other', async () => {
    const ada = template.made.sessions['ada']?.token ?? '';
    const read = once.find(({ url }) => url === '/2.0/repositories/:workspace/:repository');
    const clone = once.find(({ url, rule }) => url.endsWith('info/refs') && rule === 'clone');
    if (read === undefined || clone === undefined) throw new Error('There is no such row.');
    for (const row of [read, clone]) {
      const stranger = found(({ secret }) => secret === 'none');
      const asked = requestOf({ row, caller: stranger, target: { repository: 'acme/app' } }, template.made);
      const basic = (user: string) => `Basic ${Buffer.from(`${user}:${ada}`).toString('base64')}`;
      for (const authorization of [`Bearer ${ada}`, basic('ada'), basic('x-token-auth')]) {
        const { status } = await ask(
          world,
          { ...asked, headers: { ...asked.headers, authorization } },
          row.door,
        );
        expect(status).toBe(401);
      }
      const cookie = { ...asked, headers: { ...asked.headers, cookie: `__Host-latchkey=${ada}` } };
      const [withCookie, without] = [await ask(world, cookie, row.door), await ask(world, asked, row.door)];
      expect([withCookie.status, withCookie.body]).toEqual([without.status, without.body]);
    }
  });

  it('T20: scopes and bounds that are not understood open nothing, and what was narrowed is so at once', async () => {
    const caller = found(
      ({ holder, scopeSet, secret, bound }) =>
        holder.type === 'person' &&
        holder.name === 'wes' &&
        secret === 'app password' &&
        scopeSet === 'repository' &&
        bound === 'none',
    );
    const row = once.find(({ url }) => url === '/2.0/repositories/:workspace/:repository');
    if (row === undefined) throw new Error('There is no such row.');
    const copy = await template.copy();
    try {
      const asked = requestOf({ row, caller, target: { repository: 'acme/app' } }, template.made);
      const status = async () => (await ask(copy, asked, 'rest')).status;
      expect(await status()).toBe(200);
      const self = { ...asked, url: '/2.0/latchkey/credentials/self' };
      const shown: unknown = JSON.parse((await ask(copy, self, 'rest')).body);
      const id = /cred_[A-Za-z0-9]+/.exec(JSON.stringify(shown))?.[0] ?? '';
      // While fifty requests are under way, it is confined to another repository.
      const running = Array.from({ length: 50 }, status);
      const grant = await enterAsOperator(copy.services, 'credential.narrow', [{ type: 'host' }]);
      await narrowCredential(copy.services, grant, id, { repositoryNames: ['acme/open'] });
      expect(await Promise.all(Array.from({ length: 20 }, status))).toEqual(
        Array.from({ length: 20 }, () => 403),
      );
      for (const each of await Promise.all(running)) expect([200, 403]).toContain(each);
      // Names that nobody declared: neither falls back to what the person may.
      const { database } = copy.services;
      await database.deleteFrom('credential_bound').where('credential_id', '=', id).execute();
      expect(await status()).toBe(200);
      const strange = { credential_id: id, layer: 0, kind: 'phase_of_the_moon', value: '{}' };
      await database.insertInto('credential_bound').values(strange).execute();
      expect(await status()).toBe(403);
      await database.deleteFrom('credential_bound').where('credential_id', '=', id).execute();
      await database
        .updateTable('credential_scope')
        .set({ scope: 'everything' })
        .where('credential_id', '=', id)
        .execute();
      expect(await status()).toBe(403);
    } finally {
      await copy.close();
    }
  });

  it('T33: who may only read changes nothing, by any route and whatever the credential holds', {
    timeout: 60_000,
  }, async () => {
    const writes = new Set([
      'push',
      'push wiki',
      'update',
      'delete',
      'change restrictions',
      'administer repository',
      'transfer',
    ]);
    const opened = await admitted(
      slice(
        ({ row, caller, target }) =>
          writes.has(row.rule) &&
          caller.holder.type === 'person' &&
          caller.holder.name === 'rita' &&
          target.repository !== undefined,
      ),
      500,
    );
    expect(opened).toEqual([]);
  });
});
