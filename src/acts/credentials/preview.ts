import { chooseExpiryOf, chooseNotBefore } from '../../credentials/index.ts';
import type { Bound, Grant, SecretKind } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { boundsInWords } from '../explain/words.ts';
import { confine, type Confinement } from './confinement.ts';
import type { PersonalGrant } from './personal.ts';
import { tokenOwnerOf, tokenPlaceOf, type TokenGrant } from './token-place.ts';

type OfPerson = PersonalGrant<'create'> | PersonalGrant<'narrow'>;
type OfPlace = TokenGrant<'create'> | TokenGrant<'narrow'> | Grant<'trust_policy.create'>;

const isOfPerson = (grant: OfPerson | OfPlace): grant is OfPerson => grant.everyTarget[0]?.type === 'account';

interface Moments {
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
}

/**
 * The bounds that a credential would carry, and the same in words, before anything is made. Throws `Problem` as making it
 * would.
 */
export async function previewBounds(
  services: Services,
  grant: OfPerson | OfPlace,
  confinement: Confinement,
  /** Key of the project that an access token belongs to, where it is one's. */
  project?: string,
): Promise<{ readonly bounds: readonly Bound[]; readonly words: readonly string[] }> {
  const { database } = services;
  const place = isOfPerson(grant)
    ? undefined
    : await tokenPlaceOf(database, await tokenOwnerOf(database, grant, project));
  const bounds = await confine(services, grant.principal, confinement, place);
  return { bounds, words: await boundsInWords(services, bounds, grant.principal) };
}

/**
 * The first and the last moment that a credential of this kind would have. Throws `Problem` for those that making it would
 * refuse, such as one that has passed.
 */
export function previewMoments(
  services: Services,
  kind: SecretKind,
  { notBefore, expiresAt }: Moments,
): Moments {
  const chosen = chooseExpiryOf(kind, expiresAt, services.clock(), true);
  return { notBefore: chooseNotBefore(notBefore, chosen), expiresAt: chosen };
}
