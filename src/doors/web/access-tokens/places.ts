import type { FastifyRequest } from 'fastify';
import {
  isOfRepository,
  isOfWorkspace,
  type AnyTokenGrant,
  type TokenVerb,
  type WorkspaceTokenGrant,
} from '../../../acts/credentials/token-place.ts';
import { viewProject } from '../../../acts/workspaces/projects.ts';
import type { RepositoryFacts } from '../../../gate/index.ts';
import { grantOf, toRepository, toWorkspace } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';
import { html } from '../html.ts';
import { projectTokensPath, workspaceTokensPath } from '../places.ts';
import { settingsPage } from '../repositories/frame.ts';
import { linksOf } from '../repositories/links.ts';
import { pageRoute, parameter } from '../route.ts';
import { frameOf, workspaceRail } from '../workspaces/frame.ts';
import type { TokenPages } from './place.ts';

const DIES = 'It dies with the repository, and when that moves to another workspace.';

const ofRepository: TokenPages = {
  kind: 'repository_access_token',
  address: '/:workspace/:repository/settings/access-tokens',
  route: (verb) => pageRoute(`access_token.${verb}`, toRepository),
  grantOf: <Of extends TokenVerb>(request: FastifyRequest, verb: Of) =>
    grantOf(request, `access_token.${verb}` as const),
  listingToo: (services, request) =>
    enterAlso(
      services,
      request,
      'access_token.list',
      toRepository({
        workspace: parameter(request, 'workspace'),
        repository: parameter(request, 'repository'),
      }),
    ),
  here: (_services, _request, grant) => {
    const facts = repositoryOf(grant);
    const name = `${facts.workspace.slug}/${facts.slug}`;
    return {
      name,
      opens: name,
      called: 'this repository',
      repository: name,
      project: undefined,
      href: linksOf(facts).accessTokens,
      example: name,
      reach: html`<p>It opens <code>${name}</code> and its wiki, as far as its permissions go, and no other repository. ${DIES}</p>`,
      frame: (content) => settingsPage(facts, 'tokens', content),
    };
  },
};

const ofWorkspaces = {
  route: (verb: TokenVerb) => pageRoute(`workspace_access_token.${verb}`, toWorkspace),
  grantOf: <Of extends TokenVerb>(request: FastifyRequest, verb: Of) =>
    grantOf(request, `workspace_access_token.${verb}` as const),
  listingToo: (services, request) =>
    enterAlso(
      services,
      request,
      'workspace_access_token.list',
      toWorkspace({ workspace: parameter(request, 'workspace') }),
    ),
} as const satisfies Partial<TokenPages>;

const ofProject: TokenPages = {
  ...ofWorkspaces,
  kind: 'project_access_token',
  address: '/:workspace/-/projects/:project/access-tokens',
  here: async (services, request, grant) => {
    const own = ofItsWorkspace(grant);
    const [facts] = own.targets;
    const { key, name } = await viewProject(services, own, parameter(request, 'project'));
    return {
      name: `project ${key} of ${facts.slug}`,
      opens: `every repository of project ${key}`,
      called: 'this project',
      repository: undefined,
      project: key,
      href: projectTokensPath(facts.slug, key),
      example: `${facts.slug}/REPOSITORY`,
      reach: html`<p>It opens every repository of ${name} and its wiki, those to come included, as far as its permissions go. One that moves to another project is closed to it from then on.</p>`,
      frame(content) {
        const frame = frameOf(facts, 'projects');
        const here = { label: `Project ${key}`, href: projectTokensPath(facts.slug, key) };
        return { width: 'full', ...frame, breadcrumbs: [...frame.breadcrumbs, here], ...content };
      },
    };
  },
};

const ofWorkspace: TokenPages = {
  ...ofWorkspaces,
  kind: 'workspace_access_token',
  address: '/:workspace/-/access-tokens',
  here: (_services, _request, grant) => {
    const [facts] = ofItsWorkspace(grant).targets;
    return {
      name: facts.slug,
      opens: `every repository of ${facts.slug}`,
      called: 'this workspace',
      repository: undefined,
      project: undefined,
      href: workspaceTokensPath(facts.slug),
      example: `${facts.slug}/REPOSITORY`,
      reach: html`<p>It opens every repository of ${facts.name} and its wiki, those to come included, as far as its permissions go. Where one project or repository would do, make a token of that.</p>`,
      frame: (content) => ({
        ...frameOf(facts, 'settings'),
        rail: workspaceRail(facts.slug, 'tokens'),
        ...content,
      }),
    };
  },
};

/** Everything that access tokens belong to. */
export const TOKEN_PLACES: readonly TokenPages[] = [ofRepository, ofProject, ofWorkspace];

function repositoryOf(grant: AnyTokenGrant): RepositoryFacts {
  if (!isOfRepository(grant)) throw new TypeError('These are tokens of repositories.');
  return grant.targets[0];
}

function ofItsWorkspace(grant: AnyTokenGrant): WorkspaceTokenGrant {
  if (!isOfWorkspace(grant)) throw new TypeError('These are tokens of workspaces and projects.');
  return grant;
}
