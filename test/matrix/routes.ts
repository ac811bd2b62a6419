import { createHash } from 'node:crypto';
import type { RuleName } from './reference.ts';

/**
 * Every route and what it is asked for, by hand. A route that is served and not named here has no row, and the matrix
 * does not begin. `HEAD` is what `GET` is.
 */
export interface Row {
  readonly door: 'git' | 'rest' | 'oauth' | 'web';
  readonly method: string;
  readonly url: string;
  readonly rule: RuleName;
  /** Routes of one address that the query tells apart, and what makes the request valid. */
  readonly query?: string;
  readonly type?: string;
  readonly body?: string;
  /** Answers of an admitted request that would otherwise be read as refusals. */
  readonly answers?: readonly number[];
  /** What an admitted answer says, where a refusal has the same status. */
  readonly says?: string;
  /** Of an address that two doors serve: who is asked for at this one. */
  readonly asker?: 'browser' | 'program';
  /** The doors in whose ways credentials are taken, where it is not that of the route alone. */
  readonly takes?: readonly Row['door'][];
  /** A method that changes, on a route that does not. */
  readonly reads?: true;
  /** Makes the thing when the first rule finds none: PUT of a repository. */
  readonly otherwise?: RuleName;
}

type Line = readonly [method: string, url: string, rule: RuleName, more?: Partial<Row>];

const DOT_GIT = '/:workspace/:repository(^[^/]+\\.git$)';
const PLAIN = '/:workspace/:repository';
const upload = { type: 'application/x-git-upload-pack-request', body: '0000', reads: true } as const;
const receive = { type: 'application/x-git-receive-pack-request', body: '0000' } as const;

/** A file of Git LFS that every repository has. */
export const LFS_CONTENT = 'kept beside Git';
export const LFS_OID = createHash('sha256').update(LFS_CONTENT).digest('hex');
const LFS = `${DOT_GIT}/info/lfs`;
const lfsFile = { oid: LFS_OID, size: LFS_CONTENT.length };
const lfs = (body: object) => ({ type: 'application/vnd.git-lfs+json', body: JSON.stringify(body) });

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const git: readonly Line[] = [
  ...[
    { at: DOT_GIT, clone: 'clone', push: 'push' } as const,
    { at: PLAIN, clone: 'clone', push: 'push' } as const,
    { at: `${DOT_GIT}/wiki`, clone: 'clone wiki', push: 'push wiki' } as const,
  ].flatMap(({ at, clone, push }): Line[] => [
    ...['GET', 'HEAD'].flatMap((method): Line[] => [
      [method, `${at}/info/refs`, clone, { query: 'service=git-upload-pack' }],
      [method, `${at}/info/refs`, push, { query: 'service=git-receive-pack' }],
    ]),
    ['POST', `${at}/git-upload-pack`, clone, upload],
    ['POST', `${at}/git-receive-pack`, push, receive],
  ]),
  ['GET', `${DOT_GIT}/info/refs`, 'anything', { query: 'service=git-upload-archive', answers: [400] }],
  ['HEAD', `${DOT_GIT}/info/refs`, 'anything', { query: 'service=git-upload-archive', answers: [400] }],
  ['GET', `${PLAIN}/info/refs`, 'anything', { answers: [403], says: 'speaks the smart HTTP protocol only' }],
  ['GET', `${PLAIN}/get/*`, 'read', { asker: 'program' }],
  ['HEAD', `${PLAIN}/get/*`, 'read', { asker: 'program' }],
  // The API sends its callers there.
  ['GET', `${PLAIN}/downloads/:download`, 'read', { asker: 'program', takes: ['git', 'rest'] }],
  ['HEAD', `${PLAIN}/downloads/:download`, 'read', { asker: 'program', takes: ['git', 'rest'] }],
  // Nothing of a 403 says there which one it is.
  ['HEAD', `${PLAIN}/info/refs`, 'anything', { query: 'service=git-upload-archive', answers: [400] }],
  ...METHODS.flatMap((method): Line[] => [
    [method, `${DOT_GIT}/*`, 'anything', { answers: [404], reads: true }],
    [method, `${PLAIN}/info/*`, 'anything', { answers: [404], reads: true }],
    [method, `${DOT_GIT}/info/lfs/*`, 'anything', { answers: [404], reads: true }],
    [method, `${DOT_GIT}/wiki/info/lfs/*`, 'anything', { answers: [501], reads: true }],
  ]),
  [
    'POST',
    `${LFS}/objects/batch`,
    'clone',
    { ...lfs({ operation: 'download', objects: [lfsFile] }), reads: true },
  ],
  ['POST', `${LFS}/objects/verify`, 'push', { ...lfs(lfsFile), reads: true }],
  ['GET', `${LFS}/objects/:oid`, 'clone'],
  ['HEAD', `${LFS}/objects/:oid`, 'clone'],
  ['PUT', `${LFS}/objects/:oid`, 'push', { type: 'application/octet-stream', body: LFS_CONTENT }],
  ['GET', `${LFS}/locks`, 'clone'],
  ['HEAD', `${LFS}/locks`, 'clone'],
  ['POST', `${LFS}/locks`, 'lock', lfs({ path: 'app/picture.psd' })],
  ['POST', `${LFS}/locks/verify`, 'lock', { ...lfs({}), reads: true }],
  ['POST', `${LFS}/locks/:lock/unlock`, 'lock', { ...lfs({}), answers: [404], says: 'no lock of that id' }],
  ...METHODS.filter((method) => method !== 'POST').flatMap((method): Line[] => [
    [method, `${PLAIN}/git-upload-pack`, 'anything', { answers: [404], reads: true }],
    [method, `${PLAIN}/git-receive-pack`, 'anything', { answers: [404], reads: true }],
  ]),
];

