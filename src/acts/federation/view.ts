import {
  listCredentials,
  pageOfOwned,
  type Credential,
  type CredentialPage,
} from '../../credentials/index.ts';
import {
  issuersById,
  jobTokenOf,
  lastRefused,
  livingJobTokens,
  policiesById,
  type RefusedToken,
  type TokenIssuer,
  type TrustPolicy,
} from '../../federation/index.ts';
import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { completeView, type ViewedCredential } from '../credentials/view.ts';
import { windowOf, type WhichPage } from '../credentials/which-page.ts';

/** What a policy demands, and of whose tokens. */
export interface ShownPolicy extends TrustPolicy {
  readonly issuer: TokenIssuer;
}

export interface ViewedPolicy extends ViewedCredential {
  readonly policy: ShownPolicy;
  /** Its job tokens that have not ended; the newest of them where there are very many. */
  readonly jobTokens: readonly Credential[];
  readonly jobTokenCount: number;
  /** Tokens that it did not accept, the latest first. */
  readonly refused: readonly RefusedToken[];
}

/** A page of the trust policies of the grant's repository, newest first, and what each demands, by its id. */
export async function listTrustPolicies(
  services: Services,
  grant: Grant<'trust_policy.list'>,
  which: WhichPage,
): Promise<CredentialPage & { readonly policies: ReadonlyMap<string, ShownPolicy> }> {
  await services.writeUses();
  const { database, clock } = services;
  const owner = { type: 'repository', id: grant.targets[0].id } as const;
  const page = await pageOfOwned(database, { owner, kind: 'trust_policy' }, windowOf(which), clock());
  return { ...page, policies: await shownPolicies(services, page.credentials) };
}

/** Every one of the grant's repository, newest first, ended ones included. */
export async function everyTrustPolicy(
  services: Services,
  grant: Grant<'trust_policy.list'>,
): Promise<readonly { readonly credential: Credential; readonly policy: ShownPolicy }[]> {
  await services.writeUses();
  const owner = { type: 'repository', id: grant.targets[0].id } as const;
  const all = await listCredentials(services.database, { owner, kind: 'trust_policy' }, services.clock());
  const policies = await shownPolicies(services, all);
  return all.flatMap((credential) => {
    const policy = policies.get(credential.id);
    return policy === undefined ? [] : [{ credential, policy }];
  });
}

async function shownPolicies(
  { database }: Services,
  credentials: readonly Credential[],
): Promise<ReadonlyMap<string, ShownPolicy>> {
  const policies = await policiesById(
    database,
    credentials.map(({ id }) => id),
  );
  const issuers = await issuersById(
    database,
    [...policies.values()].map(({ issuerId }) => issuerId),
  );
  return new Map(
    [...policies].flatMap(([id, policy]) => {
      const issuer = issuers.get(policy.issuerId);
      return issuer === undefined ? [] : [[id, { ...policy, issuer }] as const];
    }),
  );
}

/** A job token that lives, of a policy that was looked up. Throws `Problem` where there is none of this id. */
export async function viewJobToken(
  { database, clock }: Services,
  _grant: Grant<'trust_policy.list'>,
  { credential }: ViewedPolicy,
  id: string,
): Promise<Credential> {
  const token = await jobTokenOf(database, credential.id, id, clock());
  if (token !== undefined) return token;
  throw new Problem(
    'not_found',
    'This policy has no job token of this id that lives: it may have ended already.',
  );
}

/** Looked up among those of the grant's repository: knowing an id is never enough. Throws `Problem`. */
export async function viewTrustPolicy(
  services: Services,
  grant: Grant<'trust_policy.list'>,
  id: string,
): Promise<ViewedPolicy> {
  await services.writeUses();
  const { database, clock } = services;
  const owner = { type: 'repository', id: grant.targets[0].id } as const;
  const [credential] = await listCredentials(database, { owner, kind: 'trust_policy', id }, clock());
  const policy = credential && (await shownPolicies(services, [credential])).get(id);
  if (credential === undefined || policy === undefined)
    throw new Problem('not_found', 'This repository has no trust policy of this id.');
  const { tokens, size } = await livingJobTokens(database, id, clock());
  return {
    ...(await completeView(services, credential, grant.principal)),
    policy,
    jobTokens: tokens,
    jobTokenCount: size,
    refused: await lastRefused(database, id),
  };
}
