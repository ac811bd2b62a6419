import { request as httpRequest } from 'node:http';
import { assets } from '../../src/doors/web/assets.ts';
import { credentialKey, type Caller } from './callers.ts';
import type { Cell } from './cells.ts';
import { founderOf } from './lay.ts';
import type { Verdict } from './oracle.ts';
import { DOWNLOAD, LFS_OID } from './routes.ts';
import { PASSWORD, PUBLIC_URL, type Made, type World } from './world.ts';

/** A question of the matrix as it goes over the wire. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly body: string;
}

/** What stands where a route has `*`, by what stands before it. */
const REST_OF_PATH: readonly (readonly [before: string, value: string])[] = [
  ['/statuses/build/', 'ci/kept'],
  ['/info/lfs/', 'nothing'],
  ['/info/', 'nothing'],
  ['/refs/tags/', 'v1'],
  ['/raw/', 'main/README.md'],
  ['/src/', 'main/README.md'],
  ['/get/', 'main.zip'],
  // In nothing, so that no Git is started for each question.
  ['/diff/', 'main..main'],
  ['/diffstat/', 'main..main'],
  ['/patch/', 'main..main'],
  ['/merge-base/', 'main..main'],
  ['/filehistory/', 'main/README.md'],
  ['/wiki-raw/', 'Home.md'],
  ['/wiki/', 'Home'],
  ['/commits/', 'main'],
  ['/commit/', 'main'],
  ['/refs/branches/', 'main'],
  ['\\.git$)/', 'objects/info/packs'],
  ['/2.0/', 'there/is/nothing'],
];

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function requestOf({ row, caller, target }: Cell, made: Made): Asked {
  const [workspace = target.workspace ?? 'acme', slug = 'made'] = target.repository?.split('/') ?? [];
  const path = target.repository ?? '';
  const person = caller.holder.type === 'person' ? caller.holder.name : 'ada';
  const of = (ids: Readonly<Record<string, string>>, name: string) => ids[name] ?? ids['acme/app'] ?? '';
  const [, digest = '', file = ''] = /^\/-\/assets\/([^/]+)\/(.+)$/.exec(assets.style.url) ?? [];
  const isReopened =
    (row.method === 'DELETE' && row.url.endsWith('/resolve')) ||
    row.url.endsWith('/comments/:comment/reopen');
  const isAsset = row.url.startsWith('/-/assets/');
  const values: Readonly<Record<string, string>> = {
    ':workspace': workspace,
    ':repository(^[^/]+\\.git$)': `${slug}.git`,
    ':repository': slug,
    ':destination': target.destination ?? '',
    ':email': `${person}@example.org`,
    ':member': `{${made.accounts['hal'] ?? ''}}`,
    ':restriction': of(made.restriction, path),
    ':session': made.sessions[person]?.other ?? '',
    ':device': made.lookedAt.devices[person]?.id ?? 'none',
    ':application': made.lookedAt.application,
    ':consumer': made.lookedAt.consumers[workspace] ?? 'none',
    ':id': idIn(row.url, made, { person, path, workspace }),
    ':digest': digest,
    ':name': isAsset ? file : 'a',
    ':user': isReviewer(row.url)
      ? founderOf(workspace)
      : userIn(row.url, target.account === 'themselves' ? person : (target.account ?? 'hal'), made),
    ':project': 'MAIN',
    ':key': row.url.startsWith('/2.0/')
      ? (made.sshKey[person]?.uuid ?? '')
      : idIn(row.url, made, { person, path, workspace }),
    ':passkey': made.passkeys[person] ?? '',
    ':group': 'crew',
    ':commit': made.tip,
    ':number': made.proposed.pullRequest,
    ':comment': of(made.proposed[isReopened ? 'resolvedComment' : 'comment'], path),
    ':task': of(made.proposed.task, path),
    ':oid': LFS_OID,
    ':lock': 'none',
    ':download': DOWNLOAD,
    ':uid': of(made.webhook, path),
    ':webhook': of(made.webhook, path),
    ':subject': 'repository',
    ':issuer': made.federated.issuer,
    ':token': of(made.federated.jobToken, path),
  };
  let url = row.url;
  for (const [name, value] of Object.entries(values)) {
    const written = name === ':member' ? encodeURIComponent(value) : value;
    url = url.replace(name, () => written);
  }
  const rest = REST_OF_PATH.find(([before]) => row.url.endsWith(`${before}*`))?.[1] ?? '';
  url = url.replace('*', () => rest) + (row.query === undefined ? '' : `?${row.query}`);
  const body = row.body
    ?.replace('%7Bpassword%7D', () => encodeURIComponent(PASSWORD))
    .replace('%7Bperson%7D', () => person)
    .replace('%7Bdevice%7D', () => made.lookedAt.devices[person]?.code ?? '')
    .replace('%7Bclient%7D', () =>
      caller.secret === 'consumer secret'
        ? (made.clients.get(credentialKey(caller)) ?? '')
        : made.publicClient,
    )
    .replace('%7Bslug%7D', () => slug)
    .replace('%7Bdeleted%7D', () => encodeURIComponent(`{${of(made.deleted, workspace)}}`));
  const { headers, query } = presentation(caller, made);
  return {
    method: row.method,
    url: query === undefined ? url : `${url}${url.includes('?') ? '&' : '?'}access_token=${query}`,
    headers: {
      host: 'localhost:7990',
      ...(row.type !== undefined && { 'content-type': row.type }),
      // As a browser says it of a form on a page of the same host.
      ...(row.door === 'web' && !SAFE.has(row.method) && { origin: PUBLIC_URL }),
      ...headers,
    },
    body,
  };
}

