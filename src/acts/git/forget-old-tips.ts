import { isAncestor } from '../../git/commits.ts';
import type { PushCommand } from '../../git/command-list.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { isZeroObjectId, type ObjectId } from '../../git/object-id.ts';
import type { Services } from '../../services.ts';

/** What was made for a commit that is no tip any more, by force or because its ref is gone, is not answered with again. */
export async function forgetOldTips(
  services: Services,
  handle: RepositoryHandle,
  moved: readonly PushCommand[],
): Promise<void> {
  const replaced = moved.filter(({ old }) => !isZeroObjectId(old));
  const olds = replaced.map(({ old }) => old);
  const asked = new Set(await services.packs.wanted(handle, olds));
  const gone = new Set<string>();
  for (const { old, new: id } of replaced) {
    if (asked.has(old) && (isZeroObjectId(id) || !(await isBehind(services, handle, old, id)))) gone.add(old);
  }
  if (gone.size > 0) await services.packs.dropWants(handle, gone);
}

/** As far as an ordinary push is told from a rewrite without starting a process. */
const LONGEST_LINE = 32;
const LARGEST_COMMIT = 64 * 1024;
const HEAD = /^tree [0-9a-f]+\n((?:parent [0-9a-f]+\n)*)/;

/** Whether the one can be reached from the other. False for what is no commit, and where it cannot be said. */
export async function isBehind(
  { objects }: Pick<Services, 'objects'>,
  handle: RepositoryHandle,
  old: ObjectId,
  id: ObjectId,
): Promise<boolean> {
  try {
    let current: ObjectId | undefined = id;
    for (let steps = 0; current !== undefined && steps < LONGEST_LINE; steps += 1) {
      const { bytes } = await objects.readObject(handle, current, LARGEST_COMMIT);
      const parents: string[] =
        (HEAD.exec(bytes.toString('latin1'))?.[1] ?? '').match(/[0-9a-f]{40,}/g) ?? [];
      if (parents.includes(old)) return true;
      current = parents.length === 1 ? parents[0] : undefined;
    }
    return await isAncestor(handle, old, id);
  } catch {
    return false;
  }
}
