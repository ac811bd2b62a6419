import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { revokeCredential } from '../../../src/acts/credentials/revoke.ts';
import { removeLeftDownloads } from '../../../src/acts/downloads/remove-nameless.ts';
import { purgeDeleted, transferRepository } from '../../../src/acts/repositories/remove.ts';
import { reconcileDisk } from '../../../src/acts/host/reconcile-disk.ts';
import { sweepSpool } from '../../../src/acts/host/sweep-spool.ts';
import { readSettings } from '../../../src/config.ts';
import { chooseBounds, pushLayer, type BoundsInput } from '../../../src/credentials/index.ts';
import { enterAsJob, enterAsOperator } from '../../../src/entry/index.ts';
import { createRepository } from '../../../src/git/create.ts';
import { composeServer } from '../../../src/server.ts';
import { atEndOfFile } from '../../support/cleanup.ts';
import { openRest, PUBLIC_URL, type RestHost } from './rest-host.ts';

const LIMIT = 2 * 1024 * 1024;
const R = '/2.0/repositories/team/app/downloads';
const SHOWN = '/team/app/downloads';

let rest: RestHost;
let url: string;
/** Jane owns `team`; rob may read `team/app`; eve is nobody there. */
let jane: string;
let rob: string;
let eve: string;
let token: string;

beforeAll(async () => {
  rest = await openRest();
  const services = { ...rest.host.services, uploadBytes: LIMIT, requestBodyMs: 400 };
  const { app } = await composeServer(readSettings({ data: rest.host.data }, {}), services);
  atEndOfFile(() => app.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  jane = await rest.basic('jane', 'repository:write');
  rob = await rest.basic('rob', 'repository:write');
  eve = await rest.basic('eve', 'repository:write');
  token = await rest.bearer('team/app', 'repository:write');
});

beforeEach(async () => {
  await removeEverything();
});

interface SentFile {
  readonly name: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
  readonly field?: string;
}

const formOf = (files: readonly SentFile[]): FormData => {
  const form = new FormData();
  for (const { name, content, field = 'files' } of files) form.append(field, new Blob([content]), name);
  return form;
};
type Asked = Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> };

const ask = (path: string, who: string | undefined, init: Asked = {}): Promise<Response> =>
  fetch(`${url}${path}`, {
    redirect: 'manual',
    ...init,
    headers: { ...(who !== undefined && { authorization: who }), ...init.headers },
  });
const upload = (files: readonly SentFile[], who: string | null = jane, at = R) =>
  ask(at, who ?? undefined, { method: 'POST', body: formOf(files) });
const give = async (name: string, content: string): Promise<void> => {
  expect((await upload([{ name, content }])).status).toBe(201);
};
const sentence = async (answer: Response): Promise<string> =>
  ((await answer.json()) as { error: { message: string } }).error.message;
const names = async (query = ''): Promise<string[]> =>
  ((await (await ask(`${R}?${query}`, jane)).json()) as { values: { name: string }[] }).values.map(
    ({ name }) => name,
  );
const content = async (name: string, who: string | undefined = jane): Promise<string> =>
  (await ask(`${SHOWN}/${encodeURIComponent(name)}`, who)).text();

const folder = (): string => join(rest.host.services.storage.pathOf(rest.ids.app, 'repository'), 'downloads');
const filesIn = (path: string): string[] =>
  existsSync(path) ? readdirSync(path, { recursive: true, withFileTypes: true }).map(({ name }) => name) : [];
const stored = (): string[] => filesIn(folder());
const spooled = (): string[] => filesIn(rest.host.services.spool.root);
const rows = () => rest.host.services.database.selectFrom('download').selectAll().execute();
const inspecting = () => enterAsJob(rest.host.services, 'reconcile', 'host.inspect', [{ type: 'host' }]);

async function removeEverything(): Promise<void> {
  await rest.host.services.database.updateTable('download').set({ name: null }).execute();
  await removeLeftDownloads(rest.host.services, await inspecting(), true);
  expect([stored(), spooled(), await rows()]).toEqual([[], [], []]);
}

