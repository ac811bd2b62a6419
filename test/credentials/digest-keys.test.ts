import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectHost } from '../../src/acts/host/inspect.ts';
import {
  DigestKeys,
  findById,
  findBySecret,
  retireCredentials,
  revokeCredentials,
  Secret,
} from '../../src/credentials/index.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { openDatabase } from '../../src/store/open.ts';
import { at, basic, openHost, refusalOf, type TestHost } from '../acts/host.ts';
import { atEndOfFile } from '../support/cleanup.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-keys-'));
  atEndOfFile(async () => rmSync(path, { recursive: true, force: true }));
  return path;
}
const DAY = 24 * 3600_000;
const key = () => `${randomBytes(32).toString('base64')}\n`;

describe('the digest keys', () => {
  it('are made once, readable by nobody else, with nothing left beside them', () => {
    const secrets = join(folder(), 'secrets');
    const first = DigestKeys.open(secrets);
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
    expect(readdirSync(secrets)).toEqual(['digest-key-1']);
    expect(statSync(join(secrets, 'digest-key-1')).mode & 0o777).toBe(0o600);
    const again = DigestKeys.open(secrets);
    const secret = new Secret('x');
    expect(again.digest(secret)).toEqual(first.digest(secret));
  });

  it('digest under a key: the plain hash is nowhere', () => {
    const secret = new Secret('x');
    const here = DigestKeys.open(join(folder(), 's')).digest(secret).digest;
    const there = DigestKeys.open(join(folder(), 's')).digest(secret).digest;
    expect(here).not.toBe(there);
    expect(here).not.toBe(createHash('sha256').update('x').digest('base64url'));
  });

  it('rotate: new digests are made under the newest, older ones still verify', () => {
    const secrets = join(folder(), 'secrets');
    const secret = new Secret('x');
    const old = DigestKeys.open(secrets).digest(secret);
    writeFileSync(join(secrets, 'digest-key-2'), key(), { mode: 0o600 });
    writeFileSync(join(secrets, 'digest-key-10'), key(), { mode: 0o600 });
    writeFileSync(join(secrets, 'README'), 'not a key');
    const rotated = DigestKeys.open(secrets);
    expect(old.keyVersion).toBe(1);
    expect(rotated.digest(secret).keyVersion).toBe(10);
    expect(rotated.candidates(secret)).toHaveLength(3);
    expect(rotated.candidates(secret)).toContain(old.digest);
    expect(rotated.candidates(secret)).toContain(rotated.digest(secret).digest);
  });

  it.each([
    '',
    'short',
    `${randomBytes(31).toString('base64')}\n`,
    `${randomBytes(33).toString('base64')}\n`,
    '\0\0\0',
  ])('that are damaged (%j) stop the start with one sentence, and are not written over', (damage) => {
    const secrets = join(folder(), 'secrets');
    DigestKeys.open(secrets);
    writeFileSync(join(secrets, 'digest-key-1'), damage);
    expect(() => DigestKeys.open(secrets)).toThrow(
      /^digest-key-1 in the secrets folder is damaged: [^\n]*backup[^\n]*$/,
    );
    expect(readFileSync(join(secrets, 'digest-key-1'), 'utf8')).toBe(damage);
  });
});

