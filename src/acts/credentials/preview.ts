import { chooseExpiry, chooseNotBefore } from '../../credentials/index.ts';
import type { Bound, Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { boundsInWords } from '../explain/words.ts';
import { confine, type Confinement } from './confinement.ts';
import type { TokenGrant } from './token-place.ts';

type MakingGrant =
  | Grant<'app_password.create'>
  | Grant<'app_password.narrow'>
  | TokenGrant<'create'>
  | TokenGrant<'narrow'>;

/**
 * The bounds that a credential would carry, and the same in words, before anything is made. Throws `Problem` as making it
 * would.
 */
export async function previewBounds(
  services: Services,
  grant: MakingGrant,
  confinement: Confinement,
): Promise<{ readonly bounds: readonly Bound[]; readonly words: readonly string[] }> {
  const bounds = await confine(services, grant.principal, confinement);
  return { bounds, words: await boundsInWords(services, bounds, grant.principal) };
}

/** Throws `Problem` for a first and a last moment that making a credential would refuse, such as one that has passed. */
export function previewMoments(
  services: Services,
  { notBefore, expiresAt }: { readonly notBefore: number | null; readonly expiresAt: number | null },
): void {
  chooseExpiry(expiresAt, services.clock(), true);
  chooseNotBefore(notBefore, expiresAt);
}
