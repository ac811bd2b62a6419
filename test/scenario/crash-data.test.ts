import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPersonalCredential } from '../../src/acts/credentials/create-personal.ts';
import { inspectHost } from '../../src/acts/host/inspect.ts';
import { reconcileDisk } from '../../src/acts/host/reconcile-disk.ts';
import { createRepository } from '../../src/acts/repositories/create.ts';
import { deleteRepository, purgeDeleted } from '../../src/acts/repositories/remove.ts';
import { changePassword } from '../../src/acts/accounts/password.ts';
import { signIn } from '../../src/acts/accounts/sign-in.ts';
import { readSettings } from '../../src/config.ts';
import { Secret } from '../../src/credentials/index.ts';
import { enter, enterAsJob, enterAsOperator, type Presented } from '../../src/entry/index.ts';
import { createRepository as makeRepository } from '../../src/git/create.ts';
import { writingHandle } from '../../src/git/handle.ts';
import { openServices, type Services } from '../../src/services.ts';
import { at, nothing, openHost, refusalOf } from '../acts/host.ts';
import { BuiltRepository } from '../git/build-repository.ts';
import { projectRoot } from '../support/run.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

const main = join(projectRoot, 'dist/main.js');
const ROUNDS = 6;
const onHost = [{ type: 'host' }] as const;

/** Starts a verb and kills it after some milliseconds, wherever it is then. Resolves with what it had printed. */
function killedVerb(data: string, args: readonly string[], after: number): Promise<string> {
  const child = spawn(process.execPath, [main, ...args, '--data', data], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: join(projectRoot, '.cache/compile'),
      LC_ALL: 'C.UTF-8',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), after);
  return new Promise((resolve) => {
    child.once('close', () => {
      clearTimeout(timer);
      resolve(printed);
    });
  });
}

const inProcess = async <Result>(
  data: string,
  work: (services: Services) => Promise<Result>,
): Promise<Result> => {
  const services = await openServices(readSettings({ data }, {}), 'http://localhost:7990');
  try {
    return await work(services);
  } finally {
    await services.close();
  }
};

/** Every row has its folder, and what lies beside is only what was never finished. */
async function consistent(server: TestServer): Promise<Set<string>> {
  const { stdout } = await server.cli(['doctor', '--json']);
  const findings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { part: string; name: string; healthy: boolean });
  expect(findings.filter(({ healthy }) => !healthy)).toEqual([]);
  return new Set(findings.filter(({ part }) => part === 'repository').map(({ name }) => name));
}