describe('a credential at rest', () => {
  it('is nowhere in the data folder, nor is its plain hash; and without the secrets it opens nothing (T61)', async () => {
    const host = await openHost();
    await host.person('ada');
    const workspace = await host.workspace('acme', 'ada');
    await host.repository(workspace, 'app');
    const { secret } = await host.appPassword('ada', ['repository:write']);
    const token = (await host.accessToken('acme/app', ['repository'])).secret;
    await host.enter('repository.view', at('acme/app'), basic('ada', secret));
    await host.services.usage.flush();

    const files = (await readdir(host.data, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    const names = files.map((file) => file.name);
    expect(names).toContain('latchkey.db');
    expect(names).toContain('latchkey.db-wal');
    for (const text of [secret, token]) {
      const sha256 = createHash('sha256').update(text).digest();
      const traces = [
        text,
        text.slice(5, 37),
        sha256,
        sha256.toString('hex'),
        sha256.toString('base64'),
        sha256.toString('base64url'),
      ];
      for (const file of files) {
        const content = await readFile(join(file.parentPath, file.name));
        for (const trace of traces) expect([file.name, content.includes(trace)]).toEqual([file.name, false]);
      }
    }

    const copy = folder();
    await cp(host.data, copy, { recursive: true });
    const stolen = { ...host.services, database: await openDatabase({ sqlite: join(copy, 'latchkey.db') }) };
    atEndOfFile(() => stolen.database.destroy());
    const withSecrets = DigestKeys.open(join(copy, 'secrets'));
    expect(await findBySecret(stolen.database, withSecrets, new Secret(secret))).toBeDefined();
    await rm(join(copy, 'secrets'), { recursive: true });
    const withOthers = DigestKeys.open(join(copy, 'secrets'));
    expect(await findBySecret(stolen.database, withOthers, new Secret(secret))).toBeUndefined();
    // What stands in the database, presented as it stands there, is no secret either.
    const row = await stolen.database.selectFrom('credential').select('digest').executeTakeFirstOrThrow();
    expect(await refusalOf(host.enter('repository.view', at('acme/app'), basic('ada', row.digest)))).toEqual({
      code: 'secret_not_ours',
    });
  });

  it('goes on working when the digest key is rotated, and new ones are kept under the new key', async () => {
    const host = await openHost();
    await host.person('ada');
    const workspace = await host.workspace('acme', 'ada');
    await host.repository(workspace, 'app');
    const before = await host.appPassword('ada', ['repository']);
    writeFileSync(join(host.data, 'secrets', 'digest-key-2'), key(), { mode: 0o600 });
    Object.assign(host.services, { keys: DigestKeys.open(join(host.data, 'secrets')) });
    const after = await host.appPassword('ada', ['repository']);
    for (const { id, secret } of [before, after]) {
      const grant = await host.enter('repository.view', at('acme/app'), basic('ada', secret));
      expect(grant.principal).toMatchObject({ credentialId: id });
    }
    const versions = await host.services.database
      .selectFrom('credential')
      .select(['id', 'digest_key_version'])
      .execute();
    expect(new Map(versions.map((row) => [row.id, row.digest_key_version]))).toEqual(
      new Map([
        [before.id, 1],
        [after.id, 2],
      ]),
    );
  });

  it.each(['expired', 'replaced', 'revoked'])(
    'needs its digest key until it is %s, and no longer',
    async (how) => {
      const host = await openHost();
      await host.person('ada');
      await host.repository(await host.workspace('acme', 'ada'), 'app');
      const ends = host.now + DAY;
      const { id } = await host.accessToken('acme/app', ['repository'], how === 'expired' ? ends : undefined);
      const { database } = host.services;
      const { row } = (await findById(database, id))!;
      const owner = { type: 'repository', id: row.owner_id } as const;
      if (how === 'replaced')
        await retireCredentials(database, owner, 'repository_access_token', ends, host.now);
      const secrets = folder();
      writeFileSync(join(secrets, 'digest-key-2'), key(), { mode: 0o600 });
      Object.assign(host.services, { keys: DigestKeys.open(secrets) });
      expect(await keysFound(host)).toMatchObject({
        healthy: false,
        says: expect.stringMatching(/^digest-key-1 is missing/),
      });
      if (how === 'revoked') await revokeCredentials(database, { id }, null, host.now);
      host.now = ends;
      expect(await keysFound(host)).toMatchObject({ healthy: true });
    },
  );
});

/** What `latchkey doctor` finds of the digest keys. */
async function keysFound({ services }: TestHost) {
  const grant = await enterAsOperator(services, 'host.inspect', [{ type: 'host' }]);
  for await (const finding of inspectHost(services, grant, 'quick')) {
    if (finding.name === 'digest keys') return finding;
  }
  return undefined;
}
