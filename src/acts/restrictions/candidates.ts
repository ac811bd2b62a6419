import { credentialsById, pageOfOwned, type Credential } from '../../credentials/index.ts';
import type { RepositoryFacts } from '../../gate/index.ts';
import { pageOfGroups, pageOfHoldings, type CountedGroup } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { tokensAbove } from '../explain/tokens-above.ts';
import type { Offered } from '../offered.ts';

/** Whom a rule of a repository can name. */
export interface SubjectCandidates {
  readonly users: Offered<{ readonly username: string; readonly displayName: string }>;
  readonly groups: Offered<Pick<CountedGroup, 'slug' | 'name'>>;
  readonly accessTokens: Offered<Pick<Credential, 'id' | 'label'>>;
}

/** How many of each are read: more than somebody chooses from by looking are named by typing. */
const FIRST = { named: '', offset: 0, limit: 12 };

/** Those who hold a role on the repository, the groups of its workspace, its live access tokens and trust policies, and those of its project and workspace that enter it. */
export async function candidatesOf(
  services: Services,
  repository: RepositoryFacts,
): Promise<SubjectCandidates> {
  const { database, clock } = services;
  const { id, workspace } = repository;
  const people = await pageOfHoldings(database, { id, workspaceId: workspace.id }, FIRST);
  const groups = await pageOfGroups(database, workspace.id, FIRST);
  const owner = { type: 'repository', id } as const;
  const living = { ended: false, ...FIRST };
  const own = await pageOfOwned(database, { owner, kind: 'repository_access_token' }, living, clock());
  const policies = await pageOfOwned(database, { owner, kind: 'trust_policy' }, living, clock());
  const above = (await tokensAbove(services, repository)).map((each) => each.id);
  const named = await credentialsById(database, above.slice(0, FIRST.limit), clock());
  return {
    users: { first: people.holdings.map(({ account }) => account), size: people.size },
    groups: { first: groups.groups, size: groups.size },
    accessTokens: {
      first: [...own.credentials, ...policies.credentials, ...named.values()].slice(0, FIRST.limit),
      size: own.size + policies.size + above.length,
    },
  };
}
