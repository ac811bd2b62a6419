import type { BoundKind } from './bounds/index.ts';
import type { AnyScope } from './catalogues.ts';
import type { GranularScope } from './granular-scopes.ts';
import { CREDENTIAL_KINDS, DERIVABLE_KINDS, type CredentialKind } from './kinds.ts';
import type { Role } from './roles.ts';
import type { Scope } from './scopes.ts';

/**
 * The table of everything that can be asked for. Routes of every door name an operation from here; what is not here
 * cannot be asked. The matrix of the tests, the security section of the OpenAPI, the scope reference and the error that
 * names the missing scope are all read from it.
 */

/** What whoever asks must be to one target. */
export type Need =
  /**
   * `owner`: by owning the workspace that it is in, and not by a role that was given on it. `given`: by a role that is held,
   * and not because the repository is public.
   */
  | {
      readonly on: 'repository';
      readonly role: Role;
      readonly wiki?: true;
      readonly owner?: true;
      readonly given?: true;
    }
  | { readonly on: 'workspace'; readonly is: 'viewer' | 'member' | 'creator' | 'owner' }
  /** `anyone`: the account is there; who may touch it is said by the target before it, if anybody. */
  | { readonly on: 'account'; readonly is: 'self' | 'self_or_app_user' | 'anyone' }
  | {
      readonly on: 'host';
      readonly is: 'anyone' | 'person' | 'workspace_creator' | 'administrator' | 'operator';
    };

/** Who may ever ask, besides the credential kinds. */
export type Asker = 'anonymous' | 'session' | 'operator' | 'job';

export interface OperationDeclaration {
  /** Completes "to …": what it does, in words for people. */
  readonly does: string;
  /** One entry for each target, in the order in which a route names them. */
  readonly targets: readonly Need[];
  /** Scopes that a credential must hold, all of them; `any` for what every genuine credential may ask. */
  readonly scopes: readonly Scope[] | 'any';
  /** The same of those whose scopes are granular, which imply nothing: said wherever such a kind may ask. */
  readonly granular?: readonly GranularScope[];
  readonly kinds: readonly CredentialKind[];
  readonly askers: readonly Asker[];
  /** Kinds of bound under which the operation can be judged; a credential with any other is refused. */
  readonly judges: readonly BoundKind[];
  /** Git data that its grant opens. */
  readonly opens?: { readonly data: 'repository' | 'wiki'; readonly access: 'read' | 'write' };
  /** It is a push: what confines pushes is judged as it goes on, and it is counted as a use when it moves refs. */
  readonly pushes?: true;
  /** The answer is a list of these, confined by the grant's visibility. */
  readonly lists?: 'repositories' | 'credentials';
  /** Works for a session whose person must first change the password. */
  readonly beforePasswordChange?: true;
  /** Works for a person who must first set up two-step verification. */
  readonly beforeTwoStep?: true;
  /** Of a session it wants a confirmation of the last minutes (`CONFIRMATION_MS`): it makes, widens or reveals. */
  readonly fresh?: true;
}

/** How long a confirmation, or the sign-in itself, counts as fresh. */
export const CONFIRMATION_MS = 15 * 60_000;

const repository = (role: Role) => ({ on: 'repository', role }) as const;
const owned = { on: 'repository', role: 'admin', owner: true } as const;
const givenReading = { on: 'repository', role: 'read', given: true } as const;
const wiki = (role: Role) => ({ on: 'repository', role, wiki: true }) as const;
const workspace = (is: 'viewer' | 'member' | 'creator' | 'owner') => ({ on: 'workspace', is }) as const;
const self = { on: 'account', is: 'self' } as const;
/** The account, or the app user of an OAuth consumer where one asks. */
const selfOrAppUser = { on: 'account', is: 'self_or_app_user' } as const;
const anyAccount = { on: 'account', is: 'anyone' } as const;
const host = (is: 'anyone' | 'person' | 'workspace_creator' | 'administrator' | 'operator') =>
  ({ on: 'host', is }) as const;

const classicKinds = [
  'app_password',
  'repository_access_token',
  'project_access_token',
  'workspace_access_token',
  'federated_job_token',
  'oauth_access_token',
] as const;
const everyKind = [...classicKinds, 'api_token'] as const;
const accountKinds = ['app_password', 'api_token', 'oauth_access_token'] as const;
/** What reaches a workspace as a whole, its own tokens included. */
const workspaceKinds = [...accountKinds, 'workspace_access_token'] as const;
/** Keys open Git over SSH and nothing else. */
const keys = ['ssh_key', 'access_key'] as const;
const everyKindAndKey = [...everyKind, ...keys] as const;
/** Among granular scopes there is none for wikis. */
const wikiKinds = [...classicKinds, ...keys] as const;
/** Reading is confined to repositories, networks, times and uses, and no other bound says anything about it; a push obeys all. */
const everyBound = [
  'repositories',
  'refs',
  'paths',
  'networks',
  'time',
  'uses',
  'pushes',
  'size',
  'author',
] as const;
/** Changes that no bound on pushes can judge: a credential that carries one is refused. */
const changeBounds = ['repositories', 'networks', 'time', 'uses'] as const;
/** What concerns the account as a whole, and so cannot be confined to some of its repositories. */
const accountBounds = ['refs', 'paths', 'networks', 'time', 'uses', 'pushes', 'size', 'author'] as const;
/** Taking keys away from an account or a project: no bound on repositories or pushes says anything about it. */
const keyBounds = ['networks', 'time', 'uses'] as const;
/** Credentials are managed by people and operators, never by credentials (the laws of the gate, 6). */
const people = { scopes: 'any', kinds: [], askers: ['session', 'operator'], judges: [] } as const;

