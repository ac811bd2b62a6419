import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesCallback, readCallback } from '../../src/oauth/callback.ts';
import { chooseCallbacks } from '../../src/oauth/choices.ts';

describe('a callback that is registered', () => {
  it.each([
    'https://x.example/#',
    'https://x.example/#top',
    'http://a@b.example/',
    'http://a:b@c.example/',
    'https://x.example/../y',
    'https://x.example/a/%2e%2E',
    'https://x.example/a%2Fb',
    'https://x.example/a%5cb',
    'https://x.example//y',
    'https:x.example/cb',
    'https:///x.example/cb',
    'javascript:alert(1)',
    'data:text/html,x',
    'x.example/cb',
    '/cb',
    '',
    'https://',
    'https://x.example/\u202e',
    `https://x.example/${'a'.repeat(2000)}`,
    'https://x.example/cb?code=mine',
    'https://x.example/cb?a=1&State=mine',
    'https://x.example/cb?%63ode=mine',
    'https://x.example/cb?a=1;iss=https://other.example',
    'https://x.example/cb?error',
    'https://x.example/cb?%20error_description=x',
    'org.example.app:/done?scope=all&error_uri=x',
  ])('cannot be read in two ways: not %j', (callback) => {
    expect(readCallback(callback)).toBeUndefined();
    if (callback !== '') expect(() => chooseCallbacks([callback])).toThrow(/cannot be a callback URL/);
  });

  it('is a web address, one of the own machine, or of a scheme with a dot', () => {
    const good = [
      'https://x.example/cb?a=1',
      'http://127.0.0.1:80/',
      'http://[::1]/cb',
      'org.example.app:/done',
      'https://x.example/cb?codes=1&from=state',
    ];
    expect(chooseCallbacks([...good, ' https://x.example/cb?a=1 '])).toEqual(good);
  });
});

describe('a callback that is asked for', () => {
  const segment = fc.stringMatching(/^[a-z0-9_~-]{1,8}$/);
  const path = fc.array(segment, { maxLength: 3 }).map((parts) => parts.map((part) => `/${part}`).join(''));
  const origin = fc.constantFrom(
    'https://app.example.org',
    'http://app.example.org:8080',
    'http://127.0.0.1:1234',
    'https://other.example',
  );

  it('continues the registered one by whole segments, at the same origin', () => {
    fc.assert(
      fc.property(origin, path, path, origin, path, (at, registered, more, elsewhere, other) => {
        expect(matchesCallback(`${at}${registered}`, `${at}${registered}${more}`)).toBe(true);
        const allowed = matchesCallback(`${at}${registered}`, `${elsewhere}${other}`);
        if (allowed) {
          expect(elsewhere).toBe(at);
          expect(`${other}/`.startsWith(`${registered}/`)).toBe(true);
        }
        // Longer by letters is another name.
        if (registered !== '')
          expect(matchesCallback(`${at}${registered}`, `${at}${registered}x`)).toBe(false);
      }),
    );
  });

  it('leads, as browsers read it, to the registered host and below the registered path, whatever is written', () => {
    const registered = 'https://app.example.org/oauth/cb';
    const piece = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '%2e',
        '%2f',
        '%5c',
        '\\',
        '//',
        '@',
        ':',
        '#',
        '?',
        '&',
        'evil.example',
        '\t',
        '\n',
        ' ',
        '\u3002',
        '%00',
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(registered, 'https://app.example.org', 'https:', ''),
        fc.array(piece, { maxLength: 6 }),
        (start, pieces) => {
          const asked = start + pieces.join('');
          if (!matchesCallback(registered, asked)) return;
          const url = new URL(asked);
          expect(url.host).toBe('app.example.org');
          expect(url.protocol).toBe('https:');
          expect(`${url.pathname}/`).toMatch(/^\/oauth\/cb\//);
          expect(unescape(url.pathname)).not.toMatch(/(^|\/)\.\.?(\/|$)|\\/);
          expect([url.username, url.password, url.hash]).toEqual(['', '', '']);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('has any port on a literal loopback address, and only there (RFC 8252 §7.3)', () => {
    expect(matchesCallback('http://127.0.0.1/cb', 'http://127.0.0.1:51000/cb')).toBe(true);
    expect(matchesCallback('http://[::1]:1/cb', 'http://[::1]:51000/cb')).toBe(true);
    for (const [registered, asked] of [
      ['http://localhost/cb', 'http://localhost:51000/cb'],
      ['http://127.0.0.1/cb', 'http://[::1]:51000/cb'],
      ['http://127.0.0.1/cb', 'https://127.0.0.1:51000/cb'],
      ['https://127.0.0.1/cb', 'https://127.0.0.1:51000/cb'],
      ['http://127.0.0.2/cb', 'http://127.0.0.2:51000/cb'],
      ['https://app.example.org/cb', 'https://app.example.org:51000/cb'],
    ] as const)
      expect([asked, matchesCallback(registered, asked)]).toEqual([asked, false]);
  });

  it('keeps a registered query as it stands', () => {
    expect(matchesCallback('https://x.example/cb?a=1', 'https://x.example/cb?a=1')).toBe(true);
    for (const asked of ['https://x.example/cb', 'https://x.example/cb?a=2', 'https://x.example/cb?a=1&b=2'])
      expect(matchesCallback('https://x.example/cb?a=1', asked)).toBe(false);
  });
});
