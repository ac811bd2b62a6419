import type { JSONWebKeySet } from 'jose';
import type { OutboundNetworks } from '../outbound/index.ts';
import type { Handle } from '../store/handle.ts';
import { checkSignature, type Assertion, type SignatureVerdict } from './assertion.ts';
import { discoverKeys } from './discover.ts';
import { claimReading, issuersById, keepKeys, type TokenIssuer } from './issuers.ts';

/** After how long keys are read again. */
const FRESH_MS = 3600_000;
/** How often they are read at most, so that made-up names of keys make no requests. */
const EVERY_MS = 60_000;

/** With what the keys of issuers are read. */
export interface KeyReading {
  readonly database: Handle;
  readonly networks: OutboundNetworks;
  readonly clock: () => number;
  /** Told of every reading that failed; what was kept stays in force. */
  readonly failed: (issuer: string, error: unknown) => void;
}

const running = new Map<string, Promise<JSONWebKeySet>>();

/** Holds a token against the keys of its issuer, which are read anew where they are old or the one that it names is unknown. */
export async function verify(
  reading: KeyReading,
  issuer: TokenIssuer,
  assertion: Assertion,
): Promise<SignatureVerdict> {
  const isOld = issuer.discovers && reading.clock() - issuer.keysReadAt > FRESH_MS;
  const keys = isOld ? await readAgain(reading, issuer) : issuer.keys;
  const verdict = await checkSignature(assertion, keys);
  if (verdict !== 'no key' || !issuer.discovers || isOld) return verdict;
  return checkSignature(assertion, await readAgain(reading, issuer));
}

/** Who comes while they are being read waits for that, and of many nodes one reads. */
function readAgain(reading: KeyReading, issuer: TokenIssuer): Promise<JSONWebKeySet> {
  const before = running.get(issuer.id);
  if (before !== undefined) return before;
  const now = readOnce(reading, issuer).finally(() => running.delete(issuer.id));
  running.set(issuer.id, now);
  return now;
}

async function readOnce(
  { database, networks, clock, failed }: KeyReading,
  { id, issuer, keys, keysTriedAt }: TokenIssuer,
): Promise<JSONWebKeySet> {
  // Whoever makes up names of keys has nothing written.
  const isSoon = clock() - keysTriedAt < EVERY_MS;
  if (isSoon || !(await claimReading(database, id, EVERY_MS, clock())))
    return (await issuersById(database, [id])).get(id)?.keys ?? keys;
  try {
    const found = await discoverKeys(networks, issuer);
    await keepKeys(database, id, found, clock());
    return found;
  } catch (error) {
    failed(issuer, error);
    return keys;
  }
}