const R = '/2.0/repositories/:workspace/:repository';
const PROJECT_KEYS = '/2.0/workspaces/:workspace/projects/:project/deploy-keys';
const SSH_KEYS = '/2.0/users/:user/ssh-keys';
const DERIVED = '/2.0/latchkey/credentials/derived';
const json = (body: object) => ({ type: 'application/json', body: JSON.stringify(body) });
const restriction = json({ kind: 'delete', pattern: 'kept' });
const webhook = json({ url: 'https://ci.example.org/hook', events: ['repo:push'] });
const status = json({ key: 'ci/made', state: 'FAILED', url: 'https://ci.example.org/1' });
const P = `${R}/pullrequests/:id`;
const said = json({ content: { raw: 'Said by the matrix' } });
const foreign = { answers: [403], says: 'Somebody else ' } as const;
const madeOf = (name: string) => ({ name, target: { hash: 'main' } });
/** The name of a download that every repository has. */
export const DOWNLOAD = 'kept.zip';
const download = {
  type: 'multipart/form-data; boundary=b',
  body: `--b\r\nContent-Disposition: form-data; name="files"; filename="${DOWNLOAD}"\r\n\r\nanother\r\n--b--\r\n`,
};
/** Nobody of the matrix has reviewed it. */
const NOT_MINE = { answers: [400], says: 'You have not' } as const;
const reading = { type: 'application/x-www-form-urlencoded', body: '', reads: true } as const;

