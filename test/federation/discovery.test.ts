import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { discoverKeys } from '../../src/federation/discover.ts';
import { insertIssuer, issuerNamed, keepKeys } from '../../src/federation/issuers.ts';
import { verify, type KeyReading } from '../../src/federation/keys-in-force.ts';
import { parseKeySet } from '../../src/federation/key-set.ts';
import { readAssertion } from '../../src/federation/assertion.ts';
import { OutboundNetworks } from '../../src/outbound/index.ts';
import { openHost, type TestHost } from '../acts/host.ts';
import { keySetOf, signed, signingKey, startIssuer, type CiIssuer, type SigningKey } from './ci-issuer.ts';

const own = { ports: new Set([7990]), publicUrl: 'https://git.example.com' };
const strict = new OutboundNetworks([], own, 'issuer_networks');
const loopback = new OutboundNetworks(['127.0.0.0/8', '::1'], own, 'issuer_networks');

let first: SigningKey;
let second: SigningKey;
let ci: CiIssuer;
beforeAll(async () => {
  first = await signingKey('first');
  second = await signingKey('second');
});
beforeEach(async () => {
  ci = await startIssuer(first);
});

describe('T71: where keys of issuers are read', () => {
  it('is where the issuer says, which must speak of itself', async () => {
    expect(await discoverKeys(loopback, ci.url)).toEqual(parseKeySet(keySetOf(first)));
    expect(ci.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
    ci.document['issuer'] = 'https://ci.example.com';
    await expect(discoverKeys(loopback, ci.url)).rejects.toThrow('of another issuer');
    ci.document = { issuer: ci.url };
    await expect(discoverKeys(loopback, ci.url)).rejects.toThrow('jwks_uri');
    expect(ci.asked).toHaveLength(4);
  });

  it('is on the Internet unless a setting names the network, and only by https', async () => {
    await expect(discoverKeys(strict, ci.url)).rejects.toThrow('"issuer_networks"');
    await expect(discoverKeys(strict, ci.url.replace('127.0.0.1', 'localhost'))).rejects.toThrow(
      '"issuer_networks"',
    );
    await expect(discoverKeys(loopback, 'https://169.254.169.254')).rejects.toThrow('"issuer_networks"');
    await expect(discoverKeys(loopback, 'http://192.0.2.1')).rejects.toThrow('https alone');
    await expect(discoverKeys(loopback, 'https://git.example.com')).rejects.toThrow('"issuer_networks"');
    expect(ci.asked).toEqual([]);
    // What the document of a registered issuer names is held to the same.
    for (const jwks_uri of [
      'http://169.254.169.254/keys',
      'https://169.254.169.254/',
      'file:///etc/passwd',
      7,
    ]) {
      ci.document['jwks_uri'] = jwks_uri;
      await expect(discoverKeys(loopback, ci.url)).rejects.toThrow(/https alone|issuer_networks|jwks_uri/);
    }
  });

  it('follows nothing, and takes no more than it needs', async () => {
    ci.answers.push({ status: 302, location: `${ci.url}/elsewhere` });
    await expect(discoverKeys(loopback, ci.url)).rejects.toThrow('answered 302');
    expect(ci.asked).not.toContain('/elsewhere');
    ci.answers.push({ body: JSON.stringify({ pad: 'x'.repeat(300 * 1024) }) });
    await expect(discoverKeys(loopback, ci.url)).rejects.toThrow('more than 256 KB');
    ci.answers.push({ body: '<html>' });
    await expect(discoverKeys(loopback, ci.url)).rejects.toThrow('JSON');
  });
});

describe('the keys that are in force', () => {
  let host: TestHost;
  let now = 0;
  const failures: string[] = [];
  const reading = (): KeyReading => ({
    database: host.services.database,
    networks: loopback,
    clock: () => now,
    failed: (issuer) => failures.push(issuer),
  });
  const verdict = async (key: SigningKey) => {
    const issuer = await issuerNamed(host.services.database, ci.url);
    if (issuer === undefined) throw new Error('It is not registered.');
    return verify(reading(), issuer, readAssertion(await signed(key, { iss: ci.url })));
  };
  beforeAll(async () => {
    host = await openHost();
  });
  beforeEach(async () => {
    now = 10_000_000;
    failures.length = 0;
    const keys = parseKeySet(keySetOf(first));
    const wanted = { issuer: ci.url, title: 'CI', immutableClaims: ['id'], discovers: true, keys };
    await insertIssuer(host.services.database, wanted, now);
  });

  it('are those that were kept, until a token names another one', async () => {
    expect(await verdict(first)).toBe('good');
    expect(ci.asked).toEqual([]);
    // Right after they were read, a made-up name makes no request.
    ci.keys = keySetOf(first, second);
    expect(await verdict(second)).toBe('no key');
    expect(ci.asked).toEqual([]);
    now += 60_000;
    expect(await Promise.all([verdict(second), verdict(second), verdict(second)])).toEqual(
      Array(3).fill('good'),
    );
    expect(ci.asked).toHaveLength(2);
    const unknown = await signingKey('third');
    expect(await verdict(unknown)).toBe('no key');
    expect(ci.asked).toHaveLength(2);
  });

  it('are read again after an hour, and those that are gone count no more', async () => {
    ci.keys = keySetOf(second);
    now += 3600_001;
    expect(await verdict(first)).toBe('no key');
    expect(await verdict(second)).toBe('good');
    expect(ci.asked).toHaveLength(2);
  });

  it('stay in force while their issuer cannot be read', async () => {
    now += 3600_001;
    ci.answers.push({ status: 500 });
    expect(await verdict(first)).toBe('good');
    expect(failures).toEqual([ci.url]);
    expect(await verdict(first)).toBe('good');
    expect(ci.asked).toHaveLength(1);
  });

  it('are believed for a week and no longer, for whoever withdrew one could not be heard', async () => {
    ci.answers.push(...Array.from({ length: 2 }, () => ({ status: 500 })));
    now += 7 * 24 * 3600_000;
    expect(await verdict(first)).toBe('good');
    now += 60_001;
    expect(await verdict(first)).toBe('no fresh keys');
    ci.keys = keySetOf(first);
    now += 60_001;
    expect(await verdict(first)).toBe('good');
  });

  it('are waited for while another node reads them', async () => {
    const { database } = host.services;
    const issuer = await issuerNamed(database, ci.url);
    now += 3600_001;
    await database
      .updateTable('token_issuer')
      .set({ keys_tried_at: now })
      .where('id', '=', issuer?.id ?? '')
      .execute();
    const waiting = verdict(second);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await keepKeys(database, issuer?.id ?? '', parseKeySet(keySetOf(second)), now + 1);
    expect(await waiting).toBe('good');
    expect(ci.asked).toEqual([]);
  });
});
