import { findAccount, type Account } from '../../accounts/index.ts';
import { lastDone } from '../../audit/index.ts';
import type { Credential } from '../../credentials/index.ts';
import { findWorkspace, heldRole, ownersOf, repositoryById } from '../../hosting/index.ts';
import type { Handle } from '../../store/handle.ts';
import { lettingIn } from '../explain/let-in.ts';
import { isPersonal, personalPath } from './personal.ts';
import { isTokenOwner, tokenPlaceOf } from './token-place.ts';

/** Whom something that happened to a credential concerns, and where they look at it. */
export interface Concerned {
  readonly people: readonly Account[];
  /** Of the page of the credential. */
  readonly path: string;
}

/**
 * A person's own is theirs; a token is of who owns its workspace, and of who made it where they administer its repository: of
 * those whom the workspace keeps out for want of two-step verification, it is nobody's.
 */
export async function concernedBy(trx: Handle, credential: Credential): Promise<Concerned> {
  const { id, kind, owner, createdBy } = credential;
  if (owner.type === 'account') {
    const account = await findAccount(trx, `{${owner.id}}`);
    return { people: active([account]), path: isPersonal(kind) ? personalPath(kind, id) : '' };
  }
  const place = isTokenOwner(owner) ? await tokenPlaceOf(trx, owner) : undefined;
  const workspace = place && (await findWorkspace(trx, `{${place.workspaceId}}`));
  if (place === undefined || workspace === undefined || !(await isOfToday(trx, credential)))
    return { people: [], path: '' };
  const owners = await ownersOf(trx, place.workspaceId);
  const maker = createdBy === null ? undefined : await findAccount(trx, `{${createdBy}}`);
  const counts =
    maker !== undefined &&
    owner.type === 'repository' &&
    !owners.some((each) => each.id === maker.id) &&
    (await heldRole(trx, { id: owner.id, workspaceId: place.workspaceId }, maker.id)) === 'admin';
  const letIn = await lettingIn({ database: trx }, workspace);
  const people = (counts ? [...owners, maker] : owners).filter((each) => letIn(each) === 'by role');
  return { people, path: `${place.path}/${id}` };
}

const active = (accounts: readonly (Account | undefined)[]): readonly Account[] =>
  accounts.flatMap((each) => (each?.state === 'active' ? [each] : []));

/** What a repository left behind when it was deleted or transferred is nothing to whoever has it now. */
async function isOfToday(trx: Handle, { owner, createdAt }: Credential): Promise<boolean> {
  if (owner.type !== 'repository') return true;
  const repository = await repositoryById(trx, owner.id);
  if (repository?.deletedAt !== null) return false;
  // One that was deleted and restored is in new hands as one that was moved is.
  for (const operation of ['repository.transfer', 'repository.delete'] as const) {
    const left = await lastDone(trx, operation, 'repository', owner.id);
    if (left !== null && createdAt <= left) return false;
  }
  return true;
}