const rest: readonly Line[] = [
  ['GET', '/2.0/user', 'see account'],
  ['GET', '/2.0/user/emails', 'see emails'],
  ['GET', '/2.0/user/emails/:email', 'see emails'],
  ['GET', '/2.0/user/workspaces', 'see own workspaces'],
  ['GET', '/2.0/users/:user', 'see user'],
  ['GET', '/2.0/workspaces', 'see own workspaces, in the older form'],
  ['GET', '/2.0/workspaces/:workspace', 'see workspace'],
  ['GET', '/2.0/workspaces/:workspace/members', 'see members'],
  ['GET', '/2.0/workspaces/:workspace/members/:member', 'see members'],
  ['GET', '/2.0/workspaces/:workspace/projects', 'see projects'],
  ['GET', '/2.0/workspaces/:workspace/projects/:project', 'see project'],
  ['GET', '/2.0/repositories/:workspace', 'list'],
  ['GET', R, 'read'],
  ['DELETE', R, 'delete'],
  ['POST', R, 'create', json({ is_private: true })],
  ['PUT', R, 'update', { ...json({ description: 'Changed' }), otherwise: 'create' }],
  ['GET', `${R}/commits`, 'read'],
  ['POST', `${R}/commits`, 'read', reading],
  ['GET', `${R}/commits/*`, 'read'],
  ['POST', `${R}/commits/*`, 'read', reading],
  ['GET', `${R}/commit/*`, 'read'],
  ['GET', `${R}/commit/:commit/statuses`, 'read'],
  ['POST', `${R}/commit/:commit/statuses/build`, 'write statuses', status],
  ['GET', `${R}/commit/:commit/statuses/build/*`, 'read'],
  ['PUT', `${R}/commit/:commit/statuses/build/*`, 'write statuses', json({ state: 'STOPPED' })],
  ['GET', `${R}/commit/:commit/pullrequests`, 'read pull requests'],
  ['GET', `${R}/pullrequests`, 'read pull requests'],
  [
    'POST',
    `${R}/pullrequests`,
    'propose',
    json({ title: 'Again', source: { branch: { name: 'proposed' } } }),
  ],
  ['GET', `${R}/pullrequests/activity`, 'read pull requests'],
  ['GET', `${R}/pullrequests/:id/activity`, 'read pull requests'],
  ['GET', `${R}/pullrequests/:id`, 'read pull requests'],
  ['PUT', `${R}/pullrequests/:id`, 'propose', json({ title: 'Changed' })],
  ['POST', `${R}/pullrequests/:id/decline`, 'propose', json({ reason: 'Not now' })],
  ['POST', `${R}/pullrequests/:id/approve`, 'review'],
  ['DELETE', `${R}/pullrequests/:id/approve`, 'withdraw review', NOT_MINE],
  ['POST', `${R}/pullrequests/:id/request-changes`, 'review'],
  ['DELETE', `${R}/pullrequests/:id/request-changes`, 'withdraw review', NOT_MINE],
  ...['commits', 'diff', 'diffstat', 'patch', 'statuses'].map(
    (what): Line => ['GET', `${R}/pullrequests/:id/${what}`, 'read pull requests'],
  ),
  ['GET', `${R}/default-reviewers`, 'see default reviewers'],
  ['GET', `${R}/effective-default-reviewers`, 'see default reviewers'],
  ['GET', `${R}/default-reviewers/:user`, 'see default reviewers'],
  ['PUT', `${R}/default-reviewers/:user`, 'change default reviewers'],
  ['DELETE', `${R}/default-reviewers/:user`, 'change default reviewers'],
  ['GET', `${R}/downloads`, 'read'],
  ['POST', `${R}/downloads`, 'change downloads', download],
  ['GET', `${R}/downloads/:download`, 'read'],
  ['DELETE', `${R}/downloads/:download`, 'change downloads'],
  ['GET', `${R}/refs`, 'read'],
  ['GET', `${R}/refs/branches`, 'read'],
  ['GET', `${R}/refs/tags`, 'read'],
  // A branch that is there is made by nobody, and the main one stays: the gate comes first.
  ['POST', `${R}/refs/branches`, 'create branches', { ...json(madeOf('main')), reads: true }],
  ['POST', `${R}/refs/tags`, 'create tags', json(madeOf('v9'))],
  ['DELETE', `${R}/refs/branches/*`, 'push', { reads: true }],
  ['DELETE', `${R}/refs/tags/*`, 'delete tags'],
  ['GET', `${R}/refs/branches/*`, 'read'],
  ['GET', `${R}/refs/tags/*`, 'read'],
  ['GET', `${R}/src`, 'read'],
  ['POST', `${R}/src`, 'push', { type: 'application/x-www-form-urlencoded', body: 'made=by+the+matrix' }],
  ['GET', `${R}/src/*`, 'read'],
  ['GET', `${R}/diff/*`, 'read'],
  ['GET', `${R}/diffstat/*`, 'read'],
  ['GET', `${R}/patch/*`, 'read'],
  ['GET', `${R}/merge-base/*`, 'read'],
  ['GET', `${R}/filehistory/*`, 'read'],
  ['POST', `${P}/merge`, 'merge', json({ type: 'pullrequest', message: 'Merged by the matrix' })],
  // It was merged by nobody yet.
  [
    'GET',
    `${P}/merge/task-status/:task`,
    'read pull requests',
    { answers: [400], says: 'This is no merge of this pull request' },
  ],
  ['GET', `${P}/comments`, 'read pull requests'],
  ['POST', `${P}/comments`, 'comment on pull requests', said],
  ['GET', `${P}/comments/:comment`, 'read pull requests'],
  // What is there was written by somebody who is gone: nobody changes it, and admins delete it.
  ['PUT', `${P}/comments/:comment`, 'comment on pull requests', { ...said, ...foreign, reads: true }],
  ['DELETE', `${P}/comments/:comment`, 'comment on pull requests', foreign],
  ['POST', `${P}/comments/:comment/resolve`, 'comment on pull requests'],
  ['DELETE', `${P}/comments/:comment/resolve`, 'comment on pull requests'],
  ['GET', `${P}/tasks`, 'read pull requests'],
  ['POST', `${P}/tasks`, 'comment on pull requests', said],
  ['GET', `${P}/tasks/:task`, 'read pull requests'],
  ['PUT', `${P}/tasks/:task`, 'comment on pull requests', json({ state: 'RESOLVED' })],
  ['DELETE', `${P}/tasks/:task`, 'comment on pull requests', foreign],
  ['GET', `${R}/branch-restrictions`, 'see restrictions'],
  ['POST', `${R}/branch-restrictions`, 'change restrictions', restriction],
  ['GET', `${R}/branch-restrictions/:id`, 'see restrictions'],
  ['PUT', `${R}/branch-restrictions/:id`, 'change restrictions', json({ pattern: 'other' })],
  ['DELETE', `${R}/branch-restrictions/:id`, 'change restrictions'],
  ['GET', `${R}/override-settings`, 'update'],
  ['PUT', `${R}/override-settings`, 'update', { ...json({ branching_model: true }), reads: true }],
  ['GET', `${R}/deploy-keys`, 'see access keys'],
  ['POST', `${R}/deploy-keys`, 'administer repository', json({ key: 'ssh-ed25519 AAAA' })],
  ['GET', `${R}/deploy-keys/:id`, 'see access keys'],
  ['PUT', `${R}/deploy-keys/:id`, 'administer repository', json({ label: 'other' })],
  ['DELETE', `${R}/deploy-keys/:id`, 'remove access keys'],
  ['GET', `${R}/hooks`, 'see webhooks'],
  ['POST', `${R}/hooks`, 'change webhooks', webhook],
  ['GET', `${R}/hooks/:uid`, 'see webhooks'],
  ['PUT', `${R}/hooks/:uid`, 'change webhooks', json({ active: false })],
  ['DELETE', `${R}/hooks/:uid`, 'delete webhooks'],
  ['GET', '/2.0/hook_events', 'anything'],
  ['GET', '/2.0/hook_events/:subject', 'anything'],
  ['GET', PROJECT_KEYS, 'see project keys'],
  ['POST', PROJECT_KEYS, 'own workspace', json({ key: 'ssh-ed25519 AAAA' })],
  ['GET', `${PROJECT_KEYS}/:id`, 'see project keys'],
  ['DELETE', `${PROJECT_KEYS}/:id`, 'remove project keys'],
  ['GET', SSH_KEYS, 'see SSH keys'],
  ['POST', SSH_KEYS, 'add SSH keys', json({ key: 'ssh-ed25519 AAAA' })],
  ['GET', `${SSH_KEYS}/:key`, 'see SSH keys'],
  ['PUT', `${SSH_KEYS}/:key`, 'add SSH keys', json({ label: 'other' })],
  ['DELETE', `${SSH_KEYS}/:key`, 'remove SSH keys'],
  ['GET', '/2.0/latchkey/credentials/self', 'know itself'],
  ['POST', DERIVED, 'derive', json({ label: 'made', scopes: ['repository'] })],
  ['GET', DERIVED, 'derive'],
  ['DELETE', `${DERIVED}/:id`, 'derive', { answers: [404] }],
  ['GET', '/2.0/openapi.json', 'anything'],
  ['GET', '/2.0', 'anything'],
  ['GET', '/2.0/avatars/:name', 'anything'],
  ['GET', '/2.0/repositories', 'anything', { answers: [410] }],
  ['GET', '/2.0/user/permissions/repositories', 'anything', { answers: [410] }],
  ['GET', '/2.0/user/permissions/workspaces', 'anything', { answers: [410] }],
  ['OPTIONS', '/2.0', 'anything', { reads: true }],
  ['OPTIONS', '/2.0/*', 'anything', { reads: true }],
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map(
    (method): Line => [method, '/2.0/*', 'anything', { answers: [404], reads: true }],
  ),
];

