import { z } from 'zod';
import { viewProject, viewProjects } from '../../../acts/workspaces/projects.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { answers, policy, WorkspaceParameters, type Api, type Context } from '../api.ts';
import { braced } from '../links.ts';
import { Project, projectObject } from '../objects/project.ts';
import {
  fieldsParameter,
  filterParameters,
  numberedPage,
  pageOf,
  pageParameters,
  readWindow,
  slicePage,
} from '../paging.ts';
import { parseFilter, passes, type FieldValue } from '../query-language.ts';

type ProjectData = Awaited<ReturnType<typeof viewProject>>;

const FIELDS: Readonly<Record<string, (project: ProjectData) => FieldValue>> = {
  key: ({ key }) => key,
  name: ({ name }) => name,
  uuid: ({ id }) => braced(id),
  description: ({ description }) => description,
};

/** The projects of a workspace; people make and change them on the pages of this host. */
export function addProjectRoutes(app: Api, { services, linksOf }: Context): void {
  app.get(
    '/workspaces/:workspace/projects',
    {
      config: policy('project.list', toWorkspace),
      schema: {
        summary: 'The projects of a workspace, the oldest first',
        description: `Filters: ${Object.keys(FIELDS).join(', ')}.`,
        params: WorkspaceParameters,
        querystring: z.object({ ...pageParameters, q: filterParameters.q }),
        response: answers(pageOf(Project)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'project.list');
      const window = readWindow(request.query);
      const { q } = request.query;
      const filter = q === undefined ? undefined : parseFilter(q, Object.keys(FIELDS));
      const projects = (await viewProjects(services, grant)).filter(
        (project) => filter === undefined || passes(filter, (field) => FIELDS[field]?.(project) ?? null),
      );
      const [workspace] = grant.targets;
      const values = slicePage(projects, window).map((project) =>
        projectObject(linksOf(request), workspace, project),
      );
      return numberedPage(services.publicUrl, request, window, projects.length, values);
    },
  );

  app.get(
    '/workspaces/:workspace/projects/:project',
    {
      config: policy('project.list', toWorkspace),
      schema: {
        summary: 'A project',
        params: WorkspaceParameters.extend({ project: z.string().describe('Key or {uuid}.') }),
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(Project),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'project.list');
      const project = await viewProject(services, grant, request.params.project);
      return projectObject(linksOf(request), grant.targets[0], project);
    },
  );
}
