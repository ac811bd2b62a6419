import { accountOf, type PrincipalData } from './principal.ts';
import type { PresentTarget } from './targets.ts';

/**
 * What a list may show, as data that the store compiles into its WHERE. A property test holds every list against
 * evaluating each item alone.
 */
export interface Visibility {
  /** The workspace listed, or every workspace. */
  readonly workspace: { readonly only: string } | 'every';
  readonly seenBy:
    | { readonly type: 'public' }
    | { readonly type: 'account'; readonly accountId: string; readonly hasTwoStep: boolean }
    | { readonly type: 'repository'; readonly repositoryId: string }
    | { readonly type: 'project'; readonly projectId: string }
    | { readonly type: 'workspace'; readonly workspaceId: string }
    | { readonly type: 'operator' };
  /** Repository bounds of the credential: each must contain the item, by itself or by what it lies in. */
  readonly within: readonly {
    readonly workspaces: readonly string[];
    readonly projects: readonly string[];
    readonly repositories: readonly string[];
  }[];
}

export function visibilityOf(principal: PrincipalData, target: PresentTarget | undefined): Visibility {
  const workspace = target?.type === 'workspace' ? ({ only: target.id } as const) : ('every' as const);
  const within =
    principal.type === 'credential' ? principal.bounds.filter((bound) => bound.kind === 'repositories') : [];
  return { workspace, seenBy: seenBy(principal), within };
}

function seenBy(principal: PrincipalData): Visibility['seenBy'] {
  if (principal.type === 'operator' || principal.type === 'job') return { type: 'operator' };
  const owner = principal.type === 'credential' ? principal.owner : null;
  if (owner?.type === 'repository') return { type: 'repository', repositoryId: owner.repositoryId };
  if (owner?.type === 'project') return { type: 'project', projectId: owner.projectId };
  if (owner?.type === 'workspace' || owner?.type === 'consumer')
    return { type: 'workspace', workspaceId: owner.workspaceId };
  const account = accountOf(principal);
  return account === null
    ? { type: 'public' }
    : { type: 'account', accountId: account.id, hasTwoStep: account.hasTwoStep };
}
