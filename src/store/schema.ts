import type { Generated } from 'kysely';

/**
 * Every table, as both databases hold it. Ids are UUIDs without braces unless said otherwise; times are milliseconds
 * since 1970; booleans are 0 or 1; secrets are never here, only their digests.
 */
export interface Schema {
  account: AccountTable;
  app_user: AppUserTable;
  session: SessionTable;
  host_policy: HostPolicyTable;
  authenticator_app: AuthenticatorAppTable;
  passkey: PasskeyTable;
  passkey_challenge: PasskeyChallengeTable;
  recovery_code: RecoveryCodeTable;
  pending_sign_in: PendingSignInTable;
  known_browser: KnownBrowserTable;
  attempt: AttemptTable;
  password_reset: PasswordResetTable;
  mail: MailTable;
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
  credential_ledger: CredentialLedgerTable;
  credential_alarm: CredentialAlarmTable;
  ssh_public_key: SshPublicKeyTable;
  access_key_place: AccessKeyPlaceTable;
  branch_restriction: BranchRestrictionTable;
  branch_restriction_subject: BranchRestrictionSubjectTable;
  commit_status: CommitStatusTable;
  lfs_lock: LfsLockTable;
  download: DownloadTable;
  webhook: WebhookTable;
  webhook_delivery: WebhookDeliveryTable;
  push: PushTable;
  push_ref: PushRefTable;
  audit: AuditTable;
  oauth_consumer: OauthConsumerTable;
  oauth_consent: OauthConsentTable;
  oauth_code: OauthCodeTable;
  oauth_device: OauthDeviceTable;
  oauth_token: OauthTokenTable;
  token_issuer: TokenIssuerTable;
  trust_policy: TrustPolicyTable;
  trust_policy_refusal: TrustPolicyRefusalTable;
  used_assertion: UsedAssertionTable;
  pull_request: PullRequestTable;
  pull_request_participant: PullRequestParticipantTable;
  pull_request_comment: PullRequestCommentTable;
  pull_request_task: PullRequestTaskTable;
  pull_request_activity: PullRequestActivityTable;
  default_reviewer: DefaultReviewerTable;
  pull_request_notice: PullRequestNoticeTable;
  unwanted_mail: UnwantedMailTable;
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
  /** When two-step verification was turned on; null while it is off. */
  two_step_at: Generated<number | null>;
}

/** The bot that an access token acts as. It stays when its credential has ended, so that what it did keeps a name. */
export interface AppUserTable {
  id: string;
  account_id: string;
  /** The first credential of the family that acts as this bot. */
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
  /** When the person last proved to be there. */
  confirmed_at: Generated<number>;
  passed_two_step: Generated<number>;
}

/** One row, for what the host asks of everybody. */
export interface HostPolicyTable {
  id: number;
  requires_two_step: number;
}

/** A person's TOTP seed, sealed. `proposed` until a code confirmed it; the two may stand beside each other. */
export interface AuthenticatorAppTable {
  account_id: string;
  state: 'proposed' | 'confirmed';
  sealed_seed: string;
  /** The last time step (RFC 6238) for which a code was accepted. */
  last_step: number;
  created_at: number;
}

/** A passkey or security key (WebAuthn). */
export interface PasskeyTable {
  id: string;
  account_id: string;
  /** base64url, as the authenticator named it. */
  credential_id: string;
  /** COSE, base64url. */
  public_key: string;
  counter: number;
  /** Separated by commas. */
  transports: string;
  name: string;
  /** The relying party's id: it works under this host name only. */
  host: string;
  created_at: number;
  last_used_at: number | null;
}

/** A challenge that was answered by a signature that held, until it would be too old anyway: none is answered twice. */
export interface PasskeyChallengeTable {
  digest: string;
  expires_at: number;
}

export interface RecoveryCodeTable {
  digest: string;
  account_id: string;
  used_at: number | null;
  created_at: number;
}

/** A sign-in whose password was right and whose second step is still to come. It is no session and opens nothing. */
export interface PendingSignInTable {
  digest: string;
  account_id: string;
  /** The hash that the password was held against: a password changed since ends it. */
  password: string;
  expires_at: number;
}

/** A browser in which the account once signed in: guessing elsewhere does not slow it down. */
export interface KnownBrowserTable {
  digest: string;
  account_id: string;
  created_at: number;
  last_used_at: number;
}

