import { livingIds, livingIdsOfEach } from '../../credentials/index.ts';
import type { RepositoryFacts } from '../../gate/index.ts';
import { credentialsOfHolders } from '../../hosting/index.ts';
import { listConsumers, type Consumer } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';
import type { Window } from '../paged.ts';

/** A live credential of which it is asked whether it can. */
export interface Candidate {
  /** Public id. */
  readonly id: string;
  /** The user name of its owner, or null for a token, an access key, or an OAuth consumer by its secret. */
  readonly owner: string | null;
  /** Whose secret it is. */
  readonly consumer?: Consumer | undefined;
}

/** Some of the credentials of those who hold a role: by user name, the newest first. */
export const personalCandidates = (
  { database, clock }: Services,
  { id, workspace }: RepositoryFacts,
  window: Window,
): Promise<readonly Candidate[]> =>
  credentialsOfHolders(database, { id, workspaceId: workspace.id }, window, clock());

/** The access tokens of the repository, of its project and of its workspace, and the access keys that open it. */
export async function ownCandidates(
  { database, clock }: Services,
  { id: repositoryId, projectId, workspace }: RepositoryFacts,
): Promise<Candidate[]> {
  const opening = { repositoryId, projectId, workspaceId: workspace.id };
  return (await livingIds(database, { opening }, clock())).map((id) => ({ id, owner: null }));
}

/** The secrets of the private consumers of its workspace, with which these get tokens for themselves whenever they want. */
export async function consumerCandidates(
  { database, clock }: Services,
  { workspace }: RepositoryFacts,
): Promise<Candidate[]> {
  const consumers = await listConsumers(database, workspace.id);
  const owners = { type: 'consumer', ids: consumers.map(({ id }) => id) } as const;
  const secrets = await livingIdsOfEach(database, owners, 'oauth_consumer_secret', clock());
  return consumers.flatMap((consumer) =>
    (secrets.get(consumer.id) ?? []).map((id) => ({ id, owner: null, consumer })),
  );
}
