import { setTimeout as delay } from 'node:timers/promises';
import type { JSONWebKeySet } from 'jose';
import type { OutboundNetworks } from '../outbound/index.ts';
import type { Handle } from '../store/handle.ts';
import { checkSignature, type Assertion, type SignatureVerdict } from './assertion.ts';
import { discoverKeys } from './discover.ts';
import { claimReading, issuersById, keepKeys, type TokenIssuer } from './issuers.ts';

/** After how long keys are read again. */
const FRESH_MS = 3600_000;
/** For how long keys that could not be read again are believed. */
const BELIEVED_MS = 7 * 24 * FRESH_MS;
/** How long reading takes at most: two requests (`discover.ts`). */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;
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

/** Keys, and when they were read or given. */
interface KeptKeys {
  readonly keys: JSONWebKeySet;
  readonly keysReadAt: number;
}

const running = new Map<string, Promise<KeptKeys>>();
/** When this node last tried in vain, by issuer id: nobody waits for that. */
const failedHere = new Map<string, number>();

/** Holds a token against the keys of its issuer, which are read anew where they are old or the one that it names is unknown. */
export async function verify(
  reading: KeyReading,
  issuer: TokenIssuer,
  assertion: Assertion,
): Promise<SignatureVerdict> {
  const isOld = issuer.discovers && reading.clock() - issuer.keysReadAt > FRESH_MS;
  const { keys, keysReadAt } = isOld ? await readAgain(reading, issuer) : issuer;
  // Whoever withdrew a key could not be heard: it is not believed for ever.
  if (issuer.discovers && reading.clock() - keysReadAt > BELIEVED_MS) return 'no fresh keys';
  const verdict = await checkSignature(assertion, keys);
  if (verdict !== 'no key' || !issuer.discovers || isOld) return verdict;
  return checkSignature(assertion, (await readAgain(reading, issuer)).keys);
}

/** Who comes while they are being read waits for that, and of many nodes one reads. */
function readAgain(reading: KeyReading, issuer: TokenIssuer): Promise<KeptKeys> {
  const before = running.get(issuer.id);
  if (before !== undefined) return before;
  const now = readOnce(reading, issuer).finally(() => running.delete(issuer.id));
  running.set(issuer.id, now);
  return now;
}

async function readOnce(reading: KeyReading, issuer: TokenIssuer): Promise<KeptKeys> {
  const { database, networks, clock, failed } = reading;
  // Whoever makes up names of keys has nothing written.
  const tried = clock();
  const isSoon = tried - issuer.keysTriedAt < EVERY_MS;
  if (isSoon || !(await claimReading(database, issuer.id, EVERY_MS, tried)))
    return readElsewhere(reading, issuer);
  try {
    const keys = await discoverKeys(networks, issuer.issuer);
    const keysReadAt = clock();
    await keepKeys(database, issuer.id, keys, keysReadAt);
    return { keys, keysReadAt };
  } catch (error) {
    failed(issuer.issuer, error);
    failedHere.set(issuer.id, tried);
    return issuer;
  }
}

/** What is kept; while another node has begun to read and is not done, what it reads. */
async function readElsewhere({ database, clock }: KeyReading, issuer: TokenIssuer): Promise<KeptKeys> {
  for (const until = performance.now() + PATIENCE_MS; ; await delay(LOOK_EVERY_MS)) {
    const kept = (await issuersById(database, [issuer.id])).get(issuer.id) ?? issuer;
    const { keysReadAt, keysTriedAt } = kept;
    const isReading = keysReadAt < keysTriedAt && clock() - keysTriedAt < PATIENCE_MS;
    if (!isReading || failedHere.get(issuer.id) === keysTriedAt || performance.now() >= until) return kept;
  }
}
