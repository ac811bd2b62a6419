import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { gitOk, newRepository, realGit, workFolder } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

let server: TestServer;
let url: string;
let refs: string;

const bin = (): string => join(workFolder('bin'), 'git');
const started = (): string => workFolder('started');
const other = (): string => workFolder('other');

beforeAll(async () => {
  mkdirSync(workFolder('bin'));
  // A Git that writes down what it was started for, and may say another version of itself.
  writeFileSync(
    bin(),
    `#!/bin/sh
echo "$*" >>'${started()}'
[ "$1" = version ] && [ -e '${other()}' ] && exec cat '${other()}'
exec '${realGit()}' "$@"
`,
    { mode: 0o755 },
  );
  server = await startServer({ environment: { PATH: `${workFolder('bin')}:${process.env['PATH']}` } });
  const made = world(server);
  const { secret } = await made.usual();
  url = made.cloneUrl('acme/app', 'ada', secret);
  const cwd = await newRepository('app');
  await gitOk(['push', '--quiet', url, 'HEAD:main', 'HEAD:refs/heads/second'], { cwd });
  refs = await gitOk(['ls-remote', url]);
  await server.restart();
});

/** How often Git was started to learn from it while all refs were listed as they are. */
async function startsOfListing(): Promise<number> {
  rmSync(started(), { force: true });
  expect(await gitOk(['ls-remote', url])).toBe(refs);
  return readFileSync(started(), 'utf8')
    .trim()
    .split('\n')
    .filter((line) => !/^(?:cat-file|version)/.test(line)).length;
}

const kept = (): string => join(server.data, 'cache/git-words/sha1');

it('learns what Git says of itself once, and not again at the next start', async () => {
  expect(refs.split('\n')).toHaveLength(3);
  expect(await startsOfListing()).toBe(0);
});

it.each([
  ['empty', () => writeFileSync(kept(), '')],
  ['cut off', () => writeFileSync(kept(), readFileSync(kept()).subarray(0, 100))],
  ['something else', () => writeFileSync(kept(), 'capabilities')],
  ['of another version', () => writeFileSync(other(), 'git version 1.0.0\n')],
  ['of another Git', () => utimesSync(bin(), new Date(), new Date(1_700_000_000_000))],
])('learns it anew where what was kept is %s', async (_what, damage) => {
  damage();
  await server.restart();
  expect(await startsOfListing()).toBeGreaterThan(10);
  expect(readdirSync(join(server.data, 'cache/git-words'))).toEqual(['sha1']);
  await server.restart();
  expect(await startsOfListing()).toBe(0);
});
