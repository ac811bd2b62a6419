import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { CredentialOwner } from './credential.ts';

/** Which credentials are to change: one by its id, of a certain owner or of anybody, all of an owner, or all of a family. */
export type NamedCredentials =
  | { readonly id: string; readonly owner?: CredentialOwner }
  | { readonly allOf: CredentialOwner }
  | { readonly family: string };

/** The WHERE for them. One is looked up by owner *and* id, so that knowing an id is never enough. */
export const namedBy =
  (named: NamedCredentials) =>
  (where: ExpressionBuilder<Schema, 'credential'>): Expression<SqlBool> => {
    if ('family' in named) return where('family_id', '=', named.family);
    const owner = 'allOf' in named ? named.allOf : named.owner;
    return where.and([
      ...('id' in named ? [where('id', '=', named.id)] : []),
      ...(owner === undefined
        ? []
        : [where('owner_type', '=', owner.type), where('owner_id', '=', owner.id)]),
    ]);
  };
