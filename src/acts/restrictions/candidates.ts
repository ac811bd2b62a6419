import { pageOfTokens, type Credential } from '../../credentials/index.ts';
import type { RepositoryFacts } from '../../gate/index.ts';
import { pageOfGroups, pageOfHoldings, type CountedGroup } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import type { Offered } from '../offered.ts';

/** Whom a rule of a repository can name. */
export interface SubjectCandidates {
  readonly users: Offered<{ readonly username: string; readonly displayName: string }>;
  readonly groups: Offered<Pick<CountedGroup, 'slug' | 'name'>>;
  readonly accessTokens: Offered<Pick<Credential, 'id' | 'label'>>;
}

/** How many of each are read: more than somebody chooses from by looking are named by typing. */
const FIRST = { named: '', offset: 0, limit: 12 };

/** Those who hold a role on the repository, the groups of its workspace, and the live access tokens of the repository, its project and its workspace. */
export async function candidatesOf(
  { database, clock }: Services,
  { id, projectId, workspace }: RepositoryFacts,
): Promise<SubjectCandidates> {
  const people = await pageOfHoldings(database, { id, workspaceId: workspace.id }, FIRST);
  const groups = await pageOfGroups(database, workspace.id, FIRST);
  const place = { repositoryId: id, projectId, workspaceId: workspace.id };
  const tokens = await pageOfTokens(database, place, { ended: false, ...FIRST }, clock());
  return {
    users: { first: people.holdings.map(({ account }) => account), size: people.size },
    groups: { first: groups.groups, size: groups.size },
    accessTokens: { first: tokens.credentials, size: tokens.size },
  };
}
