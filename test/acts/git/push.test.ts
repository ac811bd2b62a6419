import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pushFromHere } from '../../../src/acts/git/push-from-here.ts';
import { receivePush } from '../../../src/acts/git/push.ts';
import { reconcilePushes, settleLeftPushes } from '../../../src/acts/git/reconcile.ts';
import { enterAgain, enterAsJob } from '../../../src/entry/index.ts';
import { Refused, type Grant } from '../../../src/gate/index.ts';
import { createRepository } from '../../../src/git/create.ts';
import { encodeCommit, encodeTree } from '../../../src/git/encode-object.ts';
import { newObject, type NewObject } from '../../../src/git/pack-writer.ts';
import { completePush, insertPush } from '../../../src/push/index.ts';
import type { Services } from '../../../src/services.ts';
import { commitFiles, gitOk, newRepository, workFolder } from '../../support/git.ts';
import { commandList, zero } from '../../scenario/git-wire.ts';
import { at, openHost, type TestHost } from '../host.ts';

let host: TestHost;
let repositoryId: string;
let folder: string;
let grant: Grant<'repository.push'>;
let id: string;
let pack: Buffer;
let count = 0;

beforeAll(async () => {
  host = await openHost();
  await host.person('ada');
  const local = await newRepository('acts-push');
  id = await commitFiles(local, { 'a.txt': 'a' });
  await gitOk(['pack-objects', '--all', '--quiet', workFolder('acts')], { cwd: local, input: '' });
  const name = readdirSync(workFolder()).find((file) => /^acts-[0-9a-f]+\.pack$/.test(file)) ?? '';
  pack = readFileSync(workFolder(name));
});

beforeEach(async () => {
  count += 1;
  const workspace = await host.workspace(`w${count}`, 'ada');
  repositoryId = await host.repository(workspace, 'app');
  folder = host.services.storage.pathOf(repositoryId, 'repository');
  await createRepository(folder);
  grant = await enterAsJob(host.services, 'test', 'repository.push', [at(`w${count}/app`)]);
});

async function* chunks(...parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* parts;
}

const tip = () => gitOk(['--git-dir', folder, 'rev-parse', 'refs/heads/main']);
const refs = () => gitOk(['--git-dir', folder, 'for-each-ref', '--format=%(refname)']);
const pushes = () =>
  host.services.database
    .selectFrom('push')
    .innerJoin('push_ref', 'push_ref.push_id', 'push.id')
    .select(['push.state', 'push_ref.ref', 'push_ref.moved'])
    .where('push.repository_id', '=', repositoryId)
    .orderBy('push_ref.ref')
    .execute();

const revoked = new Refused({
  code: 'credential_ended',
  credentialId: 'cred_1',
  kind: 'app_password',
  state: 'revoked',
  at: 0,
});

async function push(
  commands: Parameters<typeof commandList>[0],
  decide: (time: number) => void,
  capabilities = 'report-status',
) {
  let time = 0;
  const answer = await receivePush(host.services, grant, {
    version: 0,
    body: chunks(commandList(commands, capabilities), pack),
    async decideAgain(database) {
      time += 1;
      decide(time);
      return enterAgain({ ...host.services, database }, grant);
    },
  });
  return { text: (await buffer(answer)).toString(), times: time };
}

const both = () =>
  [
    [zero, id, 'refs/heads/a'],
    [zero, id, 'refs/heads/b'],
  ] as const;

describe('a push', () => {
  it('is decided anew on its objects and before its refs, and recorded', async () => {
    const { text, times } = await push(both(), () => {});
    expect(text).toContain('unpack ok');
    expect(text).toContain('ok refs/heads/a\n');
    expect(times).toBe(2);
    expect(await refs()).toBe('refs/heads/a\nrefs/heads/b');
    expect(await pushes()).toEqual([
      { state: 'completed', ref: 'refs/heads/a', moved: 1 },
      { state: 'completed', ref: 'refs/heads/b', moved: 1 },
    ]);
    expect(readFileSync(join(folder, 'HEAD'), 'utf8')).toBe('ref: refs/heads/a\n');
  });

  it('moves nothing when the right to it ends between its objects and its refs', async () => {
    for (const capabilities of ['report-status', 'report-status atomic']) {
      const { text } = await push(
        both(),
        (time) => {
          if (time === 2) throw revoked;
        },
        capabilities,
      );
      expect(text).toMatch(/ng refs\/heads\/a This is an app password \(cred_1\) that was revoked on/);
      expect(text).toMatch(/ng refs\/heads\/b This is an app password/);
    }
    expect(await refs()).toBe('');
    expect(await pushes()).toEqual([]);
  });

  it('moves nothing when it cannot be decided or recorded', async () => {
    for (const failing of [1, 2]) {
      const { text } = await push(both(), (time) => {
        if (time === failing) throw new Error('database is gone');
      });
      expect(text).toMatch(
        failing === 1
          ? /ng refs\/heads\/a pre-receive hook declined/
          : /ng refs\/heads\/a The push could not be recorded/,
      );
      expect(text).not.toContain('gone');
    }
    expect(await refs()).toBe('');
    expect(await pushes()).toEqual([]);
  });
});

