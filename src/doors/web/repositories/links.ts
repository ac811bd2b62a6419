import type { ArchiveFormat } from '../../../acts/source/archive.ts';
import type { CredentialKind } from '../../../gate/index.ts';
import { repositoryPath } from '../places.ts';

/** What a link to a repository is made of; the facts of a grant and a repository both fit. */
export interface Named {
  readonly slug: string;
  readonly workspace: { readonly slug: string };
}

const encodePath = (path: string): string => path.toWellFormed().split('/').map(encodeURIComponent).join('/');

const query = (values: Readonly<Record<string, string | number | undefined>>): string => {
  const written = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== '' && value !== 1)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return written.length === 0 ? '' : `?${written.join('&')}`;
};

/** Whether an address can carry this path: what the server refuses in addresses gets no link. */
export const isLinkable = (path: string): boolean =>
  !/[\p{Cc}\\\ufffd]/u.test(path) &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** Every address below one repository. Names are encoded here and nowhere else; page 1 is left out of addresses. */
export function linksOf(repository: Named) {
  const at = (below: string) => repositoryPath(repository, below);
  const under = (place: string, revision: string, path: string) =>
    at(`/${place}/${encodePath(revision)}${path === '' ? '' : `/${encodePath(path)}`}`);
  return {
    home: at(''),
    source: (revision: string, path = '', page = 1) => under('src', revision, path) + query({ page }),
    /** The text of a file that is otherwise laid out. */
    plainSource: (revision: string, path: string) => `${under('src', revision, path)}?view=source`,
    raw: (revision: string, path: string) => under('raw', revision, path),
    archive: (revision: string, format: ArchiveFormat) => at(`/get/${encodePath(revision)}.${format}`),
    commits: (revision = '', path = '', page = 1) =>
      at(`/commits${revision === '' ? '' : `/${encodePath(revision)}`}`) + query({ path, page }),
    commit: (id: string) => at(`/commit/${id}`),
    diff: (id: string) => at(`/commit/${id}/diff`),
    branches: (page = 1, part = '') => at('/branches') + query({ q: part, page }),
    tags: (page = 1, part = '') => at('/tags') + query({ q: part, page }),
    pullRequests: (state = '', page = 1) => at('/pull-requests') + query({ state, page }),
    /** With the branches that are already chosen. */
    newPullRequest: (source = '', destination = '') =>
      at('/pull-requests/new') + query({ source, destination }),
    pullRequest: (number: number, below = '') => at(`/pull-requests/${number}${below}`),
    downloads: (page = 1) => at('/downloads') + query({ page }),
    download: (name: string) => at(`/downloads/${encodeURIComponent(name)}`),
    deleteDownload: (name: string) => at(`/downloads/${encodeURIComponent(name)}/delete`),
    wiki: at('/wiki'),
    wikiPage: (name: string) => at(`/wiki/${encodePath(name)}`),
    wikiRaw: (path: string) => at(`/wiki-raw/${encodePath(path)}`),
    settings: at('/settings'),
    access: at('/settings/access'),
    revokeAccess: (holder = '') => at('/settings/access/revoke') + query({ holder }),
    accessTokens: at('/settings/access-tokens'),
    newAccessToken: at('/settings/access-tokens/new'),
    accessToken: (id: string, below = '') => at(`/settings/access-tokens/${encodeURIComponent(id)}${below}`),
    /** Of what the repository owns, by its kind. */
    ownKey: ({ id, kind }: { readonly id: string; readonly kind: CredentialKind }, below = '') =>
      at(
        `/settings/${kind === 'trust_policy' ? 'trust-policies' : 'access-tokens'}/${encodeURIComponent(id)}${below}`,
      ),
    trustPolicies: at('/settings/trust-policies'),
    newTrustPolicy: at('/settings/trust-policies/new'),
    testTrustPolicies: at('/settings/trust-policies/test'),
    trustPolicy: (id: string, below = '') => at(`/settings/trust-policies/${encodeURIComponent(id)}${below}`),
    overview: at('/settings/overview'),
    accessKeys: at('/settings/access-keys'),
    newAccessKey: at('/settings/access-keys/new'),
    accessKey: (number: number, below = '') => at(`/settings/access-keys/${number}${below}`),
    restrictions: at('/settings/branch-restrictions'),
    restriction: (id: number) => at(`/settings/branch-restrictions/${id}`),
    removeRestriction: (id: number) => at(`/settings/branch-restrictions/${id}/remove`),
    defaultReviewers: at('/settings/default-reviewers'),
    defaultReviewer: (id: string, below: string) =>
      at(`/settings/default-reviewers/${encodeURIComponent(id)}${below}`),
    whoCan: (branch = '') => at('/settings/who-can') + query({ branch }),
    webhooks: at('/settings/webhooks'),
    newWebhook: at('/settings/webhooks/new'),
    webhook: (id: string, below = '') => at(`/settings/webhooks/${encodeURIComponent(id)}${below}`),
    transfer: at('/settings/transfer'),
    transferTo: (workspace: string) => at(`/settings/transfer/${encodeURIComponent(workspace)}`),
    delete: at('/settings/delete'),
  };
}

export type Links = ReturnType<typeof linksOf>;

/** Addresses for Git. `username` is put before the host, so that Git asks for the password alone. */
export function cloneAddresses(publicUrl: string, repository: Named, username?: string) {
  const url = new URL(publicUrl);
  if (username !== undefined) url.username = username;
  const base = url.href.replace(/\/$/, '');
  const address = `${base}/${repository.workspace.slug}/${repository.slug}.git`;
  return { repository: address, wiki: `${address}/wiki` };
}
