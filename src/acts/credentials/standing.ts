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

/** What it is good for now. */
export type Readiness = CredentialState | 'pending';

/** One that nobody paused and is paused all the same has not begun. */
export const readinessOf = ({
  state,
  pausedAt,
  notBefore,
}: Pick<Credential, 'state' | 'pausedAt' | 'notBefore'>): Readiness =>
  state === 'paused' && pausedAt === null && notBefore !== null ? 'pending' : state;

export type Standing = Readiness | 'retiring';

/** One that was replaced works for a while, and is on its way out. */
export const standingOf = (
  credential: Pick<Credential, 'state' | 'retiresAt' | 'pausedAt' | 'notBefore'>,
): Standing =>
  credential.state === 'active' && credential.retiresAt !== null ? 'retiring' : readinessOf(credential);
