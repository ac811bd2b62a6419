/**
 * What each thing that can be asked for demands, and which thing each route is: written by hand from the published
 * endpoint table of Bitbucket Cloud and, for what it does not have, from the laws of this host (docs/security.md).
 * Nothing here is read from the gate or from what the routes declare about themselves.
 */

/** One thing that must hold for one target. */
export type Demand =
  | 'repository read'
  /** To read by a role that was given, or as an owner, and not because it is public. */
  | 'repository given'
  | 'repository write'
  | 'repository admin'
  /** Admin by owning the workspace that it is in. */
  | 'repository owner'
  | 'wiki read'
  | 'wiki write'
  | 'workspace seen'
  | 'workspace member'
  | 'workspace create'
  | 'workspace owner'
  /** The project MAIN of the workspace before it. */
  | 'project seen'
  | 'self'
  /** The account that the path names is that of whoever asks. */
  | 'own account'
  | 'account'
  | 'anyone'
  | 'founder'
  | 'administrator';

export type Asker =
  | 'app password'
  | 'API token'
  | 'token'
  | 'project token'
  | 'workspace token'
  | 'job token'
  | 'OAuth token'
  | 'app user'
  | 'consumer'
  | 'session'
  | 'stranger';

/** Which bounds say something here: a bound that says nothing about an act that it could be broken by refuses it. */
export type Judged =
  /** Only where, when, how often and which repositories matter. */
  | 'reading'
  /** A push obeys every kind. */
  | 'pushing'
  /** A push that makes another ref than the one that a bound on refs names here. */
  | 'pushing another ref'
  /** A push that deletes one, which a bound on paths alone does not allow. */
  | 'deleting another ref'
  /** No bound on pushes can judge it. */
  | 'changing'
  /** It goes on by itself, from wherever this host is and as often as something happens. */
  | 'lasting'
  /** It concerns the account or workspace as a whole, so it cannot be kept to some repositories. */
  | 'whole'
  /** Both of these: it changes what belongs to the whole. */
  | 'changing the whole'
  /** A list leaves out what lies outside. */
  | 'list'
  /** No credential gets here. */
  | 'people';

export interface Rule {
  readonly targets: readonly Demand[];
  /** Every one is needed; of each, any scope that implies it does as well. Empty: none is needed. */
  readonly scopes: readonly string[];
  /** Of an API token, every one by its own name, without its `:bitbucket`; said wherever one may ask. */
  readonly granular?: readonly string[];
  readonly askers: readonly Asker[];
  readonly judged: Judged;
  /** Also for a person who must first change the password, or set up two-step verification. */
  readonly always?: true;
  /** Makes, widens or reveals: a person must have proved within a quarter of an hour to be there. */
  readonly fresh?: true;
}

const classic = [
  'app password',
  'token',
  'project token',
  'workspace token',
  'job token',
  'OAuth token',
  'app user',
] as const;
const both = [...classic, 'API token'] as const;
/** What acts for an account; an app user has no e-mail address. */
const account = ['app password', 'API token', 'OAuth token'] as const;
const people = (targets: readonly Demand[]): Rule => ({
  targets,
  scopes: [],
  askers: ['session'],
  judged: 'people',
});