describe('a download', () => {
  test('is uploaded, listed and fetched by following where the API leads', async () => {
    expect((await upload([{ name: 'app-1.0.zip', content: 'PK\u0003' }])).status).toBe(201);
    await upload([{ name: 'notes “1”.txt', content: 'by a bot', field: 'anything' }], token);
    const list = await ask(R, rob);
    const { values, ...envelope } = (await list.json()) as { values: Record<string, unknown>[] };
    expect([list.status, envelope]).toEqual([200, { pagelen: 10, size: 2, page: 1 }]);
    const byName = new Map(values.map((value) => [value['name'], value]));
    expect(byName.get('app-1.0.zip')).toEqual({
      type: 'download',
      name: 'app-1.0.zip',
      size: 3,
      created_on: '2026-11-01T00:00:00.000000+00:00',
      user: expect.objectContaining({ type: 'user', display_name: rest.people.jane.displayName }),
      downloads: 0,
      links: { self: { href: `${PUBLIC_URL}${R}/app-1.0.zip` } },
    });
    expect(byName.get('notes “1”.txt')).toMatchObject({
      user: { type: 'app_user', kind: 'repository_access_token' },
      links: { self: { href: `${PUBLIC_URL}${R}/${encodeURIComponent('notes “1”.txt')}` } },
    });
    expect(list.headers.get('x-accepted-oauth-scopes')).toBe('repository');

    const led = await ask(`${R}/${encodeURIComponent('notes “1”.txt')}`, rob);
    expect(led.status).toBe(302);
    expect(led.headers.get('location')).toBe(`${PUBLIC_URL}${SHOWN}/${encodeURIComponent('notes “1”.txt')}`);
    for (const who of [rob, token]) {
      const got = await ask((led.headers.get('location') ?? '').slice(PUBLIC_URL.length), who);
      expect([got.status, await got.text()]).toEqual([200, 'by a bot']);
      expect(Object.fromEntries(got.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="notes _1_.txt"; filename*=UTF-8''notes%20%E2%80%9C1%E2%80%9D.txt`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'private, no-cache',
      });
    }
  });

  test('is fetched with an API token, by user name and by the e-mail address that the API takes', async () => {
    await give('a', 'abc');
    const { secret } = await rest.host.apiToken('jane', ['read:repository:bitbucket']);
    for (const user of ['jane', rest.people.jane.email, 'x-bitbucket-api-token-auth']) {
      const who = `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
      expect([user, await content('a', who)]).toEqual([user, 'abc']);
    }
    const wrong = `Basic ${Buffer.from(`rob@example.org:${secret}`).toString('base64')}`;
    expect((await ask(`${SHOWN}/a`, wrong)).status).toBe(401);
  });

  test('is sent in part, and not at all to whoever has it', async () => {
    await give('a', '0123456789');
    const whole = await ask(`${SHOWN}/a`, jane);
    const tag = whole.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[0-9a-f]{64}"$/);
    const part = await ask(`${SHOWN}/a`, jane, { headers: { range: 'bytes=7-' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 7-9/10',
      '789',
    ]);
    expect((await ask(`${SHOWN}/a`, jane, { headers: { 'if-none-match': tag } })).status).toBe(304);
    expect((await ask(`${SHOWN}/a`, jane, { headers: { range: 'bytes=10-' } })).status).toBe(416);
    const head = await ask(`${SHOWN}/a`, jane, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
    await give('a', 'other');
    expect((await ask(`${SHOWN}/a`, jane, { headers: { 'if-none-match': tag } })).status).toBe(200);
  });

  test('counts who fetched it from the beginning, and never writes because of it', async () => {
    const { services, statements } = rest.host;
    await give('a', '0123456789');
    await give('empty', '');
    const tag = (await ask(`${SHOWN}/a`, jane)).headers.get('etag') ?? '';
    const get = async (
      name: string,
      headers: Record<string, string> = {},
      who: string | undefined = jane,
    ) => {
      const answer = await ask(`${SHOWN}/${name}`, who, { headers });
      await answer.text();
      return answer.status;
    };
    await services.usage.flush();
    statements.length = 0;
    expect(await get('a', {}, token)).toBe(200);
    expect(await get('a', { range: 'bytes=0-3' })).toBe(206);
    expect(await get('empty')).toBe(200);
    // None of these has it from here, or from its beginning on.
    expect(await get('a', { range: 'bytes=4-' })).toBe(206);
    expect(await get('a', { range: 'bytes=10-' })).toBe(416);
    expect(await get('a', { 'if-none-match': tag })).toBe(304);
    expect(await get('a', {}, eve)).toBe(404);
    expect((await ask(`${SHOWN}/a`, jane, { method: 'HEAD' })).status).toBe(200);
    expect((await ask(`${R}/a`, jane)).status).toBe(302);
    expect(statements.filter((kind) => kind !== 'SelectQueryNode')).toEqual([]);

    const shown = async (query = '') =>
      (
        (await (await ask(`${R}?${query}`, rob)).json()) as { values: { name: string; downloads: number }[] }
      ).values.map(({ name, downloads }) => [name, downloads]);
    await services.downloadFetches.flush();
    expect(await shown('sort=-downloads')).toEqual([
      ['a', 3],
      ['empty', 1],
    ]);
    expect(await shown('q=downloads>1')).toEqual([['a', 3]]);
    await get('a');
    await give('a', 'another');
    await services.downloadFetches.flush();
    expect(await shown('q=name="a"')).toEqual([['a', 0]]);
  });

  test('takes the place of what has its name, of which nothing stays', async () => {
    await give('a', 'first');
    rest.host.now += 60_000;
    await give('a', 'second, and longer');
    rest.host.now -= 60_000;
    expect([await names(), await content('a'), stored().length, (await rows()).length]).toEqual([
      ['a'],
      'second, and longer',
      1,
      1,
    ]);
    expect((await rows())[0]).toMatchObject({ size: 18, created_at: rest.host.now + 60_000 });
  });

  test('that is replaced or deleted while it is read is read to its end', async () => {
    const large = 'x'.repeat(LIMIT - 4096);
    for (const end of ['replaced', 'deleted'] as const) {
      await give('large', large);
      const got = await ask(`${SHOWN}/large`, jane);
      const reader = got.body?.getReader();
      let size = (await reader?.read())?.value?.length ?? 0;
      expect(size).toBeLessThan(large.length);
      if (end === 'replaced') await give('large', 'small');
      else expect((await ask(`${R}/large`, jane, { method: 'DELETE' })).status).toBe(204);
      for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
        size += next.value.length;
      expect([end, size, stored().length]).toEqual([end, large.length, end === 'replaced' ? 1 : 0]);
    }
  });

  test('is deleted once', async () => {
    await give('a', 'x');
    const gone = await ask(`${R}/a`, jane, { method: 'DELETE' });
    expect([gone.status, await gone.text(), stored(), await names()]).toEqual([204, '', [], []]);
    for (const answer of [
      await ask(`${R}/a`, jane, { method: 'DELETE' }),
      await ask(`${R}/a`, jane),
      await ask(`${R}/x%2Fa`, jane),
      await ask(`${R}/${'x'.repeat(1000)}`, jane),
    ]) {
      expect([answer.status, await sentence(answer)]).toEqual([
        404,
        'The repository has no download of this name.',
      ]);
    }
    expect((await ask(`${SHOWN}/a`, jane)).status).toBe(404);
  });

  test('leaves entries of who uploaded and deleted it, and whose replaced one it is not', async () => {
    await give('a', 'x');
    await ask(`${R}/a`, token, { method: 'DELETE' });
    const entries = await rest.host.services.database
      .selectFrom('audit')
      .select(['operation', 'actor_type', 'detail', 'target_id'])
      .where('operation', 'in', ['download.write', 'download.delete'])
      .orderBy('sequence', 'desc')
      .limit(2)
      .execute();
    expect(entries.toReversed()).toEqual([
      {
        operation: 'download.write',
        actor_type: 'credential',
        detail: '{"uploaded":["a"]}',
        target_id: rest.ids.app,
      },
      {
        operation: 'download.delete',
        actor_type: 'credential',
        detail: '{"deleted":"a"}',
        target_id: rest.ids.app,
      },
    ]);
  });

  test('stays with its repository through a new name and a transfer, and goes with it', async () => {
    const { services } = rest.host;
    const admin = await rest.basic('jane', 'repository:admin', 'repository:delete');
    await upload([{ name: 'a', content: 'stays' }], jane, '/2.0/repositories/team/empty/downloads');
    const renamed = await ask('/2.0/repositories/team/empty', admin, {
      method: 'PUT',
      body: '{"name": "Full"}',
      headers: { 'content-type': 'application/json' },
    });
    expect(renamed.status).toBe(200);
    const former = await ask('/team/empty/downloads/a', jane);
    expect([former.status, former.headers.get('location')]).toEqual([301, '/team/full/downloads/a']);
    expect(await (await ask('/team/full/downloads/a', jane)).text()).toBe('stays');
    const transfer = await enterAsOperator(services, 'repository.transfer', [
      { type: 'repository', workspace: 'team', repository: 'full' },
      { type: 'workspace', workspace: 'elsewhere' },
    ]);
    await transferRepository(services, transfer);
    expect((await ask('/elsewhere/full/downloads/a', jane)).status).toBe(404);
    expect(await (await ask('/elsewhere/full/downloads/a', eve)).text()).toBe('stays');
    const path = join(services.storage.pathOf(rest.ids.empty, 'repository'), 'downloads');
    expect(filesIn(path)).toHaveLength(1);
    await services.database
      .updateTable('repository')
      .set({ deleted_at: 1 })
      .where('id', '=', rest.ids.empty)
      .execute();
    await purgeDeleted(services, await enterAsJob(services, 'purge', 'repository.purge', [{ type: 'host' }]));
    expect([existsSync(path), await rows()]).toEqual([false, []]);
  });
});

describe('lists of downloads', () => {
  test('are the newest first, filtered, sorted and paged', async () => {
    for (const [name, size] of [
      ['b', 30],
      ['a', 20],
      ['c', 10],
    ] as const) {
      rest.host.now += 1000;
      await give(name, 'x'.repeat(size));
    }
    rest.host.now -= 3000;
    expect(await names()).toEqual(['c', 'a', 'b']);
    expect(await names('sort=name')).toEqual(['a', 'b', 'c']);
    expect(await names('sort=-size')).toEqual(['b', 'a', 'c']);
    expect(await names('sort=created_on&pagelen=2&page=2')).toEqual(['c']);
    expect(await names(`q=${encodeURIComponent('size > 15 AND name != "a"')}`)).toEqual(['b']);
    expect(await names(`q=${encodeURIComponent('created_on < 2020-01-01')}`)).toEqual([]);
    for (const query of ['sort=user', 'q=user%3D1', 'pagelen=0'])
      expect([query, (await ask(`${R}?${query}`, jane)).status]).toEqual([query, 400]);
  });
});

describe('uploads are refused', () => {
  test.each<[string, Asked, number, RegExp]>([
    ['as JSON', { body: '{}', headers: { 'content-type': 'application/json' } }, 406, /multipart\/form-data/],
    ['as bytes', { body: 'x', headers: { 'content-type': 'application/zip' } }, 406, /multipart\/form-data/],
    [
      'of another multipart',
      { body: 'x', headers: { 'content-type': 'multipart/mixed; boundary=x' } },
      406,
      /form-data/,
    ],
    ['without anything', {}, 406, /multipart\/form-data/],
    [
      'without a boundary',
      { body: 'x', headers: { 'content-type': 'multipart/form-data' } },
      400,
      /no boundary/,
    ],
    [
      'with no end',
      { body: '--x\r\n', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
      400,
      /last boundary/,
    ],
    [
      'without a file',
      { body: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
      400,
      /^files: Choose a file/,
    ],
  ])('%s', async (_how, init, status, words) => {
    const answer = await ask(R, jane, { method: 'POST', ...init });
    expect(answer.status).toBe(status);
    expect(await sentence(answer)).toMatch(words);
    expect([stored(), spooled(), await rows()]).toEqual([[], [], []]);
  });

  test.each([
    '../x',
    'a/b',
    'a\\b',
    '.',
    '..',
    'a\nb',
    'a\u0000b',
    'x'.repeat(256),
    'ü'.repeat(128),
    '/etc/passwd',
  ])('under the name %j, and the good one beside it as well', async (name) => {
    const answer = await upload([
      { name: 'good', content: 'x' },
      { name, content: 'y' },
    ]);
    expect([answer.status, (await sentence(answer)).startsWith('files: ')]).toEqual([400, true]);
    expect([stored(), spooled(), await rows()]).toEqual([[], [], []]);
  });

  test.each([
    'x'.repeat(255),
    'a b',
    '-rf',
    '%2e%2e',
    '%2F',
    'ü “🔑”',
    '<script>',
    "'; drop table download",
    'CON',
    '...',
    '\u202egnp.exe',
  ])('not under the odd name %j, by which it is found again', async (name) => {
    await give(name, name);
    expect([await names(), stored().length]).toEqual([[name], 1]);
    const got = await ask(`${SHOWN}/${encodeURIComponent(name)}`, jane);
    expect([got.status, await got.text()]).toEqual([200, name]);
    expect(got.headers.get('content-disposition')).toMatch(
      /^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[A-Za-z0-9%._~-]+$/,
    );
    expect((await ask(`${R}/${encodeURIComponent(name)}`, jane, { method: 'DELETE' })).status).toBe(204);
  });

  test('that hold one name twice', async () => {
    const twice = [
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
    ];
    expect(await sentence(await upload(twice))).toMatch(/two of the files are called "a"/i);
    expect([stored(), await rows()]).toEqual([[], []]);
  });

  test('that are too large, whether or not they say so beforehand', async () => {
    const large = new Uint8Array(LIMIT + 1);
    const said = await upload([{ name: 'large', content: large }]);
    expect([said.status, await sentence(said)]).toEqual([
      413,
      `The request is larger than ${LIMIT} bytes, the most that this host takes in one.`,
    ]);
    const { status } = await sendInPieces([large, large], {});
    expect(status).toBe(413);
    expect([stored(), spooled(), await rows()]).toEqual([[], [], []]);
  });

  test('that say that they will be too large, before anything of them has come', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const sent = httpRequest(`${url}${R}`, {
      method: 'POST',
      headers: {
        authorization: jane,
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': LIMIT + 1,
      },
    });
    sent.once('response', ({ statusCode }) => resolve(statusCode));
    sent.once('error', reject);
    sent.flushHeaders();
    expect(await promise).toBe(413);
    sent.destroy();
  });

  test('beyond a thousand, where none has the name', async () => {
    const { database } = rest.host.services;
    await give('kept', 'x');
    const [{ id: _id, name: _name, ...row } = (await rows())[0] ?? expect.fail()] = await rows();
    await database
      .insertInto('download')
      .values(
        Array.from({ length: 999 }, (_, index) => ({
          ...row,
          id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
          name: `filler-${index}`,
        })),
      )
      .execute();
    const more = await upload([{ name: 'one more', content: 'x' }]);
    expect([more.status, await sentence(more)]).toEqual([
      409,
      expect.stringContaining('at most 1000 downloads'),
    ]);
    expect(stored()).toHaveLength(1);
    await give('kept', 'replaced');
    expect([stored().length, await content('kept')]).toEqual([1, 'replaced']);
  });
});

/** A form with one file, sent piece by piece; `cut` goes away in the middle of it. */
function sendInPieces(
  pieces: readonly Uint8Array[],
  {
    who = jane,
    cut = false,
    between = async () => {},
  }: { who?: string; cut?: boolean; between?: () => Promise<unknown> },
): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${url}${R}`, {
      method: 'POST',
      headers: { authorization: who, 'content-type': 'multipart/form-data; boundary=b' },
    });
    sent.once('response', (answer) => {
      answer.resume();
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0 }));
    });
    sent.once('error', (error) => (cut ? resolve({ status: 0 }) : reject(error)));
    void (async () => {
      sent.write('--b\r\nContent-Disposition: form-data; name=files; filename=pieces\r\n\r\n');
      for (const piece of pieces) {
        sent.write(piece);
        await between();
      }
      if (cut) sent.destroy();
      else sent.end('\r\n--b--\r\n');
    })();
  });
}

describe('an upload', () => {
  test('that is cut off leaves nothing', async () => {
    const arrived = () => vi.waitFor(() => expect(spooled().length).toBe(2));
    await sendInPieces([new Uint8Array(100_000)], { cut: true, between: arrived });
    await vi.waitFor(() => expect(spooled()).toEqual([]));
    expect([stored(), await rows()]).toEqual([[], []]);
  });

  test('may take longer than other requests, as long as its client goes on', async () => {
    const piece = new Uint8Array(1000);
    const { status } = await sendInPieces([piece, piece, piece, piece], {
      between: () => delay(150),
    });
    expect([status, await names()]).toEqual([201, ['pieces']]);
  });

  test('of a credential that is revoked meanwhile is refused, and leaves nothing', async () => {
    const made = await rest.host.appPassword('jane', ['repository:write']);
    const who = `Basic ${Buffer.from(`jane:${made.secret}`).toString('base64')}`;
    await give('pieces', 'before');
    const { status } = await sendInPieces([new Uint8Array(10)], {
      who,
      between: async () => {
        await vi.waitFor(() => expect(spooled().length).toBe(2));
        const grant = await enterAsOperator(rest.host.services, 'credential.revoke', [{ type: 'host' }]);
        await revokeCredential(rest.host.services, grant, made.id);
      },
    });
    expect([status, await content('pieces'), spooled(), stored().length]).toEqual([401, 'before', [], 1]);
  });

  test('wants a role that writes, the scope, and bounds that say something about it', async () => {
    const reads = await rest.basic('jane', 'repository');
    const files = [{ name: 'a', content: 'x' }];
    expect((await upload(files, rob)).status).toBe(403);
    const scoped = await upload(files, reads);
    expect([scoped.status, scoped.headers.get('x-accepted-oauth-scopes')]).toEqual([403, 'repository:write']);
    const bounded = async (bounds: BoundsInput) => {
      const made = await rest.host.accessToken('team/app', ['repository:write']);
      await rest.host.services.database
        .transaction()
        .execute((trx) => pushLayer(trx, made.id, chooseBounds(bounds)));
      return `Bearer ${made.secret}`;
    };
    const toBranch = await bounded({ refs: ['refs/heads/main'] });
    expect((await upload(files, toBranch)).status).toBe(403);
    expect((await ask(R, toBranch)).status).toBe(200);
    expect([stored(), spooled(), await rows()]).toEqual([[], [], []]);
    expect((await upload(files, token)).status).toBe(201);
    expect((await ask(`${R}/a`, toBranch, { method: 'DELETE' })).status).toBe(403);
    expect(await names()).toEqual(['a']);
  });
});

describe('strangers', () => {
  test.each(['eve', 'nobody'] as const)(
    '%s hears the same of a private repository and of none',
    async (who) => {
      await give('a', 'secret');
      const asker = who === 'eve' ? eve : undefined;
      const heard = async (path: string, method = 'GET') => {
        const answer = await ask(path, asker, {
          method,
          ...(method === 'POST' && { body: formOf([{ name: 'a', content: 'x' }]) }),
        });
        const text = (await answer.text())
          .replaceAll(/team\/app|team\/none/g, 'PLACE')
          .replaceAll(/\b(app|none)\b/g, 'X');
        const kept = [...answer.headers].filter(
          ([name]) => !['date', 'keep-alive', 'connection'].includes(name),
        );
        return [answer.status, text, kept];
      };
      for (const [method, path] of [
        ['GET', R],
        ['GET', `${R}/a`],
        ['GET', `${R}/b`],
        ['POST', R],
        ['DELETE', `${R}/a`],
        ['GET', `${SHOWN}/a`],
      ] as const) {
        const one = await heard(path, method);
        expect([path, one]).toEqual([path, await heard(path.replace('team/app', 'team/none'), method)]);
        expect([401, 404]).toContain(one[0]);
      }
      expect(await content('a')).toBe('secret');
    },
  );

  test('read what is public, and change nothing of it', async () => {
    const at = '/2.0/repositories/team/open/downloads';
    expect((await upload([{ name: 'a', content: 'open' }], jane, at)).status).toBe(201);
    expect((await ask(at, undefined)).status).toBe(200);
    expect(await (await ask('/team/open/downloads/a', undefined)).text()).toBe('open');
    expect((await upload([{ name: 'b', content: 'x' }], null, at)).status).toBe(401);
    expect((await ask(`${at}/a`, undefined, { method: 'DELETE' })).status).toBe(401);
  });
});

describe('after a crash', () => {
  test('what no name leads to goes at the start, and the rest stays', async () => {
    const { services } = rest.host;
    await give('kept', 'x');
    await give('lost', 'y');
    // As it is between the moments in which a file is put into its place and named, or replaced and removed.
    await services.database.updateTable('download').set({ name: null }).where('name', '=', 'lost').execute();
    const left = (await services.spool.folder(0)) ?? '';
    expect(existsSync(left)).toBe(true);
    await removeLeftDownloads(services, await inspecting());
    await sweepSpool(services, await inspecting());
    expect([stored().length, existsSync(left)]).toEqual([2, true]);
    await reconcileDisk(services, await inspecting());
    expect([stored().length, existsSync(left), (await rows()).length]).toEqual([1, false, 1]);
    expect(await content('kept')).toBe('x');
  });

  test('what was left goes after a while beside a running host', async () => {
    const { services } = rest.host;
    await give('lost', 'y');
    await services.database.updateTable('download').set({ name: null }).execute();
    rest.host.now += 3 * 24 * 3600_000;
    const left = (await services.spool.folder(0)) ?? '';
    const late = { ...services, clock: () => Date.now() + 3 * 24 * 3600_000 };
    await removeLeftDownloads(late, await inspecting());
    await sweepSpool(late, await inspecting());
    rest.host.now -= 3 * 24 * 3600_000;
    expect([stored(), existsSync(left), await rows()]).toEqual([[], false, []]);
  });
});

test('a repository that this database does not know is left alone for its downloads', async () => {
  const { services } = rest.host;
  const ids = [randomUUID(), randomUUID()];
  const [held = '', empty = ''] = ids.map((id) => services.storage.pathOf(id, 'repository'));
  for (const path of [held, empty]) await createRepository(path);
  mkdirSync(join(held, 'downloads'));
  writeFileSync(join(held, 'downloads', randomUUID()), 'x');
  await reconcileDisk({ ...services, clock: () => Date.now() + 24 * 3600_000 }, await inspecting());
  expect([existsSync(held), existsSync(empty)]).toEqual([true, false]);
  await services.storage.remove(ids[0] ?? '');
});

test('whatever is sent as a form is answered, and never by a fault of the host', async () => {
  const line = fc.constantFrom(
    '--b',
    '--b--',
    '',
    'Content-Disposition: form-data; name=files; filename="a"',
    'Content-Disposition: form-data; name=files; filename="\u0000"',
    'Content-Disposition: form-data; name=x',
    'Content-Type: application/octet-stream',
    'text',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(line, fc.string())), async (lines) => {
      const answer = await ask(R, jane, {
        method: 'POST',
        body: lines.join('\r\n'),
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
      });
      expect([201, 400]).toContain(answer.status);
      await answer.arrayBuffer();
      expect(spooled()).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
