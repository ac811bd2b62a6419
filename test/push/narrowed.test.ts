import { spawnSync } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { receivePush } from '../../src/acts/git/push.ts';
import { chooseBounds, pushLayer, type BoundsInput } from '../../src/credentials/index.ts';
import { enterAgain } from '../../src/entry/index.ts';
import { createRepository } from '../../src/git/create.ts';
import { at, basic, openHost, type TestHost } from '../acts/host.ts';
import { commandList, zero } from '../scenario/git-wire.ts';
import { gitOk, newRepository } from '../support/git.ts';
import { run } from '../support/run.ts';

/** A key that is narrowed while its push is on its way: between the command list, the objects and the last decision. */

let host: TestHost;
let body: Buffer;
let pack: Buffer;
let commit: string;
let folder: string;

beforeAll(async () => {
  host = await openHost();
  await host.person('ada');
  const workspace = await host.workspace('acme', 'ada');
  const id = await host.repository(workspace, 'app');
  folder = host.services.storage.pathOf(id, 'repository');
  await createRepository(folder);
  const local = await newRepository('narrowed', { 'src/x.c': 'x\n', 'docs/a.md': 'a\n' });
  commit = await gitOk(['rev-parse', 'HEAD'], { cwd: local });
  ({ stdout: pack } = spawnSync('git', ['pack-objects', '--stdout', '--revs', '-q'], {
    cwd: local,
    input: 'HEAD\n',
  }));
  body = Buffer.concat([commandList([[zero, commit, 'refs/heads/work']], 'report-status'), pack]);
});

/** Pushes, with a layer laid upon the key just before its `decision` (1: the objects, 2: the last) is taken again. */
async function push(decision: 1 | 2, layer: BoundsInput, first: BoundsInput = {}): Promise<string> {
  const { services } = host;
  await run('git', ['--git-dir', folder, 'update-ref', '-d', 'refs/heads/work']);
  const key = await host.appPassword('ada', ['repository:write']);
  await services.database.transaction().execute((trx) => pushLayer(trx, key.id, chooseBounds(first)));
  const grant = await host.enter('repository.push', at('acme/app'), basic('ada', key.secret), 'git');
  let taken = 0;
  const answer = await receivePush(services, grant, {
    version: 0,
    body: (async function* () {
      yield body;
    })(),
    decideAgain: async (database) => {
      taken += 1;
      if (taken === decision) await pushLayer(database, key.id, chooseBounds(layer));
      return enterAgain({ ...services, database }, grant);
    },
  });
  return (await buffer(answer)).toString('latin1').replaceAll(key.id, 'ID');
}

const stands = async () =>
  (await run('git', ['--git-dir', folder, 'rev-parse', '-q', '--verify', 'refs/heads/work'])).code === 0;

it('unless it is narrowed, it moves', async () => {
  expect(await push(1, {})).toContain('ok refs/heads/work');
  expect(await stands()).toBe(true);
});

const CASES: readonly (readonly [BoundsInput, RegExp])[] = [
  [{ paths: ['docs/**'] }, /only files that match docs/],
  [{ authorSelf: true }, /only commits whose committer is ada@example\.org/],
  [{ refs: ['refs/heads/other'] }, /it may change only refs\/heads\/other/],
  [{ maximumBytes: 10 }, /was narrowed while the push was on its way/],
  [{ networks: ['192.0.2.0/24'] }, /it may be used from 192\.0\.2\.0\/24 only/],
  [{ windows: ['Mon 00:00-00:01 UTC'] }, /it may be used only in Mon/],
  [{ repositories: ['another'] }, /confined to chosen repositories/],
];

it.each(CASES)('before its objects are looked at, by %j, it moves nothing', async (layer) => {
  const answer = await push(1, layer);
  expect(answer).toMatch(/ng refs\/heads\/work pre-receive hook declined/);
  expect(answer).not.toContain('ok refs');
  expect(await stands()).toBe(false);
});

it.each(CASES)('after its objects were looked at, by %j, it moves nothing', async (layer, says) => {
  const answer = await push(2, layer);
  expect(answer).toMatch(/ng refs\/heads\/work /);
  const byObjects = layer.paths !== undefined || layer.authorSelf === true || layer.refs !== undefined;
  expect(answer).toMatch(byObjects ? /was narrowed while the push was on its way; push again/ : says);
  expect(await stands()).toBe(false);
});

it('after its objects were looked at for one bound, another one of the kind is not taken for seen', async () => {
  expect(await push(2, { paths: ['docs/**'] }, { paths: ['**'] })).toMatch(
    /ng refs\/heads\/work What may be pushed/,
  );
  expect(await stands()).toBe(false);
  expect(await push(2, { refs: ['refs/heads/w*:force'] }, { refs: ['refs/heads/*'] })).toMatch(
    /ng refs\/heads\/work ID: on refs\/heads\/work it may force/,
  );
  expect(await stands()).toBe(false);
});

it('by something that allows it still, it moves', async () => {
  expect(await push(1, { paths: ['docs/**', 'src/*'] })).toContain('ok refs/heads/work');
  expect(await push(2, { refs: ['refs/heads/work'] }, { refs: ['refs/heads/*'] })).toContain(
    'ok refs/heads/work',
  );
  expect(await push(2, { uses: 1, pushes: 1 })).toContain('ok refs/heads/work');
  expect(await stands()).toBe(true);
});

it('bytes behind a pack that are too many are answered by what became of it', async () => {
  const { services } = host;
  for (const wait of [0, 300]) {
    await run('git', ['--git-dir', folder, 'update-ref', '-d', 'refs/heads/work']);
    const key = await host.appPassword('ada', ['repository:write']);
    const bounds = chooseBounds({ maximumBytes: pack.length });
    await services.database.transaction().execute((trx) => pushLayer(trx, key.id, bounds));
    const grant = await host.enter('repository.push', at('acme/app'), basic('ada', key.secret), 'git');
    const answer = await receivePush(services, grant, {
      version: 0,
      body: (async function* () {
        yield body;
        await delay(wait);
        yield Buffer.from('more');
      })(),
      decideAgain: (database) => enterAgain({ ...services, database }, grant),
    });
    const text = (await buffer(answer)).toString('latin1');
    expect(text.includes('ok refs/heads/work')).toBe(await stands());
    expect(text.includes('it may push at most')).toBe(!(await stands()));
  }
});