export const RULES = {
  // Git. Scopes: Bitbucket's `repository` clones, `repository:write` pushes, `wiki` does both to wikis.
  clone: {
    targets: ['repository read'],
    scopes: ['repository'],
    granular: ['read:repository'],
    askers: [...both, 'stranger'],
    judged: 'reading',
  },
  push: {
    targets: ['repository write'],
    scopes: ['repository:write'],
    granular: ['write:repository'],
    askers: both,
    judged: 'pushing',
  },
  // POST of R/refs/branches and R/refs/tags: `repository:write`, and to read as well where scopes imply nothing.
  'create branches': {
    targets: ['repository write'],
    scopes: ['repository:write'],
    granular: ['read:repository', 'write:repository'],
    askers: both,
    judged: 'pushing',
  },
  'create tags': {
    targets: ['repository write'],
    scopes: ['repository:write'],
    granular: ['read:repository', 'write:repository'],
    askers: both,
    judged: 'pushing another ref',
  },
  'delete tags': {
    targets: ['repository write'],
    scopes: ['repository:write'],
    granular: ['write:repository'],
    askers: both,
    judged: 'deleting another ref',
  },
  /** Who may push locks files of Git LFS; it is no push, so that none has to be left. */
  lock: {
    targets: ['repository write'],
    scopes: ['repository:write'],
    granular: ['write:repository'],
    askers: both,
    judged: 'reading',
  },
  'clone wiki': {
    targets: ['wiki read'],
    scopes: ['wiki'],
    askers: [...classic, 'stranger'],
    judged: 'reading',
  },
  'push wiki': { targets: ['wiki write'], scopes: ['wiki'], askers: classic, judged: 'pushing' },

  // GET and POST of R, R/commits, R/commit, R/refs, R/src, GET of R/downloads: `repository`.
  read: {
    targets: ['repository read'],
    scopes: ['repository'],
    granular: ['read:repository'],
    askers: [...both, 'session', 'stranger'],
    judged: 'reading',
  },
  'read wiki': {
    targets: ['wiki read'],
    scopes: [],
    askers: ['session', 'stranger'],
    judged: 'people',
  },
  // GET /repositories/{ws}: `repository`.
  list: {
    targets: ['workspace seen'],
    scopes: ['repository'],
    granular: ['read:repository'],
    askers: [...both, 'session', 'stranger'],
    judged: 'list',
  },
  search: { targets: ['anyone'], scopes: [], askers: ['session', 'stranger'], judged: 'people' },
  // POST R: `repository:admin`. A repository's own token reaches no other, so it makes none; nor does that of a project, to
  // which the address does not say where the new one would lie.
  create: {
    targets: ['workspace create'],
    scopes: ['repository:admin'],
    granular: ['admin:repository'],
    askers: [...account, 'workspace token', 'app user', 'session'],
    judged: 'changing',
  },
  // PUT R: `repository:admin`.
  update: {
    targets: ['repository admin'],
    scopes: ['repository:admin'],
    granular: ['admin:repository'],
    askers: [...both, 'session'],
    judged: 'changing',
    fresh: true,
  },
  // DELETE R: `repository:delete`.
  delete: {
    targets: ['repository admin'],
    scopes: ['repository:delete'],
    granular: ['delete:repository'],
    askers: [...both, 'session'],
    judged: 'changing',
    fresh: true,
  },
  // POST and PUT of R/commit/{c}/statuses/build: `repository`, and whoever reads. Not whoever reads what is public; pages
  // write none.
  'write statuses': {
    targets: ['repository given'],
    scopes: ['repository'],
    granular: ['read:repository'],
    askers: both,
    judged: 'changing',
  },
  // GET below R/pullrequests: `pullrequest`.
  'read pull requests': {
    targets: ['repository read'],
    scopes: ['pullrequest'],
    granular: ['read:pullrequest'],
    askers: [...both, 'session', 'stranger'],
    judged: 'reading',
  },
  // Comments and tasks, all verbs: `pullrequest` too. Not whoever reads what is public.
  'comment on pull requests': {
    targets: ['repository given'],
    scopes: ['pullrequest'],
    granular: ['read:pullrequest'],
    askers: [...both, 'session'],
    judged: 'changing',
  },
  // POST and DELETE of R/downloads: `repository:write`. No branch and no path has a download.
  'change downloads': {
    targets: ['repository write'],
    scopes: ['repository:write'],
    granular: ['write:repository'],
    askers: [...both, 'session'],
    judged: 'changing',
  },
  // POST of R/pullrequests, PUT and decline of one: `pullrequest:write`. Both branches lie in this repository, and neither
  // moves: what a bound on pushes says of them is said when it is merged.
  propose: {
    targets: ['repository write'],
    scopes: ['pullrequest:write'],
    granular: ['read:pullrequest', 'write:pullrequest'],
    askers: [...both, 'session'],
    judged: 'reading',
  },
  // POST of merge: `pullrequest:write`, and a push of the destination.
  merge: {
    targets: ['repository write'],
    scopes: ['pullrequest:write'],
    granular: ['read:pullrequest', 'write:pullrequest'],
    askers: [...both, 'session'],
    judged: 'pushing',
  },
  // POST of approve and request-changes: `pullrequest:write`, and whoever reads; here not whoever reads what is public.
  review: {
    targets: ['repository given'],
    scopes: ['pullrequest:write'],
    granular: ['read:pullrequest', 'write:pullrequest'],
    askers: [...both, 'session'],
    judged: 'changing',
  },
  // DELETE of the same: an API token shows nothing by it and needs the one scope.
  'withdraw review': {
    targets: ['repository given'],
    scopes: ['pullrequest:write'],
    granular: ['write:pullrequest'],
    askers: [...both, 'session'],
    judged: 'changing',
  },
  // GET of R/default-reviewers: `pullrequest`; strangers are shown no people.
  'see default reviewers': {
    targets: ['repository read'],
    scopes: ['pullrequest'],
    granular: ['read:pullrequest'],
    askers: [...both, 'session'],
    judged: 'reading',
  },
  // PUT and DELETE of R/default-reviewers/{user}: `repository:admin`.
  'change default reviewers': {
    targets: ['repository admin'],
    scopes: ['repository:admin'],
    granular: ['admin:repository'],
    askers: [...both, 'session'],
    judged: 'changing',
    fresh: true,
  },
  // R/branch-restrictions, all verbs, GET too: `repository:admin`.
  'see restrictions': {
    targets: ['repository admin'],
    scopes: ['repository:admin'],
    granular: ['admin:repository'],
    askers: [...both, 'session'],
    judged: 'reading',
  },
  'change restrictions': {
    targets: ['repository admin'],
    scopes: ['repository:admin'],
    granular: ['admin:repository'],
    askers: [...both, 'session'],
    judged: 'changing',
    fresh: true,
  },
  // R/deploy-keys: `repository` and `repository:admin`; a token of the repository changes none ("not accessible by this
  // authentication mechanism"), and no credential adds one (law 6).
  'see access keys': {
    targets: ['repository admin'],
    scopes: ['repository', 'repository:admin'],
    granular: ['admin:repository'],
    askers: [...both, 'session'],
    judged: 'reading',
  },
  'remove access keys': {
    targets: ['repository admin'],
    scopes: ['repository', 'repository:admin'],
    granular: ['admin:repository', 'delete:ssh-key'],
    askers: [...account, 'app user', 'session'],
    judged: 'changing',
  },
  // /workspaces/{ws}/projects/{key}/deploy-keys: `project` and `project:admin`.
  'see project keys': {
    targets: ['workspace owner'],
    scopes: ['project', 'project:admin'],
    granular: ['admin:project'],
    askers: [...account, 'app user', 'session'],
    judged: 'whole',
  },
  'remove project keys': {
    targets: ['workspace owner'],
    scopes: ['project', 'project:admin'],
    granular: ['admin:project', 'delete:ssh-key'],
    askers: [...account, 'app user', 'session'],
    judged: 'changing the whole',
  },
  // /users/{user}/ssh-keys: `account` to see, `account:write` to remove; no credential adds one (law 6).
  'see SSH keys': {
    targets: ['own account'],
    scopes: ['account'],
    granular: ['read:ssh-key'],
    askers: [...account, 'app user', 'session'],
    judged: 'whole',
  },
  'remove SSH keys': {
    targets: ['own account'],
    scopes: ['account:write'],
    granular: ['delete:ssh-key'],
    askers: [...account, 'app user', 'session'],
    judged: 'changing the whole',
  },
  'add SSH keys': people(['own account']),
  // R/hooks: `webhook`, without `repository`; to make one also the scope of what is told, here that of pushes, `repository`.
  // No app password or token makes one (law 6), and what acts for a person says so itself.
  'see webhooks': {
    targets: ['repository admin'],
    scopes: ['webhook'],
    granular: ['read:webhook'],
    askers: [...both, 'session'],
    judged: 'reading',
  },
  'change webhooks': {
    targets: ['repository admin'],
    scopes: ['webhook', 'repository'],
    granular: ['read:webhook', 'write:webhook', 'read:repository'],
    askers: ['API token', 'OAuth token', 'session'],
    judged: 'lasting',
    fresh: true,
  },
  'delete webhooks': {
    targets: ['repository admin'],
    scopes: ['webhook'],
    granular: ['delete:webhook'],
    askers: [...both, 'session'],
    judged: 'changing',
  },
  restore: people(['workspace owner']),
  // It leaves its owners for good, and takes what they gave others with it: no matter for whoever was given a role on it.
  transfer: { ...people(['repository owner', 'workspace create']), fresh: true },
  // Permissions, tokens and settings of a repository: no credential manages credentials (law 6).
  'look after repository': people(['repository admin']),
  'administer repository': { ...people(['repository admin']), fresh: true },

  // /user: `account`; /user/emails: `email`. A token is nobody's account; an app user is itself (CHANGE-3052).
  // GET /users/{id}: none.
  'see user': {
    targets: ['account'],
    scopes: [],
    granular: ['read:user'],
    askers: [...both, 'session', 'stranger'],
    judged: 'reading',
  },
  'see account': {
    targets: ['self'],
    scopes: ['account'],
    granular: ['read:user'],
    askers: [...account, 'app user', 'session'],
    judged: 'reading',
  },
  'see emails': {
    targets: ['self'],
    scopes: ['email'],
    granular: ['read:user'],
    askers: [...account, 'session'],
    judged: 'reading',
  },
  'see own workspaces': {
    targets: ['self'],
    scopes: ['account'],
    granular: ['read:workspace'],
    askers: [...account, 'app user', 'session'],
    judged: 'whole',
  },
  // GET /workspaces: of an API token two scopes.
  'see own workspaces, in the older form': {
    targets: ['self'],
    scopes: ['account'],
    granular: ['read:user', 'read:workspace'],
    askers: [...account, 'app user', 'session'],
    judged: 'whole',
  },
  'see own keys': people(['self']),
  'make own keys': { ...people(['self']), fresh: true },
  'see protection': people(['self']),
  'change protection': { ...people(['self']), fresh: true },
  'change profile': { ...people(['self']), fresh: true },
  'change password': { ...people(['self']), always: true, fresh: true },
  confirm: { ...people(['self']), always: true },
  'sign in': {
    targets: ['anyone'],
    scopes: [],
    askers: ['session', 'stranger'],
    judged: 'people',
    always: true,
  },
  'end session': { ...people(['self']), always: true },
  'see accounts': people(['administrator']),
  'manage accounts': { ...people(['administrator']), fresh: true },
  'manage account of another': { ...people(['administrator', 'account']), fresh: true },

  // GET /workspaces/{ws}: no scope; members: `account`; projects: `project`.
  'see workspace': {
    targets: ['workspace seen'],
    scopes: [],
    granular: ['read:workspace'],
    askers: [...both, 'session', 'stranger'],
    judged: 'reading',
  },
  'see members': {
    targets: ['workspace member'],
    scopes: ['account'],
    granular: ['read:workspace'],
    askers: [...account, 'workspace token', 'app user', 'session'],
    judged: 'reading',
  },
  'see groups': people(['workspace member']),
  'see projects': {
    targets: ['workspace seen'],
    scopes: ['project'],
    granular: ['read:project'],
    askers: [...account, 'project token', 'workspace token', 'app user', 'session', 'stranger'],
    judged: 'whole',
  },
  // The token of another project is not told of this one.
  'see project': {
    targets: ['workspace seen', 'project seen'],
    scopes: ['project'],
    granular: ['read:project'],
    askers: [...account, 'project token', 'workspace token', 'app user', 'session', 'stranger'],
    judged: 'whole',
  },
  'look after workspace': people(['workspace owner']),
  'own workspace': { ...people(['workspace owner']), fresh: true },
  'found workspace': people(['founder']),

  // RFC 6749 §3.2, RFC 8628 §3.1, RFC 7009 §2: consumers, of which a public one only says its name. RFC 7662 §2.1: authenticated.
  'speak OAuth': { targets: ['anyone'], scopes: [], askers: ['consumer', 'stranger'], judged: 'reading' },
  introspect: { targets: ['anyone'], scopes: [], askers: ['consumer'], judged: 'reading' },

  // What comes of it is judged as it is itself, at each use (law 6): no scope and no bound keeps from making less of oneself.
  derive: { targets: ['anyone'], scopes: [], granular: [], askers: both, judged: 'reading' },
  'know itself': { targets: ['anyone'], scopes: [], granular: [], askers: both, judged: 'reading' },
  anything: {
    targets: ['anyone'],
    scopes: [],
    granular: [],
    askers: [...both, 'consumer', 'session', 'stranger'],
    judged: 'reading',
    always: true,
  },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;
export const ruleOf = (name: RuleName): Rule => RULES[name];
