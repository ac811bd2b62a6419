import { describe, expect, it } from 'vitest';
import { beginDeviceFlow, type Wish } from '../../src/client/device-flow.ts';
import { discover, hostOrigin, printable } from '../../src/client/host.ts';
import { fakeHost, metadataOf, type Answer } from './fake-host.ts';

const wish: Wish = {
  lasting: true,
  label: 'laptop',
  scopes: ['repository:write'],
  repositories: ['team/app'],
  expiresInDays: 30,
};

/** A host whose device endpoint answers as given, and its token endpoint with each of these in turn. */
async function host(begun: (origin: string) => object, answers: readonly Answer[] = []) {
  const waiting = [...answers];
  const fake = await fakeHost((path) => {
    if (path.startsWith('/.well-known')) return { body: metadataOf(fake.origin) };
    if (path === '/device') return { body: begun(fake.origin) };
    return waiting.shift() ?? { status: 400, body: { error: 'expired_token' } };
  });
  return fake;
}

const begun = (origin: string) => ({
  device_code: 'dc',
  user_code: 'BCDF-GHJK',
  verification_uri: `${origin}/site/oauth2/device`,
  expires_in: 60,
  interval: 1,
});

const flow = async (origin: string) => beginDeviceFlow(origin, await discover(origin), wish);

describe('the device flow as its client', () => {
  it('asks as told, with a proof that is kept until the end, and waits as told', async () => {
    const fake = await host(begun, [
      { status: 400, body: { error: 'authorization_pending' } },
      {
        body: {
          access_token: 'lkap_x',
          token_type: 'N_A',
          username: 'jane',
          scope: 'repository',
          expires_in: 100,
        },
      },
    ]);
    const before = Date.now();
    const waiting = await flow(fake.origin);
    expect(waiting).toMatchObject({ userCode: 'BCDF-GHJK', page: `${fake.origin}/site/oauth2/device` });
    expect(await waiting.answer()).toMatchObject({
      username: 'jane',
      secret: 'lkap_x',
      scopes: ['repository'],
      refreshToken: undefined,
    });
    expect(Date.now() - before).toBeGreaterThan(1900);
    const [, device, first, second] = fake.asked;
    expect(Object.fromEntries(device?.form ?? [])).toMatchObject({
      client_id: 'latchkey',
      request_type: 'app_password',
      label: 'laptop',
      scope: 'repository:write',
      repository: 'team/app',
      expires_in_days: '30',
      code_challenge_method: 'S256',
    });
    expect(first?.form.get('code_verifier')).toMatch(/^[\w-]{43}$/);
    expect(second?.form.get('code_verifier')).toBe(first?.form.get('code_verifier'));
  });

  it('says in words what the answer was', async () => {
    for (const [error, sentence] of [
      ['access_denied', /said no/],
      ['expired_token', /in time/],
      ['invalid_client', /does not know/],
    ] as const) {
      const fake = await host(begun, [{ status: 400, body: { error } }]);
      await expect((await flow(fake.origin)).answer()).rejects.toThrow(sentence);
    }
  });

  it('goes nowhere but to the host itself, and prints nothing that a terminal would obey', async () => {
    const elsewhere = await host((origin) => ({
      ...begun(origin),
      verification_uri: 'https://evil.example/',
    }));
    await expect(flow(elsewhere.origin)).rejects.toThrow(/not its own/);
    const redirecting = await fakeHost(() => ({
      status: 302,
      body: {},
      headers: { location: 'http://127.0.0.1:1/' },
    }));
    await expect(discover(redirecting.origin)).rejects.toThrow(/no answer/);
    const other = await fakeHost(() => ({ body: metadataOf('https://evil.example') }));
    await expect(discover(other.origin)).rejects.toThrow(/calls itself/);
    const stolen = await fakeHost(() => ({
      body: { ...metadataOf(stolen.origin), token_endpoint: 'https://evil.example/t' },
    }));
    await expect(discover(stolen.origin)).rejects.toThrow(/of its own/);
    const long = await fakeHost(() => ({ body: `{"a":"${'x'.repeat(100_000)}"}` }));
    await expect(discover(long.origin)).rejects.toThrow(/too long/);
    expect(printable('a\u001b[31mb\r\nc\u202e')).toBe('a�[31mb��c�');
    const odd = await host(begun, [{ body: { access_token: 'a\nhost=evil.example', username: 'jane' } }]);
    await expect((await flow(odd.origin)).answer()).rejects.toThrow(/no credential that Git could use/);
  });

  it('takes the address of a host, and no plain http but on this machine', () => {
    expect(hostOrigin('git.example.com')).toBe('https://git.example.com');
    expect(hostOrigin('https://git.example.com:8443/')).toBe('https://git.example.com:8443');
    expect(hostOrigin('http://localhost:7990')).toBe('http://localhost:7990');
    expect(hostOrigin('http://[::1]:7990/')).toBe('http://[::1]:7990');
    expect(() => hostOrigin('http://git.example.com')).toThrow(/plain http.*https:\/\/git\.example\.com/);
    expect(() => hostOrigin('http://127.0.0.1.evil.example')).toThrow(/plain http/);
    for (const typed of [
      '',
      'https://jane:x@git.example.com',
      'https://git.example.com/team/app',
      'ftp://x',
      'https://x?y',
      'https://x#y',
    ])
      expect(() => hostOrigin(typed), typed).toThrow(/Give the address/);
  });
});
