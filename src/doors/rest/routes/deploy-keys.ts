import { z } from 'zod';
import {
  keyNumbered,
  listAccessKeys,
  listProjectAccessKeys,
  type ListedAccessKey,
} from '../../../acts/keys/access-key-list.ts';
import { revokeAccessKey, revokeProjectAccessKey } from '../../../acts/keys/access-keys.ts';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { viewProject } from '../../../acts/workspaces/projects.ts';
import { grantOf, toRepository, toWorkspace } from '../../shared/policy.ts';
import {
  admitsNobody,
  answers,
  policy,
  RepositoryParameters,
  WorkspaceParameters,
  type Api,
  type Context,
} from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import {
  DeployKey,
  deployKeyObject,
  ProjectDeployKey,
  projectDeployKeyObject,
} from '../objects/deploy-key.ts';
import { fieldsParameter, numberedPage, pageOf, pageParameters, readWindow, slicePage } from '../paging.ts';

const ID = z.string().describe('Number of the key in this place.');
const One = z.object({ fields: fieldsParameter });
const Gone = { 204: z.undefined().describe('It is gone.'), default: ErrorEnvelope };
const ADDING = 'Answers 403 to every credential: people add access keys on the pages of this host.';

/** Those that open something, now or later. */
const living = (keys: readonly ListedAccessKey[]): readonly ListedAccessKey[] =>
  keys.filter(({ state }) => state === 'active' || state === 'paused');

/** Access keys of a repository: Bitbucket Cloud's API calls them deploy keys. */
export function addDeployKeyRoutes(app: Api, { services, linksOf }: Context): void {
  const many = '/repositories/:workspace/:repository/deploy-keys';
  const params = RepositoryParameters.extend({ id: ID });

  app.get(
    many,
    {
      config: policy('access_key.list', toRepository),
      schema: {
        summary: 'The access keys of a repository',
        params: RepositoryParameters,
        querystring: z.object(pageParameters),
        response: answers(pageOf(DeployKey)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'access_key.list');
      const window = readWindow(request.query);
      const repository = await viewRepository(services, grant);
      const keys = living(await listAccessKeys(services, grant));
      const values = slicePage(keys, window).map((key) => deployKeyObject(linksOf(request), repository, key));
      return numberedPage(services.publicUrl, request, window, keys.length, values);
    },
  );

  app.post(
    many,
    {
      config: policy('access_key.add', toRepository),
      schema: {
        summary: 'Add an access key to a repository',
        description: ADDING,
        params: RepositoryParameters,
        response: answers(DeployKey),
      },
    },
    admitsNobody,
  );

  app.get(
    `${many}/:id`,
    {
      config: policy('access_key.list', toRepository),
      schema: {
        summary: 'One access key of a repository',
        params,
        querystring: One,
        response: answers(DeployKey),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'access_key.list');
      const key = keyNumbered(living(await listAccessKeys(services, grant)), request.params.id);
      return deployKeyObject(linksOf(request), await viewRepository(services, grant), key);
    },
  );

  app.put(
    `${many}/:id`,
    {
      config: policy('access_key.add', toRepository),
      schema: {
        summary: 'Change an access key of a repository',
        description: ADDING,
        params,
        response: answers(DeployKey),
      },
    },
    admitsNobody,
  );

  app.delete(
    `${many}/:id`,
    {
      config: policy('access_key.revoke', toRepository),
      schema: { summary: 'Take an access key away from a repository', params, response: Gone },
    },
    async (request, reply) => {
      await revokeAccessKey(services, grantOf(request, 'access_key.revoke'), request.params.id);
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}

/** The same for all repositories of a project. */
export function addProjectDeployKeyRoutes(app: Api, { services, linksOf }: Context): void {
  const many = '/workspaces/:workspace/projects/:project/deploy-keys';
  const ofProject = WorkspaceParameters.extend({ project: z.string().describe('Key, or {uuid}.') });
  const params = ofProject.extend({ id: ID });

  app.get(
    many,
    {
      config: policy('project_access_key.list', toWorkspace),
      schema: {
        summary: 'The access keys of a project',
        params: ofProject,
        querystring: z.object(pageParameters),
        response: answers(pageOf(ProjectDeployKey)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'project_access_key.list');
      const [{ slug }] = grant.targets;
      const window = readWindow(request.query);
      const project = await viewProject(services, grant, request.params.project);
      const keys = living(await listProjectAccessKeys(services, grant, request.params.project));
      const values = slicePage(keys, window).map((key) =>
        projectDeployKeyObject(linksOf(request), slug, project, key),
      );
      return numberedPage(services.publicUrl, request, window, keys.length, values);
    },
  );

  app.post(
    many,
    {
      config: policy('project_access_key.add', toWorkspace),
      schema: {
        summary: 'Add an access key to a project',
        description: ADDING,
        params: ofProject,
        response: answers(ProjectDeployKey),
      },
    },
    admitsNobody,
  );

  app.get(
    `${many}/:id`,
    {
      config: policy('project_access_key.list', toWorkspace),
      schema: {
        summary: 'One access key of a project',
        params,
        querystring: One,
        response: answers(ProjectDeployKey),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'project_access_key.list');
      const project = await viewProject(services, grant, request.params.project);
      const keys = await listProjectAccessKeys(services, grant, request.params.project);
      return projectDeployKeyObject(
        linksOf(request),
        grant.targets[0].slug,
        project,
        keyNumbered(living(keys), request.params.id),
      );
    },
  );

  app.delete(
    `${many}/:id`,
    {
      config: policy('project_access_key.revoke', toWorkspace),
      schema: { summary: 'Take an access key away from a project', params, response: Gone },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'project_access_key.revoke');
      await revokeProjectAccessKey(services, grant, request.params.project, request.params.id);
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}