describe('killed at any moment', () => {
  it('a command line loses nothing that it said was created, and leaves nothing half-made', async () => {
    const server = await startServer({ database: 'sqlite' });
    const { account, workspace } = world(server);
    await account('ada');
    await workspace('acme', 'ada');
    const started = Date.now();
    await server.cli(['repository', 'create', 'acme/measure']);
    const usual = Date.now() - started;
    const said = new Set<string>(['acme/measure']);
    for (let round = 0; round < ROUNDS; round++) {
      // Spread over the last part of the time that it takes, when it works.
      const delays = [0.45, 0.75, 1.05].map((part) => usual * (part + (round / ROUNDS) * 0.3));
      const printed = await Promise.all(
        delays.map((delay, i) =>
          killedVerb(server.data, ['repository', 'create', `acme/r${round}-${i}`], delay),
        ),
      );
      for (const line of printed) {
        const name = /^Created private repository (\S+) /.exec(line)?.[1];
        if (name !== undefined) said.add(name);
      }
    }
    const found = await consistent(server);
    for (const name of said) expect(found).toContain(name);
    await server.restart();
    expect(await consistent(server)).toEqual(found);

    // A later start, when nothing can be in the making any more, takes away what no row names.
    await server.stop();
    await inProcess(server.data, async (services) => {
      const later = { ...services, clock: () => Date.now() + 2 * 3600_000 };
      await reconcileDisk(later, await enterAsJob(later, 'reconcile', 'host.inspect', onHost));
      const rows = await services.database.selectFrom('repository').select('id').execute();
      const shelves = await services.storage.shelves();
      const folders = (await Promise.all(shelves.map((shelf) => readdir(shelf)))).flat();
      expect(folders.toSorted()).toEqual(rows.map(({ id }) => `${id}.git`).toSorted());
      const unheard = await services.database
        .selectFrom('audit')
        .selectAll()
        .where('operation', '=', 'repository.create')
        .execute();
      expect(unheard.map((entry) => String(entry.target_id)).toSorted()).toEqual(
        rows.map(({ id }) => id).toSorted(),
      );
    });
  });

  it('a command line that said Revoked has revoked, and what it said stays said', async () => {
    const server = await startServer({ database: 'sqlite' });
    const { account } = world(server);
    await account('ada');
    const secrets = await inProcess(server.data, async (services) => {
      const grant = await enterAsOperator(services, 'app_password.create', [
        { type: 'account', account: 'ada' },
      ]);
      const made = [];
      for (let i = 0; i < ROUNDS * 3; i++) {
        const { id, secret } = await createPersonalCredential(services, grant, {
          label: `c${i}`,
          scopes: ['account'],
        });
        made.push({ id, secret: secret.reveal() });
      }
      return made;
    });
    const started = Date.now();
    await server.cli(['credential', 'list']);
    const usual = Date.now() - started;
    const said = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const batch = secrets.slice(round * 3, round * 3 + 3);
      const printed = await Promise.all(
        batch.map(({ id }, i) =>
          killedVerb(
            server.data,
            ['credential', 'revoke', id],
            usual * (0.5 + i * 0.25 + (round / ROUNDS) * 0.2),
          ),
        ),
      );
      for (const line of printed) {
        const id = /^Revoked (\S+)\./.exec(line)?.[1];
        if (id !== undefined) said.add(id);
      }
    }
    await server.kill();
    await server.restart();
    await inProcess(server.data, async (services) => {
      for (const { id, secret } of secrets) {
        const presented: Presented = { type: 'basic', userName: 'ada', secret: new Secret(secret) };
        const request = {
          operation: 'account.view',
          targets: [{ type: 'account', self: true }],
          presented,
          surface: 'rest',
          address: '',
        } as const;
        const row = await services.database
          .selectFrom('credential')
          .select('revoked_at')
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        if (said.has(id)) expect(row.revoked_at).not.toBeNull();
        if (row.revoked_at === null) await expect(enter(services, request)).resolves.toBeDefined();
        else
          expect(await refusalOf(enter(services, request))).toMatchObject({
            code: 'credential_ended',
            state: 'revoked',
          });
        const audited = await services.database
          .selectFrom('audit')
          .select('sequence')
          .where('operation', '=', 'credential.revoke')
          .where('target_id', '=', id)
          .execute();
        expect(audited).toHaveLength(row.revoked_at === null ? 0 : 1);
      }
    });
  });

  it('a server starts again, on the same data and with no lock in its way', async () => {
    const server = await startServer({ database: 'sqlite' });
    const { account, workspace, appPassword } = world(server);
    await account('ada');
    await workspace('acme', 'ada');
    for (let round = 0; round < 3; round++) {
      const creating = server.cli(['repository', 'create', `acme/r${round}`]);
      const secret = appPassword('ada', ['repository']);
      await server.kill();
      await server.restart();
      expect((await creating).code).toBe(0);
      expect(await secret).toMatch(/^lkap_/);
    }
    expect(await consistent(server)).toEqual(new Set(['acme/r0', 'acme/r1', 'acme/r2']));
  });
});

