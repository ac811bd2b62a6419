import type { Generated } from 'kysely';

/**
 * Every table, as both databases hold it. Ids are UUIDs without braces unless said otherwise; times are milliseconds
 * since 1970; booleans are 0 or 1; secrets are never here, only their digests.
 */
export interface Schema {
  account: AccountTable;
  app_user: AppUserTable;
  session: SessionTable;
  workspace: WorkspaceTable;
  workspace_member: WorkspaceMemberTable;
  workspace_group: WorkspaceGroupTable;
  workspace_group_member: WorkspaceGroupMemberTable;
  project: ProjectTable;
  repository: RepositoryTable;
  repository_former_name: RepositoryFormerNameTable;
  repository_role: RepositoryRoleTable;
  credential: CredentialTable;
  credential_scope: CredentialScopeTable;
  credential_bound: CredentialBoundTable;
  credential_use: CredentialUseTable;
  credential_observation: CredentialObservationTable;
  ssh_public_key: SshPublicKeyTable;
  access_key_place: AccessKeyPlaceTable;
  branch_restriction: BranchRestrictionTable;
  branch_restriction_subject: BranchRestrictionSubjectTable;
  push: PushTable;
  push_ref: PushRefTable;
  audit: AuditTable;
}

export interface AccountTable {
  id: string;
  /** 24 hexadecimal digits, the `account_id` of the REST API. */
  account_id: string;
  username: string;
  /** Lower case, unique: names that differ only in case are one name. */
  username_key: string;
  email: string;
  email_key: string;
  display_name: string;
  /** PHC string of Argon2id. */
  password: string;
  must_change_password: number;
  is_administrator: number;
  state: 'active' | 'disabled';
  created_at: number;
  updated_at: number;
}

/** The bot that an access token acts as. It stays when its credential has ended, so that what it did keeps a name. */
export interface AppUserTable {
  id: string;
  account_id: string;
  credential_id: string;
  display_name: string;
  created_at: number;
}

export interface SessionTable {
  id: string;
  account_id: string;
  digest: string;
  address: string;
  user_agent: string;
  created_at: number;
  last_used_at: number;
  expires_at: number;
  ended_at: number | null;
}

export interface WorkspaceTable {
  id: string;
  slug: string;
  slug_key: string;
  name: string;
  members_may_create_repositories: number;
  tokens_may_live_forever: number;
  created_at: number;
  updated_at: number;
}

export interface WorkspaceMemberTable {
  workspace_id: string;
  account_id: string;
  membership: 'owner' | 'member';
  created_at: number;
}

export interface WorkspaceGroupTable {
  id: string;
  workspace_id: string;
  slug: string;
  name: string;
  created_at: number;
}

export interface WorkspaceGroupMemberTable {
  group_id: string;
  account_id: string;
  created_at: number;
}

export interface ProjectTable {
  id: string;
  workspace_id: string;
  key: string;
  name: string;
  description: string;
  created_at: number;
  updated_at: number;
}

export interface RepositoryTable {
  id: string;
  workspace_id: string;
  project_id: string;
  slug: string;
  slug_key: string;
  name: string;
  description: string;
  website: string;
  language: string;
  is_private: number;
  has_wiki: number;
  fork_policy: 'allow_forks' | 'no_public_forks' | 'no_forks';
  created_at: number;
  updated_at: number;
  /** Set while the repository is deleted but can still be restored; its name is free again from then on. */
  deleted_at: number | null;
}

export interface RepositoryFormerNameTable {
  workspace_id: string;
  slug_key: string;
  repository_id: string;
  created_at: number;
}

export interface RepositoryRoleTable {
  repository_id: string;
  subject_type: 'account' | 'group';
  subject_id: string;
  role: 'read' | 'write' | 'admin';
  created_at: number;
}

/** One row for each credential of every kind; never deleted, so that what it did can always be told. */
export interface CredentialTable {
  /** Public id, `cred_` and 20 letters and digits. */
  id: string;
  kind: string;
  owner_type: 'account' | 'repository' | 'places';
  /** Of an access key, which belongs to its places, its own id. */
  owner_id: string;
  /** The credential that this one was derived from, and with which it ends. */
  parent_id: string | null;
  /** Rows that follow each other by rotation share it. */
  family_id: string;
  label: string;
  digest: string;
  /** 0 where `digest` is no digest of a secret but names a public key. */
  digest_key_version: number;
  paused_at: number | null;
  not_before: number | null;
  expires_at: number | null;
  /** End of the overlap in which a rotated secret still works. */
  retires_at: number | null;
  revoked_at: number | null;
  revoked_by: string | null;
  created_at: number;
  created_by: string | null;
  last_used_at: number | null;
}

export interface CredentialScopeTable {
  credential_id: string;
  scope: string;
}

/** A layer of confinement; all layers of a credential must allow. `value` is JSON whose shape the kind names. */
export interface CredentialBoundTable {
  credential_id: string;
  layer: number;
  kind: string;
  value: string;
}

/** How often a credential was used under a bound that counts. */
export interface CredentialUseTable {
  credential_id: string;
  layer: number;
  kind: 'uses' | 'pushes';
  used: number;
}

/** What a networks bound in observe mode would have refused. */
export interface CredentialObservationTable {
  credential_id: string;
  operation: string;
  address: string;
  count: number;
  first_at: number;
  last_at: number;
}

/** The public half of an SSH key or access key. */
export interface SshPublicKeyTable {
  credential_id: string;
  /** The `uuid` of the REST API. */
  uuid: string;
  /** Such as `ssh-ed25519`. */
  type: string;
  /** RFC 4253 §6.6, in base64. */
  blob: string;
  /** `SHA256:` and base64 without padding, as ssh-keygen prints it. */
  fingerprint: string;
  comment: string;
}

/** Where an access key may be used. Rows are ended and not deleted, so that what it could do can always be told. */
export interface AccessKeyPlaceTable {
  id: Generated<number>;
  credential_id: string;
  place_type: 'repository' | 'project';
  place_id: string;
  label: string;
  role: 'read' | 'write';
  expires_at: number | null;
  created_at: number;
  created_by: string | null;
  ended_at: number | null;
  /** 1 until it is ended, then null: a key has one place of a kind at a time, which a unique index holds. */
  live: 1 | null;
}

export interface BranchRestrictionTable {
  id: Generated<number>;
  repository_id: string;
  kind: 'push' | 'force' | 'delete' | 'restrict_merges';
  pattern: string;
  created_at: number;
}

/** Whom a restriction of kind `push` or `restrict_merges` lets through. */
export interface BranchRestrictionSubjectTable {
  restriction_id: number;
  subject_type: 'account' | 'group' | 'credential';
  subject_id: string;
}

/** A push that was decided: written before its refs may move, completed after they did. */
export interface PushTable {
  id: string;
  repository_id: string;
  data: 'repository' | 'wiki';
  credential_id: string | null;
  actor_type: 'account' | 'app_user' | 'host';
  actor_id: string;
  address: string | null;
  state: 'intended' | 'completed' | 'abandoned';
  created_at: number;
  completed_at: number | null;
}

export interface PushRefTable {
  push_id: string;
  position: number;
  ref: string;
  old_id: string;
  new_id: string;
  moved: number | null;
}

export interface AuditTable {
  sequence: Generated<number>;
  at: number;
  actor_type: string;
  actor_id: string | null;
  credential_id: string | null;
  address: string | null;
  operation: string;
  target_type: string | null;
  target_id: string | null;
  /** JSON; never a secret. */
  detail: string;
}
