import { removeFromPlace, revokeCredentials } from '../../credentials/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import {
  defaultProject,
  deletedBefore,
  findDeleted,
  forgetRepository,
  holdRepository,
  markDeleted,
  moveRepository,
  pageOfDeleted,
  repositoryById,
  restoreDeleted,
  type Repository,
} from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { deleteWebhooks } from '../../webhooks/index.ts';
import type { Window } from '../paged.ts';
import { change } from '../transaction.ts';

/** Deletes the repository of the grant: gone for everybody at once, restorable for a grace period. Its access tokens end for good. */
export async function deleteRepository(services: Services, grant: Grant<'repository.delete'>): Promise<void> {
  const [{ id, slug, workspace }] = grant.targets;
  await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, grant.targets[0]);
      await markDeleted(trx, id, now);
      await endTokens(trx, grant, id, now);
    },
    () => ({ target: { type: 'repository', id }, detail: { slug, workspace: workspace.id } }),
  );
  await services.packs.drop(id);
}

const endTokens = async (
  trx: Handle,
  grant: Grant<'repository.delete'> | Grant<'repository.transfer'>,
  repositoryId: string,
  now: number,
): Promise<void> => {
  const by = accountOf(grant.principal)?.id ?? null;
  await revokeCredentials(trx, { allOf: { type: 'repository', id: repositoryId } }, by, now);
  await removeFromPlace(trx, { on: 'repository', id: repositoryId }, 'all', by, now);
};

/** A page of the repositories of the grant's workspace that can still be restored. */
export const viewDeleted = (
  services: Services,
  grant: Grant<'repository.restore'>,
  window: Window,
): ReturnType<typeof pageOfDeleted> => pageOfDeleted(services.database, grant.targets[0].id, window);

/** Brings a deleted repository back, by its slug (the last deleted of that name) or its `{uuid}`. Throws `Problem` when there is none or its name is taken. */
export async function restoreRepository(
  services: Services,
  grant: Grant<'repository.restore'>,
  name: string,
): Promise<void> {
  const repository = await findDeleted(services.database, grant.targets[0].id, name);
  const restored =
    repository !== undefined &&
    (await change(
      services,
      grant,
      (trx, now) => restoreDeleted(trx, repository, now),
      (was) =>
        was ? { target: { type: 'repository', id: repository.id }, detail: { slug: repository.slug } } : null,
    ));
  if (!restored)
    throw new Problem('not_found', `There is no deleted repository "${name}" in this workspace.`);
}

/** Moves the repository to the grant's other workspace. Id and place on disk stay; its access tokens end, and its webhooks are gone. Throws `Problem` when the name is taken there. */
export async function transferRepository(
  services: Services,
  grant: Grant<'repository.transfer'>,
): Promise<Repository> {
  const [{ id, slug, workspace }, to] = grant.targets;
  if (workspace.id === to.id) throw new Problem('invalid', 'The repository is in this workspace already.');
  await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, grant.targets[0]);
      const project = await defaultProject(trx, to.id, now);
      await moveRepository(
        trx,
        { id, slug, workspaceId: workspace.id },
        { workspaceId: to.id, projectId: project.id },
        now,
      );
      await endTokens(trx, grant, id, now);
      return deleteWebhooks(trx, id);
    },
    (webhooks) => ({
      target: { type: 'repository', id },
      detail: { from: workspace.id, to: to.id, ...(webhooks > 0 && { webhooks }) },
    }),
  );
  const moved = await repositoryById(services.database, id);
  if (moved === undefined) throw new Problem('not_found', 'This repository no longer exists.');
  return moved;
}

/** Removes for good what was deleted longer ago than the grace period. Returns how many repositories went. */
export async function purgeDeleted(services: Services, grant: Grant<'repository.purge'>): Promise<number> {
  const before = services.clock() - services.deletedRepositoryMs;
  let purged = 0;
  for (const id of await deletedBefore(services.database, before)) {
    // The row first, and only if nobody restored it meanwhile; the next start removes a folder that a crash left behind.
    const gone = await change(
      services,
      grant,
      (trx) => forgetRepository(trx, id, before),
      (went) => (went ? { target: { type: 'repository', id } } : null),
    );
    if (!gone) continue;
    await services.storage.remove(id);
    await services.packs.drop(id);
    purged += 1;
  }
  return purged;
}
