import { beforeAll, expect, test } from 'vitest';
import { createAccessToken } from '../../../src/acts/credentials/create-access-token.ts';
import { enterAsOperator, type Presented } from '../../../src/entry/index.ts';
import { completePush, insertPush } from '../../../src/push/index.ts';
import { at, basic, bearer } from '../../acts/host.ts';
import { openRest, type RestHost } from './rest-host.ts';

let rest: RestHost;
let bot: { secret: string; email: string };
let jane: string;
const R = '/2.0/repositories/team/app';
const NONE = '0'.repeat(40);

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository');
  const grant = await enterAsOperator(rest.host.services, 'access_token.create', [at('team/app')]);
  const made = await createAccessToken(rest.host.services, grant, {
    name: 'release bot',
    scopes: ['repository:write'],
    expiresAt: null,
  });
  bot = { secret: made.secret.reveal(), email: made.botEmail };
});

interface Author {
  readonly user?: { readonly type: string };
}

/** A commit with the bot's address, as anybody can write it. */
const commit = (branch: string, from?: string) =>
  rest.git.app.commit({
    branch,
    author: `Release Bot <${bot.email}>`,
    files: [{ path: 'bot.txt', content: String(Math.random()) }],
    ...(from !== undefined && { from }),
  });

/** Writes down the push that brought it, as the Git door does. */
async function pushed(
  by: 'bot' | 'jane' | Presented,
  old: string,
  id: string,
  ref = 'refs/heads/main',
): Promise<void> {
  const presented =
    by === 'bot'
      ? bearer(bot.secret)
      : by === 'jane'
        ? basic('jane', (await rest.host.appPassword('jane', ['repository:write'])).secret)
        : by;
  const { principal } = await rest.host.enter('repository.push', at('team/app'), presented, 'git');
  const { database } = rest.host.services;
  rest.host.now += 1000;
  await database.transaction().execute(async (trx) => {
    const push = {
      repositoryId: rest.ids.app,
      data: 'repository',
      commands: [{ ref, old, new: id }],
      principal,
      address: null,
    } as const;
    await completePush(trx, await insertPush(trx, push, rest.host.now), new Set([ref]), rest.host.now);
  });
}

const userOf = async (id: string) => (await rest.call(`${R}/commit/${id}`, jane)).json.author.user;

test('a commit that the bot pushed is the bot’s, in the shape of an app user', async () => {
  const before = await rest.git.app.id('main');
  const first = await commit('main');
  const second = await commit('main');
  expect(await userOf(first)).toBeUndefined();
  const typesIn = async (list: string) =>
    (await rest.call(`${R}/${list}`, jane)).json.values.map(
      ({ author, target }: { author?: Author; target?: { author: Author } }) =>
        (author ?? target?.author)?.user?.type,
    );
  expect(await typesIn('commits/main?pagelen=2')).toEqual([undefined, undefined]);
  expect(await typesIn('refs/branches?q=name="main"')).toEqual([undefined]);
  await pushed('bot', before, second);
  for (const id of [first, second]) {
    expect(await userOf(id)).toMatchObject({
      type: 'app_user',
      kind: 'repository_access_token',
      display_name: 'release bot',
      account_status: 'active',
    });
    expect(await userOf(id)).not.toHaveProperty('nickname');
  }
  expect(await typesIn('commits/main?pagelen=2')).toEqual(['app_user', 'app_user']);
  expect(await typesIn('refs/branches?q=name="main"')).toEqual(['app_user']);
});

test('a commit that the bot of a workspace or of a project pushed is theirs', async () => {
  for (const project of [undefined, 'MAIN']) {
    const { secret } = await rest.host.workspaceToken('team', ['repository:write'], project);
    const { json: self } = await rest.call('/2.0/latchkey/credentials/self', `Bearer ${secret}`);
    const before = await rest.git.app.id('main');
    const files = [{ path: 'bot.txt', content: String(Math.random()) }];
    const id = await rest.git.app.commit({ branch: 'main', author: `Bot <${self.email}>`, files });
    expect(await userOf(id)).toBeUndefined();
    await pushed(bearer(secret), before, id);
    expect(await userOf(id)).toMatchObject({ kind: self.kind, account_id: self.owner.account_id });
  }
});

test('the same address on somebody else’s push names nobody, nor does a branch that the bot puts on it later', async () => {
  const before = await rest.git.app.id('main');
  const forged = await commit('main');
  await pushed('jane', before, forged);
  expect(await userOf(forged)).toBeUndefined();
  await pushed('bot', NONE, forged, 'refs/heads/later');
  expect(await userOf(forged)).toBeUndefined();
});

test('a new branch of the bot: its tip is the bot’s, what lies below is left unsaid', async () => {
  const below = await commit('fresh', 'main');
  const tip = await commit('fresh');
  await pushed('bot', NONE, tip, 'refs/heads/fresh');
  expect(await userOf(tip)).toMatchObject({ type: 'app_user' });
  expect(await userOf(below)).toBeUndefined();
});
