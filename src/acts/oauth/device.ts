import type { Grant } from '../../gate/index.ts';
import { createDevice, OauthError, readAsked, readChallenge } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';
import { decideAgain, transact } from '../transaction.ts';
import { clientOf } from './client.ts';
import type { Parameter } from './token.ts';

/**
 * Lets a device begin to wait for a person (RFC 8628 §3.1). A device may also send a
 * `code_challenge`, and then proves by its verifier that it is the one that began. Throws `OauthError`.
 */
export async function beginDevice(services: Services, grant: Grant<'oauth.device'>, parameter: Parameter) {
  const { consumer, secretId } = await clientOf(services, grant, parameter('client_id'));
  const now = services.clock();
  const challenge = readChallenge(parameter);
  const asked = readAsked(consumer, parameter, now);
  // What is lasting goes to nobody who proves neither who they are nor that they are the one that began.
  if (asked.type === 'app_password' && secretId === null && challenge === null) {
    throw new OauthError(
      'unauthorized_client',
      'Only a private consumer, or one that sends a code_challenge (PKCE), may ask for an app password.',
    );
  }
  return transact(services, async (trx) => {
    await decideAgain(services, trx, grant);
    return createDevice(
      trx,
      services.keys,
      { consumerId: consumer.id, asked, challenge, address: grant.address ?? '' },
      now,
    );
  });
}
