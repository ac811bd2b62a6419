import { hostRequiresTwoStep } from '../../accounts/index.ts';
import {
  roleReaches,
  strongerRole,
  type Need,
  type RepositoryFacts,
  type Role,
  type WorkspaceFacts,
} from '../../gate/index.ts';
import type { Admittance } from '../../hosting/index.ts';
import type { Handle } from '../../store/handle.ts';

/** How far somebody is let into a workspace now: as far as their roles reach, to what is public, or nowhere. */
export type LetIn = 'by role' | 'public' | 'nowhere';

/**
 * How far the host and a workspace let people in before any role counts, as the gate judges it of whatever acts for them:
 * for lists of many people, whom it cannot be asked about one by one.
 */
export async function lettingIn(
  { database }: { readonly database: Handle },
  workspace: Pick<WorkspaceFacts, 'requiresTwoStep'>,
): Promise<(person: Admittance) => LetIn> {
  const hostRequires = await hostRequiresTwoStep(database);
  return ({ state, hasTwoStep }) => {
    if (state !== 'active' || (hostRequires && !hasTwoStep)) return 'nowhere';
    return workspace.requiresTwoStep && !hasTwoStep ? 'public' : 'by role';
  };
}

/** Whether somebody who is let in that far, and holds this role on a repository, may do there what takes `need`. */
export function reachesAs(
  far: LetIn,
  held: Role,
  repository: Pick<RepositoryFacts, 'isPrivate'>,
  { role, given }: Pick<Need & { readonly on: 'repository' }, 'role' | 'given'>,
): boolean {
  const open = given === true || repository.isPrivate ? null : 'read';
  return far !== 'nowhere' && roleReaches(strongerRole(far === 'by role' ? held : null, open), role);
}
