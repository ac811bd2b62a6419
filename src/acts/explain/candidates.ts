import { listLivingCredentials, type Credential } from '../../credentials/index.ts';
import type { RepositoryFacts } from '../../gate/index.ts';
import type { RoleHolding } from '../../hosting/index.ts';
import { listConsumers, type Consumer } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';

/** A live credential of which it is asked whether it can. */
export interface Candidate {
  readonly credential: Credential;
  /** The user name of its owner, or null for a token, an access key, or an OAuth consumer by its secret. */
  readonly owner: string | null;
  /** Whose secret it is. */
  readonly consumer?: Consumer | undefined;
}

/** The credentials of those who hold a role. */
export async function personalCandidates(
  { database, clock }: Services,
  holdings: readonly RoleHolding[],
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const { account } of holdings) {
    const owner = { type: 'account', id: account.id } as const;
    for (const credential of await listLivingCredentials(database, { owner }, clock()))
      found.push({ credential, owner: account.username });
  }
  return found;
}

/** The access tokens of the repository, of its project and of its workspace, and the access keys that open it. */
export async function ownCandidates(
  { database, clock }: Services,
  { id: repositoryId, projectId, workspace }: RepositoryFacts,
): Promise<Candidate[]> {
  const opening = { repositoryId, projectId, workspaceId: workspace.id };
  const credentials = await listLivingCredentials(database, { opening }, clock());
  return credentials.map((credential) => ({ credential, owner: null }));
}

/** The secrets of the private consumers of its workspace, with which these get tokens for themselves whenever they want. */
export async function consumerCandidates(
  { database, clock }: Services,
  { workspace }: RepositoryFacts,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const consumer of await listConsumers(database, workspace.id)) {
    const owner = { type: 'consumer', id: consumer.id } as const;
    const kind = 'oauth_consumer_secret';
    for (const credential of await listLivingCredentials(database, { owner, kind }, clock()))
      found.push({ credential, owner: null, consumer });
  }
  return found;
}