/** Each repository has whoever founded its workspace as its default reviewer. */
const isReviewer = (url: string): boolean => url.startsWith('/2.0/') && url.includes('/default-reviewers/');

/** Users are looked up by id alone, and everywhere else by any name that they have. */
function userIn(url: string, name: string, made: Made): string {
  const id = made.accounts[name];
  return url === '/2.0/users/:user' && id !== undefined ? `{${id}}` : name;
}

/** What `:id` stands for, by the list that it is in. */
function idIn(
  url: string,
  made: Made,
  { person, path, workspace }: { readonly person: string; readonly path: string; readonly workspace: string },
): string {
  const of = (ids: Readonly<Record<string, string>>, name: string) => ids[name] ?? ids['acme/app'] ?? '';
  const isResumed = url.endsWith('/resume');
  if (url.includes('/pullrequests/')) return made.proposed.pullRequest;
  if (url.includes('/branch-restrictions/')) return of(made.restriction, path);
  if (url.includes('/app-passwords/') || url.includes('/settings/access/'))
    return (isResumed ? made.paused : made).appPassword[person] ?? '';
  if (url.includes('/api-tokens/')) return (isResumed ? made.paused : made).apiToken[person] ?? '';
  if (url.includes('/settings/ssh-keys/'))
    return (isResumed ? made.paused.sshKey[person] : made.sshKey[person]?.id) ?? '';
  if (url.includes('/projects/:project/access-tokens/'))
    return (isResumed ? made.paused : made).projectToken[workspace] ?? 'none';
  if (url.includes('/-/access-tokens/'))
    return (isResumed ? made.paused : made).workspaceToken[workspace] ?? 'none';
  if (url.includes('/projects/')) return made.projectKey[workspace] ?? '1';
  if (url.includes('/deploy-keys/') || url.includes('/access-keys/')) return of(made.accessKey, path);
  if (url.includes('/trust-policies/'))
    return of(made.federated[isResumed ? 'pausedPolicy' : 'trustPolicy'], path);
  return of((isResumed ? made.paused : made).accessToken, path);
}

const basic = (user: string, secret: string) =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

function presentation(
  caller: Caller,
  made: Made,
): { readonly headers: Record<string, string>; readonly query?: string } {
  const name = caller.holder.type === 'person' ? caller.holder.name : 'x-token-auth';
  if (caller.secret === 'session') {
    const token = caller.state === 'ended' ? made.endedSession : (made.sessions[name]?.token ?? '');
    return { headers: { cookie: `__Host-latchkey=${token}` } };
  }
  const secret =
    caller.secret === 'account password' ? PASSWORD : (made.secrets.get(credentialKey(caller)) ?? '');
  switch (caller.way) {
    case 'basic, own name':
      return { headers: { authorization: basic(name, secret) } };
    case 'basic, other name':
      return { headers: { authorization: basic('wes', secret) } };
    case 'basic, client id': {
      const client = made.clients.get(credentialKey(caller)) ?? made.publicClient;
      return { headers: { authorization: basic(client, secret) } };
    }
    case 'basic, e-mail':
      return { headers: { authorization: basic(`${name}@EXAMPLE.org`, secret) } };
    case 'basic, other e-mail':
      return { headers: { authorization: basic('wes@example.org', secret) } };
    case 'basic, x-bitbucket-api-token-auth':
      return { headers: { authorization: basic('x-bitbucket-api-token-auth', secret) } };
    case 'basic, x-token-auth':
      return { headers: { authorization: basic('x-token-auth', secret) } };
    case 'basic, as user name':
      return { headers: { authorization: basic(secret, 'x-oauth-basic') } };
    case 'bearer':
      return { headers: { authorization: `Bearer ${secret}` } };
    case 'secret as cookie':
      return { headers: { cookie: `__Host-latchkey=${secret}` } };
    case 'secret in query':
      return { headers: {}, query: secret };
    case 'nothing':
    case 'session cookie':
      return { headers: {} };
  }
}

/** Git over a real connection, since its bodies are streams; everything else as it comes out of the router. */
export async function ask(world: World, asked: Asked, door: string): Promise<Answered> {
  const { method, url, headers, body } = asked;
  if (door === 'git') return overTheWire(world.port, asked);
  const response = await world.app.inject({
    method: method as 'GET',
    url,
    headers,
    ...(body !== undefined && { payload: body }),
  });
  return { status: response.statusCode, headers: response.headers, body: response.body };
}

function overTheWire(port: number, { method, url, headers, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path: url, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('latin1'),
        }),
      );
    });
    request.once('error', reject);
    request.end(body);
  });
}

/** What an answer says, in the words of the oracle. */
export function heard({ row }: Cell, { status, headers, body }: Answered): Verdict | `${number}` {
  if (status >= 500 && !row.answers?.includes(status)) return `${status}` as `${number}`;
  // A client that is known, and may not (RFC 6749 §5.2), hears so with 400.
  if (row.door === 'oauth' && status === 400) {
    if (row.method === 'HEAD' || body.includes('"unauthorized_client"')) return '403';
  }
  if (row.answers?.includes(status) && body.includes(row.says ?? '')) return 'allowed';
  const notices = [headers['set-cookie']].flat().join(' ');
  if (
    notices.includes('latchkey-notice=sign-in-needed') ||
    (status === 403 && body.includes('action="/login"'))
  )
    return 'sign in';
  if (notices.includes('latchkey-notice=password-change-needed') && !row.url.startsWith('/login'))
    return 'change password';
  const location = String(headers['location'] ?? '');
  if (
    location.startsWith('/account/confirm?') ||
    (status === 403 && body.includes('action="/account/confirm"'))
  )
    return 'confirm';
  return status === 401 || status === 403 || status === 404 ? `${status}` : 'allowed';
}
