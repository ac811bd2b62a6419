import { confine } from '../../src/acts/credentials/confinement.ts';
import { pauseCredentials, pushLayer } from '../../src/credentials/index.ts';
import { insertIssuer, insertPolicy, issueJobToken, parseKeySet } from '../../src/federation/index.ts';
import type { Bound, Scope } from '../../src/gate/index.ts';
import { repositoryFacts } from '../../src/hosting/index.ts';
import type { Services } from '../../src/services.ts';
import type { Handle } from '../../src/store/handle.ts';
import { CALLERS, credentialKey, TOKEN_SCOPES, type Caller } from './callers.ts';
import { BOUNDS, NOON, type RepositoryName } from './lay.ts';
import { CI_ISSUER, CI_KEYS } from './routes.ts';
import { settle } from './world.ts';

/** What the pages of federation are about. */
export interface Federated {
  /** The id of the one issuer that is registered. */
  readonly issuer: string;
  /** A policy of each repository, a job token of that, and another policy, which is paused. */
  readonly trustPolicy: Readonly<Record<string, string>>;
  readonly jobToken: Readonly<Record<string, string>>;
  readonly pausedPolicy: Readonly<Record<string, string>>;
}

/** The job tokens that ask, each of a policy of its own, so that one can end without the others; and what is looked at. */
export async function buildFederation(
  services: Services,
  paths: readonly RepositoryName[],
): Promise<Federated & { readonly secrets: ReadonlyMap<string, string> }> {
  const { database } = services;
  const issuer = await insertIssuer(
    database,
    {
      issuer: CI_ISSUER,
      title: 'CI',
      immutableClaims: ['repository_id'],
      discovers: false,
      keys: parseKeySet(CI_KEYS),
    },
    NOON,
  );
  const secrets = new Map<string, string>();
  for (const caller of CALLERS) {
    const key = credentialKey(caller);
    if (secrets.has(key) || caller.secret !== 'job token') continue;
    secrets.set(key, await jobTokenOf(services, issuer, caller));
  }
  const trustPolicy: Record<string, string> = {};
  const jobToken: Record<string, string> = {};
  const pausedPolicy: Record<string, string> = {};
  for (const path of paths) {
    await database.transaction().execute(async (trx) => {
      trustPolicy[path] = await policyOf(trx, path, issuer, []);
      jobToken[path] = (await issued(services, trx, trustPolicy[path] ?? '', ['repository'])).id;
      pausedPolicy[path] = await policyOf(trx, path, issuer, []);
      await pauseCredentials(trx, { id: pausedPolicy[path] ?? '' }, NOON);
    });
  }
  return { secrets, issuer, trustPolicy, jobToken, pausedPolicy };
}

/** What confines it confines its policy; what is counted is counted of itself. */
async function jobTokenOf(services: Services, issuer: string, caller: Caller): Promise<string> {
  const path: RepositoryName = caller.holder.type === 'repository' ? caller.holder.name : 'acme/app';
  const bounds = await confine(services, { type: 'operator' }, BOUNDS[caller.bound]);
  const isCounted = caller.bound === 'uses spent';
  const scopes = caller.scopes as readonly Scope[];
  const made = await services.database.transaction().execute(async (trx) => {
    const policy = await policyOf(trx, path, issuer, isCounted ? [] : bounds);
    const { id, secret } = await issued(services, trx, policy, scopes);
    if (isCounted) await pushLayer(trx, id, bounds);
    return { id, policy, secret: secret.reveal() };
  });
  await settle(services, made.id, caller);
  // Its own row stays as it is.
  const { database } = services;
  if (caller.state === 'policy revoked')
    await database
      .updateTable('credential')
      .set({ revoked_at: NOON - 1 })
      .where('id', '=', made.policy)
      .execute();
  if (caller.state === 'policy paused') await pauseCredentials(database, { id: made.policy }, NOON);
  return made.secret;
}

async function policyOf(
  trx: Handle,
  path: RepositoryName,
  issuerId: string,
  bounds: readonly Bound[],
): Promise<string> {
  const [workspace = '', repository = ''] = path.split('/');
  const facts = await repositoryFacts(trx, { workspace, repository }, null);
  if (facts === null) throw new Error(`There is no ${path}.`);
  const credential = {
    owner: { type: 'repository', id: facts.id },
    label: 'a job',
    scopes: TOKEN_SCOPES,
    notBefore: null,
    expiresAt: null,
    bounds,
    createdBy: null,
  } as const;
  const conditions = [{ claim: 'repository_id', pattern: '42' }];
  const policy = { issuerId, audience: 'https://git.example.org', conditions, lifetimeMs: 15 * 60_000 };
  return insertPolicy(trx, credential, policy, NOON);
}

async function issued({ keys }: Services, trx: Handle, policyId: string, scopes: readonly Scope[]) {
  const made = await issueJobToken(
    trx,
    keys,
    { policyId, label: 'a job', scopes, lifetimeMs: 15 * 60_000 },
    NOON,
  );
  if (made === undefined || made === 'too many') throw new Error('No job token was issued.');
  return made;
}