describe('reconciling', () => {
  it('writes down the end of pushes whose end was not written', async () => {
    await push([[zero, id, 'refs/heads/moved']], () => {});
    const { database } = host.services;
    const open = {
      repositoryId,
      data: 'repository',
      commands: [
        { ref: 'refs/heads/moved', old: zero, new: id },
        { ref: 'refs/heads/not', old: zero, new: id },
        { ref: 'refs/heads/gone', old: id, new: zero },
      ],
      principal: grant.principal,
      address: null,
    } as const;
    await database.transaction().execute((trx) => insertPush(trx, open, host.now - 60_000));
    await database
      .transaction()
      .execute((trx) =>
        insertPush(trx, { ...open, repositoryId: '00000000-0000-4000-8000-000000000000' }, 1),
      );
    const job = await enterAsJob(host.services, 'reconcile', 'host.inspect', [{ type: 'host' }]);
    const found = await reconcilePushes(host.services, job, (record) =>
      enterAsJob(host.services, 'reconcile', 'repository.push', [
        { type: 'repository', workspace: '{}', repository: `{${record.repositoryId}}` },
      ]),
    );
    expect(found).toBe(2);
    expect(await pushes()).toEqual([
      { state: 'completed', ref: 'refs/heads/gone', moved: 1 },
      { state: 'completed', ref: 'refs/heads/moved', moved: 1 },
      { state: 'completed', ref: 'refs/heads/moved', moved: 1 },
      { state: 'completed', ref: 'refs/heads/not', moved: 0 },
    ]);
    const left = await database.selectFrom('push').select('id').where('state', '=', 'intended').execute();
    expect(left).toEqual([]);
  });

  it('leaves a push open whose repository cannot be read or written, and goes on with the others', async () => {
    const { database, storage } = host.services;
    const begin = (repository: string, ref: string, at: number) =>
      database.transaction().execute((trx) =>
        insertPush(
          trx,
          {
            repositoryId: repository,
            data: 'repository',
            commands: [{ ref, old: zero, new: id }],
            principal: grant.principal,
            address: null,
          },
          host.now - 60_000 + at,
        ),
      );
    const workspace = await host.workspace('broken', 'ada');
    const lost = await host.repository(workspace, 'lost');
    const locked = await host.repository(workspace, 'locked');
    const lockedFolder = storage.pathOf(locked, 'repository');
    await createRepository(lockedFolder);
    await gitOk(['push', '-q', lockedFolder, 'HEAD:refs/heads/first'], { cwd: workFolder('acts-push') });
    // Its HEAD is to be named, and what is no file is never taken for a lock that may go.
    mkdirSync(join(lockedFolder, 'HEAD.lock'));
    const opened = [await begin(lost, 'refs/heads/main', 0), await begin(locked, 'refs/heads/first', 1)];
    await begin(repositoryId, 'refs/heads/not', 2);
    const logged: unknown[] = [];
    const log = { error: (...said: unknown[]) => logged.push(said) } as unknown as Services['log'];
    const job = await enterAsJob(host.services, 'reconcile', 'host.inspect', [{ type: 'host' }]);
    const found = await reconcilePushes({ ...host.services, log }, job, (record) =>
      enterAsJob(host.services, 'reconcile', 'repository.push', [
        { type: 'repository', workspace: '{}', repository: `{${record.repositoryId}}` },
      ]),
    );
    expect(found).toBe(3);
    expect(await pushes()).toEqual([{ state: 'abandoned', ref: 'refs/heads/not', moved: 0 }]);
    const left = await database.selectFrom('push').select('id').where('state', '=', 'intended').execute();
    expect(left.map((row) => row.id).toSorted()).toEqual(opened.toSorted());
    expect(logged).toEqual(
      [lost, locked].map((repository, index) => [
        { push: opened[index], repository, data: 'repository', error: expect.any(Error) },
        'The end of a push could not be written down; the next start tries again.',
      ]),
    );
    await database.deleteFrom('push').where('id', 'in', opened).execute();
  });

  it('ends what a lost process had begun, and leaves alone what others are at', async () => {
    await push([[zero, id, 'refs/heads/moved']], () => {});
    const { database } = host.services;
    const begin = (ref: string) =>
      database.transaction().execute((trx) =>
        insertPush(
          trx,
          {
            repositoryId,
            data: 'repository',
            commands: [{ ref, old: zero, new: id }],
            principal: grant.principal,
            address: null,
          },
          host.now,
        ),
      );
    const [, , theirs, ended] = await Promise.all(
      ['refs/heads/moved', 'refs/heads/not', 'refs/heads/theirs', 'refs/heads/ended'].map(begin),
    );
    const job = await enterAsJob(host.services, 'reconcile', 'host.inspect', [{ type: 'host' }]);
    await settleLeftPushes(
      host.services,
      job,
      (record) =>
        enterAsJob(host.services, 'reconcile', 'repository.push', [
          { type: 'repository', workspace: '{}', repository: `{${record.repositoryId}}` },
        ]),
      async () => {
        // Its process writes its end between the two looks, and holds it no more.
        await database.transaction().execute((trx) => completePush(trx, ended ?? '', new Set(), 7));
        return new Set([theirs ?? '']);
      },
    );
    expect(await pushes()).toEqual([
      { state: 'abandoned', ref: 'refs/heads/ended', moved: 0 },
      { state: 'completed', ref: 'refs/heads/moved', moved: 1 },
      { state: 'completed', ref: 'refs/heads/moved', moved: 1 },
      { state: 'abandoned', ref: 'refs/heads/not', moved: 0 },
      { state: 'intended', ref: 'refs/heads/theirs', moved: null },
    ]);
    const row = await database
      .selectFrom('push')
      .select('completed_at')
      .where('id', '=', ended ?? '')
      .executeTakeFirst();
    expect(row).toEqual({ completed_at: 7 });
  });
});

