import { beforeAll, describe, expect, it } from 'vitest';
import { listUses } from '../../src/credentials/index.ts';
import { enter, enterAgain, enterOr } from '../../src/entry/index.ts';
import { at, basic, openHost, refusalOf, type TestHost } from '../acts/host.ts';

let host: TestHost;
let app: string;

beforeAll(async () => {
  host = await openHost();
  for (const name of ['ada', 'bob']) await host.person(name);
  app = await host.repository(await host.workspace('acme', 'ada'), 'app');
  await host.repository(await host.workspace('other', 'bob'), 'hidden');
});

const asked = (secret: string, repository = 'acme/app', userName = 'ada') =>
  ({
    operation: 'repository.update',
    targets: [at(repository)],
    presented: basic(userName, secret),
    surface: 'rest',
    address: '192.0.2.1',
    agent: 'tool/1.0 (of somebody)',
  }) as const;

async function recordOf(id: string) {
  await host.services.usage.flush();
  return (await listUses(host.services.database, { credentialId: id, since: 0 }, 1000)).map(
    ({ operation, targetId, outcome, address, agent, count }) =>
      [operation, targetId, outcome, address, agent, count].join(' '),
  );
}

describe('what is on record of a key', () => {
  it('is each use once, with what it was of, from where and by what', async () => {
    const { id, secret } = await host.appPassword('ada', ['repository:admin']);
    for (let i = 0; i < 3; i++) await enterAgain(host.services, await enter(host.services, asked(secret)));
    expect(await recordOf(id)).toEqual([`repository.update ${app} allowed 192.0.2.1 tool/1.0 3`]);
  });

  it('is each refusal of the genuine one, and nothing of what it did not reach', async () => {
    const { id, secret } = await host.appPassword('ada', ['repository']);
    await refusalOf(enter(host.services, asked(secret)));
    await refusalOf(enter(host.services, asked(secret, 'other/hidden')));
    await refusalOf(enter(host.services, asked(secret, 'acme/app', 'bob')));
    await host.services.database
      .updateTable('credential')
      .set({ revoked_at: host.now })
      .where('id', '=', id)
      .execute();
    await refusalOf(enter(host.services, asked(secret)));
    expect(new Set(await recordOf(id))).toEqual(
      new Set([
        'repository.update  scope_missing 192.0.2.1 tool/1.0 2',
        'repository.update  user_name_wrong 192.0.2.1 tool/1.0 1',
        'repository.update  credential_ended 192.0.2.1 tool/1.0 1',
      ]),
    );
  });

  it('is nothing where nobody’s key was sent', async () => {
    const { secret } = await host.appPassword('ada', ['repository']);
    await host.services.usage.flush();
    host.statements.length = 0;
    await refusalOf(enter(host.services, asked(`${secret.slice(0, -1)}${secret.endsWith('x') ? 'y' : 'x'}`)));
    await host.services.usage.flush();
    expect(host.statements.filter((kind) => !kind.startsWith('Select'))).toEqual([]);
  });

  it('is one use, of what it was let in for, where a request may be for either of two', async () => {
    const { id, secret } = await host.appPassword('ada', ['repository:admin']);
    const making = (workspace: string) =>
      ({ operation: 'repository.create', targets: [{ type: 'workspace', workspace }] }) as const;
    const made = await enterOr(host.services, asked(secret, 'acme/fresh'), making('acme'));
    expect(made.operation).toBe('repository.create');
    const kept = await enterOr(host.services, asked(secret), making('acme'));
    expect(kept.operation).toBe('repository.update');
    const refusal = await refusalOf(enterOr(host.services, asked(secret, 'other/fresh'), making('other')));
    expect(refusal).toMatchObject({ code: 'target_missing', wanted: 'repository' });
    const { id: acme } = made.targets[0];
    expect(new Set(await recordOf(id))).toEqual(
      new Set([
        `repository.create ${acme} allowed 192.0.2.1 tool/1.0 1`,
        `repository.update ${app} allowed 192.0.2.1 tool/1.0 1`,
        'repository.update  target_missing 192.0.2.1 tool/1.0 1',
      ]),
    );
  });
});
