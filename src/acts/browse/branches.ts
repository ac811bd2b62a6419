import type { Distance } from '../../git/commits.ts';
import { openForReading } from '../../git/open.ts';
import { readHead, readRef } from '../../git/refs.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { reading } from '../source/problems.ts';
import { listSourceRefs, type SourceRef, type SourceRefQuery } from '../source/refs.ts';

export interface Branch extends SourceRef {
  readonly isDefault: boolean;
  /** Commits that it has beyond the default branch, and that the default branch has beyond it; null where counting took too long. */
  readonly distance: Distance | null;
}

export interface BranchPage {
  readonly branches: readonly Branch[];
  readonly size: number;
  readonly defaultBranch: string | null;
}

/** Counting walks history; what this does not reach stays uncounted. */
const COUNTING_MS = 1_500;

/** One page of branches, those that changed last first, each measured against the default branch. */
export async function browseBranches(
  services: Services,
  grant: Grant<'source.read'>,
  query: Omit<SourceRefQuery, 'sort'>,
): Promise<BranchPage> {
  const handle = await openForReading(services.storage, grant);
  const { refs, size } = await listSourceRefs(services, grant, 'branch', { ...query, sort: '-date' });
  return reading(async () => {
    const head = readHead(handle);
    const base = head === undefined ? undefined : await readRef(services, handle, head);
    const until = performance.now() + COUNTING_MS;
    const branches: Branch[] = [];
    for (const ref of refs) {
      const isDefault = ref.name === base?.name;
      const counted =
        base !== undefined && ref.commit !== null && !isDefault && performance.now() < until
          ? await services.history.distance(handle, base.target, ref.commit.id)
          : null;
      branches.push({ ...ref, isDefault, distance: counted });
    }
    return { branches, size, defaultBranch: base?.name ?? null };
  });
}
