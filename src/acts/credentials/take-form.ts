import type { Grant } from '../../gate/index.ts';
import { takeOnce } from '../../limits/index.ts';
import type { Services } from '../../services.ts';
import type { PersonalGrant } from './personal.ts';
import type { TokenGrant } from './token-place.ts';

const TOKEN = /^[A-Za-z0-9_-]{22}$/;

type MakingGrant =
  | PersonalGrant<'create'>
  | PersonalGrant<'rotate'>
  | TokenGrant<'create'>
  | TokenGrant<'rotate'>
  | Grant<'trust_policy.create'>
  | Grant<'consumer.create'>
  | Grant<'consumer.rotate'>;

/**
 * Keeps a form that makes a secret from making two: a reload of the answer sends the same form again. True the first time
 * that this session sends this token, to whichever process of the host; false for a repeated, missing or malformed one.
 */
export async function takeForm(services: Services, grant: MakingGrant, token: string): Promise<boolean> {
  const { principal } = grant;
  if (!TOKEN.test(token) || principal.type !== 'session') return false;
  return takeOnce(services.database, `form ${principal.sessionId} ${token}`, services.clock());
}
