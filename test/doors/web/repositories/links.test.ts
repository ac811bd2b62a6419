import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneAddresses, isLinkable, linksOf } from '../../../../src/doors/web/repositories/links.ts';
import { pathProblem } from '../../../../src/doors/shared/path.ts';

const links = linksOf({ slug: 'app', workspace: { slug: 'acme' } });

describe('addresses of a repository', () => {
  it('encode each part of a name and keep its slashes', () => {
    expect(links.source('feature/x', 'a b/c?d#e%2F.md')).toBe(
      '/acme/app/src/feature/x/a%20b/c%3Fd%23e%252F.md',
    );
    expect(links.commits('main', 'src/a&b', 3)).toBe('/acme/app/commits/main?path=src%2Fa%26b&page=3');
    expect(links.commits()).toBe('/acme/app/commits');
    expect(links.branches(1)).toBe('/acme/app/branches');
  });

  it('of every linkable path lead back to it, are taken by the server, and stay on this host', () => {
    assert(
      property(string({ unit: 'binary', minLength: 1, maxLength: 40 }), (path) => {
        if (!isLinkable(path) || !path.isWellFormed()) return;
        const address = links.source('main', path);
        const { host, pathname } = new URL(address, 'http://host.invalid');
        expect(host).toBe('host.invalid');
        expect(pathname).toBe(address);
        expect(decodeURIComponent(address)).toBe(`/acme/app/src/main/${path}`);
        expect(pathProblem(address)).toBeUndefined();
      }),
    );
  });

  it.each(['a\\b', 'a\nb', 'a\u0000', '../a', 'a/./b', 'a//b', '', 'caf\ufffd'])(
    'there is none for %j',
    (path) => {
      expect(isLinkable(path)).toBe(false);
    },
  );
});

describe('addresses for Git', () => {
  it('carry the user name, and keep a port', () => {
    const named = { slug: 'app', workspace: { slug: 'acme' } };
    expect(cloneAddresses('http://localhost:7990', named, 'ada')).toEqual({
      repository: 'http://ada@localhost:7990/acme/app.git',
      wiki: 'http://ada@localhost:7990/acme/app.git/wiki',
    });
    expect(cloneAddresses('https://git.example.org', named).repository).toBe(
      'https://git.example.org/acme/app.git',
    );
  });
});
