import { beforeAll, expect, test } from 'vitest';
import { openRest, type RestHost } from './rest-host.ts';

let rest: RestHost;
let jane: string;

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'account', 'email', 'repository', 'repository:admin', 'repository:delete');
});

test('look', async () => {
  for (const url of [
    '/2.0/user',
    '/2.0/user/emails',
    '/2.0/user/workspaces',
    '/2.0/workspaces',
    '/2.0/workspaces/team',
    '/2.0/workspaces/team/members',
    '/2.0/repositories/team?pagelen=1',
    '/2.0/repositories/team/app',
    '/2.0/repositories/team/empty',
    '/2.0/repositories/team/app/commits?pagelen=1',
    '/2.0/repositories/team/empty/commits',
    '/2.0/repositories/team/app/commit/main',
    '/2.0/repositories/team/app/refs?fields=values.name,values.type',
    '/2.0/repositories/team/app/refs/branches/feature%2Fx?fields=name',
    '/2.0/repositories/team/app/refs/branches/feature/x?fields=name',
    '/2.0/repositories/team/app/refs/tags/v1.0?fields=-target',
    '/2.0/repositories/team/app/refs/tags/light/weight?fields=-target',
    '/2.0/repositories/team/app/src',
    '/2.0/repositories/team/app/src/main/',
    '/2.0/repositories/team/app/src/main/docs?max_depth=3&fields=values.path',
    '/2.0/repositories/team/app/src/feature/x/x.txt',
    '/2.0/repositories/team/app/src/HEAD/docs/index.html',
    '/2.0/repositories/team/app/src/main/h%252Fash%23.txt?format=meta',
    '/2.0/repositories/team/app/src/main/nope',
    '/2.0/repositories/team/app/src/mainn/nope',
    '/2.0/nothing',
    '/2.0/repositories',
    '/!api/2.0/user?fields=links',
    '/2.0/',
    '/2.0/openapi.json',
    '/2.0/avatars/x.svg',
    '/2.0/repositories/%7B%7D/%7B' + rest.ids.app + '%7D?fields=full_name',
  ]) {
    const answer = await rest.call(url, jane);
    console.log(
      '=====',
      url,
      answer.status,
      JSON.stringify(answer.headers),
      '\n',
      answer.body.slice(0, 1500),
    );
  }
  expect(1).toBe(1);
});
