import { readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { git, gitOk, newRepository, withCredentials, workFolder } from '../support/git.ts';
import { describeOnPostgres, freshDatabase } from '../support/postgres.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import { basic, send } from './git-wire.ts';

/** Two server processes with one PostgreSQL and one set of repositories between them. */
await describeOnPostgres('counted uses on two nodes', () => {
  let one: TestServer;
  let two: TestServer;
  let made: World;
  let local: string;
  let id: string;

  beforeAll(async () => {
    const environment = { LATCHKEY_DATABASE: (await freshDatabase()).url };
    one = await startServer({ database: 'sqlite', environment });
    made = world(one);
    await made.usual();
    two = await startServer({ database: 'sqlite', environment });
    await two.stop();
    for (const shared of ['repositories', 'secrets']) {
      expect(readdirSync(one.data)).toContain(shared);
      renameSync(join(two.data, shared), join(two.data, `${shared}.own`));
      symlinkSync(join(one.data, shared), join(two.data, shared));
    }
    await two.restart();
    local = await newRepository('nodes');
    id = await gitOk(['rev-parse', 'HEAD'], { cwd: local });
    await gitOk(
      ['push', at(one, await made.appPassword('ada', ['repository:write'])), 'HEAD:refs/heads/main'],
      { cwd: local },
    );
  });

  const at = (server: TestServer, secret: string) =>
    withCredentials(`${server.url}/acme/app.git`, 'ada', secret);
  const key = (...options: readonly string[]) =>
    made.do(['app-password', 'create', 'ada', '--label', 'n', '--scope', 'repository:write', ...options]);
  const refs = async (prefix: string) =>
    (await gitOk(['ls-remote', at(one, await key()), `refs/heads/${prefix}*`]))
      .split('\n')
      .filter((line) => line !== '').length;
  /** Twenty-five at each node, all at once. */
  const fifty = <Result>(work: (server: TestServer, number: number) => Promise<Result>) =>
    Promise.all(Array.from({ length: 50 }, (_, number) => work(number % 2 === 0 ? one : two, number)));

  it.each([
    ['--uses', '3', 3],
    ['--one-push', '', 1],
  ] as const)('of fifty pushes at once with %s %s, %d succeed', async (option, value, allowed) => {
    const secret = await key(option, ...(value === '' ? [] : [value]));
    const prefix = option.replaceAll('-', '');
    const done = await fifty((server, number) =>
      git(['push', at(server, secret), `${id}:refs/heads/${prefix}${number}`], { cwd: local }),
    );
    expect(done.filter(({ code }) => code === 0)).toHaveLength(allowed);
    expect(await refs(prefix)).toBe(allowed);
  });

  it('of fifty requests at once, as many are answered as the key is good for', async () => {
    const secret = await key('--uses', '7');
    const done = await fifty((server) =>
      send(server, '/2.0/repositories/acme/app', { headers: { authorization: basic('ada', secret) } }),
    );
    expect(done.filter(({ status }) => status === 200)).toHaveLength(7);
    expect(done.filter(({ status }) => status === 403)).toHaveLength(43);
  });

  it('of clones and pushes at once under two layers, none is counted twice or forgotten', async () => {
    const id4 = JSON.parse(await key('--uses', '6', '--one-push', '--json')) as {
      id: string;
      secret: string;
    };
    await made.do(['credential', 'narrow', id4.id, '--uses', '4']);
    const done = await fifty((server, number) =>
      number % 5 === 0
        ? git(['push', at(server, id4.secret), `${id}:refs/heads/mixed${number}`], { cwd: local })
        : git(['clone', '-q', at(server, id4.secret), workFolder(`mixed-${number}`)]),
    );
    expect(done.filter(({ code }) => code === 0)).toHaveLength(4);
    expect(await refs('mixed')).toBeLessThanOrEqual(1);
  });

  it('narrowing at one node holds at the other from the next request on', async () => {
    const made2 = JSON.parse(await key('--json')) as { id: string; secret: string };
    await gitOk(['ls-remote', at(two, made2.secret)]);
    await made.do(['credential', 'narrow', made2.id, '--from', '192.0.2.0/24']);
    for (const server of [one, two])
      expect((await git(['ls-remote', at(server, made2.secret)])).code).not.toBe(0);
  });
});