/** Tries that failed, or have not succeeded yet, until a moment at which counting begins anew; and what was taken once. */
export interface AttemptTable {
  key: string;
  count: number;
  until: number;
}

export interface PasswordResetTable {
  digest: string;
  account_id: string;
  expires_at: number;
  used_at: number | null;
}

/** Mail that waits to be sent; its row goes when it was. The whole message is sealed: it may hold a link that opens something. */
export interface MailTable {
  id: string;
  sealed: string;
  attempts: number;
  next_at: number;
  created_at: number;
}

export interface WorkspaceTable {
  id: string;
  slug: string;
  slug_key: string;
  name: string;
  members_may_create_repositories: number;
  tokens_may_live_forever: number;
  requires_two_step: Generated<number>;
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
  /** In lower case, as it is searched. */
  name_key: string;
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
  owner_type: 'account' | 'repository' | 'project' | 'workspace' | 'places' | 'consumer';
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

/** How often a credential was used in one way on one day. */
export interface CredentialLedgerTable {
  credential_id: string;
  /** Since 1 January 1970, in UTC. */
  day: number;
  operation: string;
  /** Of a repository or workspace; empty where it was neither, or was not reached. */
  target_id: string;
  /** `allowed`, `observed`, or the code of a refusal. */
  outcome: string;
  /** Empty, as is the agent, where there were too many of them. */
  address: string;
  agent: string;
  count: number;
  first_at: number;
  last_at: number;
}

/** On which day a secret that was replaced or revoked was used all the same. */
export interface CredentialAlarmTable {
  credential_id: string;
  /** Since 1 January 1970, in UTC. */
  day: number;
  /** Null until those whom it concerns were told. */
  told_at: number | null;
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
  /** As Bitbucket Cloud names them. */
  kind: string;
  pattern: string;
  /** How many there must be at least, of a kind that counts; else null. */
  value: number | null;
  created_at: number;
}

/** Whom a restriction of kind `push` or `restrict_merges` lets through. */
export interface BranchRestrictionSubjectTable {
  restriction_id: number;
  subject_type: 'account' | 'group' | 'credential';
  subject_id: string;
}

/** What a build system says of a commit. */
export interface CommitStatusTable {
  repository_id: string;
  /** Full hash. */
  commit_id: string;
  key: string;
  state: 'SUCCESSFUL' | 'FAILED' | 'INPROGRESS' | 'STOPPED';
  /** Empty where nobody gave one; so is `description`. */
  name: string;
  url: string;
  description: string;
  /** The branch or tag that was built, as somebody said. */
  refname: string | null;
  actor_type: 'account' | 'app_user';
  actor_id: string;
  credential_id: string;
  created_at: number;
  updated_at: number;
}

/** A file of Git LFS that somebody keeps to themselves for a while. */
export interface LfsLockTable {
  id: string;
  repository_id: string;
  path: string;
  holder_type: 'account' | 'app_user';
  holder_id: string;
  locked_at: number;
}

/** A file that lies in the folder of a repository by its id. */
export interface DownloadTable {
  id: string;
  repository_id: string;
  /** Null for what is on its way in, was replaced or was deleted: nobody reaches it any more, and its file is to be removed. */
  name: string | null;
  /** In bytes. */
  size: number;
  sha256: string;
  actor_type: 'account' | 'app_user';
  actor_id: string;
  /** Null where somebody uploaded it on a page. */
  credential_id: string | null;
  created_at: number;
  /** How often it was fetched, as far as that was written. */
  fetches: Generated<number>;
}

/** An address that is told what happens in a repository. */
export interface WebhookTable {
  id: string;
  repository_id: string;
  url: string;
  description: string;
  /** Space-separated, in the order of the alphabet. */
  events: string;
  active: number;
  skip_cert_verification: number;
  /** Under a sealing key, bound to the id. */
  sealed_secret: string | null;
  /** Who set it up, or changed it last: it tells what these may know now. */
  maker_account_id: string;
  /** The credential with which they did; null for a session. */
  maker_credential_id: string | null;
  created_at: number;
  /** 1 where the last delivery that was sent failed. */
  failing: number;
  /** Events that were not written down, because too many waited; none once one was delivered. */
  not_kept: number;
  not_kept_since: number | null;
}

/** One event for one webhook: it waits, or it has ended in one way or another. */
export interface WebhookDeliveryTable {
  /** `X-Request-UUID`. */
  id: string;
  webhook_id: string;
  event: string;
  /** What happened, such as the id of a push: told once to each webhook. */
  subject: string;
  /** JSON of what must be remembered to tell it. */
  about: string;
  state: 'waiting' | 'delivered' | 'failed' | 'silent';
  attempts: number;
  /** When it is to be sent, or, while it is being sent, when that runs out. Null once it has ended. */
  next_at: number | null;
  created_at: number;
  ended_at: number | null;
  /** Of the last answer; null where none came. */
  status: number | null;
  problem: string | null;
  duration_ms: number | null;
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
  /** The number of the pull request that it merges, if it merges one. */
  pull_request: number | null;
  /** Of that one, the commit of the source that is merged. */
  merged_commit: string | null;
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

/** An application that may ask for OAuth tokens. */
export interface OauthConsumerTable {
  id: string;
  /** Null for the command line's own, which is there on every host. */
  workspace_id: string | null;
  /** `client_id`, 18 letters and digits. */
  key: string;
  name: string;
  /** The name in lower case; no two live consumers of a workspace share it. */
  name_key: string;
  description: string;
  url: string;
  /** 1: it keeps a secret, and must show it; 0: it cannot, and must use PKCE. */
  is_private: number;
  /** Space-separated; its tokens hold none that is not here now. */
  scopes: string;
  /** JSON array of callback URLs. */
  callbacks: string;
  /** What stands before the `@` of its app user's address. */
  app_user_account_id: string;
  created_at: number;
  created_by: string | null;
  deleted_at: number | null;
}

/** What a person let an application do. Never edited: another approval is another row. */
export interface OauthConsentTable {
  id: string;
  consumer_id: string;
  account_id: string;
  type: 'tokens' | 'app_password';
  /** Space-separated, as the person left them. */
  scopes: string;
  /** JSON array of bounds, one layer. */
  bounds: string;
  /** Of the app password that was asked for. */
  label: string | null;
  expires_at: number | null;
  created_at: number;
  revoked_at: number | null;
}

/** An authorization code: good once, for its consumer, at its callback. */
export interface OauthCodeTable {
  digest: string;
  consumer_id: string;
  consent_id: string;
  /** As the request gave it, which the redemption must repeat; null when it gave none. */
  redirect_uri: string | null;
  /** S256 (RFC 7636); null without PKCE. */
  challenge: string | null;
  /** The tokens that came of it share it, and end when it is redeemed again. */
  family_id: string;
  expires_at: number;
  used_at: number | null;
}

/** A device that waits for a person (RFC 8628). */
export interface OauthDeviceTable {
  id: string;
  digest: string;
  /** Digest of what the person types. */
  user_code_digest: string;
  consumer_id: string;
  /** JSON of what is asked. */
  request: string;
  /** From where. */
  address: string;
  /** S256, where the device proves by PKCE that it is the one that began. */
  challenge: string | null;
  /** The account that entered the code: no other may answer. */
  claimed_by: string | null;
  consent_id: string | null;
  family_id: string;
  denied_at: number | null;
  created_at: number;
  expires_at: number;
  used_at: number | null;
  interval_ms: number;
  polled_at: number | null;
}

/** What makes a credential an OAuth token. */
export interface OauthTokenTable {
  credential_id: string;
  consumer_id: string;
  /** Null for client credentials. */
  consent_id: string | null;
  /** The access token that was issued with a refresh token. */
  access_id: string | null;
  /** When a refresh token was exchanged. */
  used_at: number | null;
  /** The refresh token that came of it. */
  successor_id: string | null;
}

/** Whoever signs tokens of CI jobs that this host listens to. */
export interface TokenIssuerTable {
  id: string;
  /** Exactly as `iss` has it; no two that were not removed share it. */
  issuer: string;
  title: string;
  /** JSON array of claims that are never given to anybody else. */
  immutable_claims: string;
  /** 1: its keys are read from where it says that they are; 0: they were given. */
  discovers: number;
  /** A JWK set (RFC 7517 §5), public keys alone. */
  keys: string;
  /** When they were read or given last, and when somebody began to read them. */
  keys_read_at: number;
  keys_tried_at: number;
  created_at: number;
  removed_at: number | null;
}

/** What makes a credential a trust policy. */
export interface TrustPolicyTable {
  credential_id: string;
  issuer_id: string;
  audience: string;
  /** JSON array of `{ claim, pattern }`. */
  conditions: string;
  /** How long a job token lives. */
  lifetime_ms: number;
}

/** A token of a CI job that a policy did not accept; the last few of each policy. */
export interface TrustPolicyRefusalTable {
  id: string;
  credential_id: string;
  at: number;
  address: string;
  /** Its `sub`, or empty. */
  subject: string;
  /** JSON array of sentences. */
  why: string;
}

/** A token of a CI job that was exchanged, for as long as it would be accepted. */
export interface UsedAssertionTable {
  issuer: string;
  /** Of its `jti`, or of what its signature is about. */
  digest: string;
  until: number;
}

/** Who did something: an account, or the app user of a token or an OAuth consumer. */
export interface ActorColumns {
  actor_type: 'account' | 'app_user';
  actor_id: string;
}

export interface PullRequestTable {
  repository_id: string;
  /** From 1 in each repository; the `id` of the REST API. */
  number: number;
  title: string;
  description: string;
  state: 'open' | 'merged' | 'declined';
  draft: number;
  /** Names of branches, without `refs/heads/`. */
  source_branch: string;
  destination_branch: string;
  /** Full hashes: where the branches stood last while it was open. */
  source_commit: string;
  destination_commit: string;
  close_source_branch: number;
  author_type: ActorColumns['actor_type'];
  author_id: string;
  /** Public id of the credential that created it; null for a person on the pages. */
  credential_id: string | null;
  /** Full hash of what the merge made, or moved the destination to. */
  merge_commit: string | null;
  closed_by_type: ActorColumns['actor_type'] | null;
  closed_by_id: string | null;
  closed_at: number | null;
  /** Why it was declined; empty where nobody said. */
  reason: string;
  created_at: number;
  updated_at: number;
}

/** A reviewer, or somebody else who took part. */
export interface PullRequestParticipantTable extends ActorColumns {
  repository_id: string;
  number: number;
  role: 'reviewer' | 'participant';
  state: 'approved' | 'changes_requested' | null;
  participated_at: number | null;
  /** Whether they were told by mail that they are asked to review it, or had no need to be. */
  told: Generated<number>;
}

export interface PullRequestCommentTable extends ActorColumns {
  id: Generated<number>;
  repository_id: string;
  number: number;
  /** The comment that it answers. */
  parent_id: number | null;
  content: string;
  /** The file that it is about; null for the whole pull request. */
  path: string | null;
  /** Lines of that file, before and after the change, from 1; both null for the whole file. */
  line_from: number | null;
  line_to: number | null;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
  resolved_at: number | null;
  resolver_type: ActorColumns['actor_type'] | null;
  resolver_id: string | null;
}

export interface PullRequestTaskTable extends ActorColumns {
  id: Generated<number>;
  repository_id: string;
  number: number;
  comment_id: number | null;
  content: string;
  created_at: number;
  updated_at: number;
  resolved_at: number | null;
  resolver_type: ActorColumns['actor_type'] | null;
  resolver_id: string | null;
}

/** What happened to a pull request, besides comments, which have rows of their own. */
export interface PullRequestActivityTable {
  id: Generated<number>;
  repository_id: string;
  number: number;
  /** `push`: its source branch moved. */
  kind: 'update' | 'push' | 'approval' | 'changes_requested';
  /** Null for the host itself, and for who pushes with an access key. */
  actor_type: ActorColumns['actor_type'] | null;
  actor_id: string | null;
  at: number;
  /** JSON: of an update, how the pull request stood from then on and what changed. */
  detail: string;
}

/** People who are asked to review each new pull request of a repository. */
export interface DefaultReviewerTable {
  repository_id: string;
  account_id: string;
  added_at: number;
}

/** Something that happened to a pull request and that people are still to be told by mail. */
export interface PullRequestNoticeTable {
  id: Generated<number>;
  repository_id: string;
  number: number;
  event: string;
  /** Null for the host itself, and for who pushes with an access key. */
  actor_type: ActorColumns['actor_type'] | null;
  actor_id: string | null;
  comment_id: number | null;
  at: number;
}

/** What somebody does not want to be told by mail. */
export interface UnwantedMailTable {
  account_id: string;
  about: 'pull_requests';
}
