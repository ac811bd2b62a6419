import { Problem } from '../problem.ts';
import { ask, discover, textIn } from './host.ts';
import { CLIENT_ID, readIssued, type IssuedCredential } from './issued.ts';

/**
 * A new access token and refresh token for an old refresh token, which is used up by it. Undefined when the host says that
 * it opens nothing any more. Throws `Problem` when it could not be asked.
 */
export async function refresh(origin: string, refreshToken: string): Promise<IssuedCredential | undefined> {
  const { token } = await discover(origin);
  const answer = await ask(token, {
    grant_type: 'refresh_token',
    client_id: CLIENT_ID,
    refresh_token: refreshToken,
  });
  if (answer.status === 200) return readIssued(answer, Date.now());
  if (textIn(answer.body, 'error') === 'invalid_grant') return undefined;
  throw new Problem('unavailable', `The host answered with status ${answer.status}.`);
}
