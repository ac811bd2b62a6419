import { viewProjects } from '../acts/workspaces/projects.ts';
import { enterAsOperator } from '../entry/index.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';

/** A project as a verb names it: the key in any case, or `{uuid}`. */
interface ProjectName {
  readonly workspace: string;
  readonly project: string;
}

/** Whether a workspace has this project. Throws `Problem` where there is no such workspace. */
export async function hasProject(services: Services, { workspace, project }: ProjectName): Promise<boolean> {
  const grant = await enterAsOperator(services, 'project.list', [{ type: 'workspace', workspace }]);
  const projects = await viewProjects(services, grant);
  return projects.some(({ id, key }) => key === project.toUpperCase() || `{${id}}` === project.toLowerCase());
}

/** Throws `Problem` where there is no such project, which says how to find one and how to make one. */
export async function requireProject(services: Services, named: ProjectName): Promise<void> {
  if (await hasProject(services, named)) return;
  const { workspace, project } = named;
  throw new Problem(
    'not_found',
    `There is no project "${project}" in ${workspace}. "latchkey project list ${workspace}" names those that there are, and "latchkey project create ${workspace}/${project} --name NAME" makes this one.`,
  );
}
