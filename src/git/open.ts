import { access } from 'node:fs/promises';
import { declarationOf, Grant, type OperationName, type OperationOpening } from '../gate/index.ts';
import { createRepository, RepositoryExists } from './create.ts';
import {
  readingHandle,
  writingHandle,
  type RepositoryHandle,
  type WritableRepositoryHandle,
} from './handle.ts';
import type { RepositoryStorage } from './storage.ts';

type GrantFor<Op extends OperationName> = { [Each in Op]: Grant<Each> }[Op];
type Data = 'repository' | 'wiki';

/** A grant whose operation reads the Git data of a repository or wiki. */
export type ReadingGrant = GrantFor<OperationOpening<Data, 'read'>>;
/** A grant whose operation writes it. */
export type WritingGrant = GrantFor<OperationOpening<Data, 'write'>>;

/** Opens what the grant names, for reading. Throws `TypeError` for anything that is no genuine grant to read. */
export async function openForReading(
  storage: RepositoryStorage,
  grant: ReadingGrant,
): Promise<RepositoryHandle> {
  const { id, kind, path } = await locate(storage, grant, 'read');
  return readingHandle(id, kind, path);
}

/** Opens what the grant names, for writing. Throws `TypeError` for anything that is no genuine grant to write. */
export async function openForWriting(
  storage: RepositoryStorage,
  grant: WritingGrant,
): Promise<WritableRepositoryHandle> {
  const { id, kind, path } = await locate(storage, grant, 'write');
  return writingHandle(id, kind, path);
}

async function locate(
  storage: RepositoryStorage,
  grant: ReadingGrant | WritingGrant,
  access: 'read' | 'write',
) {
  if (!Grant.isGenuine(grant)) throw new TypeError('A repository is opened with a grant that admit made.');
  const { opens } = declarationOf(grant.operation);
  const [target] = grant.everyTarget;
  if (
    opens === undefined ||
    (access === 'write' && opens.access !== 'write') ||
    target?.type !== 'repository'
  ) {
    throw new TypeError(`A grant to "${grant.operation}" does not open Git data for ${access}.`);
  }
  const path = storage.pathOf(target.id, opens.data);
  if (opens.data === 'wiki') await makeWikiOnFirstUse(path);
  return { id: target.id, kind: opens.data, path };
}

/** A wiki is switched on by a flag and made when first opened; two who open it at once make one. */
async function makeWikiOnFirstUse(path: string): Promise<void> {
  try {
    await access(path);
  } catch {
    await createRepository(path).catch((error: unknown) => {
      if (!(error instanceof RepositoryExists)) throw error;
    });
  }
}
