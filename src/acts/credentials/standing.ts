import type { Credential, CredentialState } from '../../credentials/index.ts';

/** Whether it opens nothing any more. */
export const hasEnded = ({ state }: Pick<Credential, 'state'>): boolean =>
  state === 'revoked' || state === 'expired';

/** When it ends by itself: at its own date, or because another one has taken its place. Milliseconds, null for never. */
export function endOf({ expiresAt, retiresAt }: Pick<Credential, 'expiresAt' | 'retiresAt'>): number | null {
  const ends = Math.min(expiresAt ?? Infinity, retiresAt ?? Infinity);
  return ends === Infinity ? null : ends;
}

/** One that was replaced works for a while, and is on its way out. */
export const standingOf = ({
  state,
  retiresAt,
}: Pick<Credential, 'state' | 'retiresAt'>): CredentialState | 'retiring' =>
  state === 'active' && retiresAt !== null ? 'retiring' : state;
