import type { RepositoryHandle } from '../../git/handle.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { shortRefName } from '../../git/ref-name.ts';
import { listRefs } from '../../git/ref-list.ts';
import { defaultRef } from '../../git/refs.ts';
import type { Services } from '../../services.ts';
import { reading } from '../source/problems.ts';

export interface Overview {
  /** The branch that a reader sees first; null while there is none at all. */
  readonly branch: string | null;
  /** What HEAD names, whether or not it exists: the branch that a first push would make the default. */
  readonly headBranch: string;
}

/** The branch to show: the default one or, where it does not exist, the first by name. */
export async function viewOverview(services: Services, grant: ReadingGrant): Promise<Overview> {
  return overviewOf(services, await openForReading(services.storage, grant));
}

export async function overviewOf(services: Services, handle: RepositoryHandle): Promise<Overview> {
  const head = await defaultRef(services, handle);
  const headBranch = head === undefined ? 'main' : shortRefName(head.ref);
  if (head?.exists === true) return { branch: headBranch, headBranch };
  const { refs } = await listRefs(services, handle, { prefix: 'refs/heads/', offset: 0, limit: 1 });
  return { branch: refs[0]?.name ?? null, headBranch };
}

export interface NamedRef {
  readonly name: string;
}

export interface RefNames {
  readonly branches: readonly NamedRef[];
  readonly tags: readonly NamedRef[];
  /** There are more than are named here. */
  readonly more: boolean;
}

/** The names to choose from, those that changed last first, at most `limit` of each kind. */
export async function viewRefNames(
  services: Services,
  grant: ReadingGrant,
  limit: number,
): Promise<RefNames> {
  const handle = await openForReading(services.storage, grant);
  const query = { offset: 0, limit, sort: '-date' } as const;
  const [heads, tags] = await reading(() =>
    Promise.all([
      listRefs(services, handle, { ...query, prefix: 'refs/heads/' }),
      listRefs(services, handle, { ...query, prefix: 'refs/tags/' }),
    ]),
  );
  return {
    branches: heads.refs,
    tags: tags.refs,
    more: heads.total > limit || tags.total > limit,
  };
}
