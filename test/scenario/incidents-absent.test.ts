import { beforeAll, describe, expect, it } from 'vitest';
import { declarationOf } from '../../src/gate/index.ts';
import { CALLERS, type Caller } from '../matrix/callers.ts';
import { ask, requestOf } from '../matrix/requests.ts';
import { rowProblems, ROWS } from '../matrix/routes.ts';
import { sharedTemplate } from '../matrix/shared-template.ts';
import type { Template, World } from '../matrix/world.ts';
import { atEndOfFile } from '../support/cleanup.ts';

/**
 * Incidents of other hosts in features that this one does not have. Until one comes, and with it a test of its own, its
 * routes must not exist, and no page may lead to them.
 */

let template: Template;
let world: World;
/** Where the pages lead that an owner sees: every address in a link or a form. */
let offered: readonly string[];

const isAda = ({ holder, state }: Caller) =>
  holder.type === 'person' && holder.name === 'ada' && state === 'live';
const session = CALLERS.find((each) => isAda(each) && each.secret === 'session');
const password = CALLERS.find(
  (each) => isAda(each) && each.way === 'basic, own name' && each.scopeSet === 'every scope',
);
const token = CALLERS.find(
  ({ secret, way, scopeSet }) => secret === 'token' && way === 'bearer' && scopeSet === 'every scope',
);
const stranger = CALLERS.find(({ secret }) => secret === 'none');

beforeAll(async () => {
  template = await sharedTemplate();
  world = await template.copy();
  atEndOfFile(() => world.close());
  const links = new Set<string>();
  for (const row of ROWS.filter(({ door, method }) => door === 'web' && method === 'GET')) {
    if (session === undefined) continue;
    const target = { repository: 'acme/app', workspace: 'acme', destination: 'annex' };
    const { body } = await ask(world, requestOf({ row, caller: session, target }, template.made), 'web');
    for (const [, link = ''] of body.matchAll(/(?:href|action|src|hx-\w+)="([^"]*)"/g))
      links.add(withoutIds(link));
  }
  offered = [...links];
}, 150_000);

/** Ids and digests are made of chance: some day one of them spells "npm" or "feed". */
const withoutIds = (link: string): string =>
  link.replace(
    /cred_[A-Za-z0-9]+|(?<=\/oauth-consumers\/)[A-Za-z0-9]{18}(?![\w-])|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{7,64}/g,
    ':id',
  );

/** Nobody gets anything at these addresses, by any method, and neither a route nor a page has one like them. */
async function absent(addresses: readonly string[], like: RegExp): Promise<void> {
  expect(offered.length).toBeGreaterThan(30);
  expect(offered.filter((link) => like.test(link))).toEqual([]);
  expect(world.routes.filter(({ url }) => like.test(url))).toEqual([]);
  for (const url of addresses) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']) {
      for (const caller of [stranger, session, password, token]) {
        if (caller === undefined) throw new Error('There is nobody to ask.');
        const sent = method === 'POST' || method === 'PUT' ? { body: '{}', type: 'application/json' } : {};
        const row = { door: 'web', method, url, rule: 'anything', ...sent } as const;
        const asked = requestOf({ row, caller, target: {} }, template.made);
        const { status } = await ask(world, asked, url.includes('.git/') ? 'git' : 'rest');
        // Where an address reads as that of a repository, pages refuse the credential first.
        const isCredential = caller.secret === 'app password' || caller.secret === 'token';
        expect(isCredential ? [401, 404] : [404], `${method} ${url} ${caller.secret}`).toContain(status);
      }
    }
  }
}

const R = '/2.0/repositories/acme/app';

