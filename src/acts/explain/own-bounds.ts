import { judgeTarget, type CredentialPrincipal, type HeldBound } from '../../gate/index.ts';
import { repositoryFacts } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';

/**
 * The bounds of a credential as it may know them itself: repositories that one of them names and another one keeps from it are
 * left out. Whoever derived it may be confined to more than it is, and what that is, is not for it.
 */
export async function boundsWithinReach(
  { database }: Services,
  { bounds }: Pick<CredentialPrincipal, 'bounds'>,
): Promise<readonly HeldBound[]> {
  const shown: HeldBound[] = [];
  for (const bound of bounds) {
    if (bound.kind !== 'repositories') {
      shown.push(bound);
      continue;
    }
    const repositories: string[] = [];
    for (const id of bound.repositories) {
      const facts = await repositoryFacts(database, { workspace: '{}', repository: `{${id}}` }, null);
      if (facts === null || judgeTarget(bounds, facts, false) === null) repositories.push(id);
    }
    shown.push({ ...bound, repositories });
  }
  return shown;
}