const form = (fields: Record<string, string>) => ({
  type: 'application/x-www-form-urlencoded',
  body: new URLSearchParams(fields).toString(),
});

/** A public consumer says who it is in the body, a private one by its header, and here again. */
const speak = (fields: Record<string, string>) => form({ ...fields, client_id: '{client}' });
const oauth: readonly Line[] = [
  [
    'POST',
    '/site/oauth2/access_token',
    'speak OAuth',
    { ...speak({ grant_type: 'authorization_code', code: 'none' }), reads: true },
  ],
  ['POST', '/site/oauth2/device_authorization', 'speak OAuth', speak({ scope: 'repository' })],
  ['POST', '/site/oauth2/revoke', 'speak OAuth', { ...speak({ token: 'none' }), reads: true }],
  ['POST', '/site/oauth2/introspect', 'introspect', { ...speak({ token: 'none' }), reads: true }],
  ['GET', '/.well-known/oauth-authorization-server', 'anything'],
  ['GET', '/.well-known/oauth-protected-resource', 'anything'],
];

/** A CI system that is registered, and keys that one could be registered with. */
export const CI_ISSUER = 'https://ci.example.org';
export const CI_KEYS = JSON.stringify({ keys: [{ kty: 'RSA', kid: 'one', n: 'AQAB', e: 'AQAB' }] });

const S = '/:workspace/:repository/settings';
const TP = `${S}/trust-policies`;
const W = '/:workspace/-';
const A = '/account/settings/access';
const K = '/account/settings/ssh-keys';
const PULLS = `${PLAIN}/pull-requests`;
const PULL = `${PULLS}/:number`;
/** What is there was said by somebody who is gone. */
const notYours = { answers: [403], says: 'Somebody else ' } as const;
const PK = `${W}/projects/:project/access-keys`;
const T = '/account/settings/two-step';

/** A page, and the form on it. */
const page = (url: string, rule: RuleName, fields: Record<string, string>): Line[] => [
  ['GET', url, rule],
  ['POST', url, rule, form(fields)],
];

