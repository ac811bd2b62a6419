import type { Grant } from '../../gate/index.ts';
import { openForReading } from '../../git/open.ts';
import { streamPatch, type PatchQuery } from '../../git/patch.ts';
import type { Services } from '../../services.ts';
import { streamInTurn } from '../git/pack-work.ts';
import { nothing, refuseTooMuch, resolveSpec, stateBefore, type Spec } from './comparison.ts';
import { reading, written } from './problems.ts';

export type { PatchQuery } from '../../git/patch.ts';

/** The commits that a spec names: one, or those of the change that its base lacks. Throws `Problem`. */
export async function findPatch(
  services: Services,
  grant: Grant<'source.read'>,
  spec: Spec,
): Promise<PatchQuery> {
  const handle = await openForReading(services.storage, grant);
  const { change, base } = await reading(() => resolveSpec(services, handle, spec));
  return { commit: change, ...(base !== undefined && { since: base }) };
}

/**
 * Commits as `git am` takes them, in a turn of what packs. It fails where Git does, so that no part passes for the whole.
 * Throws `Problem` where the first of them is more than Git is let compare.
 */
export async function openPatch(
  services: Services,
  grant: Grant<'source.read'>,
  query: PatchQuery,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  if (query.commit === query.since) return nothing();
  const handle = await openForReading(services.storage, grant);
  const { commit, since } = query;
  if (since === undefined) {
    const before = await reading(() => stateBefore(services, handle, commit));
    await refuseTooMuch(services, handle, { before, after: commit });
  }
  const patch = await streamInTurn(services, grant, signal, () => streamPatch(handle, query, { signal }));
  return written(services, patch, signal);
}
