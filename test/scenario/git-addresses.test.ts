import { beforeAll, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import { basic, send } from './git-wire.ts';

/** What clients ask for beside clones and pushes, at the addresses of a repository. */

let server: TestServer;
let made: World;
let headers: Record<string, string>;

beforeAll(async () => {
  server = await startServer({ database: 'sqlite' });
  made = world(server);
  const { secret } = await made.usual();
  headers = { authorization: basic('ada', secret) };
});

it('an address of Git LFS that is none is told so in its form, whatever it names', async () => {
  const told = new Set<string>();
  for (const repository of ['acme/app.git', 'acme/none.git']) {
    for (const path of ['objects', 'objects/batch/more', 'lock']) {
      for (const given of [headers, {}]) {
        const answer = await send(server, `/${repository}/info/lfs/${path}`, {
          headers: { ...given, 'content-type': 'application/vnd.git-lfs+json' },
          body: '{"operation":"download","objects":[]}',
        });
        expect(answer.status).toBe(404);
        expect(answer.headers['content-type']).toMatch(/^application\/vnd\.git-lfs\+json/);
        told.add(answer.body.toString());
      }
    }
  }
  expect([...told].map((body) => JSON.parse(body) as unknown)).toEqual([
    { message: 'There is nothing at this address of the Git LFS API.' },
  ]);
});

it('an address of Git that is none answers Git in text, with .git and without', async () => {
  for (const repository of ['acme/app.git', 'acme/app', 'acme/none']) {
    for (const [method, path] of [
      ['GET', 'git-upload-pack'],
      ['PUT', 'git-receive-pack'],
      ['POST', 'info/refs'],
      ['GET', 'info/nothing'],
    ] as const) {
      const answer = await send(server, `/${repository}/${path}`, { headers, method });
      expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
    }
  }
});

it('HEAD of the refs is what GET is, without the refs', async () => {
  const path = '/acme/app.git/info/refs?service=git-upload-pack';
  const [got, head] = [
    await send(server, path, { headers }),
    await send(server, path, { headers, method: 'HEAD' }),
  ];
  expect([head.status, head.headers['content-type'], head.body.length]).toEqual([
    200,
    got.headers['content-type'],
    0,
  ]);
  expect((await send(server, path, { method: 'HEAD' })).status).toBe(401);
});

it('a request may name its whole address', async () => {
  const path = '/acme/app.git/info/refs?service=git-upload-pack';
  expect((await send(server, `${server.url}${path}`, { headers })).status).toBe(200);
  expect((await send(server, `HTTPS://elsewhere.example${path}`, {})).status).toBe(401);
  expect((await send(server, server.url)).status).toBeLessThan(400);
  const api = await send(server, `${server.url}/2.0/repositories/acme?pagelen=1`, { headers });
  expect(api.status).toBe(200);
});

it('an address with an empty part is told the right one', async () => {
  const answer = await send(server, '/acme//app.git/info/refs?service=git-upload-pack', { headers });
  expect([answer.status, answer.body.toString()]).toEqual([
    400,
    'The path holds an empty segment ("//"): /acme/app.git/info/refs is the one without it.\n',
  ]);
});
