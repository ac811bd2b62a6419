import { isZeroObjectId } from '../../git/object-id.ts';
import { readHead, readRef, readRefs, setHead } from '../../git/refs.ts';
import { branchPrefix, likeliestDefault } from '../../git/ref-name.ts';
import type { PushCommand } from '../../git/command-list.ts';
import type { WritableRepositoryHandle } from '../../git/handle.ts';
import { touchRepository } from '../../hosting/index.ts';
import { completePushUnsynced, pusherOf } from '../../push/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { queueEvent } from '../../webhooks/index.ts';
import { closeMergedBy } from '../pull-requests/close-merged.ts';
import { followPush, lookAtFollowers, lookedAtAgain, type Following } from '../pull-requests/follow-push.ts';
import { isTold } from '../webhooks/push-told.ts';
import { forgetOldTips } from './forget-old-tips.ts';

export interface SettledPush {
  readonly id: string;
  readonly repositoryId: string;
  readonly commands: readonly PushCommand[];
  /** What Git said it moved; undefined where it could not say: then the refs are read. */
  readonly moved: ReadonlySet<string> | undefined;
}

/** Writes down the end of a push: which refs moved, and what follows from it. May be repeated. */
export async function settlePush(
  services: Services,
  handle: WritableRepositoryHandle,
  push: SettledPush,
): Promise<void> {
  const moved = push.moved ?? (await movedByNow(services, handle, push.commands));
  const done = push.commands.filter(({ ref }) => moved.has(ref));
  await nameHead(services, handle, done);
  await forgetOldTips(services, handle, done);
  services.sizes.forget(handle);
  await lookedAtAgain(
    () => lookAtFollowers(services, handle, done),
    (following) => writeDown(services, handle, { ...push, commands: done }, following),
  );
}

/** With what follows from what moved. */
async function writeDown(
  services: Services,
  handle: WritableRepositoryHandle,
  { id, repositoryId, commands }: Omit<SettledPush, 'moved'>,
  following: Following | undefined,
): Promise<void> {
  const now = services.clock();
  const moved = new Set(commands.map(({ ref }) => ref));
  const alongside = async (trx: Handle): Promise<void> => {
    if (moved.size > 0) await touchRepository(trx, repositoryId, now);
    if (handle.kind === 'repository') await closeMergedBy(trx, { id, repositoryId, commands }, now);
    if (following !== undefined) await followPush(trx, following, await pusherOf(trx, id), now);
    if (handle.kind === 'repository' && commands.some(({ ref }) => isTold(ref))) {
      const happening = { repositoryId, event: 'repo:push', subject: id, about: { push: id } } as const;
      await queueEvent(trx, happening, now);
    }
  };
  await completePushUnsynced(services.database, id, moved, now, alongside, following !== undefined);
}

/** Refs that stand where the push was to bring them. */
async function movedByNow(
  services: Services,
  handle: WritableRepositoryHandle,
  commands: readonly PushCommand[],
): Promise<Set<string>> {
  const refs = await readRefs(
    services,
    handle,
    commands.map(({ ref }) => ref),
  );
  const standing = commands.filter(({ ref, new: id }) =>
    isZeroObjectId(id) ? !refs.has(ref) : refs.get(ref)?.id === id,
  );
  return new Set(standing.map(({ ref }) => ref));
}

/** The first push names the default branch, if the one that HEAD names is not among what it brought. */
async function nameHead(
  services: Services,
  handle: WritableRepositoryHandle,
  moved: readonly PushCommand[],
): Promise<void> {
  const born = moved
    .filter(
      ({ ref, old, new: id }) => ref.startsWith(branchPrefix) && isZeroObjectId(old) && !isZeroObjectId(id),
    )
    .map(({ ref }) => ref);
  const likeliest = likeliestDefault(born);
  if (likeliest === undefined) return;
  const head = readHead(handle);
  if (head !== undefined && (born.includes(head) || (await readRef(services, handle, head)) !== undefined))
    return;
  await setHead(handle, likeliest);
}
