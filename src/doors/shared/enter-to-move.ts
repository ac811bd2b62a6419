import { isInProject, type Move } from '../../acts/repositories/change.ts';
import { viewRepository } from '../../acts/repositories/view.ts';
import { enterFurther } from '../../entry/index.ts';
import { Refused, type Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';

/**
 * Admits whoever changes a repository to moving it as well, where they name another project than it is in; undefined
 * where they name none, or the one that it is in, as whoever writes back what they read does. Throws `Refused`.
 */
export async function enterToMove(
  services: Services,
  grant: Grant<'repository.update'>,
  project: string | undefined,
): Promise<Move | undefined> {
  if (project === undefined || isInProject(await viewRepository(services, grant), project)) return undefined;
  return { project, grant: await admitted(services, grant) };
}

/** Whether they could: what a page offers. */
export const mayMove = (services: Services, grant: Grant<'repository.update'>): Promise<boolean> =>
  admitted(services, grant).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Refused) return false;
      throw error;
    },
  );

/** By id: what is judged is what was found, by whichever of its names. */
const admitted = (services: Services, grant: Grant<'repository.update'>) => {
  const [{ id, workspace }] = grant.targets;
  return enterFurther(services, grant, 'repository.move', [
    { type: 'repository', workspace: '{}', repository: `{${id}}` },
    { type: 'workspace', workspace: `{${workspace.id}}` },
  ]);
};