describe('what is not here is nowhere', () => {
  it('T4: archives at other addresses than the one that looks at the scope, and bundles', () =>
    absent(
      [
        '/acme/app/archive/main.zip',
        '/acme/app/archive/v1.bundle',
        '/acme/app.git/git-upload-archive',
        `${R}/archive/main.zip`,
        `${R}/get/main.zip`,
      ],
      /archive|\.(?:bundle|tgz)/,
    ));

  it('T5: feeds (commits of a repository went out by RSS and Atom)', () =>
    absent(
      [
        '/acme/app.rss/x',
        '/acme/app/commits.atom',
        '/acme/app/rss/branch/main',
        '/acme/app/atom/branch/main',
        '/acme/app/feed',
        '/acme.atom',
        '/acme/-/feed',
        `${R}/feed`,
      ],
      /\brss\b|\batom\b|\bfeeds?\b/,
    ));

  it('T6: siblings of a route (one feed was mended, the next was not): no row, no start of the matrix', () => {
    for (const url of [
      '/:workspace/:repository/commits.rss',
      '/:workspace/:repository/src/*/feed',
      '/2.0/repositories/:workspace/:repository/commits/feed',
    ]) {
      expect(rowProblems([...world.routes, { method: 'GET', url }])).toEqual([
        `GET ${url} is served and has no row in test/matrix/routes.ts.`,
      ]);
    }
    expect(rowProblems(world.routes)).toEqual([]);
  });

  // An access token here says who acts to the REST API alone, which looks at the scope `account`: the matrix asks every
  // route with tokens of every scope, and test/oauth/ (T51, T58) asks the token endpoints with every kind of secret.
  it('T8: endpoints of protocols of identity (userinfo did not look at scopes)', () =>
    absent(
      [
        '/userinfo',
        '/oauth/userinfo',
        '/login/oauth/userinfo',
        '/site/oauth2/userinfo',
        '/2.0/userinfo',
        '/.well-known/openid-configuration',
        '/site/oauth2/.well-known/openid-configuration',
        '/.well-known/jwks.json',
        '/site/oauth2/jwks',
        '/login/oauth/keys',
        '/site/oauth2/register',
        '/.well-known/webfinger',
      ],
      /userinfo|openid|jwks|webfinger|oauth2?\/(?:keys|certs|register|logout)/,
    ));

  it('T11: package registries (one of them lost the scope)', () =>
    absent(
      [
        '/v2/x',
        '/v2/acme/app/manifests/latest',
        '/api/packages',
        '/acme/-/packages',
        `${R}/packages`,
        '/npm/x',
      ],
      /packages|\/v2\b|npm|manifests/,
    ));

  it('T14, T15, T21: GraphQL and batches (a token that reads wrote, saw fields, left its repositories)', () =>
    absent(
      ['/graphql', '/api/graphql', '/2.0/graphql', '/-/graphql', '/2.0/batch', '/2.0/$batch', '/api/v4/x'],
      // That of Git LFS asks about files of one repository.
      /graphql|batch(?<!objects\/batch)/,
    ));

  it('T16: further protocols, which would be rows before they are served', async () => {
    await absent(['/mcp', '/-/mcp', '/2.0/mcp', '/2.0/websocket', '/rest/api/latest'], /mcp|websocket|sse\b/);
    expect(rowProblems([...world.routes, { method: 'POST', url: '/mcp' }])).toHaveLength(1);
  });

  // Pull requests are between branches of one repository: T10 in pull-requests.test.ts, and who merges in pull-request-merge.test.ts.
  it('T32: edits by maintainers and forks (they let commits into any repository that could be read)', () =>
    absent(
      [`${R}/forks`, `${R}/pullrequests/1/maintainer-edits`, '/acme/app/fork', '/acme/app/forks/sync'],
      /\bforks?\b|maintainer/,
    ));

  it('T22, T33: writing files by anything but a push (what the API writes is one, see commit-files.test.ts)', async () => {
    const urls = [
      `${R}/contents/README.md`,
      '/acme/app/edit/main/README.md',
      '/acme/app/_edit/main/README.md',
      '/acme/app/upload/main',
      '/acme/app/revert/main',
      '/acme/app/cherry-pick/main',
      '/acme/app/wiki-edit/Home',
    ];
    await absent(urls, /contents|\bedit\b|_edit|upload(?!-pack)|revert|cherry/);
    // What reads files by GET writes none by another method, but where that is a push.
    for (const [url, pushes] of [
      [`${R}/src`, 'POST'],
      [`${R}/src/main/README.md`, ''],
      [`${R}/refs/branches`, 'POST'],
      [`${R}/refs/branches/main`, 'DELETE'],
      [`${R}/refs/tags`, 'POST'],
      [`${R}/refs/tags/v1`, 'DELETE'],
    ] as const) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'].filter((each) => each !== pushes)) {
        for (const caller of [session, password, token]) {
          if (caller === undefined) continue;
          const row = { door: 'rest', method, url, rule: 'anything' } as const;
          const { status } = await ask(world, requestOf({ row, caller, target: {} }, template.made), 'rest');
          expect(status, `${method} ${url}`).toBe(404);
        }
      }
    }
    const opening = world.routes.filter(({ operation }) => declarationOf(operation).pushes === true);
    const api = opening.filter(({ url }) => url.startsWith('/2.0/'));
    // Merging a pull request, by people.
    const pages = opening.filter(({ url }) => url === '/:workspace/:repository/pull-requests/:number/merge');
    expect(pages.map(({ method }) => method).toSorted()).toEqual(['GET', 'HEAD', 'POST']);
    const overGit = opening.filter((route) => !api.includes(route) && !pages.includes(route));
    expect(overGit.every(({ url }) => /\/(?:info\/refs|git-receive-pack)$/.test(url))).toBe(true);
    expect([...new Set(overGit.map(({ method }) => method))].toSorted()).toEqual(['GET', 'HEAD', 'POST']);
    expect(overGit).toHaveLength(9);
    expect(api.map(({ method, url }) => `${method} ${url.replace(/^.*:repository/, '')}`).toSorted()).toEqual(
      [
        'DELETE /refs/branches/*',
        'DELETE /refs/tags/*',
        'POST /pullrequests/:id/merge',
        'POST /refs/branches',
        'POST /refs/tags',
        'POST /src',
      ],
    );
  });
});
