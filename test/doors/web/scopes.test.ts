import { describe, expect, it } from 'vitest';
import { openedRoutes } from '../../../src/doors/web/credentials/opened-routes.ts';
import { offeredScopes, openedBy, openedUnder } from '../../../src/doors/web/credentials/scopes.ts';
import { chosenScopes, tasksFor } from '../../../src/doors/web/credentials/tasks.ts';
import { render } from '../../../src/doors/web/html.ts';
import { declarationOf, OPERATION_NAMES } from '../../../src/gate/index.ts';

const names = (kind: Parameters<typeof offeredScopes>[0]) =>
  offeredScopes(kind).flatMap(({ scopes }) => scopes.map(({ name }) => name));

describe('the scopes that a form offers', () => {
  it('are those that an operation asks for, and each says what it opens', () => {
    const offered = names('app_password');
    expect(offered).toContain('repository:write');
    expect(offered).toContain('pullrequest:write');
    expect(offered).not.toContain('pipeline');
    for (const { scopes } of offeredScopes('app_password')) {
      for (const scope of scopes) expect([...scope.opens, ...scope.together], scope.name).not.toEqual([]);
    }
    const asked = new Set(
      OPERATION_NAMES.flatMap((name) => {
        const { kinds, scopes } = declarationOf(name);
        return kinds.includes('app_password') && scopes !== 'any' ? scopes : [];
      }),
    );
    expect(new Set(offered)).toEqual(asked);
  });

  it('of a repository token leave out what belongs to an account', () => {
    expect(names('repository_access_token')).not.toContain('account');
    expect(names('repository_access_token')).toContain('wiki');
  });

  it('of an API token are the granular ones that open something, and none of another catalogue', () => {
    const offered = names('api_token');
    expect(offered.filter((name) => !name.endsWith(':bitbucket'))).toEqual([]);
    expect(offered).toContain('delete:ssh-key:bitbucket');
    expect(offered).not.toContain('write:ssh-key:bitbucket');
    for (const kind of ['app_password', 'repository_access_token'] as const)
      expect(names(kind).filter((name) => name.endsWith(':bitbucket'))).toEqual([]);
    expect(openedBy('api_token', ['write:repository:bitbucket'])).toEqual([
      'push to a repository',
      'bring files of Git LFS',
      'lock files of Git LFS, and unlock them again',
      'unlock files of Git LFS that others locked',
      'upload downloads of a repository',
      'delete downloads of a repository',
    ]);
    expect(openedBy('api_token', ['repository:write', 'wiki'])).toEqual([]);
    const keys = offeredScopes('api_token').find(({ group }) => group === 'Keys');
    expect(keys?.scopes.find(({ name }) => name === 'delete:ssh-key:bitbucket')?.together).toContain(
      'take an access key away from a repository, with admin:repository:bitbucket',
    );
  });

  it('open what the gate says, implications included and no others', () => {
    expect(openedBy('app_password', ['repository:write'])).toContain('clone or fetch a repository');
    expect(openedBy('app_password', ['repository'])).not.toContain('push to a repository');
    expect(openedBy('app_password', ['repository:admin'])).not.toContain('clone or fetch a repository');
    expect(openedBy('app_password', [])).toEqual([]);
  });
});

describe('what bounds leave of the scopes', () => {
  it('is what can be judged under all of them; the rest is said to be shut', () => {
    const scopes = ['repository:write', 'repository:delete'];
    const free = openedUnder('app_password', scopes, []);
    expect(free.shut).toEqual([]);
    expect(free.opened).toEqual(openedBy('app_password', scopes));
    const { opened, shut } = openedUnder('app_password', scopes, ['networks', 'refs']);
    expect(opened).toContain('push to a repository');
    expect(shut).toEqual([
      'delete a repository',
      'write the build statuses of commits',
      'upload downloads of a repository',
      'delete downloads of a repository',
    ]);
    expect(new Set([...opened, ...shut])).toEqual(new Set(free.opened));
  });

  it('lists the routes of exactly these operations, and none of the pages', () => {
    const route = (method: string, url: string, operation: 'repository.fetch' | 'source.read') => ({
      method,
      url,
      operation,
      answers: 'json' as const,
    });
    const shown = render(
      openedRoutes(
        ['source.read'],
        [
          route('GET', '/2.0/repositories/:workspace/:repository/src/*', 'source.read'),
          route('HEAD', '/2.0/repositories/:workspace/:repository/src/*', 'source.read'),
          route('GET', '/:workspace/:repository/src/*', 'source.read'),
          route('GET', '/2.0/other', 'repository.fetch'),
        ],
      ),
    );
    expect(shown).toContain('GET /2.0/repositories/{workspace}/{repository}/src/{path}');
    for (const none of ['HEAD', '/2.0/other', 'GET /{', 'git clone']) expect(shown).not.toContain(none);
  });

  it('leaves every scope with what it opens by itself, beyond what it brings along', () => {
    for (const { scopes } of offeredScopes('app_password')) {
      for (const { name, implies, itself } of scopes) {
        const brought = openedBy('app_password', implies);
        for (const each of itself) expect(brought, name).not.toContain(declarationOf(each).does);
      }
    }
  });
});

describe('tasks', () => {
  it('become the scopes that they take, without those that others bring along', () => {
    expect(chosenScopes('app_password', { tasks: ['clone', 'push'], scopes: [] })).toEqual([
      'repository:write',
    ]);
    expect(chosenScopes('app_password', { tasks: ['push'], scopes: ['repository'] })).toEqual([
      'repository:write',
      'repository',
    ]);
    expect(chosenScopes('api_token', { tasks: ['push', 'wiki'], scopes: [] })).toEqual([
      'read:repository:bitbucket',
      'write:repository:bitbucket',
    ]);
    expect(chosenScopes('app_password', { tasks: ['push', 'discuss', 'propose'], scopes: [] })).toEqual([
      'pullrequest:write',
    ]);
    expect(chosenScopes('app_password', { tasks: ['no such'], scopes: ['nonsense'] })).toEqual(['nonsense']);
  });

  it('are made of scopes that the same form offers', () => {
    for (const kind of ['app_password', 'api_token', 'repository_access_token'] as const) {
      const offered = new Set<string>(names(kind));
      for (const { scopes } of tasksFor(kind)) for (const scope of scopes) expect(offered).toContain(scope);
    }
  });
});
