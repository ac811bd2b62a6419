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

  it('and that cannot be written is a failure, said in a sentence', async () => {
    expect(await verb(['credential', 'list'], '> /dev/full')).toEqual({
      code: 1,
      stderr: 'latchkey: Standard output could not be written: ENOSPC: no space left on device, write.\n',
    });
  });
});