/** The access tokens of something. */
const tokenPages = (url: string, lookAfter: RuleName, administer: RuleName): Line[] => [
  ['GET', url, lookAfter],
  ...page(`${url}/new`, administer, {
    label: 'made',
    scopes: 'repository',
    form_token: 'B'.repeat(22),
    expires: '2026-12-24',
  }),
  ['GET', `${url}/:id`, lookAfter],
  ['GET', `${url}/:id/derived`, lookAfter],
  ...page(`${url}/:id/narrow`, lookAfter, { from: '192.0.2.0/24', confirmed: 'yes' }),
  ...page(`${url}/:id/pause`, lookAfter, {}),
  ...page(`${url}/:id/resume`, administer, {}),
  ...page(`${url}/:id/replace`, administer, {
    overlap_days: '7',
    form_token: 'F'.repeat(22),
    expires: '2026-12-24',
  }),
  ...page(`${url}/:id/revoke`, lookAfter, {}),
  ['GET', `${url}/:id/explain`, lookAfter],
];

const web: readonly Line[] = [
  ['GET', '/-/assets/:digest/:name', 'anything'],
  ['GET', '/favicon.ico', 'anything'],
  ['GET', '/robots.txt', 'anything'],
  ['GET', '/-/health', 'anything'],
  ['POST', '/-/theme', 'anything', { ...form({ theme: 'dark' }), reads: true }],
  ...page('/login', 'sign in', { name: 'ada', password: '{password}' }),
  ...page('/login/second-step', 'sign in', { code: '123456' }),
  ...page('/login/forgotten', 'sign in', { name: 'ada' }),
  ...page('/login/new-password', 'sign in', {
    next: 'another password',
    again: 'another password',
  }),
  ...page('/login/passkey', 'sign in', { passkey: '{}' }),
  ['POST', '/-/sign-out', 'end session', form({})],
  ['GET', '/', 'search'],
  ['GET', '/search', 'search'],
  ...page('/account/password', 'change password', {
    current: '{password}',
    next: 'another long password',
    again: 'another long password',
  }),
  ...page('/account/confirm', 'confirm', { password: '{password}' }),
  ['GET', '/account/settings', 'see account'],
  [
    'POST',
    '/account/settings',
    'change profile',
    form({ display_name: 'Changed', email: '{person}@example.net' }),
  ],
  ['GET', T, 'see protection'],
  ['POST', `${T}/app/new`, 'change protection', form({})],
  ...page(`${T}/app`, 'change protection', { code: '123456' }),
  ...page(`${T}/app/remove`, 'change protection', {}),
  ...page(`${T}/passkeys/new`, 'change protection', { name: 'made', passkey: '{}' }),
  ...page(`${T}/passkeys/:passkey/name`, 'change protection', { name: 'changed' }),
  ...page(`${T}/passkeys/:passkey/remove`, 'change protection', {}),
  ...page(`${T}/recovery-codes`, 'change protection', {}),
  ['POST', `${T}/recovery-codes/download`, 'change protection', { ...form({ codes: 'none' }), reads: true }],
  ...page(`${T}/off`, 'change protection', {}),
  ['GET', '/account/settings/sessions', 'see own keys'],
  ['POST', '/account/settings/sessions/end-others', 'end session', form({})],
  ['POST', '/account/settings/sessions/:session/end', 'end session', form({})],
  ...[
    ['/account/settings/app-passwords', 'repository'] as const,
    ['/account/settings/api-tokens', 'read:repository:bitbucket'] as const,
  ].flatMap(([at, scopes]): Line[] => [
    ['GET', at, 'see own keys'],
    ...page(`${at}/new`, 'make own keys', { label: 'made', scopes, form_token: 'A'.repeat(22) }),
    ['GET', `${at}/:id`, 'see own keys'],
    ['GET', `${at}/:id/derived`, 'see own keys'],
    ...page(`${at}/:id/narrow`, 'see own keys', { from: '192.0.2.0/24', confirmed: 'yes' }),
    ...page(`${at}/:id/pause`, 'see own keys', {}),
    ...page(`${at}/:id/resume`, 'make own keys', {}),
    ...page(`${at}/:id/replace`, 'make own keys', { overlap_days: '7', form_token: 'E'.repeat(22) }),
    ...page(`${at}/:id/revoke`, 'see own keys', {}),
    ['GET', `${at}/:id/explain`, 'see own keys'],
  ]),
  // RFC 6749 §3.1: without a client there is nobody to be sent back to.
  ['GET', '/site/oauth2/authorize', 'make own keys'],
  ['POST', '/site/oauth2/authorize', 'make own keys', { ...form({ scopes: 'repository' }), reads: true }],
  ['POST', '/site/oauth2/authorize/deny', 'see own keys', { ...form({}), reads: true }],
  ['GET', '/site/oauth2/device', 'make own keys'],
  ['POST', '/site/oauth2/device', 'make own keys', { ...form({ user_code: '{device}' }), reads: true }],
  ...page('/site/oauth2/device/:device', 'make own keys', { scopes: 'repository' }),
  ['POST', '/site/oauth2/device/:device/deny', 'see own keys', form({})],
  ['GET', '/account/settings/applications', 'see own keys'],
  ['GET', '/account/settings/applications/:application', 'see own keys'],
  ...page('/account/settings/applications/:application/revoke', 'see own keys', {}),
  ['GET', A, 'see own keys'],
  ...page(`${A}/:id/revoke`, 'see own keys', {}),
  ['GET', K, 'see own keys'],
  ...page(`${K}/new`, 'make own keys', { key: 'ssh-ed25519 AAAA' }),
  ['GET', `${K}/:id`, 'see own keys'],
  ...page(`${K}/:id/pause`, 'see own keys', {}),
  ...page(`${K}/:id/resume`, 'make own keys', {}),
  ...page(`${K}/:id/revoke`, 'see own keys', {}),
  ['GET', '/-/admin/users', 'see accounts'],
  ...page('/-/admin/users/new', 'manage accounts', { username: 'made', email: 'made@example.org' }),
  ...page('/-/admin/users/:user/disable', 'manage account of another', {}),
  ...page('/-/admin/users/:user/enable', 'manage account of another', {}),
  ...page('/-/admin/users/:user/reset-two-step', 'manage account of another', {}),
  ['GET', '/-/admin/issuers', 'see accounts'],
  ...page('/-/admin/issuers/new', 'manage accounts', {
    issuer: 'https://made.example.org',
    immutable: 'repository_id',
    keys: CI_KEYS,
  }),
  ...page('/-/admin/issuers/:issuer/keys', 'manage accounts', { keys: CI_KEYS }),
  ...page('/-/admin/issuers/:issuer/remove', 'manage accounts', {}),
  ...page('/-/admin/policy', 'manage accounts', { requires_two_step: 'on' }),
  ...page('/-/new-workspace', 'found workspace', { slug: 'made' }),
  ['GET', '/:workspace', 'list'],
  ...page(`${W}/new-repository`, 'create', { name: 'made' }),
  ['GET', `${W}/members`, 'see members'],
  ['POST', `${W}/members`, 'own workspace', form({ user: 'rita', membership: 'member' })],
  ...page(`${W}/members/:user/remove`, 'own workspace', {}),
  ['GET', `${W}/groups`, 'see groups'],
  ['POST', `${W}/groups`, 'own workspace', form({ name: 'made' })],
  ['GET', `${W}/groups/:group`, 'see groups'],
  ['GET', `${W}/groups/:group/add`, 'see groups'],
  ['POST', `${W}/groups/:group/add`, 'own workspace', form({ user: 'ada' })],
  ['GET', `${W}/groups/:group/remove`, 'own workspace', { query: 'user=hal' }],
  ['POST', `${W}/groups/:group/remove`, 'own workspace', form({ user: 'hal' })],
  ...page(`${W}/groups/:group/delete`, 'own workspace', {}),
  ['GET', `${W}/projects`, 'see projects'],
  ['POST', `${W}/projects`, 'look after workspace', form({ key: 'MADE', name: 'Made' })],
  ['GET', PK, 'see project keys'],
  ...page(`${PK}/new`, 'own workspace', { key: 'ssh-ed25519 AAAA' }),
  ['GET', `${PK}/:key`, 'see project keys'],
  ['GET', `${PK}/:key/remove`, 'see project keys'],
  ['POST', `${PK}/:key/remove`, 'remove project keys', form({ from: 'here' })],
  ...tokenPages(`${W}/projects/:project/access-tokens`, 'look after workspace', 'own workspace'),
  ...tokenPages(`${W}/access-tokens`, 'look after workspace', 'own workspace'),
  ['GET', `${W}/access`, 'look after workspace'],
  ...page(`${W}/settings`, 'own workspace', { name: 'Changed' }),
  ...page(`${W}/deleted`, 'restore', { repository: '{deleted}' }),
  ['GET', `${W}/oauth-consumers`, 'look after workspace'],
  ...page(`${W}/oauth-consumers/new`, 'own workspace', {
    name: 'Made',
    scopes: 'repository',
    form_token: 'C'.repeat(22),
  }),
  ['GET', `${W}/oauth-consumers/:consumer`, 'look after workspace'],
  ['POST', `${W}/oauth-consumers/:consumer`, 'own workspace', form({ name: 'x', scopes: 'account' })],
  ['GET', `${W}/oauth-consumers/:consumer/secret`, 'look after workspace'],
  [
    'POST',
    `${W}/oauth-consumers/:consumer/secret`,
    'own workspace',
    form({ form_token: 'D'.repeat(22), overlap_days: '1' }),
  ],
  ...page(`${W}/oauth-consumers/:consumer/delete`, 'look after workspace', {}),
  // Clone addresses, opened in a browser: sent on to the pages whatever is there.
  ['GET', DOT_GIT, 'anything'],
  ['GET', `${DOT_GIT}/wiki`, 'anything'],
  ['GET', PLAIN, 'read'],
  ['GET', `${PLAIN}/src`, 'read'],
  ['GET', `${PLAIN}/src/*`, 'read'],
  ['GET', `${PLAIN}/raw/*`, 'read'],
  ['GET', `${PLAIN}/get/*`, 'read', { asker: 'browser' }],
  ['GET', `${PLAIN}/commits`, 'read'],
  ['GET', `${PLAIN}/commits/*`, 'read'],
  ['GET', `${PLAIN}/commit/:commit`, 'read'],
  ['GET', `${PLAIN}/commit/:commit/diff`, 'read'],
  ['GET', `${PLAIN}/branches`, 'read'],
  ['GET', `${PLAIN}/tags`, 'read'],
  ['GET', PULLS, 'read pull requests'],
  ...page(`${PULLS}/new`, 'propose', { title: 'Again', source: 'proposed', destination: 'main' }),
  ...['', '/commits', '/files', '/diff', '/comments/:comment'].map(
    (below): Line => ['GET', `${PULL}${below}`, 'read pull requests'],
  ),
  ...page(`${PULL}/comments/new`, 'comment on pull requests', { content: 'Said by the matrix' }),
  ['GET', `${PULL}/comments/:comment/change`, 'comment on pull requests'],
  [
    'POST',
    `${PULL}/comments/:comment/change`,
    'comment on pull requests',
    { ...form({ content: 'Said otherwise' }), ...notYours, reads: true },
  ],
  ['GET', `${PULL}/comments/:comment/delete`, 'comment on pull requests'],
  ['POST', `${PULL}/comments/:comment/delete`, 'comment on pull requests', { ...form({}), ...notYours }],
  ['POST', `${PULL}/comments/:comment/resolve`, 'comment on pull requests', form({})],
  ['POST', `${PULL}/comments/:comment/reopen`, 'comment on pull requests', form({})],
  ...page(`${PULL}/tasks/new`, 'comment on pull requests', { content: 'To do' }),
  ['GET', `${PULL}/tasks/:task/change`, 'comment on pull requests'],
  [
    'POST',
    `${PULL}/tasks/:task/change`,
    'comment on pull requests',
    { ...form({ content: 'To do otherwise' }), ...notYours },
  ],
  ['GET', `${PULL}/tasks/:task/delete`, 'comment on pull requests'],
  ['POST', `${PULL}/tasks/:task/delete`, 'comment on pull requests', { ...form({}), ...notYours }],
  ['POST', `${PULL}/tasks/:task/resolve`, 'comment on pull requests', form({})],
  // It is to be done already.
  ['POST', `${PULL}/tasks/:task/reopen`, 'comment on pull requests', { ...form({}), reads: true }],
  ...['approve', 'request-changes'].flatMap((what): Line[] => [
    ['POST', `${PULL}/${what}`, 'review', form({})],
    // Nobody here has reviewed it.
    ['POST', `${PULL}/${what}/take-back`, 'withdraw review', { ...form({}), reads: true }],
  ]),
  ...page(`${PULL}/change`, 'propose', { title: 'Changed', destination: 'main' }),
  ...page(`${PULL}/decline`, 'propose', { reason: 'Not now' }),
  ...page(`${PULL}/merge`, 'merge', { merge_strategy: 'merge_commit', message: '' }),
  ['GET', `${PLAIN}/downloads`, 'read'],
  ['POST', `${PLAIN}/downloads`, 'change downloads', download],
  ['GET', `${PLAIN}/downloads/:download`, 'read', { asker: 'browser' }],
  ...page(`${PLAIN}/downloads/:download/delete`, 'change downloads', {}),
  ['GET', `${PLAIN}/wiki`, 'read wiki'],
  ['GET', `${PLAIN}/wiki/*`, 'read wiki'],
  ['GET', `${PLAIN}/wiki-raw/*`, 'read wiki'],
  ...page(S, 'update', {
    name: 'Changed',
    slug: '{slug}',
    visibility: 'private',
    mainbranch: 'main',
    project: 'MAIN',
    project_was: 'MAIN',
  }),
  ['GET', `${S}/access`, 'look after repository'],
  ['POST', `${S}/access`, 'administer repository', form({ user: 'rita', role: 'write' })],
  ['GET', `${S}/access/revoke`, 'look after repository', { query: 'holder=hal' }],
  ['POST', `${S}/access/revoke`, 'administer repository', form({ holder: 'hal' })],
  ...tokenPages(`${S}/access-tokens`, 'look after repository', 'administer repository'),
  ['GET', TP, 'look after repository'],
  ...page(`${TP}/new`, 'administer repository', {
    label: 'made',
    scopes: 'repository',
    issuer: CI_ISSUER,
    conditions: 'repository_id=42',
    lifetime: '15',
    form_token: 'H'.repeat(22),
    expires: '2026-12-24',
  }),
  ['GET', `${TP}/test`, 'look after repository'],
  ['POST', `${TP}/test`, 'look after repository', { ...form({ token: '{}' }), reads: true }],
  ['GET', `${TP}/:id`, 'look after repository'],
  ...page(`${TP}/:id/narrow`, 'look after repository', { from: '192.0.2.0/24', confirmed: 'yes' }),
  ...page(`${TP}/:id/pause`, 'look after repository', {}),
  ...page(`${TP}/:id/resume`, 'administer repository', {}),
  ...page(`${TP}/:id/revoke`, 'look after repository', {}),
  ...page(`${TP}/:id/tokens/:token/revoke`, 'look after repository', {}),
  ['GET', `${S}/overview`, 'look after repository'],
  ['GET', `${S}/access-keys`, 'see access keys'],
  ...page(`${S}/access-keys/new`, 'administer repository', { key: 'ssh-ed25519 AAAA' }),
  ['GET', `${S}/access-keys/:key`, 'see access keys'],
  ['GET', `${S}/access-keys/:key/remove`, 'see access keys'],
  ['POST', `${S}/access-keys/:key/remove`, 'remove access keys', form({ from: 'here' })],
  ['GET', `${S}/branch-restrictions`, 'see restrictions'],
  ['POST', `${S}/branch-restrictions`, 'change restrictions', form({ kind: 'delete', pattern: 'kept' })],
  ['GET', `${S}/branch-restrictions/:restriction`, 'see restrictions'],
  ['GET', `${S}/branch-restrictions/:restriction/remove`, 'see restrictions'],
  ['POST', `${S}/branch-restrictions/:restriction/remove`, 'change restrictions', form({})],
  ['GET', `${S}/default-reviewers`, 'change default reviewers'],
  // Nobody is called so, and nobody here is one.
  [
    'POST',
    `${S}/default-reviewers`,
    'change default reviewers',
    { ...form({ user: 'nobody' }), reads: true },
  ],
  [
    'POST',
    `${S}/default-reviewers/:user/remove`,
    'change default reviewers',
    { ...form({}), answers: [404], says: 'no default reviewer', reads: true },
  ],
  ['GET', `${S}/webhooks`, 'see webhooks'],
  ...page(`${S}/webhooks/new`, 'change webhooks', {
    url: 'https://ci.example.org/made',
    events: 'repo:push',
    active: 'on',
    secret: '',
  }),
  ['GET', `${S}/webhooks/:webhook`, 'see webhooks'],
  ...page(`${S}/webhooks/:webhook/change`, 'change webhooks', {
    url: 'https://ci.example.org/changed',
    events: 'repo:push',
    secret: '',
  }),
  ['POST', `${S}/webhooks/:webhook/test`, 'change webhooks', form({})],
  ['GET', `${S}/webhooks/:webhook/remove`, 'see webhooks'],
  ['POST', `${S}/webhooks/:webhook/remove`, 'delete webhooks', form({})],
  ['GET', `${S}/who-can`, 'look after repository'],
  ['GET', `${S}/transfer`, 'look after repository'],
  ...page(`${S}/transfer/:destination`, 'transfer', {}),
  ...page(`${S}/delete`, 'delete', { name: '{slug}' }),
];

