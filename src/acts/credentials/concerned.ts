import { findAccount, type Account } from '../../accounts/index.ts';
import { lastDone } from '../../audit/index.ts';
import type { Credential } from '../../credentials/index.ts';
import { heldRole, ownersOf, repositoryById } from '../../hosting/index.ts';
import type { Handle } from '../../store/handle.ts';
import { isPersonal, personalPath } from './personal.ts';
import { isTokenOwner, tokenPlaceOf } from './token-place.ts';

/** Whom something that happened to a credential concerns, and where they look at it. */
export interface Concerned {
  readonly people: readonly Account[];
  /** Of the page of the credential. */
  readonly path: string;
}

/** A person's own is theirs; a token is of who owns its workspace, and of who made it where they administer its repository. */
export async function concernedBy(trx: Handle, credential: Credential): Promise<Concerned> {
  const { id, kind, owner, createdBy } = credential;
  if (owner.type === 'account') {
    const account = await findAccount(trx, `{${owner.id}}`);
    return { people: active([account]), path: isPersonal(kind) ? personalPath(kind, id) : '' };
  }
  const place = isTokenOwner(owner) ? await tokenPlaceOf(trx, owner) : undefined;
  if (place === undefined || !(await isOfToday(trx, credential))) return { people: [], path: '' };
  const owners = await ownersOf(trx, place.workspaceId);
  const maker = createdBy === null ? undefined : await findAccount(trx, `{${createdBy}}`);
  const counts =
    maker !== undefined &&
    owner.type === 'repository' &&
    !owners.some((each) => each.id === maker.id) &&
    (await heldRole(trx, { id: owner.id, workspaceId: place.workspaceId }, maker.id)) === 'admin';
  return { people: active(counts ? [...owners, maker] : owners), path: `${place.path}/${id}` };
}

const active = (accounts: readonly (Account | undefined)[]): readonly Account[] =>
  accounts.flatMap((each) => (each?.state === 'active' ? [each] : []));

/** What a repository left behind when it was deleted or transferred is nothing to whoever has it now. */
async function isOfToday(trx: Handle, { owner, createdAt }: Credential): Promise<boolean> {
  if (owner.type !== 'repository') return true;
  const repository = await repositoryById(trx, owner.id);
  const moved = await lastDone(trx, 'repository.transfer', 'repository', owner.id);
  return repository?.deletedAt === null && (moved === null || createdAt > moved);
}
