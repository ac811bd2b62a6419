import type { Membership, Role } from './roles.ts';

/**
 * What an operation is asked of. A *reference* is what a caller wrote (a slug, or an id in braces); the loader turns it
 * into *facts*, read from live data at this use. A thing that does not exist and one that was deleted are both `missing`.
 */
export type TargetType = 'repository' | 'workspace' | 'account' | 'host';

export type TargetReference =
  | { readonly type: 'repository'; readonly workspace: string; readonly repository: string }
  | { readonly type: 'workspace'; readonly workspace: string }
  | { readonly type: 'account'; readonly account: string }
  /** The account of whoever asks. */
  | { readonly type: 'account'; readonly self: true }
  | { readonly type: 'host' };

export interface WorkspaceIdentity {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

export interface RepositoryFacts {
  readonly type: 'repository';
  readonly id: string;
  readonly slug: string;
  readonly workspace: WorkspaceIdentity & { readonly requiresTwoStep: boolean };
  readonly projectId: string;
  readonly isPrivate: boolean;
  readonly hasWiki: boolean;
  /** The role that the asking account holds now: its own, its groups' or admin as owner of the workspace. */
  readonly role: Role | null;
  /** The asking account owns the workspace that it is in. */
  readonly isOwned: boolean;
  /** Set when the caller used a name that the repository had before: the door may answer by a redirect. */
  readonly renamedFrom?: string;
}

export interface WorkspaceFacts {
  readonly type: 'workspace';
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly membership: Membership | null;
  readonly membersMayCreateRepositories: boolean;
  readonly tokensMayLiveForever: boolean;
  /** Members and everybody with a role reach what is public only, unless they have two-step verification. */
  readonly requiresTwoStep: boolean;
  /** At least one repository in it can be seen by whoever asks. */
  readonly showsRepository: boolean;
}

export interface AccountFacts {
  readonly type: 'account';
  readonly id: string;
  readonly username: string;
}

export interface HostFacts {
  readonly type: 'host';
  readonly peopleMayCreateWorkspaces: boolean;
}

export interface MissingFacts {
  readonly type: 'missing';
  readonly wanted: TargetType;
}

export interface FactsByType {
  repository: RepositoryFacts;
  workspace: WorkspaceFacts;
  account: AccountFacts;
  host: HostFacts;
}

export type PresentTarget = FactsByType[TargetType];
export type TargetFacts = PresentTarget | MissingFacts;
