import { NEW_PASSWORD_PATH } from '../../acts/accounts/password-link.ts';

/** Addresses that the frame of every page leads to. The routes that serve them live with the pages. */
export const places = {
  home: '/',
  signIn: '/login',
  secondStep: '/login/second-step',
  forgotten: '/login/forgotten',
  newPassword: NEW_PASSWORD_PATH,
  signInByPasskey: '/login/passkey',
  signOut: '/-/sign-out',
  search: '/search',
  theme: '/-/theme',
  password: '/account/password',
  confirm: '/account/confirm',
  twoStep: '/account/settings/two-step',
  accountSettings: '/account/settings',
  sessions: '/account/settings/sessions',
  appPasswords: '/account/settings/app-passwords',
  apiTokens: '/account/settings/api-tokens',
  newApiToken: '/account/settings/api-tokens/new',
  access: '/account/settings/access',
  sshKeys: '/account/settings/ssh-keys',
  newSshKey: '/account/settings/ssh-keys/new',
  newAppPassword: '/account/settings/app-passwords/new',
  applications: '/account/settings/applications',
  authorize: '/site/oauth2/authorize',
  device: '/site/oauth2/device',
  newWorkspace: '/-/new-workspace',
  users: '/-/admin/users',
  hostPolicy: '/-/admin/policy',
  issuers: '/-/admin/issuers',
  apiDescription: '/2.0/openapi.json',
} as const;

/** The address of one app password, or of a page below it. */
export const appPasswordPath = (id: string, below = ''): string =>
  `${places.appPasswords}/${encodeURIComponent(id)}${below}`;

/** The address of one API token, or of a page below it. */
export const apiTokenPath = (id: string, below = ''): string =>
  `${places.apiTokens}/${encodeURIComponent(id)}${below}`;

/** The address of one credential of whatever kind among everything that acts for the person, or of a page below it. */
export const ownCredentialPath = (id: string, below = ''): string =>
  `${places.access}/${encodeURIComponent(id)}${below}`;

/** The address of one SSH key, or of a page below it. */
export const sshKeyPath = (id: string, below = ''): string =>
  `${places.sshKeys}/${encodeURIComponent(id)}${below}`;

/** The address of one application that may act for the person, or of a page below it. */
export const applicationPath = (consumerId: string, below = ''): string =>
  `${places.applications}/${encodeURIComponent(consumerId)}${below}`;

/** The address of a workspace, or of a page below it. */
export const workspacePath = (slug: string, below = ''): string => `/${encodeURIComponent(slug)}${below}`;

/** The groups of a workspace. */
export const groupsPath = (slug: string): string => workspacePath(slug, '/-/groups');

/** One of them. */
export const groupPath = (slug: string, group: string): string =>
  `${groupsPath(slug)}/${encodeURIComponent(group)}`;

/** The access keys of a project, or a page below them. */
export const projectKeysPath = (slug: string, project: string, below = ''): string =>
  workspacePath(slug, `/-/projects/${encodeURIComponent(project)}/access-keys${below}`);

/** The access tokens of a project. */
export const projectTokensPath = (slug: string, project: string): string =>
  workspacePath(slug, `/-/projects/${encodeURIComponent(project)}/access-tokens`);

/** The access tokens of a workspace. */
export const workspaceTokensPath = (slug: string): string => workspacePath(slug, '/-/access-tokens');

/** The address of a repository, or of a page below it: `repositoryPath(repository, '/settings')`. */
export const repositoryPath = (
  repository: { readonly slug: string; readonly workspace: { readonly slug: string } },
  below = '',
): string =>
  `/${encodeURIComponent(repository.workspace.slug)}/${encodeURIComponent(repository.slug)}${below}`;