describe('a push from here', () => {
  const blob = newObject('sha1', 'blob', Buffer.from('from here'));
  const treeOf = (name: string) =>
    newObject('sha1', 'tree', encodeTree([{ name: Buffer.from(name), mode: '100644', id: blob.id }]));
  const commitOf = (tree: NewObject) => {
    const writer = { name: 'Ada', email: 'ada@example.org' };
    return newObject(
      'sha1',
      'commit',
      encodeCommit({ tree: tree.id, parents: [], author: writer, committer: writer, at: 0, message: 'x\n' }),
    );
  };
  const bring = (name = 'a.txt', decide: (time: number) => void = () => {}, old = zero) => {
    const tree = treeOf(name);
    const commit = commitOf(tree);
    let time = 0;
    return pushFromHere(host.services, grant, {
      command: { ref: 'refs/heads/main', old, new: commit.id },
      objects: [commit, tree, blob],
      decideAgain(database) {
        time += 1;
        decide(time);
        return enterAgain({ ...host.services, database }, grant);
      },
    });
  };
  const problem = (code: string, message: RegExp) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) });

  it('moves its ref, and is written down', async () => {
    await bring();
    expect(await refs()).toBe('refs/heads/main');
    expect(await pushes()).toEqual([{ state: 'completed', ref: 'refs/heads/main', moved: 1 }]);
  });

  it('finds its hooks again where their folder was dropped', async () => {
    await bring();
    rmSync(join(host.services.storage.root, '..', 'hooks'), { recursive: true });
    const again = await Promise.allSettled([
      bring('b.txt', undefined, await tip()),
      bring('c.txt', undefined, await tip()),
    ]);
    expect(again.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each([1, 2])('is refused as the gate refuses it, decided the %i. time again', async (last) => {
    const refused = bring('a.txt', (time) => {
      if (time >= last) throw revoked;
    });
    await expect(refused).rejects.toBe(revoked);
    expect([await refs(), await pushes()]).toEqual(['', []]);
  });

  it('of a ref that stands elsewhere is a conflict, and is not counted', async () => {
    await bring();
    await expect(bring('b.txt')).rejects.toEqual(problem('conflict', /same time/));
    await expect(bring('b.txt', undefined, 'f'.repeat(40))).rejects.toEqual(problem('conflict', /same time/));
    expect(await pushes()).toHaveLength(1);
  });

  it('of what Git takes for broken says what is wrong', async () => {
    await expect(bring('.git')).rejects.toEqual(
      problem('invalid', /^Git does not take this: object [0-9a-f]+: hasDotgit/),
    );
    expect([await refs(), await pushes()]).toEqual(['', []]);
  });

  it('that the host cannot write is nobody else’s fault', async () => {
    writeFileSync(join(folder, 'refs/heads/main.lock'), '');
    await expect(bring()).rejects.toEqual(problem('unavailable', /could not write/));
    expect(await refs()).toBe('');
  });
});