describe('what a crash left behind', () => {
  async function withAcme() {
    const host = await openHost();
    const { services } = host;
    await host.person('ada');
    await host.workspace('acme', 'ada');
    const inAcme = [{ type: 'workspace', workspace: 'acme' }] as const;
    return { host, services, grant: await enterAsOperator(services, 'repository.create', inAcme) };
  }

  it('is cleared at a later start: half-made, half-removed and damaged folders, but nothing young and nothing known', async () => {
    const { services, grant } = await withAcme();
    const kept = await createRepository(services, grant, { slug: 'kept' });
    const orphan = await createRepository(services, grant, { slug: 'orphan' });
    const damaged = await createRepository(services, grant, { slug: 'damaged' });
    for (const { id } of [orphan, damaged])
      await services.database.deleteFrom('repository').where('id', '=', id).execute();
    await rm(join(services.storage.pathOf(damaged.id, 'repository'), 'HEAD'));
    const shelf = join(services.storage.pathOf(kept.id, 'repository'), '..');
    await mkdir(join(shelf, `${orphan.id}.git.unfinished-0123456789ab`, 'objects'), { recursive: true });
    await mkdir(join(shelf, `${damaged.id}.git.removed`, 'objects'), { recursive: true });
    await writeFile(join(services.storage.root, 'a file that somebody put here'), '');
    const folders = async () => (await services.storage.list()).map(({ id }) => id).toSorted();

    const reconcile = async (now: number) => {
      const then = { ...services, clock: () => now };
      await reconcileDisk(then, await enterAsJob(then, 'reconcile', 'host.inspect', onHost));
    };
    await reconcile(Date.now());
    expect(await folders()).toEqual([kept.id, orphan.id, damaged.id].toSorted());
    await reconcile(Date.now() + 2 * 3600_000);
    expect(await folders()).toEqual([kept.id]);
    expect(await readdir(shelf)).toEqual([`${kept.id}.git`]);
    expect((await stat(join(services.storage.pathOf(kept.id, 'repository'), 'HEAD'))).isFile()).toBe(true);
  });

  it('is not what a lost database, or an older one, does not know: that is left alone, and told', async () => {
    const { services, grant } = await withAcme();
    const filled = await createRepository(services, grant, { slug: 'filled' });
    await createRepository(services, grant, { slug: 'empty' });
    const path = services.storage.pathOf(filled.id, 'repository');
    const handle = writingHandle(filled.id, 'repository', path);
    await new BuiltRepository(path, handle).commit({
      branch: 'main',
      files: [{ path: 'a', content: 'a' }],
    });
    // Nothing was ever written into its wiki; what cannot be looked into may hold anything.
    await makeRepository(services.storage.pathOf(filled.id, 'wiki'));
    const odd = await createRepository(services, grant, { slug: 'odd' });
    const oddPath = services.storage.pathOf(odd.id, 'repository');
    await rm(join(oddPath, 'objects', 'pack'), { recursive: true });
    await writeFile(join(oddPath, 'objects', 'pack'), '');
    // As a database that was never told of them.
    await services.database.deleteFrom('repository').execute();
    await services.database.deleteFrom('audit').execute();
    const unknownTo = async (host: Services) => {
      const findings = [];
      const inspect = await enterAsJob(host, 'reconcile', 'host.inspect', onHost);
      for await (const finding of inspectHost(host, inspect, 'quick')) findings.push(finding);
      return findings.filter(({ part }) => part === 'repository');
    };
    // As one that was restored a moment ago.
    const young = await unknownTo(services);
    expect(young.map(({ name }) => name).toSorted()).toEqual([filled.id, odd.id].toSorted());
    for (const { healthy, says } of young) {
      expect([healthy, says]).toEqual([false, expect.stringMatching(/less than an hour/)]);
    }
    const later = { ...services, clock: () => Date.now() + 2 * 3600_000 };
    await reconcileDisk(later, await enterAsJob(later, 'reconcile', 'host.inspect', onHost));
    const left = (await services.storage.list()).map(({ id, kind }) => `${id} ${kind}`);
    expect(left.toSorted()).toEqual(
      [`${filled.id} repository`, `${filled.id} wiki`, `${odd.id} repository`].toSorted(),
    );
    expect((await stat(join(path, 'objects'))).isDirectory()).toBe(true);
    const told = await unknownTo(later);
    expect(told.map(({ name }) => name).toSorted()).toEqual([filled.id, odd.id].toSorted());
    for (const { healthy, says } of told) {
      expect([healthy, says]).toEqual([false, expect.stringMatching(/the database does not know it/)]);
    }
  });

  it('of a purge is finished: the row is gone, and so is the folder', async () => {
    const host = await openHost();
    const { services } = host;
    await host.person('ada');
    await host.workspace('acme', 'ada');
    const { id } = await createRepository(
      services,
      await enterAsOperator(services, 'repository.create', [{ type: 'workspace', workspace: 'acme' }]),
      { slug: 'gone' },
    );
    await deleteRepository(services, await enterAsOperator(services, 'repository.delete', [at('acme/gone')]));
    host.now += services.deletedRepositoryMs + 1;
    const storage = new Proxy(services.storage, {
      get: (target, name) => {
        if (name === 'remove') throw new Error('the power went');
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const purge = await enterAsJob(services, 'purge', 'repository.purge', onHost);
    await expect(purgeDeleted({ ...services, storage }, purge)).rejects.toThrow('the power went');
    const later = { ...services, clock: () => Date.now() + 2 * 3600_000 };
    await reconcileDisk(later, await enterAsJob(later, 'reconcile', 'host.inspect', onHost));
    expect((await services.storage.list()).some((each) => each.id === id)).toBe(false);
    expect(await purgeDeleted(services, purge)).toBe(0);
  });
});

describe('the first administrator', () => {
  it('is printed once, must choose a password before anything else, and then the printed one is worth nothing', async () => {
    const server = await startServer({ database: 'sqlite' });
    const printed = /^ {4}(\S{20})$/m.exec(server.output())?.[1] ?? '';
    expect(printed).not.toBe('');
    await server.restart();
    await server.kill();
    await server.restart();
    expect(server.output().split(printed)).toHaveLength(2);
    expect(server.output().match(/First start/g)).toHaveLength(1);
    for (const name of await readdir(server.data)) {
      if (name.startsWith('latchkey.db'))
        expect((await readFile(join(server.data, name))).includes(printed)).toBe(false);
    }
    await server.stop();

    await inProcess(server.data, async (services) => {
      const session = {
        operation: 'session.create',
        targets: onHost,
        presented: nothing,
        surface: 'web',
        address: '127.0.0.1',
      } as const;
      const sign = async (password: string, name = 'admin') => {
        const browser = { userAgent: 'test', known: undefined };
        const signedIn = await signIn(services, await enter(services, session), { name, password, browser });
        if ('pending' in signedIn) throw new Error('no second step was set up');
        return signedIn;
      };
      await expect(sign(`${printed}x`)).rejects.toMatchObject({ name: 'Problem', code: 'invalid' });
      const first = await sign(printed);
      expect(first.mustChangePassword).toBe(true);
      const cookie = (token: string): Presented => ({ type: 'cookie', token: new Secret(token) });
      const ask = <Op extends 'account.list' | 'account.password'>(operation: Op, token: string) =>
        enter(services, {
          operation,
          targets: operation === 'account.list' ? onHost : [{ type: 'account', self: true }],
          presented: cookie(token),
          surface: 'web',
          address: '127.0.0.1',
        });
      expect(await refusalOf(ask('account.list', first.token))).toEqual({ code: 'password_change_needed' });

      const changing = await ask('account.password', first.token);
      await expect(
        changePassword(services, changing, { current: 'wrong', next: 'correct horse battery' }),
      ).rejects.toMatchObject({ fields: { current: expect.anything() } });
      await expect(
        changePassword(services, changing, { current: printed, next: 'short' }),
      ).rejects.toMatchObject({ fields: { next: expect.anything() } });
      await expect(
        changePassword(services, changing, { current: printed, next: printed }),
      ).rejects.toMatchObject({ fields: { next: expect.anything() } });
      const elsewhere = await sign(printed).catch(() => undefined);
      await changePassword(services, changing, { current: printed, next: 'correct horse battery' });
      await expect(ask('account.list', first.token)).resolves.toBeDefined();
      if (elsewhere !== undefined)
        expect(await refusalOf(ask('account.password', elsewhere.token))).toMatchObject({
          code: 'sign_in_needed',
        });
      await expect(sign(printed)).rejects.toMatchObject({ code: 'invalid' });
      expect((await sign('correct horse battery')).mustChangePassword).toBe(false);
    });
  });
});
