import type { ExpressionBuilder } from 'kysely';
import type { Handle } from '../store/handle.ts';
import type { Schema } from '../store/schema.ts';
import { isDerived } from './derived.ts';
import { findById } from './find.ts';
import { pageOfCredentials, type CredentialPage, type WhichCredentials } from './list.ts';

/** A page of the derived tokens that came of a credential itself, and not of one of those; the newest first. */
export const pageOfDerived = (
  db: Handle,
  parent: { readonly id: string; readonly kind: string },
  which: WhichCredentials,
  now: number,
): Promise<CredentialPage> =>
  pageOfCredentials(
    db,
    (where: ExpressionBuilder<Schema, 'credential'>) =>
      where.and([where('parent_id', '=', parent.id), where('kind', '=', parent.kind)]),
    which,
    now,
  );

/** Whether a credential is this derived token itself, or an ancestor of it. */
export async function isOfLine(db: Handle, ancestorId: string, id: string): Promise<boolean> {
  let found = (await findById(db, id)) ?? null;
  while (found !== null && isDerived(found)) {
    if (found.row.id === ancestorId || found.parent?.row.id === ancestorId) return true;
    found = found.parent;
  }
  return false;
}
