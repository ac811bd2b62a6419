import { beforeAll, describe, expect, it } from 'vitest';
import { chooseBounds, listUses, pushLayer, type BoundsInput } from '../../src/credentials/index.ts';
import { claim, enter, enterAgain } from '../../src/entry/index.ts';
import { Refused } from '../../src/gate/index.ts';
import { at, basic, openHost, type TestHost } from '../acts/host.ts';

let host: TestHost;
let workspace: string;
let app: string;

beforeAll(async () => {
  host = await openHost();
  await host.person('ada');
  workspace = await host.workspace('acme', 'ada');
  app = await host.repository(workspace, 'app');
});

async function key(bounds: BoundsInput) {
  const made = await host.appPassword('ada', ['repository:write']);
  await host.services.database.transaction().execute((trx) => pushLayer(trx, made.id, chooseBounds(bounds)));
  return made;
}

/** What a key is told from an address: 'yes', or which bound bit. */
async function told(secret: string, address = '127.0.0.1', surface: 'git' | 'rest' = 'git'): Promise<string> {
  try {
    const asked = {
      operation: 'repository.fetch',
      targets: [at('acme/app')],
      presented: basic('ada', secret),
      surface,
      address,
    } as const;
    const grant = await enter(host.services, asked);
    // The door of the API claims, for every request, just before it acts.
    if (surface === 'rest') await claim(host.services, grant);
    return 'yes';
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.refusal.code === 'out_of_bounds' ? error.refusal.bound : error.refusal.code;
  }
}

describe('a key that enters', () => {
  it('for a project, goes by where the repository is now', async () => {
    const { database } = host.services;
    const { project_id: home } = await database
      .selectFrom('repository')
      .select('project_id')
      .where('id', '=', app)
      .executeTakeFirstOrThrow();
    const inProject = await key({ projects: [home] });
    const inWorkspace = await key({ workspaces: [workspace] });
    const elsewhere = await key({ projects: ['another'], workspaces: ['another'] });
    const all = () => Promise.all([inProject, inWorkspace, elsewhere].map(({ secret }) => told(secret)));
    expect(await all()).toEqual(['yes', 'yes', 'repositories']);
    const project = await database
      .selectFrom('project')
      .selectAll()
      .where('id', '=', home)
      .executeTakeFirstOrThrow();
    await database
      .insertInto('project')
      .values({ ...project, id: 'another', key: 'OTHER', name: 'Other' })
      .execute();
    const move = (to: string) =>
      database.updateTable('repository').set({ project_id: to }).where('id', '=', app).execute();
    await move('another');
    expect(await all()).toEqual(['repositories', 'yes', 'yes']);
    await move(home);
    expect(await all()).toEqual(['yes', 'yes', 'repositories']);
  });

  it('at an hour, goes by the clock of the host at each decision', async () => {
    const { secret } = await key({ windows: ['Mon 08:00-09:00 Europe/Berlin'] });
    const before = host.now;
    // A Monday; Berlin is an hour ahead.
    for (const [time, answer] of [
      ['2026-11-02T06:59:59.999Z', 'time'],
      ['2026-11-02T07:00:00.000Z', 'yes'],
      ['2026-11-02T07:59:59.999Z', 'yes'],
      ['2026-11-02T08:00:00.000Z', 'time'],
      ['2026-11-03T07:30:00.000Z', 'time'],
    ] as const) {
      host.now = Date.parse(time);
      expect([time, await told(secret)]).toEqual([time, answer]);
    }
    host.now = before;
  });

  it('from its first moment to its last, to the millisecond', async () => {
    const made = await key({});
    const now = host.now;
    const set = (change: { not_before?: number; expires_at?: number }) =>
      host.services.database.updateTable('credential').set(change).where('id', '=', made.id).execute();
    await set({ not_before: now });
    expect(await told(made.secret)).toBe('yes');
    await set({ not_before: now + 1 });
    expect(await told(made.secret)).toBe('credential_paused');
    await set({ not_before: now, expires_at: now + 1 });
    expect(await told(made.secret)).toBe('yes');
    await set({ expires_at: now });
    expect(await told(made.secret)).toBe('credential_ended');
  });

  it('from a network, by the address that the door names', async () => {
    const { secret } = await key({ networks: ['192.0.2.0/24', '2001:db8::/32'] });
    expect(await told(secret, '192.0.2.1')).toBe('yes');
    expect(await told(secret, '::ffff:192.0.2.1')).toBe('yes');
    expect(await told(secret, '2001:db8::1')).toBe('yes');
    for (const address of ['192.0.3.1', '::1', '', 'unix', '192.0.2.1, 10.0.0.1'])
      expect(await told(secret, address)).toBe('networks');
  });

  it('and is only observed, is on record once for each request', async () => {
    const { id, secret } = await key({ networks: ['192.0.2.0/24'], observe: true });
    for (let i = 0; i < 3; i++) expect(await told(secret, '198.51.100.1')).toBe('yes');
    const grant = await enter(host.services, {
      operation: 'repository.fetch',
      targets: [at('acme/app')],
      presented: basic('ada', secret),
      surface: 'git',
      address: '198.51.100.1',
    });
    await enterAgain(host.services, grant);
    await host.services.usage.flush();
    await told(secret, '198.51.100.1');
    await told(secret, '192.0.2.1');
    await host.services.usage.flush();
    expect(await listUses(host.services.database, { credentialId: id, since: 0 }, 1000)).toMatchObject([
      { operation: 'repository.fetch', outcome: 'allowed', address: '192.0.2.1', count: 1 },
      { operation: 'repository.fetch', outcome: 'observed', address: '198.51.100.1', count: 5 },
    ]);
  });

  it('for so many uses, spends one for a REST request and none for Git before it brings something', async () => {
    const { secret } = await key({ uses: 2 });
    expect(await told(secret, '127.0.0.1', 'git')).toBe('yes');
    expect(await told(secret, '127.0.0.1', 'git')).toBe('yes');
    expect(await told(secret, '127.0.0.1', 'rest')).toBe('yes');
    expect(await told(secret, '127.0.0.1', 'rest')).toBe('yes');
    expect(await told(secret, '127.0.0.1', 'rest')).toBe('uses');
    expect(await told(secret, '127.0.0.1', 'git')).toBe('uses');
  });

  it('without bounds that count, writes nothing', async () => {
    const { secret } = await key({ networks: ['127.0.0.0/8'], refs: ['refs/heads/a'] });
    host.statements.length = 0;
    expect(await told(secret, '127.0.0.1', 'rest')).toBe('yes');
    expect(host.statements.filter((kind) => !kind.startsWith('Select'))).toEqual([]);
  });
});