/** What a credential does about itself: it takes no scope, and each that has a door may ask. */
const ofItself = {
  targets: [host('anyone')],
  scopes: 'any',
  granular: [],
  kinds: DERIVABLE_KINDS,
  askers: [],
  judges: everyBound,
} as const;

/** What concerns how data lies on the disk is done by the host itself, or by who operates it. */
const upkeep = { scopes: 'any', kinds: [], askers: ['operator', 'job'], judges: [] } as const;

export const OPERATIONS = {
  // Git
  'repository.fetch': {
    does: 'clone or fetch a repository',
    targets: [repository('read')],
    scopes: ['repository'],
    granular: ['read:repository:bitbucket'],
    kinds: everyKindAndKey,
    askers: ['anonymous', 'operator', 'job'],
    judges: everyBound,
    opens: { data: 'repository', access: 'read' },
  },
  /**
   * Writing alone pushes: that a push begins with the names of the branches is part of it, and no object is sent. So Bitbucket
   * Cloud asks for both scopes only where an answer shows what was made (POST refs), and for the one where none does
   * (DELETE refs, POST src). Whoever clones as well holds both.
   */
  'repository.push': {
    does: 'push to a repository',
    targets: [repository('write')],
    scopes: ['repository:write'],
    granular: ['write:repository:bitbucket'],
    kinds: everyKindAndKey,
    askers: ['job'],
    judges: everyBound,
    opens: { data: 'repository', access: 'write' },
    pushes: true,
  },
  /** A push of one ref, whose answer shows what it leads to. */
  'ref.create': {
    does: 'create a branch or tag over the API',
    targets: [repository('write')],
    scopes: ['repository:write'],
    granular: ['read:repository:bitbucket', 'write:repository:bitbucket'],
    kinds: everyKind,
    askers: [],
    judges: everyBound,
    opens: { data: 'repository', access: 'write' },
    pushes: true,
  },
  'wiki.fetch': {
    does: 'clone or fetch a wiki',
    targets: [wiki('read')],
    scopes: ['wiki'],
    kinds: wikiKinds,
    askers: ['anonymous', 'operator', 'job'],
    judges: everyBound,
    opens: { data: 'wiki', access: 'read' },
  },
  'wiki.push': {
    does: 'push to a wiki',
    targets: [wiki('write')],
    scopes: ['wiki'],
    kinds: wikiKinds,
    askers: ['job'],
    judges: everyBound,
    opens: { data: 'wiki', access: 'write' },
    pushes: true,
  },

  // Git LFS
  'lfs.download': {
    does: 'fetch files of Git LFS',
    targets: [repository('read')],
    scopes: ['repository'],
    granular: ['read:repository:bitbucket'],
    kinds: everyKindAndKey,
    askers: ['anonymous'],
    judges: everyBound,
    opens: { data: 'repository', access: 'read' },
  },
  /** It changes no ref and no path: what may be pushed is judged when the pointers are. */
  'lfs.upload': {
    does: 'bring files of Git LFS',
    targets: [repository('write')],
    scopes: ['repository:write'],
    granular: ['write:repository:bitbucket'],
    kinds: everyKindAndKey,
    askers: [],
    judges: everyBound,
    opens: { data: 'repository', access: 'write' },
  },
  'lfs_lock.list': {
    does: 'see which files of Git LFS are locked',
    targets: [repository('read')],
    scopes: ['repository'],
    granular: ['read:repository:bitbucket'],
    kinds: everyKindAndKey,
    askers: ['anonymous'],
    judges: everyBound,
  },
  'lfs_lock.change': {
    does: 'lock files of Git LFS, and unlock them again',
    targets: [repository('write')],
    scopes: ['repository:write'],
    granular: ['write:repository:bitbucket'],
    kinds: everyKindAndKey,
    askers: [],
    judges: everyBound,
  },
  'lfs_lock.break': {
    does: 'unlock files of Git LFS that others locked',
    targets: [repository('admin')],
    scopes: ['repository:write'],
    granular: ['write:repository:bitbucket'],
    kinds: everyKindAndKey,
    askers: [],
    judges: everyBound,
  },

  // Reading
  'repository.view': {
    does: 'see a repository',
    targets: [repository('read')],
    scopes: ['repository'],
    granular: ['read:repository:bitbucket'],
    kinds: everyKind,
    askers: ['anonymous', 'session', 'operator'],
    judges: everyBound,
  },
  'source.read': {
    does: 'read the commits, branches, tags and files of a repository',
    targets: [repository('read')],
    scopes: ['repository'],
    granular: ['read:repository:bitbucket'],
    kinds: everyKind,
    askers: ['anonymous', 'session', 'operator'],
    judges: everyBound,
    opens: { data: 'repository', access: 'read' },
  },
  'wiki.read': {
    does: 'read the pages of a wiki',
    targets: [wiki('read')],
    scopes: 'any',
    kinds: [],
    askers: ['anonymous', 'session', 'operator'],
    judges: [],
    opens: { data: 'wiki', access: 'read' },
  },
  'repository.list': {
    does: 'list the repositories of a workspace',
    targets: [workspace('viewer')],
    scopes: ['repository'],
    granular: ['read:repository:bitbucket'],
    kinds: everyKind,
    askers: ['anonymous', 'session', 'operator'],
    judges: everyBound,
    lists: 'repositories',
  },
  'repository.search': {
    does: 'find repositories on this host',
    targets: [host('anyone')],
    scopes: 'any',
    kinds: [],
    askers: ['anonymous', 'session', 'operator'],
    judges: [],
    lists: 'repositories',
  },

  // Changing repositories
  'repository.create': {
    does: 'create a repository',
    targets: [workspace('creator')],
    scopes: ['repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: workspaceKinds,
    askers: ['session', 'operator'],
    judges: changeBounds,
  },
  'repository.update': {
    does: 'change the settings of a repository',
    targets: [repository('admin')],
    scopes: ['repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: everyKind,
    askers: ['session', 'operator'],
    judges: changeBounds,
    fresh: true,
    opens: { data: 'repository', access: 'write' },
  },
  /** Whoever may enter the other project opens it from then on, and bounds on a project follow it: no matter of the repository alone. */
  'repository.move': {
    does: 'move a repository to another project',
    targets: [repository('admin'), workspace('owner')],
    scopes: ['repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: changeBounds,
    fresh: true,
  },
  'repository.delete': {
    does: 'delete a repository',
    targets: [repository('admin')],
    scopes: ['repository:delete'],
    granular: ['delete:repository:bitbucket'],
    kinds: everyKind,
    askers: ['session', 'operator'],
    judges: changeBounds,
    fresh: true,
  },
  'repository.restore': { does: 'restore a deleted repository', targets: [workspace('owner')], ...people },
  'repository.transfer': {
    does: 'transfer a repository to another workspace',
    targets: [owned, workspace('creator')],
    ...people,
    fresh: true,
  },
  'repository.purge': {
    does: 'remove deleted repositories for good',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['operator', 'job'],
    judges: [],
  },
  'repository.maintain': {
    does: 'keep a repository in shape on the disk',
    targets: [repository('admin')],
    ...upkeep,
    opens: { data: 'repository', access: 'write' },
  },
  'wiki.maintain': {
    does: 'keep a wiki in shape on the disk',
    targets: [wiki('admin')],
    ...upkeep,
    opens: { data: 'wiki', access: 'write' },
  },
  'repository.prune': {
    does: 'remove what no branch or tag of a repository leads to',
    targets: [repository('admin')],
    ...upkeep,
    askers: ['operator'],
    opens: { data: 'repository', access: 'write' },
  },
  'wiki.prune': {
    does: 'remove what no branch or tag of a wiki leads to',
    targets: [wiki('admin')],
    ...upkeep,
    askers: ['operator'],
    opens: { data: 'wiki', access: 'write' },
  },
  'repository.settings': {
    does: 'see the settings of a repository',
    targets: [repository('admin')],
    ...people,
  },
  'repository.who_can': {
    does: 'see who and what can do something to a repository',
    targets: [repository('admin')],
    ...people,
    opens: { data: 'repository', access: 'read' },
  },
  'restriction.list': {
    does: 'see the branch restrictions of a repository',
    targets: [repository('admin')],
    scopes: ['repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: everyKind,
    askers: ['session', 'operator'],
    judges: everyBound,
  },
  'restriction.change': {
    does: 'change the branch restrictions of a repository',
    targets: [repository('admin')],
    scopes: ['repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: everyKind,
    askers: ['session', 'operator'],
    judges: changeBounds,
    fresh: true,
  },
  /**
   * As in Bitbucket Cloud, whoever reads may say how a build went, but not whoever reads because all the world does. No
   * bound on pushes can judge it: a status is of a commit, and the ref that it names is what somebody says.
   */
  'status.write': {
    does: 'write the build statuses of commits',
    targets: [givenReading],
    scopes: ['repository'],
    granular: ['read:repository:bitbucket'],
    kinds: everyKind,
    askers: [],
    judges: changeBounds,
    opens: { data: 'repository', access: 'read' },
  },
  'download.read': {
    does: 'see and fetch the downloads of a repository',
    targets: [repository('read')],
    scopes: ['repository'],
    granular: ['read:repository:bitbucket'],
    kinds: everyKind,
    askers: ['anonymous', 'session'],
    judges: everyBound,
    opens: { data: 'repository', access: 'read' },
  },
  /** A download is on no branch and at no path of the repository, so that no bound on pushes says anything about it. */
  'download.write': {
    does: 'upload downloads of a repository',
    targets: [repository('write')],
    scopes: ['repository:write'],
    granular: ['write:repository:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: changeBounds,
    opens: { data: 'repository', access: 'write' },
  },
  'download.delete': {
    does: 'delete downloads of a repository',
    targets: [repository('write')],
    scopes: ['repository:write'],
    granular: ['write:repository:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: changeBounds,
    opens: { data: 'repository', access: 'write' },
  },

  // Pull requests
  'pull_request.read': {
    does: 'read the pull requests of a repository',
    targets: [repository('read')],
    scopes: ['pullrequest'],
    granular: ['read:pullrequest:bitbucket'],
    kinds: everyKind,
    askers: ['anonymous', 'session'],
    judges: everyBound,
    opens: { data: 'repository', access: 'read' },
  },
  /**
   * Source and destination are branches of one repository. It moves neither, so that no bound on pushes stands against it: a
   * key that pushes to one branch alone may ask that it be merged into another.
   */
  'pull_request.create': {
    does: 'create a pull request',
    targets: [repository('write')],
    scopes: ['pullrequest:write'],
    granular: ['read:pullrequest:bitbucket', 'write:pullrequest:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: everyBound,
    opens: { data: 'repository', access: 'read' },
  },
  'pull_request.update': {
    does: 'change and decline pull requests',
    targets: [repository('write')],
    scopes: ['pullrequest:write'],
    granular: ['read:pullrequest:bitbucket', 'write:pullrequest:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: everyBound,
    opens: { data: 'repository', access: 'read' },
  },
  /** Merging may wait for an approval, so that a key which is confined to some branches or paths says nothing about all of it. */
  'pull_request.review': {
    does: 'approve pull requests, and ask for changes of them',
    targets: [givenReading],
    scopes: ['pullrequest:write'],
    granular: ['read:pullrequest:bitbucket', 'write:pullrequest:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: changeBounds,
    opens: { data: 'repository', access: 'read' },
  },
  'pull_request.withdraw_review': {
    does: 'take back an approval of a pull request, or that changes were asked for',
    targets: [givenReading],
    scopes: ['pullrequest:write'],
    granular: ['write:pullrequest:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: changeBounds,
    opens: { data: 'repository', access: 'read' },
  },
  /** As in Bitbucket Cloud, whoever reads pull requests may say something to them; here not whoever reads because all the world does. */
  'pull_request.comment': {
    does: 'comment on pull requests, and keep their tasks',
    targets: [givenReading],
    scopes: ['pullrequest'],
    granular: ['read:pullrequest:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: changeBounds,
    opens: { data: 'repository', access: 'read' },
  },
  /** A push of the destination, and where that is wanted the deletion of the source. */
  'pull_request.merge': {
    does: 'merge pull requests',
    targets: [repository('write')],
    scopes: ['pullrequest:write'],
    granular: ['read:pullrequest:bitbucket', 'write:pullrequest:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: everyBound,
    opens: { data: 'repository', access: 'write' },
    pushes: true,
  },
  /** Of each it is asked besides whether they can read it now. */
  'pull_request.notify': {
    does: 'tell people by mail what happened to pull requests',
    targets: [repository('read')],
    scopes: 'any',
    kinds: [],
    askers: ['job'],
    judges: [],
  },
  'default_reviewer.list': {
    does: 'see who reviews the pull requests of a repository by default',
    targets: [repository('read')],
    scopes: ['pullrequest'],
    granular: ['read:pullrequest:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: everyBound,
  },
  'default_reviewer.change': {
    does: 'change who reviews the pull requests of a repository by default',
    targets: [repository('admin')],
    scopes: ['repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: everyKind,
    askers: ['session'],
    judges: changeBounds,
    fresh: true,
  },

  'webhook.list': {
    does: 'see the webhooks of a repository',
    targets: [repository('admin')],
    scopes: ['webhook'],
    granular: ['read:webhook:bitbucket'],
    kinds: everyKind,
    askers: ['session', 'operator'],
    judges: everyBound,
  },
  /**
   * It goes on telling what happens when nobody asks any more, so it takes what that is worth: a person, or what acts for one
   * and says so itself, and the scope of what is told. That is asked again each time that anything is told, from nowhere and
   * without a use: under a bound on networks or uses it cannot be judged.
   */
  'webhook.change': {
    does: 'create and change the webhooks of a repository',
    targets: [self, repository('admin')],
    scopes: ['webhook', 'repository'],
    granular: ['read:repository:bitbucket', 'read:webhook:bitbucket', 'write:webhook:bitbucket'],
    kinds: ['api_token', 'oauth_access_token'],
    askers: ['session'],
    judges: ['repositories', 'time'],
    fresh: true,
  },
  'webhook.delete': {
    does: 'delete the webhooks of a repository',
    targets: [repository('admin')],
    scopes: ['webhook'],
    granular: ['delete:webhook:bitbucket'],
    kinds: everyKind,
    askers: ['session', 'operator'],
    judges: changeBounds,
  },
  /** What a delivery tells is read with it, of one repository at a time. */
  'webhook.deliver': {
    does: 'tell the webhooks of a repository what happened in it',
    targets: [repository('admin')],
    scopes: 'any',
    kinds: [],
    askers: ['job'],
    judges: [],
    opens: { data: 'repository', access: 'read' },
  },
  'webhook.dispatch': {
    does: 'see which webhooks are to be told something',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['job'],
    judges: [],
  },
  'role.list': { does: 'see who has a role on a repository', targets: [repository('admin')], ...people },
  'role.grant': {
    does: 'give a role on a repository',
    targets: [repository('admin')],
    ...people,
    fresh: true,
  },
  'role.revoke': {
    does: 'take away a role on a repository',
    targets: [repository('admin')],
    ...people,
    fresh: true,
  },

  // Credentials
  'access_token.list': {
    does: 'see the access tokens of a repository',
    targets: [repository('admin')],
    ...people,
  },
  'access_token.create': {
    does: 'create a repository access token',
    targets: [repository('admin')],
    ...people,
    fresh: true,
  },
  'access_token.revoke': {
    does: 'revoke a repository access token, a trust policy or a job token',
    targets: [repository('admin')],
    ...people,
  },
  'access_token.pause': {
    does: 'pause a repository access token, a trust policy or a job token',
    targets: [repository('admin')],
    ...people,
  },
  'access_token.resume': {
    does: 'resume a paused repository access token or trust policy',
    targets: [repository('admin')],
    ...people,
    fresh: true,
  },
  'access_token.narrow': {
    does: 'narrow a repository access token, a trust policy or a job token',
    targets: [repository('admin')],
    ...people,
  },
  'access_token.rotate': {
    does: 'replace a repository access token',
    targets: [repository('admin')],
    ...people,
    fresh: true,
  },
  'access_token.explain': {
    does: 'ask what a repository access token may do',
    targets: [repository('admin')],
    ...people,
  },
  'trust_policy.list': {
    does: 'see which CI jobs a repository trusts',
    targets: [repository('admin')],
    ...people,
  },
  'trust_policy.create': {
    does: 'create a trust policy of a repository',
    targets: [repository('admin')],
    ...people,
    fresh: true,
  },
  'trust_policy.test': {
    does: 'try a token of a CI job against the trust policies of a repository',
    targets: [repository('admin')],
    ...people,
  },
  'workspace_access_token.list': {
    does: 'see the access tokens of a workspace and of its projects',
    targets: [workspace('owner')],
    ...people,
  },
  'workspace_access_token.create': {
    does: 'create an access token of a workspace or of one of its projects',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'workspace_access_token.revoke': {
    does: 'revoke an access token of a workspace or of one of its projects',
    targets: [workspace('owner')],
    ...people,
  },
  'workspace_access_token.pause': {
    does: 'pause an access token of a workspace or of one of its projects',
    targets: [workspace('owner')],
    ...people,
  },
  'workspace_access_token.resume': {
    does: 'resume a paused access token of a workspace or of one of its projects',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'workspace_access_token.narrow': {
    does: 'narrow an access token of a workspace or of one of its projects',
    targets: [workspace('owner')],
    ...people,
  },
  'workspace_access_token.rotate': {
    does: 'replace an access token of a workspace or of one of its projects',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'workspace_access_token.explain': {
    does: 'ask what an access token of a workspace or of one of its projects may do',
    targets: [workspace('owner')],
    ...people,
  },
  'app_password.list': { does: 'see app passwords', targets: [self], ...people },
  'app_password.create': { does: 'create an app password', targets: [self], ...people, fresh: true },
  'app_password.revoke': { does: 'revoke an app password', targets: [self], ...people },
  'app_password.narrow': { does: 'narrow an app password', targets: [self], ...people },
  'app_password.rotate': { does: 'replace an app password', targets: [self], ...people, fresh: true },
  'app_password.explain': { does: 'ask what an app password may do', targets: [self], ...people },
  'api_token.list': { does: 'see API tokens', targets: [self], ...people },
  'api_token.create': { does: 'create an API token', targets: [self], ...people, fresh: true },
  'api_token.revoke': { does: 'revoke an API token', targets: [self], ...people },
  'api_token.narrow': { does: 'narrow an API token', targets: [self], ...people },
  'api_token.rotate': { does: 'replace an API token', targets: [self], ...people, fresh: true },
  'api_token.explain': { does: 'ask what an API token may do', targets: [self], ...people },
  'own_credential.list': {
    does: 'see everything that can act as the account',
    targets: [self],
    ...people,
    lists: 'credentials',
  },
  'own_credential.revoke': { does: 'revoke a credential or key of the account', targets: [self], ...people },
  'own_credential.pause': { does: 'pause a credential or key of the account', targets: [self], ...people },
  'own_credential.resume': {
    does: 'resume a paused credential or key of the account',
    targets: [self],
    ...people,
    fresh: true,
  },
  'ssh_key.list': {
    does: 'see the SSH keys of the account',
    targets: [self],
    scopes: ['account'],
    granular: ['read:ssh-key:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: accountBounds,
  },
  'ssh_key.add': { does: 'add an SSH key', targets: [self], ...people, fresh: true },
  'ssh_key.revoke': {
    does: 'revoke an SSH key',
    targets: [self],
    scopes: ['account:write'],
    granular: ['delete:ssh-key:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: keyBounds,
  },
  'access_key.list': {
    does: 'see the access keys of a repository',
    targets: [repository('admin')],
    scopes: ['repository', 'repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: everyKind,
    askers: ['session', 'operator'],
    judges: everyBound,
  },
  'access_key.add': {
    does: 'add an access key to a repository',
    targets: [repository('admin')],
    ...people,
    fresh: true,
  },
  'access_key.revoke': {
    does: 'take an access key away from a repository',
    targets: [repository('admin')],
    scopes: ['repository', 'repository:admin'],
    granular: ['admin:repository:bitbucket', 'delete:ssh-key:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: changeBounds,
  },
  'project_access_key.list': {
    does: 'see the access keys of a project',
    targets: [workspace('owner')],
    scopes: ['project', 'project:admin'],
    granular: ['admin:project:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: accountBounds,
  },
  'project_access_key.add': {
    does: 'add an access key to a project',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'project_access_key.revoke': {
    does: 'take an access key away from a project',
    targets: [workspace('owner')],
    scopes: ['project', 'project:admin'],
    granular: ['admin:project:bitbucket', 'delete:ssh-key:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: keyBounds,
  },
  'credential.self': {
    does: 'learn what the credential itself is and may do',
    targets: [host('anyone')],
    scopes: 'any',
    granular: [],
    kinds: everyKindAndKey,
    askers: [],
    judges: everyBound,
  },
  /**
   * The one way in which a credential makes another (the laws of the gate, 6): what comes of it is judged under everything that
   * its parent is judged under, at each use, and so it may be made under any bound.
   */
  'derived_token.create': {
    does: 'derive a narrower token from the credential itself',
    ...ofItself,
  },
  'derived_token.list': {
    does: 'see the tokens that were derived from the credential itself',
    ...ofItself,
  },
  'derived_token.revoke': {
    does: 'revoke a derived token that came of the credential itself, or is it',
    ...ofItself,
  },
  'credential.explain': {
    does: 'ask what any credential of this host may do',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['operator'],
    judges: [],
  },
  'credential.list': {
    does: 'list the credentials of this host',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['operator'],
    judges: [],
  },
  'credential.narrow': {
    does: 'narrow any credential of this host',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['operator'],
    judges: [],
  },
  'credential.rotate': {
    does: 'replace any app password, API token or access token of this host',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['operator'],
    judges: [],
  },
  'credential.revoke': {
    does: 'revoke any credential of this host',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['operator'],
    judges: [],
  },
  'credential.pause': {
    does: 'pause any credential of this host',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['operator'],
    judges: [],
  },
  'credential.resume': {
    does: 'resume any paused credential of this host',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['operator'],
    judges: [],
  },

  // OAuth: managed by people, and spoken with by consumers
  'consumer.list': {
    does: 'see the OAuth consumers of a workspace',
    targets: [workspace('owner')],
    ...people,
  },
  'consumer.create': {
    does: 'create an OAuth consumer',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'consumer.update': {
    does: 'change an OAuth consumer',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'consumer.delete': { does: 'delete an OAuth consumer', targets: [workspace('owner')], ...people },
  'consumer.rotate': {
    does: 'replace the secret of an OAuth consumer',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'consumer.narrow': { does: 'narrow an OAuth consumer', targets: [workspace('owner')], ...people },
  'consent.view': {
    does: 'see what an application asks for',
    targets: [self],
    scopes: 'any',
    kinds: [],
    askers: ['session'],
    judges: [],
  },
  'consent.give': {
    does: 'let an application act for the account',
    targets: [self],
    scopes: 'any',
    kinds: [],
    askers: ['session'],
    judges: [],
    fresh: true,
  },
  'consent.list': { does: 'see the applications that may act for the account', targets: [self], ...people },
  'consent.revoke': { does: 'withdraw what an application may do', targets: [self], ...people },
  'oauth.token': {
    does: 'obtain an OAuth token',
    targets: [host('anyone')],
    scopes: 'any',
    kinds: ['oauth_consumer_secret'],
    askers: ['anonymous'],
    judges: everyBound,
  },
  'oauth.device': {
    does: 'begin to authorise a device',
    targets: [host('anyone')],
    scopes: 'any',
    kinds: ['oauth_consumer_secret'],
    askers: ['anonymous'],
    judges: everyBound,
  },
  /** Whoever asks has shown nothing yet: what their token says, and which repository it is for, is judged by the act alone. */
  'job_token.exchange': {
    does: 'exchange the token of a CI job for a job token',
    targets: [host('anyone')],
    scopes: 'any',
    kinds: [],
    askers: ['anonymous'],
    judges: [],
  },
  'oauth.revoke': {
    does: 'revoke an OAuth token of the own consumer',
    targets: [host('anyone')],
    scopes: 'any',
    kinds: ['oauth_consumer_secret'],
    askers: ['anonymous'],
    judges: everyBound,
  },
  'credential.alarm': {
    does: 'tell whose secrets were used after they were replaced or revoked',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['job'],
    judges: [],
  },
  'usage.purge': {
    does: 'remove what the ledger of credentials need not keep any longer',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['job'],
    judges: [],
  },
  'oauth.purge': {
    does: 'remove authorization codes, device codes and used job assertions that ended',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['job'],
    judges: [],
  },
  'oauth.introspect': {
    does: 'ask about an OAuth token of the own consumer',
    targets: [host('anyone')],
    scopes: 'any',
    kinds: ['oauth_consumer_secret'],
    askers: [],
    judges: everyBound,
  },

  // Accounts
  'account.view': {
    does: 'see the account',
    targets: [selfOrAppUser],
    scopes: ['account'],
    granular: ['read:user:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: everyBound,
  },
  'user.view': {
    does: 'see who an account belongs to, as everybody may see it',
    targets: [anyAccount],
    scopes: 'any',
    granular: ['read:user:bitbucket'],
    kinds: everyKind,
    askers: ['anonymous', 'session'],
    judges: everyBound,
  },
  'account.emails': {
    does: 'see the e-mail addresses of the account',
    targets: [self],
    scopes: ['email'],
    granular: ['read:user:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: everyBound,
  },
  'account.workspaces': {
    does: 'list the workspaces of the account',
    targets: [selfOrAppUser],
    scopes: ['account'],
    granular: ['read:workspace:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: accountBounds,
  },
  /** The list in the form that Bitbucket Cloud gave up, which took one more granular scope. */
  'workspace.list': {
    does: 'list the workspaces of the account, in the older form',
    targets: [selfOrAppUser],
    scopes: ['account'],
    granular: ['read:user:bitbucket', 'read:workspace:bitbucket'],
    kinds: accountKinds,
    askers: ['session', 'operator'],
    judges: accountBounds,
  },
  'account.update': { does: 'change the profile', targets: [self], ...people, fresh: true },
  'account.password': {
    does: 'change the account password',
    targets: [self],
    scopes: 'any',
    kinds: [],
    askers: ['session', 'operator'],
    judges: [],
    beforePasswordChange: true,
    beforeTwoStep: true,
    fresh: true,
  },
  'account.create': { does: 'create an account', targets: [host('administrator')], ...people, fresh: true },
  'account.list': { does: 'list the accounts of this host', targets: [host('administrator')], ...people },
  'account.disable': {
    does: 'disable an account',
    targets: [host('administrator'), anyAccount],
    ...people,
    fresh: true,
  },
  'account.enable': {
    does: 'enable a disabled account',
    targets: [host('administrator'), anyAccount],
    ...people,
    fresh: true,
  },
  'account.reset_two_step': {
    does: 'remove two-step verification from an account',
    targets: [host('administrator'), anyAccount],
    ...people,
    fresh: true,
  },
  'session.create': {
    does: 'sign in',
    targets: [host('anyone')],
    scopes: 'any',
    kinds: [],
    askers: ['anonymous', 'session'],
    judges: [],
    beforePasswordChange: true,
    beforeTwoStep: true,
  },
  'account.reset_password': {
    does: 'choose a new password by a link that was sent by mail',
    targets: [host('anyone')],
    scopes: 'any',
    kinds: [],
    askers: ['anonymous', 'session'],
    judges: [],
    beforePasswordChange: true,
    beforeTwoStep: true,
  },
  'session.list': { does: 'see the sessions of the account', targets: [self], ...people },
  'session.revoke': {
    does: 'end a session',
    targets: [self],
    scopes: 'any',
    kinds: [],
    askers: ['session', 'operator'],
    judges: [],
    beforePasswordChange: true,
    beforeTwoStep: true,
  },
  'session.confirm': {
    does: 'confirm to be there',
    targets: [self],
    scopes: 'any',
    kinds: [],
    askers: ['session'],
    judges: [],
    beforePasswordChange: true,
    beforeTwoStep: true,
  },
  'two_step.view': {
    does: 'see how the account is protected',
    targets: [self],
    ...people,
    beforeTwoStep: true,
  },
  'two_step.change': {
    does: 'change two-step verification',
    targets: [self],
    ...people,
    beforeTwoStep: true,
    fresh: true,
  },
  'issuer.list': {
    does: 'see whose tokens of CI jobs this host knows',
    targets: [host('administrator')],
    ...people,
  },
  'issuer.change': {
    does: 'add and remove issuers of tokens of CI jobs',
    targets: [host('administrator')],
    ...people,
    fresh: true,
  },
  'host.policy': {
    does: 'change what this host asks of everybody',
    targets: [host('administrator')],
    ...people,
    fresh: true,
  },

  // Workspaces
  'workspace.view': {
    does: 'see a workspace',
    targets: [workspace('viewer')],
    scopes: 'any',
    granular: ['read:workspace:bitbucket'],
    kinds: everyKind,
    askers: ['anonymous', 'session', 'operator'],
    judges: everyBound,
  },
  'workspace.members': {
    does: 'list the members of a workspace',
    targets: [workspace('member')],
    scopes: ['account'],
    granular: ['read:workspace:bitbucket'],
    kinds: workspaceKinds,
    askers: ['session', 'operator'],
    judges: everyBound,
  },
  'workspace.create': { does: 'create a workspace', targets: [host('workspace_creator')], ...people },
  'workspace.update': {
    does: 'change the settings of a workspace',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'workspace.member.add': {
    does: 'add a member to a workspace',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'workspace.member.remove': {
    does: 'remove a member from a workspace',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'workspace.access': {
    does: 'see who and what may enter the repositories of a workspace',
    targets: [workspace('owner')],
    ...people,
    lists: 'credentials',
  },
  'group.list': { does: 'see the groups of a workspace', targets: [workspace('member')], ...people },
  'group.change': {
    does: 'create and change the groups of a workspace',
    targets: [workspace('owner')],
    ...people,
    fresh: true,
  },
  'project.list': {
    does: 'list the projects of a workspace',
    targets: [workspace('viewer')],
    scopes: ['project'],
    granular: ['read:project:bitbucket'],
    kinds: [...workspaceKinds, 'project_access_token'],
    askers: ['session', 'operator', 'anonymous'],
    judges: accountBounds,
  },
  'project.change': {
    does: 'create and change the projects of a workspace',
    targets: [workspace('owner')],
    ...people,
  },

  // The host itself
  'site.view': {
    does: 'see pages and files that say nothing about anybody',
    targets: [host('anyone')],
    scopes: 'any',
    granular: [],
    kinds: [...everyKind, 'oauth_consumer_secret'],
    askers: ['anonymous', 'session'],
    judges: everyBound,
    beforePasswordChange: true,
    beforeTwoStep: true,
  },
  'site.home': { does: 'see the own workspaces and repositories', targets: [self], ...people },
  'mail.send': {
    does: 'send the messages that wait',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['job'],
    judges: [],
  },
  'host.inspect': {
    does: 'check the health of this host',
    targets: [host('operator')],
    scopes: 'any',
    kinds: [],
    askers: ['operator', 'job'],
    judges: [],
  },
} as const satisfies Record<string, OperationDeclaration & GranularWhereAsked>;

/** Whoever names a kind whose scopes are granular says which of them it takes. */
type GranularWhereAsked =
  | { readonly kinds: readonly Exclude<CredentialKind, 'api_token'>[] }
  | { readonly granular: readonly GranularScope[] };

export type OperationName = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

export const isOperation = (name: unknown): name is OperationName =>
  typeof name === 'string' && Object.hasOwn(OPERATIONS, name);

export const declarationOf = (operation: OperationName): OperationDeclaration => OPERATIONS[operation];

/**
 * The scopes that a credential of this kind must hold to ask for an operation, all of them, from the catalogue of its kind;
 * `any` where it needs none. Says nothing about whether its kind may ask at all.
 */
export function scopesFor(operation: OperationName, kind: CredentialKind): readonly AnyScope[] | 'any' {
  const { scopes, granular } = declarationOf(operation);
  const catalogue = CREDENTIAL_KINDS[kind].scopes;
  if (catalogue === 'none') return 'any';
  // What says no granular ones takes scopes that are none of its own, and not nothing.
  if (catalogue === 'classic' || granular === undefined) return scopes;
  return granular.length === 0 ? 'any' : granular;
}

type TypesOf<Needs extends readonly Need[]> = { readonly [Index in keyof Needs]: Needs[Index]['on'] };

/** The types of an operation's targets, in order. */
export type TargetTypesOf<Op extends OperationName> = TypesOf<(typeof OPERATIONS)[Op]['targets']>;

/** Operations whose grant opens the Git data of a repository or wiki with the given access; writing includes reading. */
export type OperationOpening<Data extends 'repository' | 'wiki', Access extends 'read' | 'write'> = {
  [Op in OperationName]: (typeof OPERATIONS)[Op] extends {
    readonly opens: { readonly data: Data; readonly access: Access | 'write' };
  }
    ? Op
    : never;
}[OperationName];