const rowsOf = (door: Row['door'], lines: readonly Line[]): Row[] =>
  lines.map(([method, url, rule, more]) => ({ door, method, url, rule, ...more }));

const withHead = (rows: readonly Row[]): Row[] =>
  rows.flatMap((row) => (row.method === 'GET' ? [row, { ...row, method: 'HEAD' }] : [row]));

export const ROWS: readonly Row[] = [
  ...rowsOf('git', git),
  ...withHead(rowsOf('rest', rest)),
  ...withHead(rowsOf('oauth', oauth)),
  ...withHead(rowsOf('web', web)),
];

const nameOf = ({ method, url }: { readonly method: string; readonly url: string }) => `${method} ${url}`;

/** The name of a row, as reports give it. */
export const rowName = (row: Row): string =>
  `${nameOf(row)}${row.query === undefined ? '' : `?${row.query}`}`;

/**
 * What is wrong between the routes that are served and the rows here, as sentences: a route without a row, or a row
 * without a route. Empty when every route has exactly one.
 */
export function rowProblems(served: readonly { readonly method: string; readonly url: string }[]): string[] {
  const count = (list: readonly { readonly method: string; readonly url: string }[]) => {
    const counts = new Map<string, number>();
    for (const each of list) counts.set(nameOf(each), (counts.get(nameOf(each)) ?? 0) + 1);
    return counts;
  };
  const [routes, rows] = [count(served), count(ROWS)];
  return [...new Set([...routes.keys(), ...rows.keys()])].flatMap((name) => {
    const [served = 0, written = 0] = [routes.get(name), rows.get(name)];
    if (served > written) return [`${name} is served and has no row in test/matrix/routes.ts.`];
    return served < written ? [`${name} has a row and is not served.`] : [];
  });
}
