import type { Account } from '../../accounts/index.ts';
import { openForReading } from '../../git/open.ts';
import { listRefs } from '../../git/ref-list.ts';
import { pageOfHoldings } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import type { Grant } from '../../gate/index.ts';
import { offer, type Offered, type Searched } from '../offered.ts';
import type { PullRequestActor, PullRequestGrant } from './view.ts';

/** How many people one chooses from by looking: more are named by typing. */
const FIRST = { named: '', offset: 0, limit: 12 };

type ChoosingGrant = PullRequestGrant | Grant<'default_reviewer.list'> | Grant<'default_reviewer.change'>;

/** Those who hold a role on the repository: who can be asked for a review. @param author who is not, of their own */
export async function viewReviewerCandidates(
  { database }: Services,
  { targets: [{ id, workspace }] }: ChoosingGrant,
  author: PullRequestActor | null,
): Promise<Offered<Account>> {
  const { holdings, size } = await pageOfHoldings(database, { id, workspaceId: workspace.id }, FIRST);
  const all = holdings.map(({ account }) => account);
  const first = all.filter((account) => account.id !== author?.actor_id);
  return { first, size: size - (all.length - first.length) };
}

/** Branches to choose from, those that changed last first. @param typed what names none of them */
export async function viewBranchChoices(
  services: Services,
  grant: PullRequestGrant,
  typed: string,
): Promise<Searched<string>> {
  const handle = await openForReading(services.storage, grant);
  return offer(async ({ named, ...window }) => {
    const letters = named.toLowerCase();
    const { refs, total } = await listRefs(services, handle, {
      prefix: 'refs/heads/',
      sort: '-date',
      ...(letters !== '' && { matches: (name) => name.toLowerCase().includes(letters) }),
      ...window,
    });
    return { rows: refs.map(({ name }) => name), size: total };
  }, typed);
}
