import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { inject } from 'vitest';
import type { Account } from '../../../src/accounts/index.ts';
import { createRepository } from '../../../src/acts/repositories/create.ts';
import { readSettings } from '../../../src/config.ts';
import type { DeclaredRoute } from '../../../src/doors/shared/policy.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { writingHandle } from '../../../src/git/handle.ts';
import { chooseBounds, pushLayer, type BoundsInput } from '../../../src/credentials/index.ts';
import { composeServer } from '../../../src/server.ts';
import { openHost, type TestHost } from '../../acts/host.ts';
import { BuiltRepository } from '../../git/build-repository.ts';
import { atEndOfFile } from '../../support/cleanup.ts';

export const PUBLIC_URL = 'http://localhost:7990';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Parsed, or undefined for what is no JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly json: any;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS' | 'PATCH';
  readonly headers?: Record<string, string>;
  readonly body?: string | object;
}

/** The composed server in this process, with a few people, workspaces and repositories that have history. */
export interface RestHost {
  readonly host: TestHost;
  readonly app: FastifyInstance;
  readonly routes: readonly DeclaredRoute[];
  readonly people: Readonly<Record<'jane' | 'rob' | 'eve', Account>>;
  readonly ids: Readonly<Record<'team' | 'app' | 'open' | 'empty', string>>;
  readonly git: Readonly<Record<'app' | 'open', BuiltRepository>>;
  /** `Basic` of an app password with these scopes. */
  basic(user: string, ...scopes: string[]): Promise<string>;
  /** `Bearer` of a repository access token with these scopes. */
  bearer(path: string, ...scopes: string[]): Promise<string>;
  /** The same within these bounds. */
  bounded(path: string, bounds: BoundsInput, ...scopes: string[]): Promise<string>;
  call(url: string, authorization?: string, call?: Call): Promise<Answer>;
}

export const basicHeader = (user: string, secret: string): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

const answerFrom = (response: LightMyRequestResponse): Answer => ({
  status: response.statusCode,
  headers: response.headers as Answer['headers'],
  body: response.body,
  json:
    String(response.headers['content-type']).includes('json') && response.body !== ''
      ? response.json()
      : undefined,
});

/**
 * `team` is jane's; rob may read `team/app`; eve is nobody there. `team/app` and `team/empty` are private, `team/open` is
 * public and has a wiki.
 */
export async function openRest(): Promise<RestHost> {
  const host = await openHost(inject('database'));
  const settings = readSettings({ data: host.data }, {});
  const { app, routes } = await composeServer(settings, host.services);
  atEndOfFile(() => app.close());
  const jane = await host.person('jane');
  const rob = await host.person('rob');
  const eve = await host.person('eve');
  const team = await host.workspace('team', 'jane');
  await host.workspace('elsewhere', 'eve');
  const make = async (slug: string, isPrivate: boolean) => {
    const grant = await enterAsOperator(host.services, 'repository.create', [
      { type: 'workspace', workspace: 'team' },
    ]);
    return (await createRepository(host.services, grant, { slug, isPrivate, hasWiki: !isPrivate })).id;
  };
  const ids = {
    team,
    app: await make('app', true),
    open: await make('open', false),
    empty: await make('empty', true),
  };
  await host.role(ids.app, rob, 'read');
  const built = (id: string) => {
    const path = host.services.storage.pathOf(id, 'repository');
    return new BuiltRepository(path, writingHandle(id, 'repository', path));
  };
  const git = { app: built(ids.app), open: built(ids.open) };
  for (const one of Object.values(git)) await fill(one);
  return {
    host,
    app,
    routes,
    people: { jane, rob, eve },
    ids,
    git,
    basic: async (user, ...scopes) => basicHeader(user, (await host.appPassword(user, scopes)).secret),
    bearer: async (path, ...scopes) => `Bearer ${(await host.accessToken(path, scopes)).secret}`,
    async bounded(path, bounds, ...scopes) {
      const { id, secret } = await host.accessToken(path, scopes);
      const { database } = host.services;
      await database.transaction().execute((trx) => pushLayer(trx, id, chooseBounds(bounds)));
      return `Bearer ${secret}`;
    },
    async call(url, authorization, { method = 'GET', headers = {}, body } = {}) {
      const response = await app.inject({
        method,
        url,
        headers: { ...headers, ...(authorization !== undefined && { authorization }) },
        ...(body !== undefined && { payload: body }),
      });
      return answerFrom(response);
    },
  };
}

export const LFS_POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;

async function fill(git: BuiltRepository): Promise<void> {
  await git.commit({
    branch: 'main',
    message: 'First & <foremost>\n\nWith a body.\n',
    author: 'Jane <JANE@example.org>',
    files: [
      { path: 'README.md', content: '# Read me\n' },
      { path: 'docs/guide/intro.md', content: 'Intro\n' },
      { path: 'docs/index.html', content: '<script>alert(1)</script>\n' },
      { path: 'bin/run.sh', content: '#!/bin/sh\n', mode: '100755' },
      { path: 'link', content: 'README.md', mode: '120000' },
      { path: 'big.bin', content: LFS_POINTER },
      { path: 'sp ace & "quote".txt', content: 'odd\n' },
      { path: 'h%2Fash#.txt', content: 'percent\n' },
    ],
  });
  await git.commit({
    branch: 'main',
    message: 'Second\n',
    files: [{ path: 'docs/guide/intro.md', content: 'Better\n' }],
  });
  await git.commit({
    branch: 'feature/x',
    from: 'main',
    message: 'On a branch\n',
    files: [{ path: 'x.txt', content: 'x' }],
  });
  await git.tag('v1.0', 'main', 'Version 1\n');
  await git.git(['tag', 'light/weight', 'main']);
}
