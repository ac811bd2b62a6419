import { chooseLabel } from '../../credentials/index.ts';
import {
  chooseImmutableClaims,
  chooseIssuer,
  discoverKeys,
  insertIssuer,
  issuerNamed,
  keepKeys,
  listIssuers,
  parseKeySet,
  policyCounts,
  removeIssuer,
  revokePoliciesOf,
  type TokenIssuer,
} from '../../federation/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

export interface ListedIssuer extends TokenIssuer {
  /** Trust policies that have not ended and count on it. */
  readonly policies: number;
}

/** Every issuer that is registered on this host. */
export async function viewIssuers(
  { database, clock }: Services,
  _grant: Grant<'issuer.list'>,
): Promise<readonly ListedIssuer[]> {
  const counts = await policyCounts(database, clock());
  return (await listIssuers(database)).map((issuer) => ({ ...issuer, policies: counts.get(issuer.id) ?? 0 }));
}

/** What a trust policy of a repository can be made for. */
export const issuersToTrust = (
  { database }: Services,
  _grant: Grant<'trust_policy.create'>,
): Promise<readonly TokenIssuer[]> => listIssuers(database);

/**
 * Registers an issuer. Without a key set its keys are read from where it says that they are, now for the first time. Throws
 * `Problem` where that does not work, and for one that is registered already.
 */
export async function addIssuer(
  services: Services,
  grant: Grant<'issuer.change'>,
  input: {
    readonly issuer: string;
    /** Empty for the name of its host. */
    readonly title: string;
    readonly immutableClaims: readonly string[];
    /** A JWK set; null to discover. */
    readonly keySet: string | null;
  },
): Promise<string> {
  const discovers = input.keySet === null;
  const issuer = chooseIssuer(input.issuer, discovers);
  const title = chooseLabel(input.title || new URL(issuer).host.slice(0, 100));
  const immutableClaims = chooseImmutableClaims(input.immutableClaims);
  const keys =
    input.keySet === null ? await discoverKeys(services.issuerNetworks, issuer) : parseKeySet(input.keySet);
  const wanted = { issuer, title, immutableClaims, discovers, keys };
  return change(
    services,
    grant,
    (trx, now) => insertIssuer(trx, wanted, now),
    () => ({ target: { type: 'host', id: 'host' }, detail: { added: issuer, immutableClaims, discovers } }),
  );
}

/** Gives an issuer whose keys were given another set of them. Throws `Problem` for an unknown one, and for one that is discovered. */
export async function replaceIssuerKeys(
  services: Services,
  grant: Grant<'issuer.change'>,
  issuer: string,
  keySet: string,
): Promise<void> {
  const found = await known(services, issuer);
  if (found.discovers)
    throw new Problem('invalid', `The keys of ${issuer} are read from itself, and are not given.`);
  const keys = parseKeySet(keySet);
  await change(
    services,
    grant,
    (trx, now) => keepKeys(trx, found.id, keys, now),
    () => ({ target: { type: 'host', id: 'host' }, detail: { keysOf: found.issuer } }),
  );
}

/** Takes an issuer away, with every trust policy that counts on it and all that came of them. Returns how many policies ended. Throws `Problem` for an unknown one. */
export async function dropIssuer(
  services: Services,
  grant: Grant<'issuer.change'>,
  issuer: string,
): Promise<number> {
  const found = await known(services, issuer);
  return change(
    services,
    grant,
    async (trx, now) => {
      if (!(await removeIssuer(trx, found.id, now))) throw unknown(issuer);
      return revokePoliciesOf(trx, found.id, accountOf(grant.principal)?.id ?? null, now);
    },
    (policies) => ({ target: { type: 'host', id: 'host' }, detail: { removed: found.issuer, policies } }),
  );
}

async function known({ database }: Services, issuer: string): Promise<TokenIssuer> {
  const found = await issuerNamed(database, issuer.trim());
  if (found === undefined) throw unknown(issuer);
  return found;
}

const unknown = (issuer: string): Problem =>
  new Problem('not_found', `There is no issuer ${JSON.stringify(issuer.slice(0, 200))}.`);
