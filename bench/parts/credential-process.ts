/**
 * Measures the whole way of a request into the host: node credential-process.ts FOLDER COUNT CHECKS. Makes a database
 * of so many credentials in the folder where there is none, and prints `{ wall, cpu }`, microseconds of one check.
 *
 * A check is `enter`, as every door calls it: the secret is examined, digested and looked up, its account, scopes and
 * bounds are read, the facts about the repository are loaded, and it is decided. Secrets are taken at random from all rows.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatePublicId, generateSecret, Secret } from '../../src/credentials/secret.ts';
import { DigestKeys } from '../../src/credentials/index.ts';
import { enter, type Gateway } from '../../src/entry/index.ts';
import type { Schema } from '../../src/store/schema.ts';
import { openDatabase } from '../../src/store/open.ts';
import { readSettings } from '../../src/config.ts';
import { openServices } from '../../src/services.ts';
import type { Insertable } from 'kysely';

const [folder = '', count = '0', checks = '0'] = process.argv.slice(2);
const CREDENTIALS_PER_ACCOUNT = 10;
const ROWS_AT_ONCE = 500;
const WORKSPACE = randomUUID();

type Rows<Table extends keyof Schema> = Insertable<Schema[Table]>[];

async function make(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const keys = DigestKeys.open(join(folder, 'secrets'));
  const database = await openDatabase({ sqlite: join(folder, 'latchkey.db') });
  const now = Date.now();
  const secrets: string[] = [];
  const project = randomUUID();
  await database
    .insertInto('workspace')
    .values({
      id: WORKSPACE,
      slug: 'acme',
      slug_key: 'acme',
      name: 'Acme',
      members_may_create_repositories: 1,
      tokens_may_live_forever: 1,
      created_at: now,
      updated_at: now,
    })
    .execute();
  await database
    .insertInto('project')
    .values({
      id: project,
      workspace_id: WORKSPACE,
      key: 'P',
      name: 'P',
      description: '',
      created_at: now,
      updated_at: now,
    })
    .execute();
  const repository = randomUUID();
  await database
    .insertInto('repository')
    .values({
      id: repository,
      workspace_id: WORKSPACE,
      project_id: project,
      slug: 'site',
      slug_key: 'site',
      name: 'site',
      name_key: 'site',
      description: '',
      website: '',
      language: '',
      is_private: 1,
      has_wiki: 0,
      fork_policy: 'allow_forks',
      created_at: now,
      updated_at: now,
      deleted_at: null,
    })
    .execute();
  for (let made = 0; made < Number(count); ) {
    const accounts: Rows<'account'> = [];
    const roles: Rows<'repository_role'> = [];
    const credentials: Rows<'credential'> = [];
    const scopes: Rows<'credential_scope'> = [];
    for (; credentials.length < ROWS_AT_ONCE && made < Number(count); made++) {
      const username = `user${Math.floor(made / CREDENTIALS_PER_ACCOUNT)}`;
      if (made % CREDENTIALS_PER_ACCOUNT === 0) {
        const id = randomUUID();
        accounts.push({
          id,
          account_id: randomBytes(12).toString('hex'),
          username,
          username_key: username,
          email: `${username}@example.org`,
          email_key: `${username}@example.org`,
          display_name: username,
          password: 'none',
          must_change_password: 0,
          is_administrator: 0,
          state: 'active',
          created_at: now,
          updated_at: now,
        });
        roles.push({
          repository_id: repository,
          subject_type: 'account',
          subject_id: id,
          role: 'write',
          created_at: now,
        });
      }
      const id = generatePublicId();
      const secret = generateSecret('app_password');
      const { digest, keyVersion } = keys.digest(secret);
      credentials.push({
        id,
        kind: 'app_password',
        owner_type: 'account',
        owner_id: accounts.at(-1)?.id ?? '',
        parent_id: null,
        family_id: id,
        label: 'bench',
        digest,
        digest_key_version: keyVersion,
        paused_at: null,
        not_before: null,
        expires_at: null,
        retires_at: null,
        revoked_at: null,
        revoked_by: null,
        created_at: now,
        created_by: null,
        last_used_at: null,
      });
      scopes.push({ credential_id: id, scope: 'repository' });
      secrets.push(secret.reveal());
    }
    await database.transaction().execute(async (transaction) => {
      await transaction.insertInto('account').values(accounts).execute();
      await transaction.insertInto('repository_role').values(roles).execute();
      await transaction.insertInto('credential').values(credentials).execute();
      await transaction.insertInto('credential_scope').values(scopes).execute();
    });
  }
  await database.destroy();
  writeFileSync(join(folder, 'secrets.txt.new'), secrets.join('\n'), { mode: 0o600 });
  renameSync(join(folder, 'secrets.txt.new'), join(folder, 'secrets.txt'));
}

async function measure(): Promise<{ readonly wall: number; readonly cpu: number }> {
  const secrets = readFileSync(join(folder, 'secrets.txt'));
  const length = secrets.indexOf(10) + 1;
  const services = await openServices(readSettings({ data: folder }, {}), 'http://localhost');
  const gateway: Gateway = services;
  const check = async (): Promise<void> => {
    // Each in a go of its own, as requests are: what is read in one go is read under one lock.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const place = randomBelow(Number(count));
    const secret = secrets.toString('latin1', place * length, (place + 1) * length - 1);
    await enter(gateway, {
      operation: 'repository.fetch',
      targets: [{ type: 'repository', workspace: 'acme', repository: 'site' }],
      presented: {
        type: 'basic',
        userName: `user${Math.floor(place / CREDENTIALS_PER_ACCOUNT)}`,
        secret: new Secret(secret),
      },
      surface: 'git',
      address: '127.0.0.1',
    });
  };
  const many = Number(checks);
  for (let index = 0; index < many / 4; index++) await check();
  const cpu = process.cpuUsage();
  const begun = process.hrtime.bigint();
  for (let index = 0; index < many; index++) await check();
  const wall = Number(process.hrtime.bigint() - begun) / 1000 / many;
  const { user, system } = process.cpuUsage(cpu);
  await services.close();
  return { wall, cpu: (user + system) / many };
}

/** Uniform enough for choosing rows. */
const randomBelow = (limit: number): number => Math.floor(Math.random() * limit);

if (!existsSync(join(folder, 'secrets.txt'))) await make();
if (Number(checks) > 0) process.stdout.write(JSON.stringify(await measure()));
