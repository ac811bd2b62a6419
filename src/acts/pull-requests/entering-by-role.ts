import type { Account } from '../../accounts/index.ts';
import { repositoryFactsForEach } from '../../hosting/index.ts';
import type { Handle } from '../../store/handle.ts';
import { lettingIn } from '../explain/let-in.ts';

/**
 * The ids of those of some people who may enter a repository now, by a role on it: of whom a review can be asked, and whose
 * decision counts.
 */
export async function enteringByRole(
  db: Handle,
  repositoryId: string,
  people: readonly Account[],
): Promise<ReadonlySet<string>> {
  if (people.length === 0) return new Set();
  const factsOf = await repositoryFactsForEach(
    db,
    repositoryId,
    people.map(({ id }) => id),
  );
  if (factsOf === null) return new Set();
  const letIn = await lettingIn({ database: db }, factsOf(null).workspace);
  const entering = people.filter((person) => letIn(person) === 'by role' && factsOf(person.id).role !== null);
  return new Set(entering.map(({ id }) => id));
}
