import { isReplaced, type Credential, type CredentialState } from '../../credentials/index.ts';

/** Whether it opens nothing any more. */
export const hasEnded = ({ state }: Pick<Credential, 'state'>): boolean =>
  state === 'revoked' || state === 'expired';

/** When it ends by itself: at its own date, or because another one has taken its place. Milliseconds, null for never. */
export function endOf({ expiresAt, retiresAt }: Pick<Credential, 'expiresAt' | 'retiresAt'>): number | null {
  const ends = Math.min(expiresAt ?? Infinity, retiresAt ?? Infinity);
  return ends === Infinity ? null : ends;
}

/** Whether it ends because another one has taken its place, and not at its own date or by being revoked. */
export const endsReplaced = ({
  revokedAt,
  expiresAt,
  retiresAt,
}: Pick<Credential, 'revokedAt' | 'expiresAt' | 'retiresAt'>): boolean =>
  isReplaced({ revoked_at: revokedAt, expires_at: expiresAt, retires_at: retiresAt });

export type Standing = CredentialState | 'retiring' | 'pending';

/** One that was replaced works for a while, and is on its way out; one that nobody paused and is paused all the same has not begun. */
export function standingOf({
  state,
  retiresAt,
  pausedAt,
  notBefore,
}: Pick<Credential, 'state' | 'retiresAt' | 'pausedAt' | 'notBefore'>): Standing {
  if (state === 'paused' && pausedAt === null && notBefore !== null) return 'pending';
  return state === 'active' && retiresAt !== null ? 'retiring' : state;
}
