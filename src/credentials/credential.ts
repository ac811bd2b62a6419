import type { Selectable } from 'kysely';
import type { CredentialKind, HeldBound } from '../gate/index.ts';
import type { CredentialTable } from '../store/schema.ts';

/** To whom a credential belongs; an access key belongs to its places, and its owner's id is its own. */
export interface CredentialOwner {
  readonly type: 'account' | 'repository' | 'project' | 'workspace' | 'places' | 'consumer';
  readonly id: string;
}

/** A credential as its managers see it; the secret is not part of it and cannot be had again. */
export interface Credential {
  /** Public id, `cred_…`. */
  readonly id: string;
  readonly kind: CredentialKind;
  readonly owner: CredentialOwner;
  /** Public id of the credential that it was derived from, where it is a derived token. */
  readonly derivedFrom: string | null;
  readonly label: string;
  /** As chosen, never expanded. */
  readonly scopes: readonly string[];
  /** All layers, the first one first. */
  readonly bounds: readonly HeldBound[];
  readonly createdAt: number;
  /** Account id of whoever made it, or null for the operator. */
  readonly createdBy: string | null;
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
  /** When it stops because another has taken its place. */
  readonly retiresAt: number | null;
  readonly lastUsedAt: number | null;
  /** Since when somebody has it paused, or what it came of. */
  readonly pausedAt: number | null;
  /** It is paused because what it came of is, and goes on with that. */
  readonly isPausedAbove: boolean;
  readonly revokedAt: number | null;
  readonly state: CredentialState;
  /** The bot that an access token acts as. */
  readonly appUser: { readonly id: string; readonly accountId: string; readonly displayName: string } | null;
}

export type CredentialState = 'active' | 'paused' | 'revoked' | 'expired';

/** What a credential is at `now`; nothing stores it, because time alone changes it. */
export function stateOf(
  row: Pick<
    Selectable<CredentialTable>,
    'revoked_at' | 'expires_at' | 'paused_at' | 'retires_at' | 'not_before'
  >,
  now: number,
): { readonly state: CredentialState; readonly at: number } {
  if (row.revoked_at !== null) return { state: 'revoked', at: row.revoked_at };
  const ends = Math.min(row.expires_at ?? Infinity, row.retires_at ?? Infinity);
  if (ends <= now) return { state: 'expired', at: ends };
  if (row.paused_at !== null) return { state: 'paused', at: row.paused_at };
  return row.not_before !== null && row.not_before > now
    ? { state: 'paused', at: row.not_before }
    : { state: 'active', at: row.not_before ?? 0 };
}

/** Whether it ends because another one took its place, and not at its own date or by being revoked. */
export const isReplaced = (
  row: Pick<Selectable<CredentialTable>, 'revoked_at' | 'expires_at' | 'retires_at'>,
): boolean =>
  row.revoked_at === null && row.retires_at !== null && row.retires_at <= (row.expires_at ?? Infinity);
