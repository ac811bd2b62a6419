import type { Grant } from '../../gate/index.ts';
import {
  chooseDescription,
  chooseName,
  chooseProjectKey,
  createProject as insertProject,
  listProjects,
  type Project,
} from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

export const viewProjects = (services: Services, grant: Grant<'project.list'>): Promise<Project[]> =>
  listProjects(services.database, grant.targets[0].id);

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
