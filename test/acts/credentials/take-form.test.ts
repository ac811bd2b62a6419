import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { startSession } from '../../../src/accounts/index.ts';
import { takeForm } from '../../../src/acts/credentials/take-form.ts';
import { Secret } from '../../../src/credentials/index.ts';
import { openServices, type Services } from '../../../src/services.ts';
import { readSettings } from '../../../src/config.ts';
import { atEndOfFile } from '../../support/cleanup.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { openHost, type TestHost } from '../host.ts';

const freshToken = () => randomBytes(16).toString('base64url');

function onceOnly(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  /** Another process of the same host. */
  let other: Services;
  beforeAll(async () => {
    host = await openHost(kind);
    const database = 'postgres' in host.location ? host.location.postgres : undefined;
    const opened = await openServices(
      readSettings({ data: host.data, database }, { LATCHKEY_LOG: 'silent' }),
      'http://localhost:7990',
    );
    atEndOfFile(() => opened.close());
    other = { ...opened, clock: () => host.now };
    await host.person('ada');
  });

  const session = async () => {
    const account = await host.services.database
      .selectFrom('account')
      .select('id')
      .where('username', '=', 'ada')
      .executeTakeFirstOrThrow();
    const { token } = await startSession(
      host.services.database,
      account.id,
      { address: '', userAgent: '' },
      host.now,
    );
    return host.enter(
      'app_password.create',
      { type: 'account', self: true },
      { type: 'cookie', token: new Secret(token) },
      'web',
    );
  };

  it('is taken once by each session, whichever process it is sent to, and not at all without its token', async () => {
    const [one, two] = [await session(), await session()];
    const token = freshToken();
    const taken = await Promise.all(
      [host.services, other, host.services, other].map((services) => takeForm(services, one, token)),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await takeForm(other, two, token)).toBe(true);
    for (const bad of ['', 'short', `${token}x`, `${token.slice(1)}!`])
      expect(await takeForm(host.services, one, bad)).toBe(false);
    expect(await takeForm(host.services, one, freshToken())).toBe(true);
  });
}

describe('a form that may be sent once, on sqlite', () => onceOnly('sqlite'));
await describeOnPostgres('a form that may be sent once, on postgres', () => onceOnly('postgres'));
