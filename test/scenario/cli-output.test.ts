import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../support/run.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { env, folder, main } from '../support/verbs.ts';
import { world } from '../support/world.ts';

describe('what a verb prints', () => {
  let server: TestServer;
  let id: string;
  beforeAll(async () => {
    server = await startServer({ database: 'sqlite' });
    await world(server).usual();
    [{ id }] = JSON.parse((await server.cli(['credential', 'list', '--json'])).stdout) as [{ id: string }];
  });

  /** A verb in a shell, with its standard output as said there; its own exit code, and what stood on standard error. */
  async function verb(args: readonly string[], output: string) {
    const code = join(await folder(), 'code');
    const { stderr } = await run(
      'sh',
      [
        '-c',
        `{ "$0" "$@"; echo $? > '${code}'; } ${output}; sleep 0.1`,
        process.execPath,
        main,
        ...args,
        '--data',
        server.data,
      ],
      { env },
    );
    return { code: Number(await readFile(code, 'utf8')), stderr };
  }

  it('and nobody reads changes nothing of its exit code', async () => {
    for (const [args, code] of [
      [['explain', id, 'account.view'], 1],
      [['explain', id, 'repository.fetch', 'acme/app'], 0],
      [['credential', 'list', '--json'], 0],
    ] as const) {
      expect([args, await verb(args, '| true')]).toEqual([args, { code, stderr: '' }]);
    }
  });

  it('once is taken back where nobody can have it', async () => {
    const { do: perform } = world(server);
    const consumer = (name: string) =>
      `oauth-consumer create acme --name ${name} --scope repository --callback https://shop.example.com/`.split(
        ' ',
      );
    const { key } = JSON.parse(await perform(consumer('shop'))) as { key: string };
    const live = async () => {
      const listed = JSON.parse(await perform(['credential', 'list', '--json'])) as {
        id: string;
        state: string;
      }[];
      return listed.filter(({ state }) => ['active', 'retiring'].includes(state)).map((each) => each.id);
    };
    const before = await live();
    const password = ['app-password', 'create', 'ada', '--label', 'x', '--scope', 'wiki'];
    const takings = [
      [password, 'cred_\\w+ was revoked again'],
      [password, 'cred_\\w+ was revoked again', '| true'],
      [[...password, '--json'], 'cred_\\w+ was revoked again'],
      [
        ['access-token', 'create', 'acme/app', '--name', 'x', '--scope', 'wiki'],
        'cred_\\w+ was revoked again',
      ],
      [consumer('till'), 'the consumer \\w+ was deleted again'],
      [
        ['oauth-consumer', 'replace-secret', 'acme', key],
        'cred_\\w+ was revoked again, and the secret before it still ends as was asked, so run this again',
      ],
    ] as const;
    await Promise.all(
      takings.map(async ([args, does, output = '> /dev/full']) => {
        const { code, stderr } = await verb(args, output);
        expect([args, output, code]).toEqual([args, output, 1]);
        expect(stderr).toMatch(
          new RegExp(
            `^latchkey: Standard output could not be written \\(.+\\), and a secret is shown once: ${does}\\.\\n$`,
          ),
        );
      }),
    );
    expect(await live()).toEqual(before);
    expect((await perform(['oauth-consumer', 'list', 'acme'])).split('\n')).toHaveLength(1);
  });

  it('once is not even made where it is known beforehand that nobody can have it', async () => {
    const { do: perform } = world(server);
    const consumer = ['--name', 'stall', '--scope', 'repository', '--callback', 'https://stall.example.com/'];
    const { key } = JSON.parse(await perform(['oauth-consumer', 'create', 'acme', ...consumer])) as {
      key: string;
    };
    const before = await perform(['credential', 'list', '--json']);
    const verbs = [
      ['app-password', 'create', 'ada', '--label', 'x', '--scope', 'wiki'],
      ['access-token', 'create', 'acme/app', '--name', 'x', '--scope', 'wiki'],
      ['oauth-consumer', 'create', 'acme', ...consumer],
      ['oauth-consumer', 'replace-secret', 'acme', key, '--overlap-days', '0'],
    ];
    await Promise.all(
      verbs.map(async (args, index) => {
        const output = index % 2 === 0 ? '>&-' : '> /dev/null';
        expect([args, await verb(args, output)]).toEqual([
          args,
          {
            code: 1,
            stderr:
              'latchkey: Standard output leads nowhere, and a secret is shown once, so nothing was made: let it go to a terminal, a file or a program.\n',
          },
        ]);
      }),
    );
    expect(await perform(['credential', 'list', '--json'])).toBe(before);
    const publicOne = ['oauth-consumer', 'create', 'acme', ...consumer.with(1, 'kiosk'), '--public'];
    expect(await verb(publicOne, '> /dev/null')).toEqual({ code: 0, stderr: '' });
  });

  it('once of a successor that nobody has is replaced, and its line goes on', async () => {
    const { do: perform } = world(server);
    const made = JSON.parse(
      await perform('access-token create acme/app --name line --scope wiki --json'.split(' ')),
    ) as { id: string; bot_email: string };
    const lost = await verb(['credential', 'replace', made.id, '--overlap-days', '0'], '> /dev/full');
    expect(lost.code).toBe(1);
    const [, next = ''] =
      /so replace that one: latchkey credential replace (cred_\w+)\.\n$/.exec(lost.stderr) ?? [];
    expect(await perform(['credential', 'replace', next, '--overlap-days', '0'])).toMatch(/^lkrt_/);
    const listed = JSON.parse(await perform(['credential', 'list', '--json'])) as {
      label: string;
      state: string;
      app_user: { account_id: string };
    }[];
    const line = listed.filter(({ label }) => label === 'line');
    expect(line.map(({ state }) => state)).toEqual(['active', 'expired', 'expired']);
    expect(made.bot_email).toContain(line[0]!.app_user.account_id);
  });

  it('again after that is confined as it was', async () => {
    const { do: perform } = world(server);
    const shop = ['--name', 'desk', '--scope', 'repository', '--callback', 'https://till.example.com/'];
    const { key } = JSON.parse(await perform(['oauth-consumer', 'create', 'acme', ...shop])) as {
      key: string;
    };
    const newest = async () => {
      const listed = JSON.parse(await perform(['credential', 'list', '--json'])) as {
        id: string;
        bounds: string[];
      }[];
      return listed[0]!;
    };
    await perform(['credential', 'narrow', (await newest()).id, '--from', '192.0.2.0/24']);
    const { bounds } = await newest();
    const replace = ['oauth-consumer', 'replace-secret', 'acme', key, '--overlap-days', '0'];
    expect((await verb(replace, '> /dev/full')).code).toBe(1);
    await perform(replace);
    expect(bounds).toHaveLength(1);
    expect((await newest()).bounds).toEqual(bounds);
  });

  it('and that cannot be written is a failure, said in a sentence', async () => {
    expect(await verb(['credential', 'list'], '> /dev/full')).toEqual({
      code: 1,
      stderr: 'latchkey: Standard output could not be written: ENOSPC: no space left on device, write.\n',
    });
  });
});
