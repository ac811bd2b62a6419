import type { Grant } from '../../gate/index.ts';
import {
  chooseDescription,
  chooseName,
  chooseProjectKey,
  createProject as insertProject,
  findProject,
  listProjects,
  pageOfProjects,
  type Project,
} from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { WorkspaceTokenGrant } from '../credentials/token-place.ts';
import { offer, type Searched } from '../offered.ts';
import { change } from '../transaction.ts';

/** The projects of the grant's workspace; to a token of one of them, that one. */
export async function viewProjects(services: Services, grant: Grant<'project.list'>): Promise<Project[]> {
  const projects = await listProjects(services.database, grant.targets[0].id);
  return projects.filter((project) => isSeen(grant, project));
}

const isSeen = ({ principal }: Pick<Grant<'project.list'>, 'principal'>, { id }: Project): boolean =>
  principal.type !== 'credential' || principal.owner.type !== 'project' || principal.owner.projectId === id;

/** A page of those with these letters in their name or key. */
export const viewPageOfProjects = (
  services: Services,
  grant: Grant<'project.list'>,
  which: Parameters<typeof pageOfProjects>[2],
): ReturnType<typeof pageOfProjects> => pageOfProjects(services.database, grant.targets[0].id, which);

/** The projects that a repository of a workspace can be in, and those like what was typed and is the key of none. */
export function offerProjects(
  { database }: Services,
  grant: Grant<'project.list'> | Grant<'repository.update'>,
  typed: string,
): Promise<Searched<Project>> {
  const [target] = grant.targets;
  const workspaceId = target.type === 'repository' ? target.workspace.id : target.id;
  return offer(async (which) => {
    const { projects, size } = await pageOfProjects(database, workspaceId, which);
    return { rows: projects, size };
  }, typed);
}

/** A project of the grant's workspace by its key or `{uuid}`. Throws `Problem` when there is none. */
export async function viewProject(
  services: Services,
  grant:
    | Grant<'project.list'>
    | WorkspaceTokenGrant
    | Grant<'project_access_key.add'>
    | Grant<'project_access_key.list'>
    | Grant<'project_access_key.revoke'>,
  name: string,
): Promise<Project> {
  const project = await findProject(services.database, grant.targets[0].id, name);
  if (project === undefined || !isSeen(grant, project))
    throw new Problem('not_found', `There is no project "${name}" in this workspace.`);
  return project;
}

/** Throws `Problem` for bad input and for a taken key. */
export async function createProject(
  services: Services,
  grant: Grant<'project.change'>,
  input: { readonly key: string; readonly name: string; readonly description: string },
): Promise<Project> {
  const [{ id: workspaceId }] = grant.targets;
  const wanted = {
    key: chooseProjectKey(input.key.trim().toUpperCase()),
    name: chooseName(input.name),
    description: chooseDescription(input.description),
  };
  return change(
    services,
    grant,
    (trx, now) => insertProject(trx, workspaceId, wanted, now),
    (project) => ({ target: { type: 'workspace', id: workspaceId }, detail: { project: project.key } }),
  );
}
