import { Problem } from '../problem.ts';
import { ask, discover, printable, textIn } from './host.ts';
import { CLIENT_ID, readIssued, type IssuedCredential } from './issued.ts';

/**
 * A new access token and refresh token for an old refresh token, which is used up by it. Undefined when the host says that
 * it opens nothing any more. Throws `Problem` when it could not be asked, or does not renew it now.
 */
export async function refresh(origin: string, refreshToken: string): Promise<IssuedCredential | undefined> {
  const { token } = await discover(origin);
  const answer = await ask(token, {
    grant_type: 'refresh_token',
    client_id: CLIENT_ID,
    refresh_token: refreshToken,
  });
  if (answer.status === 200) return readIssued(answer, Date.now());
  const error = textIn(answer.body, 'error');
  if (error === 'invalid_grant') return undefined;
  // Such as a login that is paused: the host says which.
  if (error === 'unauthorized_client') {
    const why = printable(textIn(answer.body, 'error_description') ?? 'it does not say why.');
    throw new Problem('unavailable', `What is kept for ${origin} stays kept, and is not renewed now: ${why}`);
  }
  throw new Problem('unavailable', `The host answered with status ${answer.status}.`);
}
